#include "index_run.h"

#include <stdlib.h>
#include <string.h>

enum { SHARD_VERSION = 1 }; /* of core/messages.py */

const char *run_text(struct run *run, CXString string) {
    const char *characters = run->api->getCString(string);
    const char *copy =
        characters ? arena_text(&run->arena, characters, strlen(characters)) : "";
    run->api->disposeString(string);
    return copy;
}

struct indexed_file *run_file(struct run *run, CXFile handle) {
    struct source_file *source = files_get(&run->files, handle);
    if (!source)
        return NULL;
    if (source->number >= run->indexed_count) {
        size_t count = run->files.capacity;
        struct indexed_file **indexed = realloc(run->indexed, count * sizeof *indexed);
        if (!indexed) {
            run->failed = true;
            return NULL;
        }
        memset(indexed + run->indexed_count, 0, (count - run->indexed_count) * sizeof *indexed);
        run->indexed = indexed;
        run->indexed_count = count;
    }
    struct indexed_file **slot = &run->indexed[source->number];
    if (!*slot) {
        *slot = calloc(1, sizeof **slot);
        run->failed |= !*slot;
        if (*slot)
            **slot = (struct indexed_file){.source = source, .handle = handle};
    }
    return *slot;
}

const struct text *run_contents(struct indexed_file *file, const struct api *api,
                                CXTranslationUnit unit) {
    struct text *contents = &file->contents;
    if (!file->read) {
        contents->bytes = api->getFileContents(unit, file->handle, &contents->size);
        contents->size = contents->bytes ? contents->size : 0;
        file->read = contents->bytes != NULL; /* before it is parsed there is nothing */
    }
    return contents;
}

bool run_claim(struct run *run, struct indexed_file *file, CXTranslationUnit unit) {
    if (file->decided)
        return file->claimed;
    if (chain_file(run->chain, file->source->path_hash) != NO_FILE) {
        file->decided = true; /* whoever built the preamble has claimed it */
        return false;
    }
    const struct text *contents = run_contents(file, run->api, unit);
    if (!contents->bytes)
        return false;
    file->decided = true;
    file->content = claims_content(run->claims, file->source, contents->bytes, contents->size);
    if (file != run->main && claims_has(run->claims, file->content.key))
        return false;
    file->claimed = text_open(&file->text, contents->bytes, contents->size);
    run->failed |= !file->claimed;
    return file->claimed;
}

static void free_file(struct indexed_file *file) {
    text_close(&file->text);
    spots_free(&file->spots);
    map_free(&file->symbols);
    buffer_free(&file->records);
    buffer_free(&file->relations);
    buffer_free(&file->includes);
    buffer_free(&file->diagnostics);
    buffer_free(&file->candidates);
    free(file);
}

void run_free(struct run *run) {
    for (size_t i = 0; i < run->indexed_count; i++)
        if (run->indexed[i])
            free_file(run->indexed[i]);
    free(run->indexed);
    map_free(&run->directives);
    map_free(&run->scopes);
    arena_free(&run->arena);
    files_close(&run->files);
}

static void pack_position(struct buffer *out, struct position position) {
    pack_uint(out, position.line);
    pack_uint(out, position.column);
}

static void pack_symbols(const struct indexed_file *file, struct buffer *out) {
    size_t count = ITEM_COUNT(file->records, struct symbol_record);
    pack_array(out, count);
    for (size_t i = 0; i < count; i++) {
        const struct symbol_record *record = &ITEMS(file->records, struct symbol_record)[i];
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
}

static void pack_relations(const struct indexed_file *file, struct buffer *out) {
    size_t count = ITEM_COUNT(file->relations, struct relation);
    pack_array(out, count);
    for (size_t i = 0; i < count; i++) {
        const struct relation *relation = &ITEMS(file->relations, struct relation)[i];
        pack_array(out, 3);
        pack_int(out, relation->subject);
        pack_int(out, relation->kind);
        pack_int(out, relation->object);
    }
}

static void pack_diagnostics(const struct indexed_file *file, struct buffer *out) {
    size_t count = ITEM_COUNT(file->diagnostics, struct diagnostic);
    pack_array(out, count);
    for (size_t i = 0; i < count; i++) {
        const struct diagnostic *diagnostic = &ITEMS(file->diagnostics, struct diagnostic)[i];
        pack_array(out, 7);
        pack_position(out, text_position(&file->text, diagnostic->start));
        pack_position(out, text_position(&file->text, diagnostic->end));
        pack_int(out, diagnostic->severity);
        pack_string(out, diagnostic->message);
        pack_string(out, diagnostic->code);
    }
}

static void pack_file(struct run *run, struct indexed_file *file, struct buffer *out) {
    run->failed |= file->records.failed || file->relations.failed || file->includes.failed ||
                   file->diagnostics.failed;
    pack_array(out, 12);
    pack_binary(out, file->source->path, strlen(file->source->path));
    pack_uint(out, file->content.key);
    pack_int(out, (int64_t)file->content.hash);
    pack_int(out, file->content.size);
    pack_int(out, file->content.mtime_ns);
    pack_bool(out, file->text.ascii);
    pack_symbols(file, out);
    spots_pack(&file->spots, &file->text, out);
    pack_relations(file, out);
    run_pack_includes(file, out);
    pack_diagnostics(file, out);
}

void run_pack(struct run *run, struct buffer *out) {
    pack_array(out, 4);
    pack_int(out, SHARD_VERSION);
    size_t opened = pack_array_open(out), count = 0;
    if (run->main && run->main->claimed) {
        pack_file(run, run->main, out);
        count++;
    }
    for (size_t i = 0; i < run->indexed_count; i++) {
        struct indexed_file *file = run->indexed[i];
        if (file && file != run->main && file->claimed) {
            pack_file(run, file, out);
            count++;
        }
    }
    pack_array_close(out, opened, count);
    pack_uint(out, run->errors);
    pack_string(out, run->first_error);
}
