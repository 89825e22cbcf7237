// The window. A question's identifier is its slot (10 bits) and how often that slot was used (6 bits), so that an answer that
// comes late or twice is not taken for another.
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "Load.h"

enum { SLOT_BITS = 10, BATCH = 64 };
#define PATIENCE 1000000000u /* nanoseconds until a question counts as lost and is sent again */

struct slot {
    size_t question;
    uint64_t asked;
    uint16_t identifier;
    int is_out;
};

struct window {
    const struct question_list *questions;
    struct load_options options;
    int socket;
    size_t next;       // the question to ask next, counted on
    unsigned out;      // slots in use
    uint64_t end;      // no new question after this moment
    struct slot slots[LOAD_WINDOW];
    unsigned ready[LOAD_WINDOW], ready_count;  // slots that wait to be sent
    uint8_t received[BATCH][4096], sent[BATCH][DNSWIRE_QUERY];
    struct load_result result;
};

static size_t question_length(const struct window *window, size_t question) {
    return window->questions->offsets[question + 1] - window->questions->offsets[question];
}

// Puts the next question in SLOT. Does nothing at the end of the questions, or of the time.
static void occupy(struct window *window, unsigned slot, uint64_t now) {
    if (now >= window->end || (window->options.once && window->next >= window->questions->count)) return;
    struct slot *taken = &window->slots[slot];
    taken->question = window->next++ % window->questions->count;
    taken->identifier = (uint16_t)((taken->identifier + (1 << SLOT_BITS)) & ~((1 << SLOT_BITS) - 1)) | (uint16_t)slot;
    taken->is_out = 1;
    window->out++;
    window->ready[window->ready_count++] = slot;
}

static void send_ready(struct window *window) {
    for (unsigned done = 0; done < window->ready_count;) {
        struct mmsghdr messages[BATCH];
        struct iovec vectors[BATCH];
        const unsigned count = window->ready_count - done < BATCH ? window->ready_count - done : BATCH;
        const uint64_t now = dnswire_now();
        for (unsigned i = 0; i < count; i++) {
            struct slot *slot = &window->slots[window->ready[done + i]];
            const size_t length = question_length(window, slot->question);
            memcpy(window->sent[i], window->questions->bytes + window->questions->offsets[slot->question], length);
            dnswire_write16(window->sent[i], slot->identifier);
            slot->asked = now;
            vectors[i] = (struct iovec){window->sent[i], length};
            messages[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1};
        }
        const int sent = sendmmsg(window->socket, messages, count, 0);
        if (sent < 0 && errno != ECONNREFUSED && errno != EINTR) err(1, "send");
        done += sent > 0 ? (unsigned)sent : 0;
    }
    window->ready_count = 0;
}

static void judge(struct window *window, const uint8_t *answer, size_t length, uint64_t now) {
    struct load_result *result = &window->result;
    if (length < DNSWIRE_HEADER) return;
    const uint16_t identifier = dnswire_read16(answer);
    struct slot *slot = &window->slots[identifier & ((1 << SLOT_BITS) - 1)];
    if (!slot->is_out || slot->identifier != identifier) return;
    const size_t size = question_length(window, slot->question);
    const uint8_t *query = window->questions->bytes + window->questions->offsets[slot->question];
    if (window->options.takes_any || dnswire_is_synthesized(answer, length, query, size)) {
        result->latencies[result->good % LOAD_SAMPLES] = (uint32_t)(now - slot->asked);
        result->good++;
    } else {
        result->bad++;
    }
    slot->is_out = 0;
    window->out--;
    occupy(window, identifier & ((1 << SLOT_BITS) - 1), now);
}

static int receive(struct window *window) {
    struct mmsghdr messages[BATCH];
    struct iovec vectors[BATCH];
    for (int i = 0; i < BATCH; i++) {
        vectors[i] = (struct iovec){window->received[i], sizeof window->received[i]};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1};
    }
    const int flags = window->options.spins ? MSG_DONTWAIT : MSG_WAITFORONE;
    const int count = recvmmsg(window->socket, messages, BATCH, flags, NULL);
    const uint64_t now = dnswire_now();
    for (int i = 0; i < count; i++) judge(window, window->received[i], messages[i].msg_len, now);
    return count > 0 ? count : 0;
}

static void resend_lost(struct window *window) {
    const uint64_t now = dnswire_now();
    for (unsigned i = 0; i < window->options.window; i++) {
        struct slot *slot = &window->slots[i];
        if (!slot->is_out || now - slot->asked < PATIENCE) continue;
        window->result.lost++;
        slot->asked = now;
        if (now > window->end + 2 * (uint64_t)PATIENCE) {
            slot->is_out = 0;
            window->out--;
        } else {
            window->ready[window->ready_count++] = i;
        }
    }
}

struct load_result load_run(struct sockaddr_in server, const struct question_list *questions, struct load_options options) {
    struct window *window = calloc(1, sizeof *window);
    if (!window) err(1, "memory");
    *window = (struct window){.questions = questions, .options = options, .socket = dnswire_connected(server)};
    window->result.latencies = calloc(LOAD_SAMPLES, sizeof *window->result.latencies);
    if (!window->result.latencies) err(1, "memory");
    const struct timeval patience = {0, 100000};
    setsockopt(window->socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);

    const struct processor_time before = options.process ? processor_time_of(options.process) : (struct processor_time){0};
    const uint64_t start = dnswire_now();
    window->end = start + (uint64_t)(options.seconds * 1e9);
    for (unsigned i = 0; i < options.window; i++) occupy(window, i, start);
    send_ready(window);
    for (uint64_t checked = start; window->out > 0;) {
        receive(window);
        send_ready(window);
        const uint64_t now = dnswire_now();
        if (now - checked < PATIENCE / 4) continue;
        checked = now;
        resend_lost(window);
        send_ready(window);
    }
    struct load_result result = window->result;
    result.elapsed = dnswire_now() - start;
    result.samples = result.good < LOAD_SAMPLES ? result.good : LOAD_SAMPLES;
    if (options.process) {
        const struct processor_time after = processor_time_of(options.process);
        result.spent = (struct processor_time){after.total - before.total, after.user_ticks - before.user_ticks,
                                               after.system_ticks - before.system_ticks};
    }
    free(window);
    return result;
}
