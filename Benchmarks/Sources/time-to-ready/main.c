// How long a server takes from its start to its first synthesized answer.
//     time-to-ready PORT NAME COMMAND...      prints milliseconds; ends what it started
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "DNSWire.h"

#define PATIENCE 10000000000u /* nanoseconds until we give up */

static void sleep_a_little(void) { usleep(500); }

// Asks every half millisecond until an answer is right. Returns the nanoseconds since START, 0 if none came.
static uint64_t first_answer(struct sockaddr_in server, const uint8_t *query, size_t length, uint64_t start) {
    const int socket_ = dnswire_connected(server);
    uint8_t answer[4096];
    for (uint64_t now = start; now - start < PATIENCE; now = dnswire_now()) {
        // Nobody listens yet: ECONNREFUSED, here or there.
        send(socket_, query, length, 0);
        sleep_a_little();
        const ssize_t size = recv(socket_, answer, sizeof answer, MSG_DONTWAIT);
        if (size > 0 && dnswire_is_synthesized(answer, (size_t)size, query, length)) return dnswire_now() - start;
    }
    return 0;
}

static void end(pid_t server) {
    kill(server, SIGTERM);
    for (int i = 0; i < 100; i++) {
        if (waitpid(server, NULL, WNOHANG) != 0) return;
        usleep(50000);
    }
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
}

int main(int count, char **arguments) {
    uint8_t query[DNSWIRE_QUERY];
    if (count < 4) errx(2, "usage: time-to-ready PORT NAME COMMAND...");
    const struct sockaddr_in address = dnswire_loopback(arguments[1]);
    const size_t length = dnswire_question(query, arguments[2]);
    if (length == 0) errx(2, "not a name: %s", arguments[2]);
    const uint64_t start = dnswire_now();
    const pid_t server = fork();
    if (server < 0) err(1, "fork");
    if (server == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);  // whoever ends us ends it
        execvp(arguments[3], arguments + 3);
        err(127, "%s", arguments[3]);
    }
    const uint64_t taken = first_answer(address, query, length, start);
    end(server);
    if (taken == 0) errx(1, "no answer");
    printf("%.1f\n", (double)taken / 1e6);
    return 0;
}
