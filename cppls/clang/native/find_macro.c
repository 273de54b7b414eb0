#include "resolve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
        CXSourceLocation place =
            api->getLocationForOffset(search->live->unit, search->file, (unsigned)offset);
        CXCursor cursor = api->getCursor(search->live->unit, place);
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

CXCursor find_macro(struct live *live, const char *name, size_t length, size_t offset) {
    struct macro_search search = {live, name, length, live->file, live->api->getNullCursor()};
    search_text(&search, live->text.bytes, live->text.size, offset);
    if (live->api->Cursor_isNull(search.found))
        live->api->getInclusions(live->unit, search_header, &search);
    /* `#ifndef GUARD` means the `#define GUARD` that follows. */
    if (live->api->Cursor_isNull(search.found))
        search_text(&search, live->text.bytes, live->text.size, live->text.size);
    return search.found;
}
