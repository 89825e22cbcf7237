// What the tools of the benchmark share: questions, the judgement of answers, loopback sockets, the clocks.
#ifndef DNSWIRE_H
#define DNSWIRE_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { DNSWIRE_HEADER = 12, DNSWIRE_DATAGRAM = 1232, DNSWIRE_QUERY = 290 };
enum { DNSWIRE_A = 1, DNSWIRE_SOA = 6, DNSWIRE_AAAA = 28, DNSWIRE_OPT = 41 };

static inline uint16_t dnswire_read16(const uint8_t *at) { return (uint16_t)(at[0] << 8 | at[1]); }

static inline void dnswire_write16(uint8_t *at, uint16_t value) {
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static inline void dnswire_write32(uint8_t *at, uint32_t value) {
    dnswire_write16(at, (uint16_t)(value >> 16));
    dnswire_write16(at + 2, (uint16_t)value);
}

// Writes a question for NAME, type AAAA, with RD and an OPT record (RFC 6891) that announces 1232 octets.
// Returns its length, or 0 if the name isn't one. QUERY has room for DNSWIRE_QUERY octets; its identifier is 0.
size_t dnswire_question(uint8_t *query, const char *name);

// Where the name that starts at OFFSET ends, compressed or not; 0 if it leaves the message.
size_t dnswire_skip_name(const uint8_t *message, size_t length, size_t offset);

// Whether ANSWER is a complete NOERROR answer to QUERY with an AAAA under 64:ff9b::/96.
int dnswire_is_synthesized(const uint8_t *answer, size_t length, const uint8_t *query, size_t query_length);

// Nanoseconds since some moment.
uint64_t dnswire_now(void);

// What a process has spent on the processor: nanoseconds in all, and the kernel's coarse ticks for its two parts.
struct processor_time {
    uint64_t total, user_ticks, system_ticks;
};

struct processor_time processor_time_of(pid_t process);

// 127.0.0.1 and the port written in TEXT; ends the program if it is none.
struct sockaddr_in dnswire_loopback(const char *text);

// A UDP socket with large buffers, bound to ADDRESS (or connected to it); ends the program on failure.
int dnswire_bound(struct sockaddr_in address);
int dnswire_connected(struct sockaddr_in address);

#endif
