#include "missing.h"

#include "hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 2000 }; /* every parse pays for each; a project that misses more is not set up */

#ifdef _WIN32
#define EMPTY_FILE "NUL"
#else
#define EMPTY_FILE "/dev/null"
#endif

/* Append a copy of `text`; false when memory runs out. */
static bool append(struct missing *missing, const char *text) {
    size_t size = strlen(text) + 1;
    char **arguments = realloc(missing->arguments, (missing->count + 1) * sizeof *arguments);
    char *copy = malloc(size);
    if (arguments)
        missing->arguments = arguments;
    if (!arguments || !copy) {
        free(copy);
        return false;
    }
    memcpy(copy, text, size);
    arguments[missing->count++] = copy;
    return true;
}

/* Append the arguments as a whole or not at all: half an option would spoil every later parse. */
static bool append_all(struct missing *missing, const char *const *texts, size_t count) {
    size_t before = missing->count;
    for (size_t i = 0; i < count; i++)
        if (!append(missing, texts[i])) {
            while (missing->count > before)
                free(missing->arguments[--missing->count]);
            return false;
        }
    return true;
}

bool missing_add(struct missing *missing, const char *spelled) {
    static const char *const folder[] = {"-idirafter", MISSING_FOLDER};
    char mapping[1024]; /* "from;to" */
    int length =
        snprintf(mapping, sizeof mapping, "%s/%s;%s", MISSING_FOLDER, spelled, EMPTY_FILE);
    bool possible = *spelled && spelled[0] != '/' && !strchr(spelled, ';') &&
                    length < (int)sizeof mapping && missing->names.count < MOST;
    bool made = false;
    if (!possible || !map_at(&missing->names, hash_bytes(spelled, strlen(spelled), 0), &made) ||
        !made)
        return false;
    const char *const file[] = {"-Xclang", "-remap-file", "-Xclang", mapping};
    return (missing->count || append_all(missing, folder, 2)) && append_all(missing, file, 4);
}

bool missing_holds(const char *path) {
    return strncmp(path, MISSING_FOLDER "/", sizeof MISSING_FOLDER) == 0;
}

void missing_free(struct missing *missing) {
    for (size_t i = 0; i < missing->count; i++)
        free(missing->arguments[i]);
    free(missing->arguments);
    map_free(&missing->names);
    *missing = (struct missing){0};
}
