#include "api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef _WIN32
#include <windows.h>
static void *open_library(const char *path) { return (void *)LoadLibraryA(path); }
static void *find_symbol(void *library, const char *name) {
    return (void *)GetProcAddress((HMODULE)library, name);
}
static const char *why(void) { return "LoadLibrary or GetProcAddress failed"; }
#else
#include <dlfcn.h>
static void *open_library(const char *path) { return dlopen(path, RTLD_NOW | RTLD_LOCAL); }
static void *find_symbol(void *library, const char *name) { return dlsym(library, name); }
static const char *why(void) {
    const char *error = dlerror();
    return error ? error : "no reason given";
}
#endif

/* The name of the first function that `api->library` lacks, NULL when all are there. */
static const char *fill(struct api *api) {
    void *symbol;
    /* ISO C has no cast from an object to a function pointer; the bytes are the same. */
#define CPPLS_LOAD(result, name, parameters)                                                          \
    symbol = find_symbol(api->library, "clang_" #name);                                               \
    if (!symbol)                                                                                      \
        return "clang_" #name;                                                                        \
    memcpy(&api->name, &symbol, sizeof symbol);
    CPPLS_LIBCLANG(CPPLS_LOAD)
#undef CPPLS_LOAD
    return NULL;
}

/* The major version in a text like "clang version 22.1.4 (...)"; 0 when there is none. */
static int major_version(const char *text) {
    const char *number = strstr(text, "version ");
    return number ? atoi(number + strlen("version ")) : 0;
}

struct api *cppls_api_open(const char *path, char *message, size_t message_size) {
    struct api *api = calloc(1, sizeof *api);
    if (!api) {
        snprintf(message, message_size, "out of memory");
        return NULL;
    }
    api->library = open_library(path);
    if (!api->library) {
        snprintf(message, message_size, "cannot load libclang from %s: %s", path, why());
        free(api);
        return NULL;
    }
    const char *missing = fill(api);
    if (missing) {
        snprintf(message, message_size, "%s has no function %s: it is older than libclang %d", path,
                 missing, CPPLS_LIBCLANG_MAJOR);
        free(api);
        return NULL;
    }
    char version[256];
    cppls_api_version(api, version, sizeof version);
    if (major_version(version) != CPPLS_LIBCLANG_MAJOR) {
        snprintf(message, message_size, "%s is \"%s\"; cppls needs libclang %d", path, version,
                 CPPLS_LIBCLANG_MAJOR);
        free(api);
        return NULL;
    }
    return api;
}

int cppls_interface(void) { return CPPLS_INTERFACE; }

void cppls_api_version(const struct api *api, char *text, size_t text_size) {
    CXString version = api->getClangVersion();
    const char *characters = api->getCString(version);
    snprintf(text, text_size, "%s", characters ? characters : "");
    api->disposeString(version);
}

void cppls_api_close(struct api *api) { free(api); }
