#include "nesting.h"

enum { OPTIONS, MAIN }; /* the first two instances */

static struct instance *instance_at(const struct nesting *nesting, size_t i) {
    return &ITEMS(nesting->instances, struct instance)[i];
}

static uint32_t add_instance(struct nesting *nesting, struct instance instance) {
    buffer_append(&nesting->instances, &instance, sizeof instance);
    return (uint32_t)ITEM_COUNT(nesting->instances, struct instance) - 1;
}

/* The instance in which `event` happened, left by all that were entered since; NO_FILE when there is
 * none. */
static uint32_t leave_to(const struct nesting *nesting, uint32_t current,
                         const struct event *event) {
    if (!event->file)
        return OPTIONS;
    if (event->file == nesting->run->main_source)
        return MAIN;
    while (current > MAIN) {
        const struct instance *instance = instance_at(nesting, current);
        if (instance->file == event->file && event->offset >= instance->last)
            return current;
        current = instance->parent;
    }
    return NO_FILE;
}

/* The number of a file, a new one when it is seen first; NO_FILE when memory runs out. */
static uint32_t number_of(struct nesting *nesting, const struct source_file *source) {
    bool made = false;
    uint64_t *number = map_at(&nesting->numbers, (uint64_t)(uintptr_t)source, &made);
    if (!number)
        return NO_FILE;
    if (made) {
        uint32_t known = chain_file(nesting->run->chain, source->path_hash);
        uint32_t next = nesting->first_file +
                        (uint32_t)ITEM_COUNT(nesting->files, struct nested_file);
        struct nested_file file = {.source = source, .instance = NO_FILE};
        file.guarded =
            nesting->run->api->isFileMultipleIncludeGuarded(nesting->unit, source->handle);
        *number = (uint64_t)(known == NO_FILE ? next : known) + 1;
        if (known == NO_FILE)
            buffer_append(&nesting->files, &file, sizeof file);
    }
    return (uint32_t)*number - 1;
}

/* Follow an include from the instance `from`; the instance that is current then, its step in `step`. */
static uint32_t follow(struct nesting *nesting, uint32_t from, const struct event *event,
                       uint32_t *step) {
    uint32_t number = number_of(nesting, event->target);
    struct nested_file *file = NULL;
    if (number == NO_FILE || nesting->files.failed)
        return NO_FILE;
    bool guarded;
    if (number < nesting->first_file) {
        const struct facts_file *known = chain_facts(nesting->run->chain, number);
        guarded = known->flags & FILE_GUARDED;
        *step = known->instance;
    } else {
        file = &ITEMS(nesting->files, struct nested_file)[number - nesting->first_file];
        guarded = file->guarded && file->instance != NO_FILE;
        *step = file->instance;
    }
    if (guarded)
        return from;
    uint32_t made = add_instance(nesting, (struct instance){.file = event->target,
                                                            .number = number,
                                                            .parent = from,
                                                            .offset = event->offset});
    if (file || !(chain_facts(nesting->run->chain, number)->flags & FILE_ONCE))
        *step = nesting->first_instance + made;
    if (file && file->instance == NO_FILE)
        file->instance = *step;
    if (file)
        file->entered++;
    return made;
}

/* Note that something happened in an instance: a definition, or that it entered a file. */
static void note(struct nesting *nesting, uint32_t instance, bool definition) {
    uint32_t number = instance_at(nesting, instance)->number;
    if (number == NO_FILE || number < nesting->first_file)
        return;
    struct nested_file *file =
        &ITEMS(nesting->files, struct nested_file)[number - nesting->first_file];
    bool first = file->instance == nesting->first_instance + instance;
    file->defines |= first && definition;
    file->again |= !first;
}

bool nesting_open(struct nesting *nesting, struct run *run, CXTranslationUnit unit,
                  const struct buffer *events) {
    const struct chain *chain = run->chain;
    *nesting = (struct nesting){.run = run, .unit = unit};
    nesting->first_file = chain ? (uint32_t)chain->file_count : 0;
    nesting->first_instance = chain ? (uint32_t)chain->instance_count : 0;
    add_instance(nesting, (struct instance){.number = NO_FILE});
    add_instance(nesting, (struct instance){.file = run->main_source, .number = NO_FILE});
    uint32_t current = MAIN;
    for (size_t i = 0; i < ITEM_COUNT(*events, struct event); i++) {
        const struct event *event = &ITEMS(*events, struct event)[i];
        uint32_t from = current = leave_to(nesting, current, event);
        if (nesting->instances.failed || current == NO_FILE)
            return false;
        instance_at(nesting, from)->last = event->offset;
        struct raw_step step = {.kind = event->include ? STEP_INCLUDE : STEP_DEFINE,
                                .offset = event->offset,
                                .value = facts_name(event->name)};
        if (event->include && event->target)
            current = follow(nesting, from, event, &step.value);
        if (current == NO_FILE || nesting->instances.failed)
            return false;
        if (!event->include || current != from)
            note(nesting, from, !event->include);
        bool told = event->include ? event->target != NULL : from > MAIN;
        if (told)
            buffer_append(&instance_at(nesting, from)->steps, &step, sizeof step);
    }
    return true;
}

void nesting_close(struct nesting *nesting) {
    for (size_t i = 0; i < ITEM_COUNT(nesting->instances, struct instance); i++)
        buffer_free(&instance_at(nesting, i)->steps);
    buffer_free(&nesting->instances);
    buffer_free(&nesting->files);
    map_free(&nesting->numbers);
}

bool nesting_root(const struct nesting *nesting, const struct source_file *file,
                  uint32_t *offset) {
    size_t count = ITEM_COUNT(nesting->instances, struct instance);
    for (size_t i = MAIN + 1; i < count; i++) {
        const struct instance *instance = instance_at(nesting, i);
        if (instance->file != file)
            continue;
        while (instance->parent > MAIN)
            instance = instance_at(nesting, instance->parent);
        *offset = instance->offset;
        return instance->parent == MAIN;
    }
    return false;
}
