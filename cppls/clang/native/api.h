/* libclang, loaded at run time from a path: a table of function pointers, no globals. */
#ifndef CPPLS_API_H
#define CPPLS_API_H

#include "libclang.h"

/* What a function of this library that Python calls is marked with; all else stays hidden. */
#ifdef _WIN32
#define CPPLS_EXPORT __declspec(dllexport)
#else
#define CPPLS_EXPORT __attribute__((visibility("default")))
#endif

/* The oldest and newest major version whose ABI and resource headers this build was tried with. */
#define CPPLS_LIBCLANG_MAJOR 22

/* Goes up whenever a function that Python calls, or what it gives, changes: a library that was built
 * from other sources is then refused, where calling it would crash. INTERFACE of library.py. */
#define CPPLS_INTERFACE 3
CPPLS_EXPORT int cppls_interface(void);

struct api {
    void *library;
#define CPPLS_MEMBER(result, name, parameters) result(*name) parameters;
    CPPLS_LIBCLANG(CPPLS_MEMBER)
#undef CPPLS_MEMBER
};

/* Load the libclang at `path`. On failure NULL, and `message` says what is missing. */
CPPLS_EXPORT struct api *cppls_api_open(const char *path, char *message, size_t message_size);

/* Copy libclang's version text, always terminated. */
CPPLS_EXPORT void cppls_api_version(const struct api *api, char *text, size_t text_size);

/* Forget the table. libclang itself stays loaded: unloading LLVM is not safe. */
CPPLS_EXPORT void cppls_api_close(struct api *api);

#endif
