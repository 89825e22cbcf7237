// UDP packets of 64 octets of payload from one network namespace to another, and how many arrive. For translators: the far
// end takes IPv4 and IPv6 alike.
//     packet-load CLIENT SERVER ADDRESS search [--ports N] [--seconds N]
//     packet-load CLIENT SERVER ADDRESS steady [--ports N] [--seconds N] [--rate N] [--pid PID]
//         [--source ADDRESS --sessions N --destinations N]
// CLIENT and SERVER are namespaces as ip-netns(8) names them, ADDRESS is the server's as the client sees it. `search` finds
// the highest rate delivered with so many flows, a source port each; each rate is tried for so many seconds. `steady`
// makes all the sessions, from many clients to many destinations, then sends packets of any of them at one rate
// and tells what a process spends on each. Prints one line of JSON.
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "PacketLoad.h"

struct options {
    struct traffic traffic;
    double rate, seconds;
    pid_t process;
    int searches;
};

static struct options parse(int count, char **arguments) {
    static const struct option known[] = {{"ports", 1, NULL, 'p'},    {"seconds", 1, NULL, 's'},      {"rate", 1, NULL, 'r'},
                                          {"pid", 1, NULL, 'i'},      {"source", 1, NULL, 'f'},       {"sessions", 1, NULL, 'n'},
                                          {"destinations", 1, NULL, 'd'}, {NULL, 0, NULL, 0}};
    struct options options = {.traffic = {.port = 5401, .ports = 1, .destinations = 1}, .rate = 20000, .seconds = 1};
    struct traffic *traffic = &options.traffic;
    for (int letter; (letter = getopt_long(count, arguments, "", known, NULL)) != -1;) {
        if (letter == 'p') traffic->ports = (unsigned)atoi(optarg);
        if (letter == 's') options.seconds = atof(optarg);
        if (letter == 'r') options.rate = atof(optarg);
        if (letter == 'i') options.process = atoi(optarg);
        if (letter == 'f' && inet_pton(AF_INET6, optarg, &traffic->source) != 1) errx(2, "not an IPv6 address: %s", optarg);
        if (letter == 'n') traffic->sessions = strtoull(optarg, NULL, 10);
        if (letter == 'd') traffic->destinations = (unsigned)atoi(optarg);
        if (letter == '?') exit(2);
    }
    if (count - optind != 4) errx(2, "usage: packet-load CLIENT SERVER ADDRESS search|steady [options]");
    traffic->client = arguments[optind];
    traffic->server = arguments[optind + 1];
    if (inet_pton(AF_INET6, arguments[optind + 2], &traffic->destination) != 1) {
        errx(2, "not an IPv6 address: %s", arguments[optind + 2]);
    }
    options.searches = strcmp(arguments[optind + 3], "search") == 0;
    if (traffic->ports < 1 || traffic->ports > LOAD_PORTS) errx(2, "--ports: 1 to %d", LOAD_PORTS);
    if (traffic->sessions == 0) traffic->sessions = traffic->ports;
    if (traffic->destinations < 1 || traffic->sessions % traffic->ports != 0) errx(2, "--sessions: so many times --ports");
    return options;
}

static void enter(const char *namespace_) {
    char path[256];
    snprintf(path, sizeof path, "/run/netns/%s", namespace_);
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || setns(file, CLONE_NEWNET) != 0) err(1, "network namespace %s", namespace_);
    close(file);
}

static uint64_t seen(const struct receiver *receiver) {
    uint64_t count = 0;
    for (uint64_t i = 0; i < receiver->sessions; i++) count += (uint64_t)receiver_has_seen(receiver, i);
    return count;
}

static int steady(const struct options *options, struct sender *sender, struct receiver *receiver) {
    const uint64_t sessions = options->traffic.sessions, start = dnswire_now();
    for (int pass = 0; pass < 4 && seen(receiver) < sessions; pass++) {
        step_run(sender, receiver, ORDER_MISSING, options->rate * 3, 60);
    }
    const uint64_t established = seen(receiver);
    const double making = (double)(dnswire_now() - start) / 1e9;
    struct processor_time before = {0, 0, 0}, after = {0, 0, 0};
    const uint64_t sent_at = dnswire_now();
    if (options->process) before = processor_time_of(options->process);
    const struct outcome outcome = step_run(sender, receiver, ORDER_RANDOM, options->rate, options->seconds);
    if (options->process) after = processor_time_of(options->process);
    // All that came, in all the time: the process's clock knows no opening either.
    const uint64_t received = atomic_load(&receiver->received);
    const double ticks = (double)(after.user_ticks - before.user_ticks + after.system_ticks - before.system_ticks);
    printf("{\"sessions\":%lu,\"established\":%lu,\"making_seconds\":%.2f,\"received\":%lu,\"loss\":%.5f", sessions, established,
           making, received, 1 - (double)outcome.received / (double)outcome.sent);
    if (options->process && received > 0) {
        printf(",\"cpu_us\":%.4f,\"user_share\":%.3f,\"busy\":%.3f", (double)(after.total - before.total) / 1e3 / (double)received,
               ticks > 0 ? (double)(after.user_ticks - before.user_ticks) / ticks : 0,
               (double)(after.total - before.total) / (double)(dnswire_now() - sent_at));
    }
    puts("}");
    return established < sessions;
}

int main(int count, char **arguments) {
    static struct receiver receiver;
    static struct sender sender;
    const struct options options = parse(count, arguments);
    prctl(PR_SET_TIMERSLACK, 1);
    enter(options.traffic.server);
    receiver_start(&receiver, &options.traffic);
    enter(options.traffic.client);
    sender_open(&sender, &options.traffic);
    // The first packet waits for neighbours to be found, and a queue that waits is short.
    step_run(&sender, &receiver, ORDER_RANDOM, 1000, 0.1);
    if (!options.searches) return steady(&options, &sender, &receiver);
    const struct search_result best = search_run(&sender, &receiver, options.seconds);
    printf("{\"delivered\":%.0f,\"offered\":%.0f,\"clean\":%.0f}\n", best.delivered, best.offered, best.clean);
    return best.delivered == 0;
}
