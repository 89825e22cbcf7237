// Batches of datagrams: recvmmsg and sendmmsg with packet information (ip(7) IP_PKTINFO, RFC 3542 section 6), so that a
// reply leaves from the address that was asked.

#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

union name {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

/// Room for the larger of the two kinds of packet information, aligned as a cmsghdr must be.
union control {
    struct cmsghdr alignment;
    char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

struct clinux_batch {
    uint32_t capacity;
    uint32_t receive_size;
    uint32_t reply_size;
    /// Receive headers that a call may have changed since they were last made ready.
    uint32_t used;
    uint32_t first_queued;
    uint32_t end_queued;
    struct clinux_datagram *datagrams;
    struct mmsghdr *in;
    struct mmsghdr *out;
    struct iovec *in_bytes;
    struct iovec *out_bytes;
    union name *names;
    union control *in_control;
    union control *out_control;
    char *received;
    char *replies;
};

static int is_link_local(uint64_t high) { return high >> 54 == 0x3fa; }

static void load_v6(const struct in6_addr *from, uint64_t *high, uint64_t *low) {
    memcpy(high, from->s6_addr, 8);
    memcpy(low, from->s6_addr + 8, 8);
    *high = __builtin_bswap64(*high);
    *low = __builtin_bswap64(*low);
}

static void store_v6(struct in6_addr *to, uint64_t high, uint64_t low) {
    high = __builtin_bswap64(high);
    low = __builtin_bswap64(low);
    memcpy(to->s6_addr, &high, 8);
    memcpy(to->s6_addr + 8, &low, 8);
}

static void make_ready(struct clinux_batch *batch, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        batch->in[i].msg_hdr.msg_namelen = sizeof(union name);
        batch->in[i].msg_hdr.msg_controllen = sizeof(union control);
    }
}

static int allocate(struct clinux_batch *batch) {
    size_t n = batch->capacity;
    batch->datagrams = calloc(n, sizeof *batch->datagrams);
    batch->in = calloc(n, sizeof *batch->in);
    batch->out = calloc(n, sizeof *batch->out);
    batch->in_bytes = calloc(n, sizeof *batch->in_bytes);
    batch->out_bytes = calloc(n, sizeof *batch->out_bytes);
    batch->names = calloc(n, sizeof *batch->names);
    batch->in_control = calloc(n, sizeof *batch->in_control);
    batch->out_control = calloc(n, sizeof *batch->out_control);
    batch->received = calloc(n, batch->receive_size);
    batch->replies = calloc(n, batch->reply_size);
    return batch->datagrams && batch->in && batch->out && batch->in_bytes && batch->out_bytes && batch->names
        && batch->in_control && batch->out_control && batch->received && batch->replies;
}

struct clinux_batch *clinux_batch_create(uint32_t capacity, uint32_t receive_size, uint32_t reply_size) {
    struct clinux_batch *batch = calloc(1, sizeof *batch);
    if (batch == NULL) return NULL;
    batch->capacity = capacity;
    batch->receive_size = receive_size;
    batch->reply_size = reply_size;
    if (!allocate(batch)) {
        clinux_batch_destroy(batch);
        return NULL;
    }
    for (uint32_t i = 0; i < capacity; i++) {
        batch->in_bytes[i].iov_base = batch->received + (size_t)i * receive_size;
        batch->in_bytes[i].iov_len = receive_size;
        struct msghdr *header = &batch->in[i].msg_hdr;
        header->msg_name = &batch->names[i];
        header->msg_iov = &batch->in_bytes[i];
        header->msg_iovlen = 1;
        header->msg_control = &batch->in_control[i];
    }
    make_ready(batch, capacity);
    return batch;
}

void clinux_batch_destroy(struct clinux_batch *batch) {
    free(batch->datagrams);
    free(batch->in);
    free(batch->out);
    free(batch->in_bytes);
    free(batch->out_bytes);
    free(batch->names);
    free(batch->in_control);
    free(batch->out_control);
    free(batch->received);
    free(batch->replies);
    free(batch);
}

/// ipi_spec_dst, not ipi_addr: the latter is the group where the datagram was a broadcast.
static void read_packet_information(struct msghdr *header, struct clinux_path *path) {
    for (struct cmsghdr *item = CMSG_FIRSTHDR(header); item != NULL; item = CMSG_NXTHDR(header, item)) {
        if (item->cmsg_level == IPPROTO_IP && item->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo information;
            memcpy(&information, CMSG_DATA(item), sizeof information);
            path->local_high = 0;
            path->local_low = ntohl(information.ipi_spec_dst.s_addr);
            path->interface_index = (uint32_t)information.ipi_ifindex;
            path->has_local = 1;
        } else if (item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == IPV6_PKTINFO) {
            struct in6_pktinfo information;
            memcpy(&information, CMSG_DATA(item), sizeof information);
            load_v6(&information.ipi6_addr, &path->local_high, &path->local_low);
            path->interface_index = information.ipi6_ifindex;
            path->has_local = 1;
        }
    }
}

static void read_path(struct msghdr *header, struct clinux_path *path) {
    const union name *name = header->msg_name;
    path->has_local = 0;
    path->interface_index = 0;
    path->source_scope = 0;
    if (name->any.sa_family == AF_INET) {
        path->family = 4;
        path->source_high = 0;
        path->source_low = ntohl(name->v4.sin_addr.s_addr);
        path->source_port = ntohs(name->v4.sin_port);
    } else if (name->any.sa_family == AF_INET6) {
        path->family = 6;
        load_v6(&name->v6.sin6_addr, &path->source_high, &path->source_low);
        path->source_port = ntohs(name->v6.sin6_port);
        path->source_scope = name->v6.sin6_scope_id;
    } else {
        path->family = 0;
    }
    if (header->msg_controllen > 0) read_packet_information(header, path);
}

int clinux_batch_receive(struct clinux_batch *batch, int fd) {
    batch->first_queued = batch->end_queued = 0;
    make_ready(batch, batch->used);
    int count = recvmmsg(fd, batch->in, batch->capacity, MSG_DONTWAIT, NULL);
    if (count < 0) {
        int error = errno;
        batch->used = 1;
        return -error;
    }
    // The header behind the last may have been touched by the attempt that found nothing.
    batch->used = (uint32_t)count < batch->capacity ? (uint32_t)count + 1 : batch->capacity;
    for (int i = 0; i < count; i++) {
        struct msghdr *header = &batch->in[i].msg_hdr;
        struct clinux_datagram *datagram = &batch->datagrams[i];
        datagram->length = batch->in[i].msg_len;
        datagram->is_truncated = (header->msg_flags & MSG_TRUNC) != 0;
        read_path(header, &datagram->path);
    }
    return count;
}

const struct clinux_datagram *clinux_batch_datagrams(const struct clinux_batch *batch) { return batch->datagrams; }

const void *clinux_batch_bytes(const struct clinux_batch *batch) { return batch->received; }

void *clinux_batch_replies(struct clinux_batch *batch) { return batch->replies; }

/// Writes the control message that makes a reply leave from `path`'s local address; its length, 0 for none.
///
/// The interface is forced only where the address alone doesn't say it (link-local): elsewhere the route back may well
/// lead through another one. A multicast address was asked, but can't be a source: the kernel chooses.
static size_t write_packet_information(union control *control, const struct clinux_path *path) {
    if (!path->has_local) return 0;
    struct msghdr header = {.msg_control = control, .msg_controllen = sizeof *control};
    struct cmsghdr *item = CMSG_FIRSTHDR(&header);
    if (path->family == 4) {
        struct in_pktinfo information = {0};
        information.ipi_spec_dst.s_addr = htonl((uint32_t)path->local_low);
        if (path->local_low >> 16 == 0xa9fe) information.ipi_ifindex = (int)path->interface_index;
        item->cmsg_level = IPPROTO_IP;
        item->cmsg_type = IP_PKTINFO;
        item->cmsg_len = CMSG_LEN(sizeof information);
        memcpy(CMSG_DATA(item), &information, sizeof information);
        return CMSG_SPACE(sizeof information);
    }
    struct in6_pktinfo information = {0};
    int is_multicast = path->local_high >> 56 == 0xff;
    if (!is_multicast) store_v6(&information.ipi6_addr, path->local_high, path->local_low);
    if (is_multicast || is_link_local(path->local_high) || is_link_local(path->source_high))
        information.ipi6_ifindex = path->interface_index;
    item->cmsg_level = IPPROTO_IPV6;
    item->cmsg_type = IPV6_PKTINFO;
    item->cmsg_len = CMSG_LEN(sizeof information);
    memcpy(CMSG_DATA(item), &information, sizeof information);
    return CMSG_SPACE(sizeof information);
}

void clinux_batch_queue(struct clinux_batch *batch, uint32_t index, uint32_t length) {
    if (batch->end_queued == batch->capacity) return;
    uint32_t slot = batch->end_queued++;
    batch->out_bytes[slot].iov_base = batch->replies + (size_t)index * batch->reply_size;
    batch->out_bytes[slot].iov_len = length;
    struct msghdr *header = &batch->out[slot].msg_hdr;
    header->msg_name = &batch->names[index];
    header->msg_namelen = batch->in[index].msg_hdr.msg_namelen;
    header->msg_iov = &batch->out_bytes[slot];
    header->msg_iovlen = 1;
    header->msg_controllen = write_packet_information(&batch->out_control[slot], &batch->datagrams[index].path);
    header->msg_control = header->msg_controllen == 0 ? NULL : &batch->out_control[slot];
}

uint32_t clinux_batch_queued(const struct clinux_batch *batch) { return batch->end_queued - batch->first_queued; }

int clinux_batch_send(struct clinux_batch *batch, int fd) {
    int sent = sendmmsg(fd, batch->out + batch->first_queued, clinux_batch_queued(batch), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0) return -errno;
    batch->first_queued += (uint32_t)sent;
    return sent;
}

void clinux_batch_skip(struct clinux_batch *batch) {
    if (batch->first_queued < batch->end_queued) batch->first_queued++;
}

int clinux_send_along(int fd, const void *bytes, size_t length, const struct clinux_path *path) {
    union name name;
    union control control;
    memset(&name, 0, sizeof name);
    struct iovec content = {.iov_base = (void *)bytes, .iov_len = length};
    struct msghdr header = {.msg_name = &name, .msg_iov = &content, .msg_iovlen = 1};
    if (path->family == 4) {
        name.v4.sin_family = AF_INET;
        name.v4.sin_port = htons(path->source_port);
        name.v4.sin_addr.s_addr = htonl((uint32_t)path->source_low);
        header.msg_namelen = sizeof name.v4;
    } else {
        name.v6.sin6_family = AF_INET6;
        name.v6.sin6_port = htons(path->source_port);
        name.v6.sin6_scope_id = path->source_scope;
        store_v6(&name.v6.sin6_addr, path->source_high, path->source_low);
        header.msg_namelen = sizeof name.v6;
    }
    header.msg_controllen = write_packet_information(&control, path);
    header.msg_control = header.msg_controllen == 0 ? NULL : &control;
    return sendmsg(fd, &header, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}
