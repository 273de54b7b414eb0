#include "preamble.h"

#include <stdlib.h>
#include <string.h>

/* The tables of the file of facts, while they are being filled. */
struct tables {
    struct facts_header header;
    struct buffer files, macros, instances, steps, mentions, texts;
};

/* Where the directives that include are in a text, by offset. */
static void find_includes(const struct text *text, struct buffer *places) {
    size_t offset = 0;
    while (text_directive(text, "include", &offset)) {
        uint32_t place = (uint32_t)offset;
        buffer_append(places, &place, sizeof place);
    }
}

/* How many of them are before `offset`. */
static uint32_t segment_of(const struct buffer *places, uint32_t offset) {
    uint32_t low = 0, high = (uint32_t)ITEM_COUNT(*places, uint32_t);
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (ITEMS(*places, uint32_t)[middle] < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void add_mentions(struct tables *tables, uint32_t file, const struct text *text,
                         const struct buffer *includes) {
    struct map seen = {0};
    size_t offset = 0;
    for (uint32_t length; (length = text_identifier(text, &offset)); offset += length) {
        uint32_t name = facts_name(hash_bytes(text->bytes + offset, length, 0));
        bool made = false;
        if (!map_at(&seen, name, &made))
            tables->mentions.failed = true;
        if (!made)
            continue;
        struct facts_mention mention = {name, file, segment_of(includes, (uint32_t)offset)};
        buffer_append(&tables->mentions, &mention, sizeof mention);
    }
    map_free(&seen);
}

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
                               .guarded = nested->guarded,
                               .instance = nested->instance};
    buffer_append(&tables->files, &facts, sizeof facts);
    buffer_append(&tables->texts, nested->source->path, strlen(nested->source->path) + 1);
}

/* Undefinitions of an instance's file: in any condition but one that the preprocessor has skipped. */
static void find_undefinitions(const struct nesting *nesting, const struct source_file *file,
                               const struct text *text, struct buffer *steps) {
    const struct api *api = nesting->run->api;
    CXSourceRangeList *skipped = NULL;
    size_t offset = 0;
    for (uint32_t length; (length = text_undefinition(text, &offset)); offset += length) {
        bool active = true;
        skipped = skipped ? skipped : api->getSkippedRanges(nesting->unit, file->handle);
        for (unsigned i = 0; skipped && i < skipped->count && active; i++) {
            unsigned start = 0, end = 0;
            api->getFileLocation(api->getRangeStart(skipped->ranges[i]), NULL, NULL, NULL, &start);
            api->getFileLocation(api->getRangeEnd(skipped->ranges[i]), NULL, NULL, NULL, &end);
            active = offset < start || offset >= end;
        }
        struct raw_step step = {STEP_UNDEFINE, (uint32_t)offset,
                                facts_name(hash_bytes(text->bytes + offset, length, 0))};
        if (active)
            buffer_append(steps, &step, sizeof step);
    }
    if (skipped)
        api->disposeSourceRangeList(skipped);
}

static void add_step(struct tables *tables, const struct raw_step *raw,
                     const struct buffer *includes) {
    struct facts_step step = {raw->kind, segment_of(includes, raw->offset), raw->value};
    buffer_append(&tables->steps, &step, sizeof step);
}

/* What is known of a file's text, for all of its instances. */
struct file_text {
    struct buffer includes;     /* uint32_t */
    struct buffer undefinitions; /* struct raw_step */
    bool read;
};

static void read_text(struct tables *tables, const struct nesting *nesting,
                      const struct instance *instance, struct file_text *read) {
    if (read->read || !instance->file)
        return;
    read->read = true;
    struct text text = {.bytes = ""};
    size_t size = 0;
    const char *bytes =
        nesting->run->api->getFileContents(nesting->unit, instance->file->handle, &size);
    if (bytes) {
        text.bytes = bytes;
        text.size = size;
    }
    find_includes(&text, &read->includes);
    if (instance->number == NO_FILE)
        return;
    find_undefinitions(nesting, instance->file, &text, &read->undefinitions);
    if (instance->number >= nesting->first_file)
        add_mentions(tables, instance->number, &text, &read->includes);
}

static void add_instance(struct tables *tables, const struct instance *instance,
                         const struct file_text *text) {
    struct facts_instance facts = {
        .file = instance->number,
        .first_step = (uint32_t)ITEM_COUNT(tables->steps, struct facts_step)};
    const struct raw_step *undefinitions = ITEMS(text->undefinitions, struct raw_step);
    size_t next = 0, end = ITEM_COUNT(text->undefinitions, struct raw_step);
    for (size_t i = 0; i < ITEM_COUNT(instance->steps, struct raw_step); i++) {
        const struct raw_step *step = &ITEMS(instance->steps, struct raw_step)[i];
        for (; next < end && undefinitions[next].offset < step->offset; next++)
            add_step(tables, &undefinitions[next], &text->includes);
        add_step(tables, step, &text->includes);
    }
    for (; next < end; next++)
        add_step(tables, &undefinitions[next], &text->includes);
    facts.step_count =
        (uint32_t)ITEM_COUNT(tables->steps, struct facts_step) - facts.first_step;
    buffer_append(&tables->instances, &facts, sizeof facts);
}

static void add_instances(struct tables *tables, const struct nesting *nesting) {
    size_t count = nesting->run->files.count;
    struct file_text none = {0}, *texts = calloc(count, sizeof *texts);
    tables->instances.failed |= !texts;
    for (size_t i = 0; texts && i < ITEM_COUNT(nesting->instances, struct instance); i++) {
        const struct instance *instance = &ITEMS(nesting->instances, struct instance)[i];
        struct file_text *text = instance->file ? &texts[instance->file->number] : &none;
        read_text(tables, nesting, instance, text);
        add_instance(tables, instance, text);
    }
    for (size_t i = 0; texts && i < count; i++) {
        buffer_free(&texts[i].includes);
        buffer_free(&texts[i].undefinitions);
    }
    free(texts);
}

static int by_name_and_file(const void *left, const void *right) {
    const struct facts_mention *a = left, *b = right;
    if (a->name != b->name)
        return a->name < b->name ? -1 : 1;
    return (a->file > b->file) - (a->file < b->file);
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
        uint64_t *place = event->include || !event->id ? NULL : map_at(&places, macro.name, &made);
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
    sort(&tables.mentions, sizeof(struct facts_mention), by_name_and_file);
    sort(&tables.macros, sizeof(struct facts_macro), by_name);
    tables.header.first_file = nesting->first_file;
    tables.header.first_instance = nesting->first_instance;
    tables.header.file_count = (uint32_t)ITEM_COUNT(tables.files, struct facts_file);
    tables.header.macro_count = (uint32_t)ITEM_COUNT(tables.macros, struct facts_macro);
    tables.header.instance_count = (uint32_t)ITEM_COUNT(tables.instances, struct facts_instance);
    tables.header.step_count = (uint32_t)ITEM_COUNT(tables.steps, struct facts_step);
    tables.header.mention_count = (uint32_t)ITEM_COUNT(tables.mentions, struct facts_mention);
    tables.header.text_size = (uint32_t)tables.texts.size;
    buffer_append(out, &tables.header, sizeof tables.header);
    append_table(out, &tables.files);
    append_table(out, &tables.macros);
    append_table(out, &tables.instances);
    append_table(out, &tables.steps);
    append_table(out, &tables.mentions);
    append_table(out, &tables.texts);
}
