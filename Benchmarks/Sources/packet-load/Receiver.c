// The far end. A thread that takes packets in batches and counts those of the step that runs now.
#include <err.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "PacketLoad.h"

static void take(struct receiver *receiver, const uint8_t *bytes, size_t length) {
    struct mark mark;
    if (length != LOAD_PAYLOAD) return;
    memcpy(&mark, bytes, sizeof mark);
    if (mark.magic != LOAD_MAGIC || mark.index >= receiver->sessions) return;
    receiver->seen[mark.index / 8] |= (uint8_t)(1 << mark.index % 8);
    if (mark.step == atomic_load_explicit(&receiver->step, memory_order_relaxed)) {
        atomic_fetch_add_explicit(&receiver->received, 1, memory_order_relaxed);
    }
}

static void *receive(void *argument) {
    static uint8_t buffers[LOAD_BATCH][2 * LOAD_PAYLOAD];
    static struct iovec vectors[LOAD_BATCH];
    static struct mmsghdr messages[LOAD_BATCH];
    struct receiver *receiver = argument;
    for (int i = 0; i < LOAD_BATCH; i++) {
        vectors[i] = (struct iovec){buffers[i], sizeof buffers[i]};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1};
    }
    for (;;) {
        const int count = recvmmsg(receiver->socket, messages, LOAD_BATCH, MSG_WAITFORONE, NULL);
        for (int i = 0; i < count; i++) take(receiver, buffers[i], messages[i].msg_len);
    }
    return NULL;
}

// One socket for both families, so that what comes by IPv4 and what comes by IPv6 costs the receiver the same.
static int bound(uint16_t port) {
    const int socket_ = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const int off = 0, size = 4 << 20;
    const struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    if (socket_ < 0) err(1, "socket");
    setsockopt(socket_, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    setsockopt(socket_, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
    if (bind(socket_, (const struct sockaddr *)&any, sizeof any) < 0) err(1, "bind port %u", port);
    return socket_;
}

void receiver_start(struct receiver *receiver, const struct traffic *traffic) {
    pthread_t thread;
    receiver->socket = bound(traffic->port);
    receiver->sessions = traffic->sessions;
    receiver->seen = calloc(traffic->sessions / 8 + 1, 1);
    if (!receiver->seen) err(1, "memory for %lu sessions", traffic->sessions);
    if (pthread_create(&thread, NULL, receive, receiver) != 0) errx(1, "no thread");
}

int receiver_has_seen(const struct receiver *receiver, uint64_t index) {
    return receiver->seen[index / 8] >> index % 8 & 1;
}
