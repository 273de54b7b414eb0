#include "chain.h"

#include "claims.h"
#include "hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Facts that were read, for the chains that hold them. */
struct loaded_facts {
    struct facts facts;
    char *pch;
    int64_t size, mtime_ns; /* of the file of facts */
    size_t users;
    struct loaded_facts *next;
};

struct chain_entry {
    struct chain chain;
    uint64_t key; /* hash of the paths */
    struct loaded_facts **loaded;
    struct chain_entry *next;
};

static void release(struct chain_cache *cache, struct loaded_facts *loaded) {
    if (--loaded->users)
        return;
    struct loaded_facts **link = &cache->loaded;
    while (*link != loaded)
        link = &(*link)->next;
    *link = loaded->next;
    cache->bytes -= loaded->facts.size;
    facts_close(&loaded->facts);
    free(loaded->pch);
    free(loaded);
}

static void free_entry(struct chain_cache *cache, struct chain_entry *entry) {
    for (size_t i = 0; i < entry->chain.count; i++)
        if (entry->loaded[i])
            release(cache, entry->loaded[i]);
    cache->bytes -= entry->chain.bytes;
    map_free(&entry->chain.files);
    map_free(&entry->chain.macros);
    free(entry->chain.instances);
    free(entry->chain.steps);
    free(entry->chain.names);
    free(entry->chain.definers);
    free(entry->chain.nodes);
    free(entry->loaded);
    free(entry);
}

void chain_cache_free(struct chain_cache *cache) {
    while (cache->entries) {
        struct chain_entry *entry = cache->entries;
        cache->entries = entry->next;
        free_entry(cache, entry);
    }
}

/* The facts beside `pch`, read unless that was done already; NULL when they cannot be had. */
static struct loaded_facts *load(struct chain_cache *cache, const char *pch) {
    char *path = facts_path(pch);
    struct loaded_facts *loaded = cache->loaded;
    int64_t size, mtime_ns;
    if (!path || !claims_stat(path, &size, &mtime_ns)) {
        free(path);
        return NULL;
    }
    while (loaded && (strcmp(loaded->pch, pch) != 0 || loaded->size != size ||
                      loaded->mtime_ns != mtime_ns))
        loaded = loaded->next;
    if (!loaded && (loaded = calloc(1, sizeof *loaded))) {
        *loaded = (struct loaded_facts){.size = size, .mtime_ns = mtime_ns, .next = cache->loaded};
        loaded->pch = files_copy(pch);
        if (!loaded->pch || !facts_read(&loaded->facts, path)) {
            free(loaded->pch);
            free(loaded);
            loaded = NULL;
        } else {
            cache->loaded = loaded;
            cache->bytes += loaded->facts.size;
        }
    }
    free(path);
    if (loaded)
        loaded->users++;
    return loaded;
}

static struct chain_entry *make_entry(struct chain_cache *cache, const char *const *pchs,
                                      size_t count, uint64_t key, char *why, size_t size) {
    struct chain_entry *entry = calloc(1, sizeof *entry);
    if (!entry)
        return NULL;
    entry->key = key;
    entry->chain.count = count;
    entry->chain.nodes = calloc(count, sizeof *entry->chain.nodes);
    entry->loaded = calloc(count, sizeof *entry->loaded);
    bool good = entry->chain.nodes && entry->loaded;
    entry->chain.count = entry->loaded ? count : 0;
    for (size_t i = 0; good && i < count; i++) {
        entry->loaded[i] = load(cache, pchs[i]);
        good = entry->loaded[i] != NULL;
        if (good)
            entry->chain.nodes[i] = &entry->loaded[i]->facts;
        else
            snprintf(why, size, "the facts of %s are gone or damaged", pchs[i]);
    }
    if (good && !chain_link(&entry->chain)) {
        snprintf(why, size, "%s does not continue its parents", pchs[count - 1]);
        good = false;
    }
    cache->bytes += entry->chain.bytes;
    if (good)
        return entry;
    free_entry(cache, entry);
    return NULL;
}

/* Whether all that the chain was made from, and made, is as it was. */
static bool is_fresh(const struct chain_entry *entry, char *why, size_t why_size) {
    const struct chain *chain = &entry->chain;
    int64_t size, mtime_ns;
    for (size_t i = 0; i < chain->count; i++) {
        const struct facts *node = chain->nodes[i];
        if (!claims_stat(entry->loaded[i]->pch, &size, &mtime_ns) ||
            size != node->header->pch_size) {
            snprintf(why, why_size, "%s is gone or damaged", entry->loaded[i]->pch);
            return false;
        }
        for (size_t j = 0; j < node->header->file_count; j++) {
            const struct facts_file *file = &node->files[j];
            const char *path = node->texts + file->path;
            if (!claims_stat(path, &size, &mtime_ns) || size != file->size ||
                mtime_ns != file->mtime_ns) {
                snprintf(why, why_size, "%s has changed", path);
                return false;
            }
        }
    }
    return true;
}

/* Whether the files of facts are those that were read. */
static bool is_current(const struct chain_entry *entry) {
    bool current = true;
    for (size_t i = 0; current && i < entry->chain.count; i++) {
        const struct loaded_facts *loaded = entry->loaded[i];
        char *path = facts_path(loaded->pch);
        int64_t size, mtime_ns;
        current = path && claims_stat(path, &size, &mtime_ns) && size == loaded->size &&
                  mtime_ns == loaded->mtime_ns;
        free(path);
    }
    return current;
}

static void evict(struct chain_cache *cache) {
    while (cache->bytes > cache->limit && cache->entries->next) {
        struct chain_entry **link = &cache->entries;
        while ((*link)->next)
            link = &(*link)->next;
        struct chain_entry *last = *link;
        *link = NULL;
        free_entry(cache, last);
    }
}

const struct chain *chain_get(struct chain_cache *cache, const char *const *pchs, size_t count,
                              char *why, size_t size) {
    uint64_t key = count;
    for (size_t i = 0; i < count; i++)
        key = hash_bytes(pchs[i], strlen(pchs[i]), key);
    struct chain_entry **link = &cache->entries;
    while (*link && (*link)->key != key)
        link = &(*link)->next;
    struct chain_entry *entry = *link;
    if (entry) {
        *link = entry->next;
        if (!is_current(entry)) {
            free_entry(cache, entry);
            entry = NULL;
        }
    }
    cache->hits += entry != NULL;
    cache->misses += entry == NULL;
    snprintf(why, size, "there is no memory to read its facts");
    if (!entry)
        entry = make_entry(cache, pchs, count, key, why, size);
    if (!entry)
        return NULL;
    entry->next = cache->entries;
    cache->entries = entry;
    evict(cache);
    return is_fresh(entry, why, size) ? &entry->chain : NULL;
}

void chain_cache_numbers(const struct chain_cache *cache, uint64_t numbers[4]) {
    numbers[0] = 0;
    for (const struct chain_entry *entry = cache->entries; entry; entry = entry->next)
        numbers[0]++;
    numbers[1] = cache->bytes;
    numbers[2] = cache->hits;
    numbers[3] = cache->misses;
}
