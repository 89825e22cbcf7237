// The search for the highest rate that comes out at the other end: rates that double until more brings less, then rates
// around the best.
#include "PacketLoad.h"

static double attempt(struct search_result *best, struct sender *sender, struct receiver *receiver, double rate, double seconds) {
    const struct outcome outcome = step_run(sender, receiver, ORDER_RANDOM, rate, seconds);
    const double delivered = (double)outcome.received / outcome.seconds, sent = (double)outcome.sent / outcome.seconds;
    if (delivered > best->delivered) best->delivered = delivered, best->offered = sent;
    if (delivered >= sent * 0.99 && delivered > best->clean) best->clean = delivered;
    return delivered;
}

struct search_result search_run(struct sender *sender, struct receiver *receiver, double seconds) {
    static const double around[] = {0.7, 0.85, 1.2, 1.4};
    struct search_result best = {0, 0, 0};
    for (double rate = 25000; rate < 4e6; rate *= 2) {
        const double delivered = attempt(&best, sender, receiver, rate, seconds);
        if (delivered < rate / 4) break;
    }
    const double offered = best.offered;
    for (unsigned i = 0; i < sizeof around / sizeof *around; i++) {
        attempt(&best, sender, receiver, offered * around[i], seconds);
    }
    attempt(&best, sender, receiver, 0, seconds);
    return best;
}
