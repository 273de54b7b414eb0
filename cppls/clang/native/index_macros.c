#include "index_run.h"

#include "hash.h"

#include <string.h>

/* The walk over the preprocessing record. It comes in the order of the source, so what is asked of
 * a file is asked once per stretch of it. */
struct macro_walk {
    struct run *run;
    CXTranslationUnit unit;
    CXFile handle;             /* of the stretch */
    struct indexed_file *file; /* its file when it is ours, else NULL */
    struct map ids;            /* definition (cursor.data[0]) -> symbol id */
};

static bool enter_file(struct macro_walk *walk, CXFile handle) {
    if (handle != walk->handle) {
        walk->handle = handle;
        walk->file = run_file(walk->run, handle);
        if (walk->file && !run_claim(walk->run, walk->file, walk->unit) && !walk->file->states)
            walk->file = NULL;
    }
    return walk->file != NULL;
}

static int64_t macro_id(struct macro_walk *walk, CXCursor definition) {
    bool made = false;
    uint64_t *id = map_at(&walk->ids, (uint64_t)(uintptr_t)definition.data[0], &made);
    if (!id)
        return 0;
    if (made)
        *id = (uint64_t)symbol_id_of_cursor(&walk->run->files, definition);
    return (int64_t)*id;
}

/* The parameter list behind a function-like macro's name, as written. */
static const char *parameters(struct run *run, const struct text *text, size_t offset) {
    const char *open = text->bytes + offset;
    const char *close = offset < text->size ? memchr(open, ')', text->size - offset) : NULL;
    return close && *open == '(' ? arena_text(&run->arena, open, (size_t)(close - open) + 1) : "";
}

/* Bodies ---------------------------------------------------------------------------------------- */

/* Whether the word of `length` at `offset` is one between the brackets that open at `list`. */
static bool is_parameter(const struct text *text, size_t list, size_t body, size_t offset,
                         uint32_t length) {
    size_t at = list;
    for (uint32_t size; (size = text_identifier(text, &at)) && at < body; at += size)
        if (size == length && memcmp(text->bytes + at, text->bytes + offset, length) == 0)
            return true;
    return false;
}

/* The words of the macro's body. What they name is decided where it is expanded, and in a header not by
 * the header alone: so they are kept as mentions of a name, whatever that means. */
static void take_body(struct indexed_file *file, int64_t macro, size_t list, size_t end) {
    const struct text *text = &file->text;
    const char *close = list < end && text->bytes[list] == '('
                            ? memchr(text->bytes + list, ')', end - list)
                            : NULL;
    size_t body = close ? (size_t)(close - text->bytes) : list;
    size_t offset = body;
    for (uint32_t length; (length = text_identifier(text, &offset)) && offset + length <= end;
         offset += length)
        if (!is_parameter(text, list, body, offset, length))
            spots_add(&file->spots,
                      (struct spot){.symbol = symbol_mention_id(text->bytes + offset, length),
                                    .container = macro,
                                    .offset = (uint32_t)offset,
                                    .length = length,
                                    .roles = ROLE_REFERENCE});
}

static void take_definition(struct macro_walk *walk, CXCursor cursor, uint32_t offset) {
    struct run *run = walk->run;
    const struct api *api = run->api;
    struct indexed_file *file = walk->file;
    int64_t id = macro_id(walk, cursor);
    uint32_t length = text_token(&file->text, offset);
    if (!id || !length)
        return;
    spots_add(&file->spots, (struct spot){.symbol = id,
                                          .offset = offset,
                                          .length = length,
                                          .roles = ROLE_DECLARATION | ROLE_DEFINITION});
    struct symbol_record *record = run_record(run, file, id, true);
    if (!record)
        return;
    /* libclang tells of the definition that holds in the end; the text of this one. */
    size_t behind = (size_t)offset + length;
    bool function_like = behind < file->text.size && file->text.bytes[behind] == '(';
    unsigned end = offset + length;
    api->getFileLocation(api->getRangeEnd(api->getCursorExtent(cursor)), NULL, NULL, NULL, &end);
    *record = (struct symbol_record){
        .id = id,
        .name = arena_text(&run->arena, file->text.bytes + offset, length),
        .scope = "",
        .signature = function_like ? parameters(run, &file->text, offset + length) : "",
        .brief = "",
        .kind = SYMBOL_KIND_MACRO,
        .flags = SYMBOL_DEFINITION | (function_like ? SYMBOL_FUNCTION_LIKE : 0),
        .offset = offset,
        .length = length,
        .extent_start = offset,
        .extent_end = end,
    };
    if (!api->Location_isInSystemHeader(api->getCursorLocation(cursor)))
        take_body(file, id, behind, end);
}

/* Whether a file names a macro before it defines it itself: a file that is entered a second time does
 * so, where it asks for its own guard. Whether a unit enters it twice says nothing about the file. */
static bool is_second_entry(struct macro_walk *walk, CXCursor definition, uint32_t offset) {
    struct run *run = walk->run;
    CXFile handle = NULL;
    unsigned defined = 0;
    run->api->getFileLocation(run->api->getCursorLocation(definition), &handle, NULL, NULL,
                              &defined);
    return defined > offset && files_get(&run->files, handle) == walk->file->source;
}

static void take_expansion(struct macro_walk *walk, CXCursor cursor, uint32_t offset) {
    /* Builtins (__LINE__) have no definition. */
    CXCursor definition = walk->run->api->getCursorReferenced(cursor);
    if (definition.kind != CXCursor_MacroDefinition || is_second_entry(walk, definition, offset))
        return;
    int64_t id = macro_id(walk, definition);
    uint32_t length = text_token(&walk->file->text, offset);
    if (id && length)
        spots_add(&walk->file->spots, (struct spot){.symbol = id,
                                                    .offset = offset,
                                                    .length = length,
                                                    .roles = ROLE_REFERENCE});
}

/* Stops at the first declaration: what the preprocessor recorded comes before. */
static enum CXChildVisitResult visit(CXCursor cursor, CXCursor parent, CXClientData data) {
    (void)parent;
    struct macro_walk *walk = data;
    const struct api *api = walk->run->api;
    if (!api->isPreprocessing(cursor.kind))
        return CXChildVisit_Break;
    if (cursor.kind != CXCursor_MacroDefinition && cursor.kind != CXCursor_MacroExpansion)
        return CXChildVisit_Continue;
    CXFile handle = NULL;
    unsigned offset = 0;
    api->getFileLocation(api->getCursorLocation(cursor), &handle, NULL, NULL, &offset);
    if (!enter_file(walk, handle) ||
        !run_takes(walk->run, walk->file, walk->unit, offset, false))
        return CXChildVisit_Continue;
    if (cursor.kind == CXCursor_MacroDefinition)
        take_definition(walk, cursor, offset);
    else
        take_expansion(walk, cursor, offset);
    return CXChildVisit_Continue;
}

/* Undefinitions --------------------------------------------------------------------------------- */

/* libclang's record forgets a macro at its #undef and does not tell of it: the text does. */
struct undefinition {
    struct indexed_file *file;
    uint32_t offset, length; /* of the name */
    uint64_t name;           /* hash */
    int64_t id;              /* of the definition that holds there (at first: that of a shared
                              * preamble), 0 while not found */
    bool same_file;          /* as that definition */
    size_t next;             /* the next one of the same name, its place + 1 */
};

struct undefinition_walk {
    struct macro_walk *macros;
    struct undefinition *items;
    size_t count;
    struct map by_name; /* hash -> place of the first in `items` + 1 */
};

static void find_undefinitions(struct run *run, struct indexed_file *file, struct buffer *found) {
    const struct text *text = &file->text;
    size_t offset = 0;
    for (uint32_t length; (length = text_undefinition(text, &offset)); offset += length) {
        if (!run_holds(file, (uint32_t)offset))
            continue;
        struct undefinition undefinition = {
            .file = file, .offset = (uint32_t)offset, .length = length};
        undefinition.name = hash_bytes(text->bytes + offset, length, 0);
        undefinition.id = chain_macro(run->chain, undefinition.name);
        buffer_append(found, &undefinition, sizeof undefinition);
    }
}

/* Of several definitions of the name, the last one above in the same file holds, else the last one
 * of the TU in another file. */
static enum CXChildVisitResult match(CXCursor cursor, CXCursor parent, CXClientData data) {
    (void)parent;
    struct undefinition_walk *walk = data;
    const struct api *api = walk->macros->run->api;
    if (!api->isPreprocessing(cursor.kind))
        return CXChildVisit_Break;
    if (cursor.kind != CXCursor_MacroDefinition)
        return CXChildVisit_Continue;
    CXString spelling = api->getCursorSpelling(cursor);
    const char *name = api->getCString(spelling);
    uint64_t hash = name ? hash_bytes(name, strlen(name), 0) : 0;
    api->disposeString(spelling);
    const uint64_t *first = map_find(&walk->by_name, hash);
    for (size_t place = first ? *first : 0; place; place = walk->items[place - 1].next) {
        struct undefinition *undefinition = &walk->items[place - 1];
        CXFile handle = NULL;
        unsigned offset = 0;
        api->getFileLocation(api->getCursorLocation(cursor), &handle, NULL, NULL, &offset);
        bool same_file =
            files_get(&walk->macros->run->files, handle) == undefinition->file->source;
        if (same_file ? offset > undefinition->offset : undefinition->same_file)
            continue;
        undefinition->same_file = same_file;
        undefinition->id = macro_id(walk->macros, cursor);
    }
    return CXChildVisit_Continue;
}

static void take_undefinitions(struct macro_walk *macros) {
    struct run *run = macros->run;
    struct buffer found = {0};
    for (size_t i = 0; i < run->indexed_count; i++)
        if (run->indexed[i] && (run->indexed[i]->claimed || run->indexed[i]->adds))
            find_undefinitions(run, run->indexed[i], &found);
    struct undefinition_walk walk = {.macros = macros,
                                     .items = ITEMS(found, struct undefinition),
                                     .count = ITEM_COUNT(found, struct undefinition)};
    for (size_t i = 0; i < walk.count; i++) {
        uint64_t *first = map_at(&walk.by_name, walk.items[i].name, NULL);
        if (!first)
            break;
        walk.items[i].next = (size_t)*first;
        *first = i + 1;
    }
    if (walk.count)
        run->api->visitChildren(run->api->getTranslationUnitCursor(macros->unit), match, &walk);
    for (size_t i = 0; i < walk.count; i++) {
        const struct undefinition *undefinition = &walk.items[i];
        if (undefinition->id)
            spots_add(&undefinition->file->spots,
                      (struct spot){.symbol = undefinition->id,
                                    .offset = undefinition->offset,
                                    .length = undefinition->length,
                                    .roles = ROLE_REFERENCE | ROLE_UNDEFINITION});
    }
    run->failed |= found.failed;
    map_free(&walk.by_name);
    buffer_free(&found);
}

void run_macro(struct run *run, struct indexed_file *file, CXCursor definition, uint32_t offset,
               unsigned roles) {
    struct macro_walk walk = {.run = run, .file = file};
    if (roles & ROLE_DEFINITION)
        take_definition(&walk, definition, offset);
    else if (!is_second_entry(&walk, definition, offset))
        spots_add(&file->spots, (struct spot){.symbol = macro_id(&walk, definition),
                                              .offset = offset,
                                              .length = text_token(&file->text, offset),
                                              .roles = roles | ROLE_REFERENCE});
    map_free(&walk.ids);
}

void run_macros(struct run *run, CXTranslationUnit unit) {
    struct macro_walk walk = {.run = run, .unit = unit};
    run->api->visitChildren(run->api->getTranslationUnitCursor(unit), visit, &walk);
    take_undefinitions(&walk);
    map_free(&walk.ids);
}
