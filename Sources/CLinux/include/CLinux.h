// What LinuxIO and its neighbours need of the kernel and Swift can't import: control messages, macros with arguments,
// headers that Swift's Glibc module leaves out. Every function returns -errno where it fails, so that nothing on the
// way back can clobber it, and each says why it exists. EINTR belongs to the one door in Swift, except where a
// function loops.

#ifndef CLINUX_H
#define CLINUX_H

#include <stdint.h>
#include <sys/types.h>

#include "Tun.h"

// Datagrams (Datagrams.c): mmsghdr and the CMSG_ macros can't be imported.

/// Where a datagram came from and which of our addresses it was sent to. IPv4 addresses stand in the low 32 bits.
struct clinux_path {
    uint64_t source_high;
    uint64_t source_low;
    uint64_t local_high;
    uint64_t local_low;
    /// sin6_scope_id: the interface of a link-local source, else 0.
    uint32_t source_scope;
    /// The interface that the datagram came in on; 0 where the socket doesn't say.
    uint32_t interface_index;
    uint16_t source_port;
    /// 4 or 6; 0 for a family that is neither.
    uint8_t family;
    /// Whether `local_*` is known: packet information was on and came with the datagram.
    uint8_t has_local;
};

/// One received datagram.
struct clinux_datagram {
    struct clinux_path path;
    uint32_t length;
    /// Set if the datagram was longer than the buffer.
    uint32_t is_truncated;
};

/// Buffers and headers for `capacity` datagrams in and as many out, all allocated at once.
struct clinux_batch;

/// NULL if there is no memory.
struct clinux_batch *clinux_batch_create(uint32_t capacity, uint32_t receive_size, uint32_t reply_size);
void clinux_batch_destroy(struct clinux_batch *batch);
/// Takes what waits on `fd`, at most `capacity`; forgets what was queued. The number taken or -errno.
int clinux_batch_receive(struct clinux_batch *batch, int fd);
const struct clinux_datagram *clinux_batch_datagrams(const struct clinux_batch *batch);
const void *clinux_batch_bytes(const struct clinux_batch *batch);
void *clinux_batch_replies(struct clinux_batch *batch);
/// Queues the first `length` bytes of reply buffer `index` to where datagram `index` came from. The caller checks both.
void clinux_batch_queue(struct clinux_batch *batch, uint32_t index, uint32_t length);
uint32_t clinux_batch_queued(const struct clinux_batch *batch);
/// Sends from the front of the queue, which shrinks by what was sent. The number sent or -errno for the first of them.
int clinux_batch_send(struct clinux_batch *batch, int fd);
/// Drops the front of the queue: the kernel will not have it.
void clinux_batch_skip(struct clinux_batch *batch);
/// Sends one datagram back along `path`. 0 or -errno.
int clinux_send_along(int fd, const void *bytes, size_t length, const struct clinux_path *path);

// Events (Events.c): sys/epoll.h, sys/eventfd.h and sys/signalfd.h are not in Swift's Glibc module.

/// A ready descriptor: `tag` as given when it was added. epoll_event itself is packed and holds a union.
struct clinux_event {
    uint64_t tag;
    uint32_t events;
};

#define CLINUX_READABLE 1u
#define CLINUX_WRITABLE 2u
#define CLINUX_HANGUP 4u
#define CLINUX_WAIT_MAXIMUM 64

int clinux_epoll_create(void);
int clinux_epoll_add(int epoll, int fd, uint32_t events, uint64_t tag);
int clinux_epoll_change(int epoll, int fd, uint32_t events, uint64_t tag);
int clinux_epoll_remove(int epoll, int fd);
/// Waits at most `nanoseconds`, forever if negative; fills `ready`, which has room for CLINUX_WAIT_MAXIMUM.
int clinux_epoll_wait(int epoll, struct clinux_event *ready, int64_t nanoseconds);
int clinux_eventfd(void);
/// A descriptor that reports the `count` signals as numbers; they must be blocked already.
int clinux_signalfd(const int *signals, uint32_t count);
/// The next signal's number, 0 if none waits.
int clinux_signalfd_next(int fd);
/// Sends the `count` signals on to the calling thread, which blocks them, if another thread takes them: a handler, which
/// can't be written in Swift. Threads of libraries don't block what ours do.
int clinux_redirect_signals(const int *signals, uint32_t count);

// Addresses (Netlink.c): the kernel's netlink headers are not in Swift's Glibc module.

/// A nonblocking rtnetlink socket that hears of addresses and links that come, change and go.
int clinux_address_monitor(void);
/// Reads all that waits. How many changes it spoke of, at least 1 if the kernel had to drop some.
int clinux_address_monitor_drain(int fd);

// Process (Process.c): macros with arguments, variadic prctl, bare system calls, and what hides behind _GNU_SOURCE.

/// setns(2) into a network namespace, for the calling thread alone; 0 or -errno. <sched.h> shows it only to programs that ask for
/// GNU's extensions, which Swift's module does not.
int clinux_enter_network_namespace(int descriptor);

/// "ENOENT"; NULL for a number that has no name. strerrorname_np is a GNU extension.
const char *clinux_errno_name(int error);
/// Fills `bytes` from the kernel's random pool. sys/random.h is not in Swift's Glibc module.
int clinux_random(void *bytes, size_t count);
/// Sets real, effective and saved IDs of every thread. GNU extensions.
int clinux_set_group(gid_t group);
int clinux_set_user(uid_t user);
/// Lets the permitted capabilities of the calling thread outlive the next change of user. prctl is variadic.
int clinux_keep_capabilities(int keep);
/// The calling thread holds the capabilities in `mask` (bit n is capability n) and no other; `ambient`: so do the
/// programs that it starts. capset has no wrapper in the C library.
int clinux_set_capabilities(uint64_t mask, int ambient);
int clinux_capabilities(uint64_t *effective, uint64_t *permitted);
/// Programs started from here on gain nothing from set-user-ID bits.
int clinux_no_new_privileges(void);
/// The soft limit on open descriptors becomes the hard one. What it is now, or -errno. RLIMIT_NOFILE has two types.
int64_t clinux_raise_descriptor_limit(void);
/// Pins the calling thread. CPU_SET and its kin are macros.
int clinux_pin(uint32_t cpu);
/// Writes the CPUs that the calling thread may run on, at most `capacity`; how many there are.
int clinux_allowed_cpus(uint32_t *cpus, uint32_t capacity);
/// Names the calling thread (15 bytes at most). pthread_setname_np is a GNU extension.
int clinux_name_thread(const char *name);
/// 1: whoever keeps the clock right says that it is (adjtimex(2)); 0: nobody does. sys/timex.h is not in Swift's Glibc module.
int clinux_clock_is_synchronized(void);

#endif
