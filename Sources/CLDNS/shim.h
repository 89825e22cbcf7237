// libldns as Swift sees it. Static inlines only where Swift can't call the original: macros.
#ifndef CLDNS_SHIM_H
#define CLDNS_SHIM_H

#include <ldns/ldns.h>

/// Frees a buffer that ldns allocated. LDNS_FREE is a macro, and its allocator is the C library's.
static inline void cldns_free(void *memory) { free(memory); }

#endif
