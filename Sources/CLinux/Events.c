// epoll, eventfd, signalfd: their headers are not in Swift's Glibc module.

#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clinux_epoll_create(void) {
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    return epoll < 0 ? -errno : epoll;
}

static int control(int epoll, int operation, int fd, uint32_t events, uint64_t tag) {
    struct epoll_event event = {.data.u64 = tag};
    if (events & CLINUX_READABLE) event.events |= EPOLLIN | EPOLLRDHUP;
    if (events & CLINUX_WRITABLE) event.events |= EPOLLOUT;
    return epoll_ctl(epoll, operation, fd, &event) < 0 ? -errno : 0;
}

int clinux_epoll_add(int epoll, int fd, uint32_t events, uint64_t tag) {
    return control(epoll, EPOLL_CTL_ADD, fd, events, tag);
}

int clinux_epoll_change(int epoll, int fd, uint32_t events, uint64_t tag) {
    return control(epoll, EPOLL_CTL_MOD, fd, events, tag);
}

int clinux_epoll_remove(int epoll, int fd) { return control(epoll, EPOLL_CTL_DEL, fd, 0, 0); }

/// epoll_pwait2 counts in nanoseconds but is younger (Linux 5.11) than some sandboxes' lists of known calls.
/// Milliseconds are rounded up: a timer that fires early would spin.
static int wait_for(int epoll, struct epoll_event *events, int64_t nanoseconds) {
    struct timespec span = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
    int count = epoll_pwait2(epoll, events, CLINUX_WAIT_MAXIMUM, nanoseconds < 0 ? NULL : &span, NULL);
    if (count >= 0 || (errno != ENOSYS && errno != EPERM)) return count;
    int64_t milliseconds = nanoseconds < 0 ? -1 : nanoseconds / 1000000 + (nanoseconds % 1000000 != 0);
    return epoll_wait(epoll, events, CLINUX_WAIT_MAXIMUM, milliseconds > INT_MAX ? INT_MAX : (int)milliseconds);
}

int clinux_epoll_wait(int epoll, struct clinux_event *ready, int64_t nanoseconds) {
    struct epoll_event events[CLINUX_WAIT_MAXIMUM];
    int count = wait_for(epoll, events, nanoseconds);
    if (count < 0) return -errno;
    for (int i = 0; i < count; i++) {
        uint32_t bits = events[i].events;
        ready[i].tag = events[i].data.u64;
        ready[i].events = 0;
        if (bits & EPOLLIN) ready[i].events |= CLINUX_READABLE;
        if (bits & EPOLLOUT) ready[i].events |= CLINUX_WRITABLE;
        if (bits & (EPOLLERR | EPOLLHUP | EPOLLRDHUP)) ready[i].events |= CLINUX_HANGUP;
    }
    return count;
}

int clinux_eventfd(void) {
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

int clinux_signalfd(const int *signals, uint32_t count) {
    sigset_t set;
    sigemptyset(&set);
    for (uint32_t i = 0; i < count; i++) {
        if (sigaddset(&set, signals[i]) < 0) return -errno;
    }
    int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

int clinux_signalfd_next(int fd) {
    struct signalfd_siginfo information;
    ssize_t count = read(fd, &information, sizeof information);
    if (count < 0) return errno == EAGAIN ? 0 : -errno;
    return count == (ssize_t)sizeof information ? (int)information.ssi_signo : 0;
}

static pid_t redirect_process;
static pid_t redirect_thread;

static void redirect(int signal) {
    int saved = errno;
    // A child between fork and exec is not the process that this was set up for.
    if (getpid() == redirect_process) syscall(SYS_tgkill, redirect_process, redirect_thread, signal);
    errno = saved;
}

int clinux_redirect_signals(const int *signals, uint32_t count) {
    redirect_process = getpid();
    redirect_thread = (pid_t)syscall(SYS_gettid);
    struct sigaction action = {.sa_handler = redirect, .sa_flags = SA_RESTART};
    sigfillset(&action.sa_mask);
    for (uint32_t i = 0; i < count; i++) {
        if (sigaction(signals[i], &action, NULL) < 0) return -errno;
    }
    return 0;
}
