// The floor under every server: each datagram goes back as it came.
//     echo-floor PORT single     recvmsg and sendmsg, one datagram a call: what Unbound and BIND build upon
//     echo-floor PORT batch      recvmmsg and sendmmsg, as many datagrams as there are, up to 64 a call
#include <err.h>
#include <string.h>
#include <sys/socket.h>

#include "DNSWire.h"

enum { BATCH = 64, ROOM = 4096 };

static uint8_t buffers[BATCH][ROOM];
static struct sockaddr_in peers[BATCH];
static struct iovec vectors[BATCH];
static struct mmsghdr messages[BATCH];

static void prepare(void) {
    for (int i = 0; i < BATCH; i++) {
        vectors[i] = (struct iovec){buffers[i], ROOM};
        messages[i].msg_hdr = (struct msghdr){.msg_name = &peers[i], .msg_namelen = sizeof peers[i],
                                              .msg_iov = &vectors[i], .msg_iovlen = 1};
    }
}

static void echo_single(int socket_) {
    struct msghdr *message = &messages[0].msg_hdr;
    for (;;) {
        vectors[0].iov_len = ROOM;
        message->msg_namelen = sizeof peers[0];
        const ssize_t length = recvmsg(socket_, message, 0);
        if (length < 0) continue;
        vectors[0].iov_len = (size_t)length;
        sendmsg(socket_, message, 0);
    }
}

static void echo_batch(int socket_) {
    for (;;) {
        const int count = recvmmsg(socket_, messages, BATCH, MSG_WAITFORONE, NULL);
        for (int i = 0; i < count; i++) vectors[i].iov_len = messages[i].msg_len;
        for (int sent = 0; sent < count;) {
            const int more = sendmmsg(socket_, messages + sent, (unsigned)(count - sent), 0);
            sent += more > 0 ? more : 1;
        }
        for (int i = 0; i < count; i++) {
            vectors[i].iov_len = ROOM;
            messages[i].msg_hdr.msg_namelen = sizeof peers[i];
        }
    }
}

int main(int count, char **arguments) {
    if (count != 3) errx(2, "usage: echo-floor PORT single|batch");
    const int socket_ = dnswire_bound(dnswire_loopback(arguments[1]));
    prepare();
    if (strcmp(arguments[2], "single") == 0) echo_single(socket_);
    if (strcmp(arguments[2], "batch") == 0) echo_batch(socket_);
    errx(2, "usage: echo-floor PORT single|batch");
}
