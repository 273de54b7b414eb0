/* A fast 64-bit hash: symbol ids, file contents, claim keys. Not for secrets. */
#ifndef CPPLS_HASH_H
#define CPPLS_HASH_H

#include <stddef.h>
#include <stdint.h>

/* The hash of `size` bytes; the same on every machine, as indexes may travel. */
uint64_t hash_bytes(const void *bytes, size_t size, uint64_t seed);

/* One hash of two. */
uint64_t hash_mix(uint64_t a, uint64_t b);

/* A symbol's id from the hash of its USR: signed, as SQLite's integers are, and never 0. */
static inline int64_t hash_to_id(uint64_t hash) { return hash ? (int64_t)hash : 1; }

#endif
