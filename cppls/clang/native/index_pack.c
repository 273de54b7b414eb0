#include "index_run.h"

#include <string.h>

enum { SHARD_VERSION = 4 }; /* of core/messages.py */

/* Where a file's shard is cut, so that whoever takes it never holds much, however large it is. */
enum { PART_BYTES = 1 << 20 };
/* Where a posting is cut: a symbol may occur in one file millions of times. */
enum { POSTING_BYTES = 1 << 16 };
/* CONTAINERS_IN_RUN of core/messages.py. */
enum { CONTAINERS_IN_RUN = 120 };

/* The fields of a FileShard that hold arrays, in their order; each may be cut between two items. */
enum field { SYMBOLS, CONTAINERS, POSTINGS, RELATIONS, INCLUDES, DIAGNOSTICS, FIELDS };

/* A file on its way out, in as many parts as it takes. */
struct parts {
    struct run *run;
    const struct indexed_file *file;
    struct buffer out;    /* the part in the making */
    unsigned number;      /* of that part, from 0 */
    enum field field;     /* that is open */
    struct buffer branches; /* their claims */
    size_t opened, count; /* its array: see pack_array_open; items in it */
};

static void begin_part(struct parts *parts) {
    const struct indexed_file *file = parts->file;
    struct buffer *out = &parts->out;
    pack_array(out, 10 + FIELDS);
    pack_binary(out, file->source->path, strlen(file->source->path));
    pack_uint(out, file->content.key);
    pack_int(out, (int64_t)file->content.hash);
    pack_int(out, (int64_t)(file->content.tokens ^ file->moving));
    pack_int(out, file->content.size);
    pack_int(out, file->content.mtime_ns);
    pack_bool(out, file->text.ascii);
    pack_uint(out, parts->number);
    pack_bool(out, !file->claimed);
    pack_binary(out, parts->branches.bytes, parts->branches.size);
}

static void end_part(struct parts *parts) {
    struct run *run = parts->run;
    struct buffer *out = &parts->out;
    run->failed |= out->failed;
    if (!run->failed)
        run->failed = run->sink->take(run->sink->context, out->bytes, out->size) != 0;
    out->size = 0;
    parts->number++;
}

static void open_field(struct parts *parts, enum field field) {
    parts->field = field;
    parts->opened = pack_array_open(&parts->out);
    parts->count = 0;
}

static void close_field(struct parts *parts) {
    pack_array_close(&parts->out, parts->opened, parts->count);
}

/* Before each item: once the part is full, the item goes into the next one. */
static void next_item(struct parts *parts) {
    if (parts->out.size > PART_BYTES) {
        close_field(parts);
        for (int field = (int)parts->field + 1; field < FIELDS; field++)
            pack_array(&parts->out, 0);
        end_part(parts);
        begin_part(parts);
        for (int field = 0; field < (int)parts->field; field++)
            pack_array(&parts->out, 0);
        open_field(parts, parts->field);
    }
    parts->count++;
}

static void pack_position(struct buffer *out, struct position position) {
    pack_uint(out, position.line);
    pack_uint(out, position.column);
}

static void pack_symbols(struct parts *parts) {
    const struct indexed_file *file = parts->file;
    struct buffer *out = &parts->out;
    open_field(parts, SYMBOLS);
    for (size_t i = 0; i < ITEM_COUNT(file->records, struct symbol_record); i++) {
        const struct symbol_record *record = &ITEMS(file->records, struct symbol_record)[i];
        next_item(parts);
        pack_array(out, 14);
        pack_int(out, record->id);
        pack_string(out, record->name);
        pack_string(out, record->scope);
        pack_int(out, record->kind);
        pack_uint(out, record->flags);
        pack_position(out, text_position(&file->text, record->offset));
        pack_uint(out, record->length);
        pack_position(out, text_position(&file->text, record->extent_start));
        pack_position(out, text_position(&file->text, record->extent_end));
        pack_string(out, record->signature);
        pack_string(out, record->brief);
    }
    close_field(parts);
}

static void pack_containers(struct parts *parts, const struct buffer *ids) {
    open_field(parts, CONTAINERS);
    for (size_t at = 0; at < ids->size;) {
        size_t left = ids->size - at, run = CONTAINERS_IN_RUN * 8;
        size_t size = left < run ? left : run;
        next_item(parts);
        pack_binary(&parts->out, ids->bytes + at, size);
        at += size;
    }
    close_field(parts);
}

static void pack_postings(struct parts *parts, const struct map *numbers) {
    const struct indexed_file *file = parts->file;
    const struct spots *spots = &file->spots;
    struct buffer blob = {0};
    open_field(parts, POSTINGS);
    for (size_t first = 0, end; first < spots->count; first = end) {
        blob.size = 0;
        end = spots_pack(spots, first, &file->text, numbers, POSTING_BYTES, &blob);
        int64_t symbol = spots->items[first].symbol;
        next_item(parts);
        pack_array(&parts->out, 3);
        pack_int(&parts->out, symbol);
        pack_binary(&parts->out, blob.bytes, blob.size);
        pack_bool(&parts->out, map_find(&file->symbols, (uint64_t)symbol) != NULL);
    }
    close_field(parts);
    parts->run->failed |= blob.failed;
    buffer_free(&blob);
}

static void pack_relations(struct parts *parts) {
    const struct indexed_file *file = parts->file;
    struct buffer *out = &parts->out;
    open_field(parts, RELATIONS);
    for (size_t i = 0; i < ITEM_COUNT(file->relations, struct relation); i++) {
        const struct relation *relation = &ITEMS(file->relations, struct relation)[i];
        next_item(parts);
        pack_array(out, 3);
        pack_int(out, relation->subject);
        pack_int(out, relation->kind);
        pack_int(out, relation->object);
    }
    close_field(parts);
}

static void pack_includes(struct parts *parts) {
    const struct indexed_file *file = parts->file;
    open_field(parts, INCLUDES);
    for (size_t i = 0; i < ITEM_COUNT(file->includes, struct include); i++) {
        const struct include *include = &ITEMS(file->includes, struct include)[i];
        if (!run_holds(file, include->hash_offset))
            continue;
        next_item(parts);
        run_pack_include(file, include, &parts->out);
    }
    close_field(parts);
}

static void pack_diagnostics(struct parts *parts) {
    const struct indexed_file *file = parts->file;
    struct buffer *out = &parts->out;
    open_field(parts, DIAGNOSTICS);
    for (size_t i = 0; i < ITEM_COUNT(file->diagnostics, struct diagnostic); i++) {
        const struct diagnostic *diagnostic = &ITEMS(file->diagnostics, struct diagnostic)[i];
        next_item(parts);
        pack_array(out, 7);
        pack_position(out, text_position(&file->text, diagnostic->start));
        pack_position(out, text_position(&file->text, diagnostic->end));
        pack_int(out, diagnostic->severity);
        pack_string(out, diagnostic->message);
        pack_string(out, diagnostic->code);
    }
    close_field(parts);
}

static void pack_file(struct parts *parts, struct indexed_file *file) {
    struct map numbers = {0};
    struct buffer containers = {0};
    struct run *run = parts->run;
    parts->file = file;
    parts->number = 0;
    parts->branches.size = 0;
    run_branch_keys(file, file->claimed ? READ_BRANCHES : NEW_BRANCHES, &parts->branches);
    run->failed |= !run_contain(file);
    spots_order(&file->spots);
    spots_number_containers(&file->spots, &numbers, &containers);
    run->failed |= file->records.failed || file->relations.failed || file->includes.failed ||
                   file->diagnostics.failed || file->spots.failed || containers.failed ||
                   parts->branches.failed;
    begin_part(parts);
    pack_symbols(parts);
    pack_containers(parts, &containers);
    pack_postings(parts, &numbers);
    pack_relations(parts);
    pack_includes(parts);
    pack_diagnostics(parts);
    end_part(parts);
    buffer_free(&containers);
    map_free(&numbers);
}

void run_pack(struct run *run, struct buffer *end) {
    struct parts parts = {.run = run};
    if (run->main && run->main->claimed)
        pack_file(&parts, run->main);
    for (size_t i = 0; i < run->indexed_count && !run->failed; i++) {
        struct indexed_file *file = run->indexed[i];
        if (file && file != run->main && (file->claimed || file->adds))
            pack_file(&parts, file);
    }
    buffer_free(&parts.out);
    buffer_free(&parts.branches);
    pack_array(end, 3);
    pack_int(end, SHARD_VERSION);
    pack_uint(end, run->errors);
    pack_string(end, run->first_error);
}
