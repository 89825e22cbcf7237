// A load with a fixed window: so many questions are out at any time, and each answer that comes lets the next question go.
//     dns-load PORT NAMES [--window N] [--seconds N] [--once] [--any] [--pid PID] [--spin]
// NAMES has dnsperf's form, a name and a type a line; AAAA is asked for, with EDNS, round and round for so many
// seconds (10), or --once each. An answer must hold an AAAA under 64:ff9b::/96, or may be --any, an echo for instance.
// --pid measures what a process spends meanwhile; --spin never sleeps (give it a core of its own). Prints one line of
// JSON.
#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "Load.h"

static struct load_options parse(int count, char **arguments) {
    static const struct option known[] = {{"window", 1, NULL, 'w'}, {"seconds", 1, NULL, 's'}, {"pid", 1, NULL, 'p'},
                                          {"spin", 0, NULL, 'x'},   {"once", 0, NULL, 'o'},    {"any", 0, NULL, 'a'},
                                          {NULL, 0, NULL, 0}};
    struct load_options options = {.window = 64, .seconds = 10};
    for (int letter; (letter = getopt_long(count, arguments, "", known, NULL)) != -1;) {
        if (letter == 'w') options.window = (unsigned)atoi(optarg);
        if (letter == 's') options.seconds = atof(optarg);
        if (letter == 'p') options.process = atoi(optarg);
        if (letter == 'x') options.spins = 1;
        if (letter == 'o') options.once = 1;
        if (letter == 'a') options.takes_any = 1;
        if (letter == '?') exit(2);
    }
    if (count - optind != 2 || options.window < 1 || options.window > LOAD_WINDOW) {
        errx(2, "usage: dns-load PORT NAMES [--window 1...%d] [--seconds N] [--once] [--any] [--pid PID] [--spin]", LOAD_WINDOW);
    }
    return options;
}

static int compare(const void *left, const void *right) {
    const uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return a < b ? -1 : a > b;
}

static double percentile(const struct load_result *result, double share) {
    if (result->samples == 0) return 0;
    return result->latencies[(size_t)(share * (double)(result->samples - 1))] / 1e3;
}

static void print(const struct load_result *result) {
    qsort(result->latencies, result->samples, sizeof *result->latencies, compare);
    const double seconds = (double)result->elapsed / 1e9, answers = (double)result->good;
    printf("{\"answers\":%lu,\"bad\":%lu,\"lost\":%lu,\"seconds\":%.4f,\"qps\":%.0f", result->good, result->bad,
           result->lost, seconds, answers / seconds);
    if (result->spent.total > 0 && answers > 0) {
        const double ticks = (double)(result->spent.user_ticks + result->spent.system_ticks);
        printf(",\"cpu_us\":%.4f,\"user_share\":%.3f,\"busy\":%.3f", (double)result->spent.total / 1e3 / answers,
               ticks > 0 ? (double)result->spent.user_ticks / ticks : 0, (double)result->spent.total / 1e9 / seconds);
    }
    printf(",\"latency_us\":{\"min\":%.1f,\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"max\":%.1f}}\n", percentile(result, 0),
           percentile(result, 0.5), percentile(result, 0.9), percentile(result, 0.99), percentile(result, 1));
}

int main(int count, char **arguments) {
    const struct load_options options = parse(count, arguments);
    const struct question_list questions = questions_read(arguments[optind + 1]);
    const struct load_result result = load_run(dnswire_loopback(arguments[optind]), &questions, options);
    print(&result);
    return result.good == 0;
}
