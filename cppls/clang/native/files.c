#define _DEFAULT_SOURCE /* realpath */
#include "files.h"

#include "hash.h"

#include <stdlib.h>
#include <string.h>

#ifdef _WIN32
#define SEPARATORS "/\\"
static char *resolve(const char *path) { return _fullpath(NULL, path, 0); }
static bool is_absolute(const char *path) {
    return path[0] == '/' || path[0] == '\\' || (path[0] && path[1] == ':');
}
#else
#define SEPARATORS "/"
static char *resolve(const char *path) { return realpath(path, NULL); }
static bool is_absolute(const char *path) { return path[0] == '/'; }
#endif

void files_open(struct file_table *files, const struct api *api, const char *directory) {
    *files = (struct file_table){.api = api, .directory = directory};
}

void files_close(struct file_table *files) {
    for (size_t i = 0; i < files->count; i++) {
        free(files->items[i]->path);
        free(files->items[i]);
    }
    free(files->items);
    map_free(&files->by_handle);
    map_free(&files->by_path);
    *files = (struct file_table){0};
}

static char *join(const char *folder, size_t folder_size, const char *name) {
    size_t name_size = strlen(name);
    char *path = malloc(folder_size + name_size + 2);
    if (!path)
        return NULL;
    memcpy(path, folder, folder_size);
    path[folder_size] = '/';
    memcpy(path + folder_size + 1, name, name_size + 1);
    return path;
}

char *files_copy(const char *path) {
    size_t size = strlen(path) + 1;
    char *copy = malloc(size);
    return copy ? memcpy(copy, path, size) : NULL;
}

char *files_real_path(const char *directory, const char *path) {
    char *absolute = is_absolute(path) || !directory ? join("", 0, path + (path[0] == '/'))
                                                     : join(directory, strlen(directory), path);
    if (!absolute)
        return NULL;
    char *real = resolve(absolute);
    if (real) {
        free(absolute);
        return real;
    }
    /* Unsaved or vanished: its folder may still be there. */
    size_t cut = strlen(absolute);
    while (cut && !strchr(SEPARATORS, absolute[cut - 1]))
        cut--;
    if (cut < 2)
        return absolute;
    absolute[cut - 1] = '\0';
    char *folder = resolve(absolute);
    char *rebuilt = folder ? join(folder, strlen(folder), absolute + cut) : NULL;
    absolute[cut - 1] = '/';
    free(folder);
    if (!rebuilt)
        return absolute;
    free(absolute);
    return rebuilt;
}

/* Take `path` over as a new entry; NULL (and `path` freed) when memory runs out. */
static struct source_file *add(struct file_table *files, char *path, uint64_t hash, CXFile handle) {
    if (files->count == files->capacity) {
        size_t capacity = files->capacity ? files->capacity * 2 : 64;
        struct source_file **items = realloc(files->items, capacity * sizeof *items);
        if (!items) {
            free(path);
            return NULL;
        }
        files->items = items;
        files->capacity = capacity;
    }
    struct source_file *file = malloc(sizeof *file);
    if (!file) {
        free(path);
        return NULL;
    }
    *file = (struct source_file){path, hash, files->count, handle};
    files->items[files->count++] = file;
    return file;
}

struct source_file *files_get(struct file_table *files, CXFile handle) {
    if (!handle)
        return NULL;
    const uint64_t *known = map_find(&files->by_handle, (uint64_t)(uintptr_t)handle);
    if (known)
        return (struct source_file *)(uintptr_t)*known;

    CXString name = files->api->getFileName(handle);
    const char *spelled = files->api->getCString(name);
    char *path = spelled ? files_real_path(files->directory, spelled) : NULL;
    files->api->disposeString(name);
    if (!path)
        return NULL;
    uint64_t hash = hash_bytes(path, strlen(path), 0);
    bool made = false;
    uint64_t *by_path = map_at(&files->by_path, hash, &made);
    if (!by_path) {
        free(path);
        return NULL;
    }
    struct source_file *file;
    if (made) {
        file = add(files, path, hash, handle);
        *by_path = (uint64_t)(uintptr_t)file;
    } else {
        free(path);
        file = (struct source_file *)(uintptr_t)*by_path;
    }
    uint64_t *slot = file ? map_at(&files->by_handle, (uint64_t)(uintptr_t)handle, NULL) : NULL;
    if (slot)
        *slot = (uint64_t)(uintptr_t)file;
    return file;
}
