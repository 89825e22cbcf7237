// Identity, capabilities, limits, processors, randomness: each function's reason stands in CLinux.h.

#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <unistd.h>

const char *clinux_errno_name(int error) { return strerrorname_np(error); }

int clinux_random(void *bytes, size_t count) {
    size_t done = 0;
    while (done < count) {
        ssize_t more = getrandom((char *)bytes + done, count - done, 0);
        if (more < 0 && errno == EINTR) continue;
        if (more < 0) return -errno;
        done += (size_t)more;
    }
    return 0;
}

int clinux_enter_network_namespace(int descriptor) { return setns(descriptor, CLONE_NEWNET) < 0 ? -errno : 0; }

int clinux_set_group(gid_t group) { return setresgid(group, group, group) < 0 ? -errno : 0; }

int clinux_set_user(uid_t user) { return setresuid(user, user, user) < 0 ? -errno : 0; }

int clinux_keep_capabilities(int keep) { return prctl(PR_SET_KEEPCAPS, keep, 0, 0, 0) < 0 ? -errno : 0; }

int clinux_set_capabilities(uint64_t mask, int ambient) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    struct __user_cap_data_struct data[2];
    for (int i = 0; i < 2; i++) {
        data[i].effective = data[i].permitted = (uint32_t)(mask >> (32 * i));
        data[i].inheritable = ambient ? data[i].permitted : 0;
    }
    // A kernel that knows no ambient set (EINVAL) has none to clear.
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 && errno != EINVAL) return -errno;
    if (syscall(SYS_capset, &header, data) < 0) return -errno;
    for (int capability = 0; ambient && capability < 64; capability++) {
        if ((mask >> capability & 1) == 0) continue;
        if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) < 0) return -errno;
    }
    return 0;
}

int clinux_capabilities(uint64_t *effective, uint64_t *permitted) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    struct __user_cap_data_struct data[2];
    if (syscall(SYS_capget, &header, data) < 0) return -errno;
    *effective = (uint64_t)data[1].effective << 32 | data[0].effective;
    *permitted = (uint64_t)data[1].permitted << 32 | data[0].permitted;
    return 0;
}

int clinux_no_new_privileges(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0; }

int64_t clinux_raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
    return limit.rlim_cur > INT64_MAX ? INT64_MAX : (int64_t)limit.rlim_cur;
}

/// More than any kernel is built for (CONFIG_NR_CPUS ends at 8192).
enum { cpu_maximum = 8192 };
typedef union {
    cpu_set_t set;
    unsigned long words[cpu_maximum / (8 * sizeof(unsigned long))];
} cpus_t;

int clinux_pin(uint32_t cpu) {
    cpus_t cpus;
    memset(&cpus, 0, sizeof cpus);
    if (cpu >= cpu_maximum) return -EINVAL;
    CPU_SET_S(cpu, sizeof cpus, &cpus.set);
    return sched_setaffinity(0, sizeof cpus, &cpus.set) < 0 ? -errno : 0;
}

int clinux_allowed_cpus(uint32_t *list, uint32_t capacity) {
    cpus_t cpus;
    memset(&cpus, 0, sizeof cpus);
    if (sched_getaffinity(0, sizeof cpus, &cpus.set) < 0) return -errno;
    int count = 0;
    for (uint32_t cpu = 0; cpu < cpu_maximum; cpu++) {
        if (!CPU_ISSET_S(cpu, sizeof cpus, &cpus.set)) continue;
        if ((uint32_t)count < capacity) list[count] = cpu;
        count++;
    }
    return count;
}

int clinux_name_thread(const char *name) { return -pthread_setname_np(pthread_self(), name); }

int clinux_clock_is_synchronized(void) {
    // Modes 0: only reads, which takes no right.
    struct timex adjustment = {.modes = 0};
    if (adjtimex(&adjustment) < 0) return -errno;
    return adjustment.status & STA_UNSYNC ? 0 : 1;
}
