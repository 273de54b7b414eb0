/* Where symbols occur in the main file.
 *
 * Two passes, each done when it is first needed after a parse and kept until the next. The first
 * is libclang's indexer over the unit, the same engine that fills the index: declarations and
 * references with roles, function locals included. What it does not report (macros, template
 * parameters, parameters of prototypes, labels) is found in a second pass over the tokens.
 */
#include "declarations.h"
#include "live.h"
#include "naming.h"
#include "resolve.h"
#include "symbols.h"

#include <stdlib.h>

/* First pass: the indexer ---------------------------------------------------------------------- */

static int64_t id_of_entity(struct live *live, const CXIdxEntityInfo *entity) {
    return symbol_id_of_usr(&live->files, entity->USR, entity->cursor);
}

static int64_t id_of_container(struct live *live, const CXIdxContainerInfo *container) {
    if (!container || container->cursor.kind == CXCursor_TranslationUnit)
        return 0;
    return symbol_id_of_cursor(&live->files, pattern_of(live->api, container->cursor));
}

/* What an occurrence stands in, as in the index: a variable's initialiser belongs to that, its `parent`, but
 * not to a local one, which only the unit knows. */
static int64_t id_around(struct live *live, const CXIdxEntityInfo *parent,
                         const CXIdxContainerInfo *container) {
    return parent && !is_local(live->api, parent->cursor) ? id_of_entity(live, parent)
                                                          : id_of_container(live, container);
}

static void add_indexed(struct live *live, CXIdxLoc where, const CXIdxEntityInfo *entity,
                        const CXIdxEntityInfo *parent, const CXIdxContainerInfo *container,
                        unsigned roles) {
    CXIdxClientFile client;
    CXFile file;
    unsigned line, column, offset;
    live->api->indexLoc_getFileLocation(where, &client, &file, &line, &column, &offset);
    if (!same_file(live->api, file, live->file))
        return;
    struct spot spot = {.symbol = id_of_entity(live, entity),
                        .container = id_around(live, parent, container),
                        .offset = offset,
                        .length = roles & ROLE_DECLARATION
                                      ? text_declared_name(&live->text, offset)
                                      : text_token(&live->text, offset),
                        .roles = roles};
    if (spot.symbol && spot.length)
        spots_add(&live->indexed, spot);
}

static void on_declaration(CXClientData data, const CXIdxDeclInfo *info) {
    struct live *live = data;
    if (info->isImplicit)
        return;
    unsigned roles = ROLE_DECLARATION | (info->isDefinition ? ROLE_DEFINITION : 0);
    add_indexed(live, info->loc, info->entityInfo, NULL, info->semanticContainer, roles);
}

static void on_reference(CXClientData data, const CXIdxEntityRefInfo *info) {
    add_indexed(data, info->loc, info->referencedEntity, info->parentEntity, info->container,
                info->role);
}

static void index_unit(struct live *live) {
    IndexerCallbacks callbacks = {.indexDeclaration = on_declaration,
                                  .indexEntityReference = on_reference};
    CXIndexAction action = live->api->IndexAction_create(live->index);
    live->api->indexTranslationUnit(action, live, &callbacks, sizeof callbacks,
                                    CXIndexOpt_IndexFunctionLocalSymbols, live->unit);
    live->api->IndexAction_dispose(action);
    live->has_indexed = true;
}

/* Second pass: the tokens ---------------------------------------------------------------------- */

/* Whether the first pass leaves occurrences of the declaration out. */
static bool is_left_out(const struct api *api, CXCursor declaration) {
    return declaration.kind == CXCursor_MacroDefinition || is_local(api, declaration);
}

static void add_token(struct live *live, CXCursor at, size_t offset) {
    struct resolution found;
    resolve_with(live, offset, at, &found);
    for (size_t i = 0; i < found.count; i++) {
        if (!is_left_out(live->api, found.targets[i]))
            continue;
        struct spot spot = {.symbol = live_id(live, found.targets[i]),
                            .offset = (uint32_t)found.start,
                            .length = (uint32_t)(found.end - found.start),
                            .roles = found.roles};
        spots_add(&live->tokens, spot);
    }
}

static void read_tokens(struct live *live) {
    const struct api *api = live->api;
    CXSourceLocation start = api->getLocationForOffset(live->unit, live->file, 0);
    CXSourceLocation end =
        api->getLocationForOffset(live->unit, live->file, (unsigned)live->text.size);
    CXToken *tokens = NULL;
    unsigned count = 0;
    api->tokenize(live->unit, api->getRange(start, end), &tokens, &count);
    CXCursor *cursors = calloc(count ? count : 1, sizeof *cursors);
    if (cursors) {
        api->annotateTokens(live->unit, tokens, count, cursors);
        for (unsigned i = 0; i < count; i++)
            if (api->getTokenKind(tokens[i]) == CXToken_Identifier) {
                CXSourceLocation where = api->getTokenLocation(live->unit, tokens[i]);
                add_token(live, cursors[i], place_of(api, where).offset);
            }
    } else {
        live->tokens.failed = true;
    }
    free(cursors);
    if (tokens)
        api->disposeTokens(live->unit, tokens, count);
    live->has_tokens = true;
}

/* The answer ----------------------------------------------------------------------------------- */

/* Copy what `from` has of `symbol`; returns how many. */
static size_t take(const struct spots *from, int64_t symbol, struct spots *into) {
    size_t before = into->count;
    for (size_t i = 0; i < from->count; i++)
        if (from->items[i].symbol == symbol)
            spots_add(into, from->items[i]);
    into->failed |= from->failed;
    return into->count - before;
}

static int by_place(const void *left, const void *right) {
    const struct spot *a = left, *b = right;
    if (a->offset != b->offset)
        return a->offset < b->offset ? -1 : 1;
    return a->symbol < b->symbol ? -1 : a->symbol > b->symbol;
}

/* One spot for each symbol at a place, with the roles of all. `spots` is ordered by place. */
static void merge(struct spots *spots) {
    size_t kept = 0;
    for (size_t i = 0; i < spots->count; i++) {
        struct spot spot = spots->items[i];
        struct spot *last = kept ? &spots->items[kept - 1] : NULL;
        if (last && last->offset == spot.offset && last->symbol == spot.symbol) {
            last->roles |= spot.roles;
            if (!last->container)
                last->container = spot.container;
        } else {
            spots->items[kept++] = spot;
        }
    }
    spots->count = kept;
}

static void pack_spots(struct buffer *out, const struct live *live, const struct spots *spots) {
    pack_array(out, spots->count);
    for (size_t i = 0; i < spots->count; i++) {
        const struct spot *spot = &spots->items[i];
        struct position position = text_position(&live->text, spot->offset);
        pack_array(out, 6);
        pack_uint(out, position.line);
        pack_uint(out, position.column);
        pack_uint(out, spot->length);
        pack_uint(out, spot->roles);
        pack_int(out, spot->symbol);
        pack_int(out, spot->container);
    }
}

int cppls_live_occurrences(struct live *live, const int64_t *symbols, unsigned count,
                           struct buffer *out) {
    if (!live->file)
        return 1;
    if (!live->has_indexed)
        index_unit(live);
    struct spots found = {0};
    for (unsigned i = 0; i < count; i++) {
        if (take(&live->indexed, symbols[i], &found))
            continue;
        if (!live->has_tokens)
            read_tokens(live);
        take(&live->tokens, symbols[i], &found);
    }
    if (found.count)
        qsort(found.items, found.count, sizeof *found.items, by_place);
    merge(&found);
    pack_spots(out, live, &found);
    out->failed |= found.failed;
    spots_free(&found);
    return out->failed ? 2 : 0;
}
