/* Preprocessor directives: what `#include` leads to, and which macro a word of a condition names.
 *
 * libclang records definitions and expansions of macros, not what conditions and #undef name.
 */
#include "resolve.h"
#include "symbols.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Macros by name ------------------------------------------------------------------------------- */

struct macro_search {
    struct live *live;
    const char *name;
    size_t length;
    CXFile file;       /* the one being searched */
    CXCursor found;
};

static bool is_blank(char byte) { return byte == ' ' || byte == '\t'; }

/* Whether `#define` stands before byte `name` of the text. */
static bool is_defined_at(const char *text, size_t name) {
    size_t at = name;
    while (at > 0 && is_blank(text[at - 1]))
        at--;
    if (at == name || at < strlen("define") || memcmp(text + at - 6, "define", 6) != 0)
        return false;
    at -= strlen("define");
    while (at > 0 && is_blank(text[at - 1]))
        at--;
    return at > 0 && text[at - 1] == '#';
}

static struct position position_of(const char *text, size_t offset) {
    struct position position = {0, 0};
    for (size_t i = 0; i < offset; i++) {
        position.column++;
        if (text[i] == '\n')
            position = (struct position){position.line + 1, 0};
    }
    return position;
}

/* The last definition before `end` in a file's text that the compiler has seen too. */
static void search_text(struct macro_search *search, const char *text, size_t size, size_t end) {
    const struct api *api = search->live->api;
    const char *from = text;
    for (;;) {
        size_t left = size - (size_t)(from - text);
        const char *hit = NULL;
        /* memmem is not C11: find the first byte, then compare. */
        while (left >= search->length && (hit = memchr(from, *search->name, left)) != NULL) {
            left = size - (size_t)(hit - text);
            if (left >= search->length && memcmp(hit, search->name, search->length) == 0)
                break;
            from = hit + 1;
            left--;
            hit = NULL;
        }
        if (!hit || (size_t)(hit - text) >= end)
            return;
        size_t offset = (size_t)(hit - text), after = offset + search->length;
        from = hit + 1;
        if ((after < size && is_word(text[after])) || !is_defined_at(text, offset))
            continue;
        CXCursor cursor =
            cursor_in(api, search->live->unit, search->file, position_of(text, offset));
        if (cursor.kind == CXCursor_MacroDefinition)
            search->found = cursor;
    }
}

/* Headers are read from the disk again, and let go: libclang would keep the text of each one that
 * it is asked for. */
static void search_header(CXFile file, CXSourceLocation *stack, unsigned depth,
                          CXClientData data) {
    struct macro_search *search = data;
    (void)stack;
    if (depth == 0 || !search->live->api->Cursor_isNull(search->found))
        return;
    const struct source_file *known = files_get(&search->live->files, file);
    FILE *stream = known ? fopen(known->path, "rb") : NULL;
    if (!stream)
        return;
    char *text = NULL;
    long size = fseek(stream, 0, SEEK_END) == 0 ? ftell(stream) : -1;
    if (size > 0 && fseek(stream, 0, SEEK_SET) == 0)
        text = malloc((size_t)size);
    if (text) {
        size_t read = fread(text, 1, (size_t)size, stream);
        search->file = file;
        search_text(search, text, read, read);
    }
    free(text);
    fclose(stream);
}

static CXCursor find_macro(struct live *live, const char *name, size_t length, size_t offset) {
    struct macro_search search = {live, name, length, live->file, live->api->getNullCursor()};
    search_text(&search, live->text.bytes, live->text.size, offset);
    if (live->api->Cursor_isNull(search.found))
        live->api->getInclusions(live->unit, search_header, &search);
    /* `#ifndef GUARD` means the `#define GUARD` that follows. */
    search.file = live->file;
    if (live->api->Cursor_isNull(search.found))
        search_text(&search, live->text.bytes, live->text.size, live->text.size);
    return search.found;
}

/* Directives ----------------------------------------------------------------------------------- */

static void resolve_include(struct live *live, size_t hash, size_t word_end,
                            struct resolution *result) {
    const struct text *text = &live->text;
    CXCursor directive = cursor_at(live, hash);
    if (directive.kind == CXCursor_InclusionDirective)
        result->include = live->api->getIncludedFile(directive);
    size_t start = text_skip_blanks(text, word_end);
    char open = start < text->size ? text->bytes[start] : '\0';
    if (open != '<' && open != '"')
        return;
    char close = open == '<' ? '>' : '"';
    size_t end = start + 1;
    while (end < text->size && text->bytes[end] != '\n' && text->bytes[end] != close)
        end++;
    result->has_token = true;
    result->start = start;
    result->end = end + (end < text->size && text->bytes[end] == close);
}

/* What a word of a directive names: macros, in conditions too, where the record has no expansion.
 * Returns false when `offset` is not in a directive. */
bool resolve_directive(struct live *live, size_t offset, struct resolution *result) {
    const struct text *text = &live->text;
    size_t hash = text_skip_blanks(text, logical_line(text, offset));
    if (hash >= text->size || text->bytes[hash] != '#')
        return false;
    size_t word = text_skip_blanks(text, hash + 1);
    size_t word_end = word + text_token(text, word);
    if (word_is(text, word, "include") || word_is(text, word, "include_next") ||
        word_is(text, word, "import") || word_is(text, word, "embed")) {
        resolve_include(live, hash, word_end, result);
        return true;
    }
    take_token(live, offset, result);
    if (!result->has_token || result->start <= word || !is_word(text->bytes[result->start])) {
        result->has_token = false;
        return true;
    }
    bool defines = word_is(text, word, "define");
    result->at = cursor_at(live, result->start);
    if (defines && result->start == text_skip_blanks(text, word_end)) {
        result->roles = ROLE_DECLARATION | ROLE_DEFINITION;
        if (result->at.kind == CXCursor_MacroDefinition)
            add_target(live, result, result->at);
        return true;
    }
    result->roles = word_is(text, word, "undef") ? ROLE_UNDEFINITION : ROLE_REFERENCE;
    CXCursor macro = result->at.kind == CXCursor_MacroExpansion
                         ? live->api->getCursorReferenced(result->at)
                         : find_macro(live, text->bytes + result->start, result->end - result->start,
                                      result->start);
    add_target(live, result, macro);
    return true;
}

