// An upstream that knows every name: A is 192.0.2.x, anything else is empty with the SOA of the name's parent.
//     dns-upstream PORT [DELAY]      each answer leaves DELAY (0) milliseconds after its question came
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "DNSWire.h"

enum { PENDING = 1 << 14, TTL = 86400 };

// The answers that wait for their moment, oldest first: all wait equally long, so a ring keeps them in order.
struct waiting {
    uint64_t due;
    struct sockaddr_in peer;
    size_t length;
    uint8_t message[512];
};
static struct waiting *ring;
static unsigned oldest, newest;  // counts; the place in the ring is the count modulo PENDING

static size_t record(uint8_t *at, uint16_t owner, uint16_t type, uint16_t size) {
    dnswire_write16(at, owner);
    dnswire_write16(at + 2, type);
    dnswire_write16(at + 4, 1);
    dnswire_write32(at + 6, TTL);
    dnswire_write16(at + 10, size);
    return 12;
}

// Turns the question in MESSAGE into its answer. Returns the answer's length, 0 to stay silent.
static size_t answer(uint8_t *message, size_t length) {
    if (length < DNSWIRE_HEADER || message[2] & 0x80 || dnswire_read16(message + 4) != 1) return 0;
    size_t at = dnswire_skip_name(message, length, DNSWIRE_HEADER);
    if (at == 0 || at + 4 > length || at > 300) return 0;
    const uint16_t type = dnswire_read16(message + at);
    const int edns = dnswire_read16(message + 10) > 0;
    at += 4;
    const uint16_t parent = 0xc000 | (uint16_t)(DNSWIRE_HEADER + (message[DNSWIRE_HEADER] ? message[DNSWIRE_HEADER] + 1 : 0));
    message[2] = 0x84 | (message[2] & 0x01);
    message[3] = 0x80;
    memset(message + 6, 0, 6);
    if (type == DNSWIRE_A) {
        message[7] = 1;
        at += record(message + at, 0xc000 | DNSWIRE_HEADER, DNSWIRE_A, 4);
        memcpy(message + at, (uint8_t[]){192, 0, 2, message[DNSWIRE_HEADER + 1 + message[DNSWIRE_HEADER] / 2]}, 4);
        at += 4;
    } else {
        message[9] = 1;
        at += record(message + at, parent, DNSWIRE_SOA, 24);
        dnswire_write16(message + at, parent);
        dnswire_write16(message + at + 2, parent);
        for (int i = 0; i < 5; i++) dnswire_write32(message + at + 4 + 4 * i, TTL);
        at += 24;
    }
    if (edns) {
        message[11] = 1;
        memcpy(message + at, (uint8_t[11]){0, 0, DNSWIRE_OPT, DNSWIRE_DATAGRAM >> 8, DNSWIRE_DATAGRAM & 0xff}, 11);
        at += 11;
    }
    return at;
}

static void send_due(int socket_, uint64_t now) {
    for (; oldest != newest; oldest++) {
        struct waiting *next = &ring[oldest % PENDING];
        if (next->due > now) return;
        sendto(socket_, next->message, next->length, 0, (struct sockaddr *)&next->peer, sizeof next->peer);
    }
}

static void receive(int socket_, uint64_t delay) {
    while (newest - oldest < PENDING) {
        struct waiting *next = &ring[newest % PENDING];
        socklen_t size = sizeof next->peer;
        const ssize_t length = recvfrom(
            socket_, next->message, sizeof next->message, MSG_DONTWAIT, (struct sockaddr *)&next->peer, &size);
        if (length < 0) return;
        next->length = answer(next->message, (size_t)length);
        if (next->length == 0) continue;
        next->due = dnswire_now() + delay;
        newest++;
    }
}

int main(int count, char **arguments) {
    if (count < 2 || count > 3) errx(2, "usage: dns-upstream PORT [DELAY]");
    const uint64_t delay = (count > 2 ? strtoull(arguments[2], NULL, 10) : 0) * 1000000;
    const int socket_ = dnswire_bound(dnswire_loopback(arguments[1]));
    ring = calloc(PENDING, sizeof *ring);
    if (!ring) err(1, "memory");
    for (;;) {
        struct timespec wait = {0, 0};
        if (oldest != newest) {
            const uint64_t now = dnswire_now(), due = ring[oldest % PENDING].due;
            if (due > now) wait = (struct timespec){(time_t)((due - now) / 1000000000), (long)((due - now) % 1000000000)};
        }
        struct pollfd readable = {socket_, POLLIN, 0};
        if (ppoll(&readable, 1, oldest != newest ? &wait : NULL, NULL) < 0 && errno != EINTR) err(1, "poll");
        if (readable.revents) receive(socket_, delay);
        send_due(socket_, dnswire_now());
    }
}
