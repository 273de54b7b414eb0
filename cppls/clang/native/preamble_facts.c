#include "mentions.h"
#include "preamble.h"

#include <stdlib.h>
#include <string.h>

/* The tables of the file of facts, while they are being filled. */
struct tables {
    struct facts_header header;
    struct buffer files, macros, instances, steps, texts;
    struct mentions mentions;
};

static void add_file(struct tables *tables, const struct nesting *nesting,
                     const struct nested_file *nested) {
    struct run *run = nesting->run;
    const struct indexed_file *file = run->indexed[nested->source->number];
    struct facts_file facts = {.path_hash = nested->source->path_hash,
                               .key = file->content.key,
                               .content_hash = file->content.hash,
                               .size = file->content.size,
                               .mtime_ns = file->content.mtime_ns,
                               .path = (uint32_t)tables->texts.size,
                               .instance = nested->instance,
                               .flags = nested->guarded ? FILE_GUARDED | FILE_ONCE : 0};
    if (nested->entered > 1 && nested->defines && !nested->again) /* a guard that clang does not see */
        facts.flags |= FILE_ONCE;
    if (order_system(run->api, nesting->unit, nested->source->handle))
        facts.flags |= FILE_SYSTEM;
    buffer_append(&tables->files, &facts, sizeof facts);
    buffer_append(&tables->texts, nested->source->path, strlen(nested->source->path) + 1);
}

/* The undefinitions of a file: those that the preprocessor has not skipped. */
static void find_undefinitions(const struct nesting *nesting, const struct source_file *file,
                               const struct text *text, struct buffer *steps) {
    size_t offset = 0;
    for (uint32_t length; (length = text_undefinition(text, &offset)); offset += length) {
        struct raw_step step = {STEP_UNDEFINE, (uint32_t)offset,
                                facts_name(hash_bytes(text->bytes + offset, length, 0))};
        if (!order_skipped(nesting->run->api, nesting->unit, file->handle, offset))
            buffer_append(steps, &step, sizeof step);
    }
}

static void add_step(struct tables *tables, const struct raw_step *raw) {
    struct facts_step step = {raw->kind, raw->offset, raw->value};
    buffer_append(&tables->steps, &step, sizeof step);
}

/* Read an instance's file: its mentions, once, and what it undefines. */
static void read_text(struct tables *tables, const struct nesting *nesting,
                      const struct instance *instance, struct buffer *undefinitions) {
    size_t size = 0;
    const char *bytes =
        nesting->run->api->getFileContents(nesting->unit, instance->file->handle, &size);
    struct text text = {.bytes = bytes, .size = bytes ? size : 0};
    find_undefinitions(nesting, instance->file, &text, undefinitions);
    if (instance->number >= nesting->first_file)
        mentions_add(&tables->mentions, instance->number, &text);
}

static void add_instance(struct tables *tables, const struct instance *instance,
                         const struct buffer *undefinitions) {
    struct facts_instance facts = {
        .file = instance->number,
        .first_step = (uint32_t)ITEM_COUNT(tables->steps, struct facts_step)};
    const struct raw_step *undefinition = ITEMS(*undefinitions, struct raw_step);
    size_t next = 0, end = ITEM_COUNT(*undefinitions, struct raw_step);
    for (size_t i = 0; i < ITEM_COUNT(instance->steps, struct raw_step); i++) {
        const struct raw_step *step = &ITEMS(instance->steps, struct raw_step)[i];
        for (; next < end && undefinition[next].offset < step->offset; next++)
            add_step(tables, &undefinition[next]);
        add_step(tables, step);
    }
    for (; next < end; next++)
        add_step(tables, &undefinition[next]);
    facts.step_count =
        (uint32_t)ITEM_COUNT(tables->steps, struct facts_step) - facts.first_step;
    buffer_append(&tables->instances, &facts, sizeof facts);
}

static void add_instances(struct tables *tables, const struct nesting *nesting) {
    size_t count = nesting->run->files.count;
    struct buffer none = {0}, *undefinitions = calloc(count, sizeof *undefinitions);
    bool *read = calloc(count, sizeof *read);
    tables->instances.failed |= !undefinitions || !read;
    for (size_t i = 0;
         !tables->instances.failed && i < ITEM_COUNT(nesting->instances, struct instance); i++) {
        const struct instance *instance = &ITEMS(nesting->instances, struct instance)[i];
        size_t file = instance->number == NO_FILE ? count : instance->file->number;
        if (file < count && !read[file])
            read_text(tables, nesting, instance, &undefinitions[file]);
        if (file < count)
            read[file] = true;
        add_instance(tables, instance, file < count ? &undefinitions[file] : &none);
    }
    for (size_t i = 0; undefinitions && i < count; i++)
        buffer_free(&undefinitions[i]);
    free(undefinitions);
    free(read);
}

static int by_name(const void *left, const void *right) {
    const struct facts_macro *a = left, *b = right;
    return (a->name > b->name) - (a->name < b->name);
}

/* The last definition of each name. */
static void add_macros(struct tables *tables, const struct buffer *events) {
    struct map places = {0};
    for (size_t i = 0; i < ITEM_COUNT(*events, struct event); i++) {
        const struct event *event = &ITEMS(*events, struct event)[i];
        struct facts_macro macro = {event->name, event->id};
        bool made = false;
        uint64_t *place = event->include ? NULL : map_at(&places, macro.name, &made);
        if (place && made) {
            *place = ITEM_COUNT(tables->macros, struct facts_macro);
            buffer_append(&tables->macros, &macro, sizeof macro);
        } else if (place && !tables->macros.failed) {
            ITEMS(tables->macros, struct facts_macro)[*place] = macro;
        }
    }
    map_free(&places);
}

static void sort(struct buffer *buffer, size_t item, int (*compare)(const void *, const void *)) {
    if (buffer->size && !buffer->failed)
        qsort(buffer->bytes, buffer->size / item, item, compare);
}

static void append_table(struct buffer *out, struct buffer *table) {
    out->failed |= table->failed;
    buffer_append(out, table->bytes, table->size);
    buffer_free(table);
}

void preamble_facts(const struct nesting *nesting, const struct buffer *events,
                    struct facts_header header, struct buffer *out) {
    struct tables tables = {.header = header};
    for (size_t i = 0; i < ITEM_COUNT(nesting->files, struct nested_file); i++)
        add_file(&tables, nesting, &ITEMS(nesting->files, struct nested_file)[i]);
    add_macros(&tables, events);
    add_instances(&tables, nesting);
    mentions_close(&tables.mentions, nesting->run->chain);
    sort(&tables.macros, sizeof(struct facts_macro), by_name);
    tables.header.first_file = nesting->first_file;
    tables.header.first_instance = nesting->first_instance;
    tables.header.file_count = (uint32_t)ITEM_COUNT(tables.files, struct facts_file);
    tables.header.macro_count = (uint32_t)ITEM_COUNT(tables.macros, struct facts_macro);
    tables.header.instance_count = (uint32_t)ITEM_COUNT(tables.instances, struct facts_instance);
    tables.header.step_count = (uint32_t)ITEM_COUNT(tables.steps, struct facts_step);
    tables.header.mention_count = (uint32_t)ITEM_COUNT(tables.mentions.items, struct facts_mention);
    tables.header.body_count = (uint32_t)ITEM_COUNT(tables.mentions.bodies, struct facts_body);
    tables.header.text_size = (uint32_t)tables.texts.size;
    buffer_append(out, &tables.header, sizeof tables.header);
    append_table(out, &tables.files);
    append_table(out, &tables.macros);
    append_table(out, &tables.instances);
    append_table(out, &tables.steps);
    append_table(out, &tables.mentions.items);
    append_table(out, &tables.mentions.bodies);
    append_table(out, &tables.texts);
}
