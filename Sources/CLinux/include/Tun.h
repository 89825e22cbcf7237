// TUN devices and interfaces (Tun.c): ioctl is variadic, struct ifreq holds a union, and the kernel's tun header is not
// in Swift's Glibc module. Numbers younger than the headers of older systems stand here by value.

#ifndef CLINUX_TUN_H
#define CLINUX_TUN_H

#include <stdint.h>
#include <sys/types.h>

/// Flags of clinux_tun_attach.
#define CLINUX_TUN_MULTI_QUEUE 1u
/// Fail with EBUSY if an interface of that name is there.
#define CLINUX_TUN_EXCLUSIVE 2u

/// TUN_F_: what the device takes from the kernel unfinished. USO: Linux 6.2 and later.
#define CLINUX_TUN_CHECKSUM 0x01u
#define CLINUX_TUN_TSO4 0x02u
#define CLINUX_TUN_TSO6 0x04u
#define CLINUX_TUN_TSO_ECN 0x08u
#define CLINUX_TUN_USO4 0x20u
#define CLINUX_TUN_USO6 0x40u

/// Octets of struct virtio_net_hdr, which precedes each packet on the descriptor, in the host's byte order.
#define CLINUX_TUN_HEADER_SIZE 10

/// /dev/net/tun, nonblocking, attached to nothing yet.
int clinux_tun_open(void);
/// Makes the descriptor a queue of the TUN device `name`, which is made if there is none, with virtio headers and
/// no other prefix. 0 or -errno.
int clinux_tun_attach(int fd, const char *name, uint32_t flags);
int clinux_tun_set_offload(int fd, uint32_t offload);
/// Each a packet with its virtio header before it. Octets or -errno; never EINTR.
ssize_t clinux_tun_read(int fd, void *bytes, size_t count);
ssize_t clinux_tun_write(int fd, const void *bytes, size_t count);

/// Interface flags, as IFF_UP and IFF_RUNNING.
#define CLINUX_INTERFACE_UP 1u
#define CLINUX_INTERFACE_RUNNING 2u

/// The index, -ENODEV if there is no such interface.
int clinux_interface_index(const char *name);
int clinux_interface_flags(const char *name);
/// 1 if there is something at the other end of the cable, 0 if not; -EOPNOTSUPP if the driver doesn't know. The flags
/// follow within a second; after this call they have.
int clinux_interface_has_link(const char *name);
int clinux_interface_set_up(const char *name, int up);
/// 1 if the interface is a TUN device, 0 if it is something else (a TAP device, say).
int clinux_interface_is_tun(const char *name);
int clinux_interface_mtu(const char *name);
int clinux_interface_set_mtu(const char *name, int mtu);
/// How many packets wait for whoever reads the device before more are dropped.
int clinux_interface_set_queue_length(const char *name, int packets);
/// Takes the interface away, whoever holds it. 0 or -errno.
int clinux_interface_delete(int index);

/// The index of the interface that packets of this host to `address` (`count` octets, 4 or 16) leave by; -ENETUNREACH or
/// -EHOSTUNREACH if none does.
int clinux_route_interface(const void *address, uint32_t count);

/// A nonblocking socket that hears of changes to nftables (Netfilter.c): whoever loads a firewall anew deletes all
/// tables, also those that are not its own, and nothing else tells of it. Needs CAP_NET_ADMIN. Or -errno.
int clinux_netfilter_monitor(void);
/// Reads all that waits. How many changes were to tables, of any family, that are called `table`, or may have been:
/// at least 1 if the kernel had to drop some; or -errno.
int clinux_netfilter_monitor_drain(int fd, const char *table);

#endif
