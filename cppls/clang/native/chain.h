/* A chain of shared preambles, linked for the proof that a unit may be parsed over it: what its files do
 * to macros, as a program that can be run in the order in which a unit includes them. And a cache.
 */
#ifndef CPPLS_CHAIN_H
#define CPPLS_CHAIN_H

#include "facts.h"
#include "map.h"

enum chain_step_kind {
    CHAIN_INCLUDE, /* enter instance `a` */
    CHAIN_DEFINE,  /* macro `a` is defined */
    CHAIN_UNDEFINE,
    CHAIN_MENTION  /* macro `a` is mentioned; file `b` - 1 has defined it last, 0 for none */
};

struct chain_step {
    uint32_t kind, a, b;
};

struct chain_instance {
    uint32_t file, first, end; /* its steps */
};

struct chain {
    const struct facts **nodes; /* from the first to the one to parse over */
    size_t count;
    struct map files;  /* path hash -> number + 1 */
    struct map macros; /* facts_name of a macro that any of its files defines -> number + 1 */
    struct chain_instance *instances;
    struct chain_step *steps;
    uint32_t *names;    /* by macro: facts_name */
    uint32_t *definers; /* by macro: file + 1 of the definition that holds in the end, 0 for none */
    size_t file_count, instance_count, step_count, macro_count;
    size_t bytes; /* what it takes, its facts left out */
};

/* Link `chain`, whose `nodes` and `count` are set; false when they do not continue each other, or memory
 * runs out. What it takes is freed with the cache's entry. */
bool chain_link(struct chain *chain);
/* The number of the file of that path; NO_FILE when it has none, or `chain` is NULL. */
uint32_t chain_file(const struct chain *chain, uint64_t path_hash);
const struct facts_file *chain_facts(const struct chain *chain, uint32_t file);
const char *chain_path(const struct chain *chain, uint32_t file);
/* The symbol of the last definition of a macro of that name (its 64 bits); 0 for none. `chain` may be
 * NULL. */
int64_t chain_macro(const struct chain *chain, uint64_t name);
/* Whether the compiler, its options or any file of the chain defines a macro of that name. */
bool chain_defines(const struct chain *chain, uint64_t name);
/* Call `visit` with every file that mentions the name. */
void chain_mentions(const struct chain *chain, uint32_t name,
                    void (*visit)(void *data, uint32_t file), void *data);

/* The chains that were used last, bounded in bytes. */
struct chain_cache {
    struct chain_entry *entries; /* most recently used first */
    struct loaded_facts *loaded;
    size_t bytes, limit;
    uint64_t hits, misses;
};

/* The chain of these precompiled headers. NULL when one is gone or damaged, does not continue the one
 * before, or a header in it has changed; `why`, of `size` bytes, names the file. Valid until the next
 * call. */
const struct chain *chain_get(struct chain_cache *cache, const char *const *pchs, size_t count,
                              char *why, size_t size);
/* How many chains are held, their bytes, hits, misses. */
void chain_cache_numbers(const struct chain_cache *cache, uint64_t numbers[4]);
void chain_cache_free(struct chain_cache *cache);

#endif
