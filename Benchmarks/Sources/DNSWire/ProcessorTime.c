// The processor time of another process: its clock counts every thread to the nanosecond, those that ended too. The division
// between user and system comes from proc(5), which samples it.
#include "DNSWire.h"

#include <err.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

struct processor_time processor_time_of(pid_t process) {
    struct processor_time time = {0, 0, 0};
    clockid_t clock;
    struct timespec spent;
    if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &spent) != 0) errx(1, "no process %d", process);
    time.total = (uint64_t)spent.tv_sec * 1000000000u + (uint64_t)spent.tv_nsec;
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", process);
    FILE *file = fopen(path, "r");
    if (!file) return time;
    const size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[length] = 0;
    const char *fields = strrchr(text, ')');  // the program's name may hold anything
    if (fields) {
        sscanf(fields + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &time.user_ticks, &time.system_ticks);
    }
    return time;
}
