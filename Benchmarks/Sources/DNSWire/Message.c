// Questions and the judgement of answers (RFC 1035 section 4).
#include "DNSWire.h"

#include <string.h>

size_t dnswire_question(uint8_t *query, const char *name) {
    static const uint8_t header[DNSWIRE_HEADER] = {0, 0, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 1};
    static const uint8_t opt[11] = {0, 0, DNSWIRE_OPT, DNSWIRE_DATAGRAM >> 8, DNSWIRE_DATAGRAM & 0xff};
    memcpy(query, header, sizeof header);
    size_t at = sizeof header;
    while (*name) {
        size_t label = strcspn(name, ".");
        if (label == 0 || label > 63 || at + label + 2 > sizeof header + 255) return 0;
        query[at++] = (uint8_t)label;
        memcpy(query + at, name, label);
        at += label;
        name += label;
        if (*name == '.') name++;
    }
    query[at++] = 0;
    dnswire_write16(query + at, DNSWIRE_AAAA);
    dnswire_write16(query + at + 2, 1);
    memcpy(query + at + 4, opt, sizeof opt);
    return at + 4 + sizeof opt;
}

size_t dnswire_skip_name(const uint8_t *message, size_t length, size_t offset) {
    while (offset < length) {
        uint8_t octet = message[offset];
        if (octet >= 0xc0) return offset + 2 <= length ? offset + 2 : 0;
        if (octet == 0) return offset + 1;
        offset += (size_t)octet + 1;
    }
    return 0;
}

int dnswire_is_synthesized(const uint8_t *answer, size_t length, const uint8_t *query, size_t query_length) {
    static const uint8_t prefix[12] = {0x00, 0x64, 0xff, 0x9b};
    const size_t question = query_length - 11;  // the query ends in its OPT
    if (length < question) return 0;
    const int response = answer[2] & 0x80, truncated = answer[2] & 0x02, rcode = answer[3] & 0x0f;
    if (!response || truncated || rcode != 0 || dnswire_read16(answer + 4) != 1) return 0;
    if (memcmp(answer + DNSWIRE_HEADER, query + DNSWIRE_HEADER, question - DNSWIRE_HEADER) != 0) return 0;
    size_t at = question;
    for (unsigned records = dnswire_read16(answer + 6); records > 0; records--) {
        at = dnswire_skip_name(answer, length, at);
        if (at == 0 || at + 10 > length) return 0;
        const size_t data = at + 10, size = dnswire_read16(answer + at + 8);
        if (data + size > length) return 0;
        if (dnswire_read16(answer + at) == DNSWIRE_AAAA && size == 16) return memcmp(answer + data, prefix, 12) == 0;
        at = data + size;
    }
    return 0;
}
