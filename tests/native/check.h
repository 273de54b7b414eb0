/* The least that a C test program needs. */
#ifndef CPPLS_CHECK_H
#define CPPLS_CHECK_H

#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition)                                                                              \
    do {                                                                                              \
        if (!(condition)) {                                                                           \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                   \
            exit(1);                                                                                  \
        }                                                                                             \
    } while (0)

/* A reproducible source of numbers (xorshift). */
static inline unsigned long long next_random(unsigned long long *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

#endif
