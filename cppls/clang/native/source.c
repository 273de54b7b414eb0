#include "source.h"

#include <string.h>

struct text file_text(const struct api *api, CXTranslationUnit unit, CXFile file) {
    struct text text = {"", 0};
    if (file != NULL) {
        const char *data = api->getFileContents(unit, file, &text.size);
        if (data != NULL) {
            text.data = data;
        } else {
            text.size = 0;
        }
    }
    return text;
}

size_t text_offset(struct text text, unsigned line, unsigned column) {
    size_t start = 0;
    while (line > 0) {
        const char *end = memchr(text.data + start, '\n', text.size - start);
        if (end == NULL) {
            return text.size;
        }
        start = (size_t)(end - text.data) + 1;
        line--;
    }
    const char *end = memchr(text.data + start, '\n', text.size - start);
    size_t length = (end != NULL ? (size_t)(end - text.data) : text.size) - start;
    return start + (column < length ? column : length);
}

bool is_word(char byte) {
    unsigned char c = (unsigned char)byte;
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           c == '_' || c == '$' || c >= 0x80;
}

unsigned token_length(struct text text, size_t offset) {
    size_t end = offset;
    while (end < text.size && is_word(text.data[end])) {
        end++;
    }
    if (end == offset && end < text.size) {
        end++;
    }
    return (unsigned)(end - offset);
}

/* Whether the line that ends before `start` (the start of a line) is continued on it. */
static bool continues(struct text text, size_t start) {
    size_t end = start - 1; /* at the newline */
    if (end > 0 && text.data[end - 1] == '\r') {
        end--;
    }
    return end > 0 && text.data[end - 1] == '\\';
}

size_t line_start(struct text text, size_t offset) {
    size_t start = offset < text.size ? offset : text.size;
    for (;;) {
        while (start > 0 && text.data[start - 1] != '\n') {
            start--;
        }
        if (start == 0 || !continues(text, start)) {
            return start;
        }
        start--;
    }
}

struct place place_of(const struct api *api, CXSourceLocation location) {
    struct place place = {NULL, 0, 0, 0};
    api->getFileLocation(location, &place.file, &place.line, &place.column, &place.offset);
    /* libclang counts from 1, and gives 0 where there is nothing. */
    place.line -= place.line > 0;
    place.column -= place.column > 0;
    return place;
}

bool span_of(const struct api *api, CXSourceRange range, CXFile *file, struct span *span) {
    struct place start = place_of(api, api->getRangeStart(range));
    struct place end = place_of(api, api->getRangeEnd(range));
    *file = start.file;
    *span = (struct span){start.line, start.column, end.line, end.column};
    if (start.file == NULL || !same_file(api, start.file, end.file)) {
        span->end_line = span->line;
        span->end_column = span->column;
        return false;
    }
    if (end.offset < start.offset) {
        span->end_line = span->line;
        span->end_column = span->column;
    }
    return true;
}

struct span name_span(const struct api *api, CXTranslationUnit unit, CXCursor cursor,
                      CXFile *file) {
    struct place place = place_of(api, api->getCursorLocation(cursor));
    struct text text = file_text(api, unit, place.file);
    unsigned length = token_length(text, place.offset);
    *file = place.file;
    return (struct span){place.line, place.column, place.line, place.column + length};
}

bool same_file(const struct api *api, CXFile a, CXFile b) {
    return a == b || (a != NULL && b != NULL && api->File_isEqual(a, b));
}

bool same_place(const struct place *a, const struct place *b) {
    return a->file == b->file && a->offset == b->offset;
}

void pack_span(struct buffer *out, struct span span) {
    pack_array(out, 4);
    pack_uint(out, span.line);
    pack_uint(out, span.column);
    pack_uint(out, span.end_line);
    pack_uint(out, span.end_column);
}

void pack_path(struct buffer *out, const struct api *api, CXFile file) {
    if (file == NULL) {
        pack_binary(out, "", 0);
        return;
    }
    CXString path = api->File_tryGetRealPathName(file);
    const char *text = api->getCString(path);
    if (text == NULL || *text == '\0') {
        api->disposeString(path);
        path = api->getFileName(file);
        text = api->getCString(path);
    }
    pack_binary(out, text != NULL ? text : "", text != NULL ? strlen(text) : 0);
    api->disposeString(path);
}

void pack_cxstring(struct buffer *out, const struct api *api, CXString string) {
    const char *text = api->getCString(string);
    pack_string(out, text);
    api->disposeString(string);
}
