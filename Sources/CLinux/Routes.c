// rtnetlink(7): where packets would go, and the end of an interface.

#define _GNU_SOURCE
#include "Tun.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct route_question {
    struct nlmsghdr header;
    struct rtmsg route;
    struct rtattr attribute;
    uint8_t address[16];
};

/// The interface that an answer names, or -errno.
static int interface_of(const struct nlmsghdr *message) {
    const struct rtmsg *route = NLMSG_DATA(message);
    if (route->rtm_type != RTN_UNICAST && route->rtm_type != RTN_LOCAL) return -ENETUNREACH;
    int length = (int)RTM_PAYLOAD(message);
    for (const struct rtattr *attribute = RTM_RTA(route); RTA_OK(attribute, length);
         attribute = RTA_NEXT(attribute, length)) {
        if (attribute->rta_type != RTA_OIF || RTA_PAYLOAD(attribute) < sizeof(int)) continue;
        int index;
        memcpy(&index, RTA_DATA(attribute), sizeof index);
        return index;
    }
    return -ENETUNREACH;
}

static int answer(int fd) {
    _Alignas(struct nlmsghdr) char bytes[8192];
    ssize_t count;
    do count = recv(fd, bytes, sizeof bytes, 0);
    while (count < 0 && errno == EINTR);
    if (count < 0) return -errno;
    const struct nlmsghdr *message = (const struct nlmsghdr *)bytes;
    if (!NLMSG_OK(message, count)) return -EBADMSG;
    if (message->nlmsg_type == RTM_NEWROUTE && message->nlmsg_len >= NLMSG_LENGTH(sizeof(struct rtmsg))) {
        return interface_of(message);
    }
    if (message->nlmsg_type != NLMSG_ERROR || message->nlmsg_len < NLMSG_LENGTH(sizeof(struct nlmsgerr))) {
        return -EBADMSG;
    }
    // 0: the kernel's word that it did as it was asked.
    const struct nlmsgerr *error = NLMSG_DATA(message);
    return error->error;
}

/// One message, and what the kernel says to it.
static int ask(const void *message, uint32_t length) {
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (fd < 0) return -errno;
    int result = send(fd, message, length, 0) < 0 ? -errno : answer(fd);
    close(fd);
    return result;
}

int clinux_route_interface(const void *address, uint32_t count) {
    if (count != 4 && count != 16) return -EINVAL;
    struct route_question question = {
        .header = {.nlmsg_len = (uint32_t)(NLMSG_LENGTH(sizeof(struct rtmsg)) + RTA_LENGTH(count)),
                   .nlmsg_type = RTM_GETROUTE,
                   .nlmsg_flags = NLM_F_REQUEST},
        .route = {.rtm_family = count == 4 ? AF_INET : AF_INET6, .rtm_dst_len = (unsigned char)(count * 8)},
        .attribute = {.rta_len = (unsigned short)RTA_LENGTH(count), .rta_type = RTA_DST},
    };
    memcpy(question.address, address, count);
    int result = ask(&question, question.header.nlmsg_len);
    return result == 0 ? -ENETUNREACH : result;
}

int clinux_interface_delete(int index) {
    struct {
        struct nlmsghdr header;
        struct ifinfomsg interface;
    } wish = {
        .header = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)),
                   .nlmsg_type = RTM_DELLINK,
                   .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK},
        .interface = {.ifi_family = AF_UNSPEC, .ifi_index = index},
    };
    return ask(&wish, wish.header.nlmsg_len);
}
