// Counts heap allocations of the calling thread; for tests that hold a path to none.
#ifndef ALLOCATION_COUNTER_H
#define ALLOCATION_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

/// Calls of malloc, calloc, realloc and their aligned kin by this thread since it began.
uint64_t allocation_counter_value(void);

/// False under a sanitizer, whose allocator must stay in place: nothing is counted then.
bool allocation_counter_works(void);

#endif
