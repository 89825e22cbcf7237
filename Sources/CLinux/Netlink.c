// rtnetlink(7): word of addresses and links that come, change and go. Linux's netlink headers are not in Swift's Glibc.

#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

int clinux_address_monitor(void) {
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    if (fd < 0) return -errno;
    struct sockaddr_nl name = {
        .nl_family = AF_NETLINK,
        .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR,
    };
    if (bind(fd, (struct sockaddr *)&name, sizeof name) < 0) {
        int error = errno;
        close(fd);
        return -error;
    }
    return fd;
}

static int changes_in(const char *bytes, int length) {
    int changes = 0;
    for (const struct nlmsghdr *message = (const struct nlmsghdr *)bytes; NLMSG_OK(message, length);
         message = NLMSG_NEXT(message, length)) {
        switch (message->nlmsg_type) {
        case RTM_NEWADDR:
        case RTM_DELADDR:
        case RTM_NEWLINK:
        case RTM_DELLINK: changes++; break;
        default: break;
        }
    }
    return changes;
}

int clinux_address_monitor_drain(int fd) {
    int changes = 0;
    for (;;) {
        _Alignas(struct nlmsghdr) char bytes[16384];
        struct sockaddr_nl sender;
        socklen_t sender_size = sizeof sender;
        ssize_t count = recvfrom(fd, bytes, sizeof bytes, MSG_DONTWAIT, (struct sockaddr *)&sender, &sender_size);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno == EAGAIN) return changes;
        if (count < 0 && errno == ENOBUFS) {
            // The kernel dropped messages: what they said is unknown, that something changed is not.
            changes++;
            continue;
        }
        if (count < 0) return -errno;
        if (count == 0) return changes;
        // Only the kernel (port 0) knows; anyone with rights may send to the group.
        if (sender.nl_pid == 0) changes += changes_in(bytes, (int)count);
    }
}
