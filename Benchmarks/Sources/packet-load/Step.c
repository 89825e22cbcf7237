// One step: packets at one rate for some time. What comes is counted only between two moments in the midst of it, so that
// neither the start nor what waits in queues at the end is taken for throughput.
#include <time.h>

#include "PacketLoad.h"

enum { TICK = 200000, LAG = 2000000, QUIET = 30000000 };  // nanoseconds

// Where in the sessions the next batch is taken.
struct course {
    enum order order;
    uint64_t row, rows;
    unsigned port;
    int over;
};

static uint64_t random_below(struct sender *sender, uint64_t bound) {
    sender->seed ^= sender->seed << 13;
    sender->seed ^= sender->seed >> 7;
    sender->seed ^= sender->seed << 17;
    return (uint64_t)((unsigned __int128)sender->seed * bound >> 64);
}

// A batch of sessions of one source port.
static int next_random(struct sender *sender, struct course *course, uint32_t step, int most) {
    course->port = (course->port + 1) % sender->traffic.ports;
    for (int slot = 0; slot < most; slot++) {
        sender_put(sender, slot, random_below(sender, course->rows) * sender->traffic.ports + course->port, step);
    }
    return most;
}

static int next_missing(struct sender *sender, const struct receiver *receiver, struct course *course, uint32_t step, int most) {
    int count = 0;
    while (count < most && course->port < sender->traffic.ports) {
        const uint64_t index = course->row++ * sender->traffic.ports + course->port;
        if (course->row > course->rows) {
            if (count > 0) return course->row--, count;
            course->row = 0;
            course->port++;
        } else if (!receiver_has_seen(receiver, index)) {
            sender_put(sender, count++, index, step);
        }
    }
    course->over = course->port >= sender->traffic.ports;
    return count;
}

static void sleep_until(uint64_t moment) {
    const struct timespec time = {.tv_sec = (time_t)(moment / 1000000000), .tv_nsec = (long)(moment % 1000000000)};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
}

// How many packets are due; none: it has slept, and the caller asks again. Who lags behind does not catch up, for a burst
// would be lost that the rate is not to blame for.
static int due(double rate, uint64_t *from, uint64_t sent, uint64_t now) {
    if (rate <= 0) return LOAD_BATCH;
    const double expected = (double)(now - *from) * rate / 1e9, behind = expected - (double)sent;
    if (behind < 1) return sleep_until(now + TICK), 0;
    if (behind > rate * LAG / 1e9 + LOAD_BATCH) *from += (uint64_t)((behind - LOAD_BATCH) * 1e9 / rate);
    return behind > LOAD_BATCH ? LOAD_BATCH : (int)behind;
}

// Until nothing has come for a while.
static void drain(struct receiver *receiver) {
    for (uint64_t before = UINT64_MAX, now; (now = atomic_load(&receiver->received)) != before; before = now) {
        sleep_until(dnswire_now() + QUIET);
    }
}

struct outcome step_run(struct sender *sender, struct receiver *receiver, enum order order, double rate, double seconds) {
    struct course course = {.order = order, .rows = sender->traffic.sessions / sender->traffic.ports};
    const uint32_t step = atomic_fetch_add(&receiver->step, 1) + 1;
    atomic_store(&receiver->received, 0);
    const uint64_t start = dnswire_now(), end = start + (uint64_t)(seconds * 1e9), opening = start + (end - start) / 5;
    uint64_t from = start, sent = 0, now, opened = 0, sent_then = 0, received_then = 0;
    while ((now = dnswire_now()) < end && !course.over) {
        if (opened == 0 && now >= opening) {
            opened = now, sent_then = sent, received_then = atomic_load(&receiver->received);
        }
        int count = due(rate, &from, sent, now);
        if (count == 0) continue;
        if (order == ORDER_RANDOM) {
            count = next_random(sender, &course, step, count);
        } else {
            count = next_missing(sender, receiver, &course, step, count);
        }
        sent += (uint64_t)sender_flush(sender, course.port % sender->traffic.ports, count);
    }
    const struct outcome outcome = {sent - sent_then, atomic_load(&receiver->received) - received_then,
                                    (double)(now - (opened ? opened : start)) / 1e9};
    drain(receiver);
    return outcome;
}
