// nfnetlink: word of nftables' tables that somebody changes or deletes. Linux's netlink headers are not in Swift's Glibc.

#define _GNU_SOURCE
#include "Tun.h"

#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int clinux_netfilter_monitor(void) {
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_NETFILTER);
    if (fd < 0) return -errno;
    struct sockaddr_nl name = {.nl_family = AF_NETLINK, .nl_groups = 1u << (NFNLGRP_NFTABLES - 1)};
    if (bind(fd, (struct sockaddr *)&name, sizeof name) < 0) {
        int error = errno;
        close(fd);
        return -error;
    }
    return fd;
}

/// Tables, chains, rules: each message has the name of the table as its attribute 1.
static int is_about(const struct nlmsghdr *message, const char *table) {
    if (NFNL_SUBSYS_ID(message->nlmsg_type) != NFNL_SUBSYS_NFTABLES) return 0;
    switch (NFNL_MSG_TYPE(message->nlmsg_type)) {
    case NFT_MSG_NEWTABLE:
    case NFT_MSG_DELTABLE:
    case NFT_MSG_NEWCHAIN:
    case NFT_MSG_DELCHAIN:
    case NFT_MSG_NEWRULE:
    case NFT_MSG_DELRULE: break;
    default: return 0;
    }
    const size_t start = NLMSG_LENGTH(NLMSG_ALIGN(sizeof(struct nfgenmsg)));
    const char *next = (const char *)message + start;
    size_t left = message->nlmsg_len > start ? message->nlmsg_len - start : 0;
    while (left >= NLA_HDRLEN) {
        struct nlattr attribute;
        memcpy(&attribute, next, sizeof attribute);
        if (attribute.nla_len < NLA_HDRLEN || attribute.nla_len > left) return 0;
        if ((attribute.nla_type & NLA_TYPE_MASK) == NFTA_TABLE_NAME) {
            size_t length = attribute.nla_len - (size_t)NLA_HDRLEN;
            return length == strlen(table) + 1 && memcmp(next + NLA_HDRLEN, table, length) == 0;
        }
        size_t step = NLA_ALIGN(attribute.nla_len);
        if (step >= left) return 0;
        next += step;
        left -= step;
    }
    return 0;
}

static int changes_in(const char *bytes, int length, const char *table) {
    int changes = 0;
    for (const struct nlmsghdr *message = (const struct nlmsghdr *)bytes; NLMSG_OK(message, length);
         message = NLMSG_NEXT(message, length)) {
        changes += is_about(message, table);
    }
    return changes;
}

int clinux_netfilter_monitor_drain(int fd, const char *table) {
    int changes = 0;
    for (;;) {
        _Alignas(struct nlmsghdr) char bytes[32768];
        struct sockaddr_nl sender;
        socklen_t sender_size = sizeof sender;
        ssize_t count =
            recvfrom(fd, bytes, sizeof bytes, MSG_DONTWAIT | MSG_TRUNC, (struct sockaddr *)&sender, &sender_size);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno == EAGAIN) return changes;
        // What did not fit, in the socket or here, may have been about the table.
        if ((count < 0 && errno == ENOBUFS) || count > (ssize_t)sizeof bytes) {
            changes++;
            continue;
        }
        if (count < 0) return -errno;
        if (count == 0) return changes;
        // Only the kernel (port 0) knows; anyone with rights may send to the group.
        if (sender.nl_pid == 0) changes += changes_in(bytes, (int)count, table);
    }
}
