#include "chain.h"

#include "replay.h"

#include <stdlib.h>

/* Questions ------------------------------------------------------------------------------------- */

uint32_t chain_file(const struct chain *chain, uint64_t path_hash) {
    const uint64_t *number = chain ? map_find(&chain->files, path_hash) : NULL;
    return number ? (uint32_t)(*number - 1) : NO_FILE;
}

static const struct facts *node_of(const struct chain *chain, uint32_t file) {
    size_t i = chain->count - 1;
    while (i && file < chain->nodes[i]->header->first_file)
        i--;
    return chain->nodes[i];
}

const struct facts_file *chain_facts(const struct chain *chain, uint32_t file) {
    const struct facts *node = node_of(chain, file);
    return &node->files[file - node->header->first_file];
}

const char *chain_path(const struct chain *chain, uint32_t file) {
    return node_of(chain, file)->texts + chain_facts(chain, file)->path;
}

static const struct facts_macro *find_macro(const struct facts *node, uint64_t name) {
    size_t low = 0, high = node->header->macro_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (node->macros[middle].name < name)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < node->header->macro_count && node->macros[low].name == name;
    return found ? &node->macros[low] : NULL;
}

int64_t chain_macro(const struct chain *chain, uint64_t name) {
    const struct facts_macro *macro = NULL;
    for (size_t i = chain ? chain->count : 0; i-- > 0 && !macro;)
        macro = find_macro(chain->nodes[i], name);
    return macro ? macro->id : 0;
}

bool chain_defines(const struct chain *chain, uint64_t name) {
    bool found = false;
    for (size_t i = 0; i < chain->count && !found; i++)
        found = find_macro(chain->nodes[i], name) != NULL;
    return found;
}

void chain_mentions(const struct chain *chain, uint32_t name,
                    void (*visit)(void *data, uint32_t file), void *data) {
    for (size_t i = 0; i < chain->count; i++) {
        const struct facts *node = chain->nodes[i];
        size_t low = 0, high = node->header->mention_count;
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (node->mentions[middle].name < name)
                low = middle + 1;
            else
                high = middle;
        }
        for (; low < node->header->mention_count && node->mentions[low].name == name; low++)
            visit(data, node->mentions[low].file);
    }
}

/* Linking --------------------------------------------------------------------------------------- */

#define SEVERAL UINT32_MAX

struct shared_mention {
    uint32_t file, offset, macro;
};

struct definers {
    uint32_t file; /* + 1; or SEVERAL */
    bool user;     /* one of them is not of the system */
};

struct linker {
    struct chain *chain;
    struct buffer names;    /* uint32_t, by macro */
    struct buffer definers; /* struct definers, by macro */
    struct buffer mentions; /* struct shared_mention, ordered by file and offset */
    struct buffer steps;    /* struct chain_step */
};

static struct definers *definers_of(const struct linker *linker, uint64_t macro) {
    return &((struct definers *)(void *)linker->definers.bytes)[macro];
}

static bool continues(const struct chain *chain) {
    uint64_t files = 0, instances = 0;
    for (size_t i = 0; i < chain->count; i++) {
        const struct facts_header *header = chain->nodes[i]->header;
        const struct facts_header *below = i ? chain->nodes[i - 1]->header : NULL;
        if (header->parent != (below ? below->checksum : 0) || header->first_file != files ||
            header->first_instance != instances ||
            (below && header->arguments != below->arguments))
            return false;
        files += header->file_count;
        instances += header->instance_count;
    }
    return true;
}

static bool link_files(struct chain *chain) {
    for (size_t i = 0; i < chain->count; i++) {
        const struct facts *node = chain->nodes[i];
        for (uint32_t j = 0; j < node->header->file_count; j++) {
            uint64_t *number = map_at(&chain->files, node->files[j].path_hash, NULL);
            if (!number)
                return false;
            *number = (uint64_t)node->header->first_file + j + 1;
        }
        chain->file_count += node->header->file_count;
        chain->instance_count += node->header->instance_count;
    }
    return true;
}

/* Number the macro that a step defines, and note by which file. */
static bool link_definition(struct linker *linker, uint32_t file, uint32_t name) {
    static const struct definers none = {0};
    struct chain *chain = linker->chain;
    bool made = false;
    uint64_t *number = map_at(&chain->macros, name, &made);
    if (!number)
        return false;
    if (made) {
        *number = ++chain->macro_count;
        buffer_append(&linker->names, &name, sizeof name);
        buffer_append(&linker->definers, &none, sizeof none);
    }
    if (linker->names.failed || linker->definers.failed)
        return false;
    struct definers *definers = definers_of(linker, *number - 1);
    definers->file = !definers->file || definers->file == file + 1 ? file + 1 : SEVERAL;
    definers->user |= !(chain_facts(chain, file)->flags & FILE_SYSTEM);
    return true;
}

static bool link_definitions(struct linker *linker) {
    for (size_t i = 0; i < linker->chain->count; i++) {
        const struct facts *node = linker->chain->nodes[i];
        for (size_t j = 0; j < node->header->instance_count; j++) {
            const struct facts_instance *instance = &node->instances[j];
            for (size_t k = 0; k < instance->step_count && instance->file != NO_FILE; k++) {
                const struct facts_step *step = &node->steps[instance->first_step + k];
                if (step->kind == STEP_DEFINE &&
                    !link_definition(linker, instance->file, step->value))
                    return false;
            }
        }
    }
    return true;
}

static int by_file_and_offset(const void *left, const void *right) {
    const struct shared_mention *a = left, *b = right;
    if (a->file != b->file)
        return a->file < b->file ? -1 : 1;
    return (a->offset > b->offset) - (a->offset < b->offset);
}

/* Collect the mentions of macros that other files define, unless all of them are of the system. */
static bool link_mentions(struct linker *linker) {
    struct chain *chain = linker->chain;
    for (size_t i = 0; i < chain->count; i++) {
        const struct facts *node = chain->nodes[i];
        for (size_t j = 0; j < node->header->mention_count; j++) {
            const struct facts_mention *mention = &node->mentions[j];
            const uint64_t *number = map_find(&chain->macros, mention->name);
            if (!number)
                continue;
            struct definers *definers = definers_of(linker, *number - 1);
            if (definers->file == mention->file + 1)
                continue;
            if (mention->offset == NOWHERE ||
                ((chain_facts(chain, mention->file)->flags & FILE_SYSTEM) && !definers->user))
                continue;
            struct shared_mention shared = {mention->file, mention->offset,
                                            (uint32_t)*number - 1};
            buffer_append(&linker->mentions, &shared, sizeof shared);
        }
    }
    if (linker->mentions.size)
        qsort(linker->mentions.bytes, linker->mentions.size / sizeof(struct shared_mention),
              sizeof(struct shared_mention), by_file_and_offset);
    return !linker->mentions.failed;
}

static void emit(struct linker *linker, uint32_t kind, uint32_t value) {
    struct chain_step step = {kind, value, 0};
    buffer_append(&linker->steps, &step, sizeof step);
}

static void emit_step(struct linker *linker, const struct facts_step *step) {
    static const uint32_t kinds[] = {[STEP_INCLUDE] = CHAIN_INCLUDE,
                                     [STEP_DEFINE] = CHAIN_DEFINE,
                                     [STEP_UNDEFINE] = CHAIN_UNDEFINE};
    if (step->kind == STEP_INCLUDE) {
        emit(linker, CHAIN_INCLUDE, step->value);
        return;
    }
    const uint64_t *number = map_find(&linker->chain->macros, step->value);
    if (number) /* also where no file of the chain mentions it: one of the unit's may */
        emit(linker, kinds[step->kind], (uint32_t)*number - 1);
}

/* One instance's steps and its file's mentions, by offset. */
static void link_instance(struct linker *linker, const struct facts *node,
                          const struct facts_instance *instance, const uint32_t *first_mention) {
    struct chain_instance *linked = &linker->chain->instances[linker->chain->instance_count++];
    const struct shared_mention *mentions = (const void *)linker->mentions.bytes;
    bool file = instance->file != NO_FILE;
    size_t next = file ? first_mention[instance->file] : 0;
    size_t end = file ? first_mention[instance->file + 1] : 0;
    linked->file = instance->file;
    linked->first = (uint32_t)(linker->steps.size / sizeof(struct chain_step));
    for (size_t i = 0; i < instance->step_count; i++) {
        const struct facts_step *step = &node->steps[instance->first_step + i];
        for (; next < end && mentions[next].offset <= step->offset; next++)
            emit(linker, CHAIN_MENTION, mentions[next].macro);
        emit_step(linker, step);
    }
    for (; next < end; next++)
        emit(linker, CHAIN_MENTION, mentions[next].macro);
    linked->end = (uint32_t)(linker->steps.size / sizeof(struct chain_step));
}

static bool link_instances(struct linker *linker) {
    struct chain *chain = linker->chain;
    size_t count = linker->mentions.size / sizeof(struct shared_mention);
    const struct shared_mention *mentions = (const void *)linker->mentions.bytes;
    uint32_t *first = calloc(chain->file_count + 2, sizeof *first);
    chain->instances = calloc(chain->instance_count + 1, sizeof *chain->instances);
    if (first && chain->instances) {
        for (size_t i = 0; i < count; i++)
            first[mentions[i].file + 1]++;
        for (size_t i = 0; i < chain->file_count; i++)
            first[i + 1] += first[i];
        chain->instance_count = 0;
        for (size_t i = 0; i < chain->count; i++)
            for (size_t j = 0; j < chain->nodes[i]->header->instance_count; j++)
                link_instance(linker, chain->nodes[i], &chain->nodes[i]->instances[j], first);
    }
    bool linked = first && chain->instances && !linker->steps.failed;
    free(first);
    chain->step_count = linker->steps.size / sizeof(struct chain_step);
    chain->steps = (void *)linker->steps.bytes; /* the chain's from now on */
    linker->steps = (struct buffer){0};
    return linked;
}

/* An instance that is not the only one of its file leads on to later ones alone: so replay ends. */
static bool is_acyclic(const struct chain *chain) {
    for (size_t i = 0; i < chain->instance_count; i++)
        for (uint32_t j = chain->instances[i].first; j < chain->instances[i].end; j++) {
            const struct chain_step *step = &chain->steps[j];
            if (step->kind != CHAIN_INCLUDE)
                continue;
            uint32_t file = chain->instances[step->a].file;
            if (file == NO_FILE || (!(chain_facts(chain, file)->flags & FILE_ONCE) && step->a <= i))
                return false;
        }
    return true;
}

/* Fill in who has defined what is mentioned, in the chain's own order. */
static bool record(struct chain *chain) {
    struct replay replay;
    bool opened = replay_open(&replay, chain);
    replay.recorded = chain->steps;
    for (size_t i = 0; opened && i < chain->count; i++) {
        replay_enter(&replay, chain->nodes[i]->header->first_instance, false);
        replay_enter(&replay, chain->nodes[i]->header->first_instance + 1, false);
    }
    chain->definers = replay.definers; /* as they are in the end */
    replay.definers = NULL;
    replay_close(&replay);
    return opened && !replay.odd;
}

bool chain_link(struct chain *chain) {
    struct linker linker = {.chain = chain};
    bool linked = continues(chain) && link_files(chain) && link_definitions(&linker) &&
                  link_mentions(&linker) && link_instances(&linker) && is_acyclic(chain) &&
                  record(chain);
    chain->names = (void *)linker.names.bytes; /* the chain's from now on */
    buffer_free(&linker.definers);
    buffer_free(&linker.mentions);
    buffer_free(&linker.steps);
    chain->bytes = chain->macro_count * 2 * sizeof(uint32_t) +
                   chain->step_count * sizeof *chain->steps +
                   chain->instance_count * sizeof *chain->instances +
                   (chain->files.capacity + chain->macros.capacity) * 2 * sizeof(uint64_t);
    return linked;
}
