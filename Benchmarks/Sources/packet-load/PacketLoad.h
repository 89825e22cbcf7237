// The parts of packet-load.
#ifndef PACKET_LOAD_H
#define PACKET_LOAD_H

#include <stdatomic.h>

#include "DNSWire.h"

enum { LOAD_PAYLOAD = 64, LOAD_BATCH = 64, LOAD_PORTS = 64 };

// Which packets there are. Session `index` has the source port number index % ports; of the rows that remain, `destinations`
// neighbours have one source address, a client's.
struct traffic {
    const char *client, *server;  // names of network namespaces
    struct in6_addr destination;  // the server's, or the first of many; behind a translator its last 32 bits are IPv4
    struct in6_addr source;       // the first client's; the 16 bits behind its first 48 count clients; ::, what the kernel chooses
    uint16_t port;
    unsigned ports, destinations;
    uint64_t sessions;  // a multiple of `ports`
};

// What a packet carries, so that it can't be taken for another.
struct mark {
    uint32_t magic, step;
    uint64_t index;
};

enum { LOAD_MAGIC = 0x64b3c0de };

// Takes every packet that comes, in a thread of its own. `seen` has a bit for each session; the thread alone writes it.
struct receiver {
    int socket;
    uint64_t sessions;
    uint8_t *seen;
    _Atomic uint32_t step;      // packets of other steps are not counted
    _Atomic uint64_t received;  // in this step
};

void receiver_start(struct receiver *receiver, const struct traffic *traffic);

// Whether a packet of this session has come, ever.
int receiver_has_seen(const struct receiver *receiver, uint64_t index);

enum order {
    ORDER_RANDOM,   // any session, again and again, until the time is over
    ORDER_MISSING,  // those sessions that the receiver has not seen, each once
};

struct sender {
    struct traffic traffic;
    int sockets[LOAD_PORTS];
    uint64_t seed;
};

void sender_open(struct sender *sender, const struct traffic *traffic);

// Makes a packet of session `index` the one at place `slot`, below LOAD_BATCH, of the batch that goes next.
void sender_put(const struct sender *sender, int slot, uint64_t index, uint32_t step);

// Sends the first `count` of the batch from the source port number `port`. Returns how many went.
int sender_flush(const struct sender *sender, unsigned port, int count);

// What happened between two moments, after the start's disturbance and before the rest trickles in.
struct outcome {
    uint64_t sent, received;
    double seconds;
};

// Sends at `rate` packets a second (0: as many as go) and watches the receiver. Returns when what was under way has come.
struct outcome step_run(struct sender *sender, struct receiver *receiver, enum order order, double rate, double seconds);

// The highest rate at which packets come out at the other end, whatever rate they have to be sent at for that.
struct search_result {
    double delivered, offered;
    double clean;  // the highest rate delivered with a loss of no more than one in a hundred
};

struct search_result search_run(struct sender *sender, struct receiver *receiver, double seconds);

#endif
