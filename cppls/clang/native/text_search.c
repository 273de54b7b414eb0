#include "text_search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct position position_of(const char *text, size_t offset) {
    struct position position = {0, 0};
    for (size_t i = 0; i < offset; i++) {
        position.column++;
        if (text[i] == '\n')
            position = (struct position){position.line + 1, 0};
    }
    return position;
}

/* The next place of the name from `from` on; `size` when there is none. memmem is not C11. */
static size_t next_name(const struct text_search *search, const char *text, size_t size,
                        size_t from) {
    while (from < size) {
        const char *hit = memchr(text + from, *search->name, size - from);
        if (!hit)
            return size;
        size_t at = (size_t)(hit - text), end = at + search->length;
        if (end <= size && memcmp(hit, search->name, search->length) == 0 &&
            (end == size || !is_word(text[end])) && (at == 0 || !is_word(text[at - 1])))
            return at;
        from = at + 1;
    }
    return size;
}

/* The last one before `end`, if the compiler has seen it too. */
static CXCursor search_text(const struct text_search *search, CXFile file, const char *text,
                            size_t size, size_t end) {
    struct live *live = search->live;
    CXCursor found = live->api->getNullCursor();
    for (size_t at = next_name(search, text, size, 0); at < end && at < size;
         at = next_name(search, text, size, at + 1)) {
        if (!search->accepts(text, size, at, search->length))
            continue;
        CXCursor cursor = cursor_in(live->api, live->unit, file, position_of(text, at));
        if (cursor.kind == search->kind)
            found = cursor;
    }
    return found;
}

CXCursor search_main(const struct text_search *search, size_t end) {
    const struct live *live = search->live;
    return search_text(search, live->file, live->text.bytes, live->text.size, end);
}

struct header_search {
    const struct text_search *search;
    size_t end;
    CXCursor found;
};

/* Headers are read from the disk again, and let go: libclang would keep the text of each one that
 * it is asked for. */
static void search_header(CXFile file, CXSourceLocation *stack, unsigned depth,
                          CXClientData data) {
    struct header_search *headers = data;
    struct live *live = headers->search->live;
    /* The outermost include comes last. */
    if (depth == 0 || !live->api->Cursor_isNull(headers->found) ||
        place_of(live->api, stack[depth - 1]).offset >= headers->end)
        return;
    const struct source_file *known = files_get(&live->files, file);
    FILE *stream = known ? fopen(known->path, "rb") : NULL;
    if (!stream)
        return;
    char *text = NULL;
    long size = fseek(stream, 0, SEEK_END) == 0 ? ftell(stream) : -1;
    if (size > 0 && fseek(stream, 0, SEEK_SET) == 0)
        text = malloc((size_t)size);
    if (text) {
        size_t read = fread(text, 1, (size_t)size, stream);
        headers->found = search_text(headers->search, file, text, read, read);
    }
    free(text);
    fclose(stream);
}

CXCursor search_headers(const struct text_search *search, size_t end) {
    struct live *live = search->live;
    struct header_search headers = {search, end, live->api->getNullCursor()};
    live->api->getInclusions(live->unit, search_header, &headers);
    return headers.found;
}
