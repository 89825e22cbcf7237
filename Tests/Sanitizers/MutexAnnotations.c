// Tells the thread sanitizer what Swift's Synchronization.Mutex does on Linux.
//
// A Mutex is one word. Its fast paths, an exchange on that word with acquiring or releasing order, are compiled into
// whoever uses it, so that a sanitized build sees them. Its slow paths, _lockSlow and so on, are in the runtime's
// libswiftSynchronization, which is not sanitized: a thread that had to wait for a lock seems never to have taken it,
// and everything under the lock is reported as a race. No suppression could tell those reports from real ones. This
// library stands before the runtime's, calls the real functions, and says to the sanitizer what they do: acquire the
// word, or release it. It takes nothing away from what the sanitizer sees.
//
// scripts/sanitize builds it and puts it into LD_PRELOAD, for sanitized programs alone.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>

// In the sanitizer's runtime, which is part of the program. Absent in programs that the program under test starts.
extern void __tsan_acquire(void *address) __attribute__((weak));
extern void __tsan_release(void *address) __attribute__((weak));

// Swift passes a method's self, here the address of the word, in the context register.
#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context))

#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define TRY_LOCK_SLOW "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

SWIFT void mutexLockSlow(uint32_t owner, SELF void *word) __asm__(LOCK_SLOW);
SWIFT bool mutexTryLockSlow(SELF void *word) __asm__(TRY_LOCK_SLOW);
SWIFT void mutexUnlockSlow(SELF void *word) __asm__(UNLOCK_SLOW);

SWIFT void mutexLockSlow(uint32_t owner, SELF void *word) {
    SWIFT void (*real)(uint32_t, SELF void *) = dlsym(RTLD_NEXT, LOCK_SLOW);
    real(owner, word);
    if (__tsan_acquire) __tsan_acquire(word);
}

SWIFT bool mutexTryLockSlow(SELF void *word) {
    SWIFT bool (*real)(SELF void *) = dlsym(RTLD_NEXT, TRY_LOCK_SLOW);
    bool taken = real(word);
    if (taken && __tsan_acquire) __tsan_acquire(word);
    return taken;
}

SWIFT void mutexUnlockSlow(SELF void *word) {
    SWIFT void (*real)(SELF void *) = dlsym(RTLD_NEXT, UNLOCK_SLOW);
    if (__tsan_release) __tsan_release(word);
    real(word);
}
