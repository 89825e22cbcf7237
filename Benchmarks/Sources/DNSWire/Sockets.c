// Loopback sockets and the clock. The tools have nobody to tell about a failure but who started them: they end.
#include "DNSWire.h"

#include <err.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

uint64_t dnswire_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

struct sockaddr_in dnswire_loopback(const char *text) {
    char *end;
    const unsigned long port = strtoul(text, &end, 10);
    if (port == 0 || port > 65535 || *end) errx(2, "not a port: %s", text);
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
}

static int opened(void) {
    const int socket_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket_ < 0) err(1, "socket");
    // A burst of a whole window must not be lost in the kernel. The kernel caps what it gives; that is enough.
    const int size = 4 << 20;
    setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    setsockopt(socket_, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    return socket_;
}

int dnswire_bound(struct sockaddr_in address) {
    const int socket_ = opened();
    if (bind(socket_, (struct sockaddr *)&address, sizeof address) < 0) err(1, "bind port %u", ntohs(address.sin_port));
    return socket_;
}

int dnswire_connected(struct sockaddr_in address) {
    const int socket_ = opened();
    if (connect(socket_, (struct sockaddr *)&address, sizeof address) < 0) err(1, "connect");
    return socket_;
}
