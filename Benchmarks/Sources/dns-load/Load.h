// The parts of dns-load.
#ifndef LOAD_H
#define LOAD_H

#include "DNSWire.h"

enum { LOAD_WINDOW = 1024, LOAD_SAMPLES = 1 << 20 };

// Questions in one block, ready to be sent.
struct question_list {
    uint8_t *bytes;
    size_t *offsets;  // count + 1 of them
    size_t count;
};

struct question_list questions_read(const char *path);

struct load_options {
    unsigned window;
    double seconds;
    pid_t process;  // 0: none
    int once, takes_any, spins;
};

struct load_result {
    uint64_t good, bad, lost, elapsed;
    struct processor_time spent;
    uint32_t *latencies;  // nanoseconds, of the last LOAD_SAMPLES good answers
    size_t samples;
};

struct load_result load_run(struct sockaddr_in server, const struct question_list *questions, struct load_options options);

#endif
