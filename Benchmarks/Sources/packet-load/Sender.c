// The near end: sockets with a source port each, and batches that go to many addresses from many addresses. No segmentation
// offload: each packet is one packet on its whole way.
#include <err.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "PacketLoad.h"

struct batch {
    uint8_t payloads[LOAD_BATCH][LOAD_PAYLOAD];
    struct sockaddr_in6 destinations[LOAD_BATCH];
    union {
        struct cmsghdr header;
        uint8_t room[CMSG_SPACE(sizeof(struct in6_pktinfo))];
    } sources[LOAD_BATCH];
    struct iovec vectors[LOAD_BATCH];
    struct mmsghdr messages[LOAD_BATCH];
};

static struct batch batch;

static int has_many_addresses(const struct traffic *traffic) { return traffic->sessions > traffic->ports; }

void sender_open(struct sender *sender, const struct traffic *traffic) {
    const int on = 1, size = 4 << 20;
    const struct sockaddr_in6 destination = {
        .sin6_family = AF_INET6, .sin6_port = htons(traffic->port), .sin6_addr = traffic->destination};
    *sender = (struct sender){.traffic = *traffic, .seed = 0x9e3779b97f4a7c15};
    for (unsigned i = 0; i < traffic->ports; i++) {
        const int socket_ = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        const struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)(40000 + i))};
        if (socket_ < 0) err(1, "socket");
        setsockopt(socket_, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);
        // Addresses of a prefix that is routed to this host, without being any interface's.
        setsockopt(socket_, IPPROTO_IPV6, IPV6_FREEBIND, &on, sizeof on);
        if (bind(socket_, (const struct sockaddr *)&any, sizeof any) < 0) err(1, "bind source port %u", 40000 + i);
        if (!has_many_addresses(traffic) && connect(socket_, (const struct sockaddr *)&destination, sizeof destination) < 0) {
            err(1, "connect");
        }
        sender->sockets[i] = socket_;
    }
    for (int i = 0; i < LOAD_BATCH; i++) {
        batch.vectors[i] = (struct iovec){batch.payloads[i], LOAD_PAYLOAD};
        batch.messages[i].msg_hdr = (struct msghdr){.msg_iov = &batch.vectors[i], .msg_iovlen = 1};
    }
}

static void add32(struct in6_addr *address, uint32_t number) {
    uint32_t last;
    memcpy(&last, address->s6_addr + 12, 4);
    last = htonl(ntohl(last) + number);
    memcpy(address->s6_addr + 12, &last, 4);
}

// Destinations fill 198.18.0.0/15, the range for benchmarks (RFC 2544), and begin anew.
static void address(const struct traffic *traffic, int slot, uint64_t index) {
    const uint64_t row = index / traffic->ports, client = row / traffic->destinations;
    struct msghdr *message = &batch.messages[slot].msg_hdr;
    struct in6_pktinfo source = {.ipi6_addr = traffic->source};
    batch.destinations[slot] = (struct sockaddr_in6){
        .sin6_family = AF_INET6, .sin6_port = htons(traffic->port), .sin6_addr = traffic->destination};
    add32(&batch.destinations[slot].sin6_addr, (uint32_t)(row % (1 << 17)));
    dnswire_write16(source.ipi6_addr.s6_addr + 6, (uint16_t)client);
    batch.sources[slot].header =
        (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof source), .cmsg_level = IPPROTO_IPV6, .cmsg_type = IPV6_PKTINFO};
    memcpy(CMSG_DATA(&batch.sources[slot].header), &source, sizeof source);
    message->msg_name = &batch.destinations[slot];
    message->msg_namelen = sizeof batch.destinations[slot];
    message->msg_control = &batch.sources[slot];
    message->msg_controllen = sizeof batch.sources[slot];
}

void sender_put(const struct sender *sender, int slot, uint64_t index, uint32_t step) {
    const struct mark mark = {LOAD_MAGIC, step, index};
    memcpy(batch.payloads[slot], &mark, sizeof mark);
    if (has_many_addresses(&sender->traffic)) address(&sender->traffic, slot, index);
}

// Returns how many the kernel has taken; what it refuses for want of room is as if it had never been. An ICMP error to an
// earlier packet is reported by the next call, and says nothing of that call's own packets.
int sender_flush(const struct sender *sender, unsigned port, int count) {
    int sent = 0;
    for (int errors = 0; sent < count && errors < 8;) {
        const int now = sendmmsg(sender->sockets[port], batch.messages + sent, (unsigned)(count - sent), 0);
        if (now > 0) {
            sent += now;
        } else if (errno == ENOBUFS || errno == EAGAIN) {
            break;
        } else if (errno == EINTR || errno == ECONNREFUSED || errno == EHOSTUNREACH || errno == EACCES) {
            errors++;
        } else {
            err(1, "sendmmsg");
        }
    }
    return sent;
}
