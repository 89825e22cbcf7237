// Reads the names and writes all questions beforehand: while measuring only an identifier is filled in.
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "Load.h"

struct question_list questions_read(const char *path) {
    FILE *file = fopen(path, "r");
    if (!file) err(1, "%s", path);
    struct question_list list = {NULL, NULL, 0};
    size_t room = 0, used = 0, slots = 0;
    char line[1024];
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, " \t\r\n")] = 0;
        if (!line[0]) continue;
        if (used + DNSWIRE_QUERY > room) list.bytes = realloc(list.bytes, room = 2 * room + DNSWIRE_QUERY);
        if (list.count + 2 > slots) list.offsets = realloc(list.offsets, (slots = 2 * slots + 2) * sizeof *list.offsets);
        if (!list.bytes || !list.offsets) err(1, "memory");
        const size_t length = dnswire_question(list.bytes + used, line);
        if (length == 0) errx(1, "%s: not a name: %s", path, line);
        list.offsets[list.count++] = used;
        used += length;
        list.offsets[list.count] = used;
    }
    fclose(file);
    if (list.count == 0) errx(1, "%s: no names", path);
    return list;
}
