#include "source.h"

#include <string.h>

struct text file_text(const struct api *api, CXTranslationUnit unit, CXFile file) {
    struct text text = {.bytes = ""};
    size_t size = 0;
    const char *bytes = file ? api->getFileContents(unit, file, &size) : NULL;
    if (bytes) {
        text.bytes = bytes;
        text.size = size;
    }
    return text;
}

size_t text_offset(const struct text *text, unsigned line, unsigned column) {
    if (line >= text->line_count)
        return text->size;
    size_t start = text->lines[line];
    size_t end = line + 1u < text->line_count ? text->lines[line + 1] : text->size;
    while (end > start && (text->bytes[end - 1] == '\n' || text->bytes[end - 1] == '\r'))
        end--;
    return column < end - start ? start + column : end;
}

struct span span_between(const struct text *text, size_t start, size_t end) {
    struct position first = text_position(text, start), last = text_position(text, end);
    return (struct span){first.line, first.column, last.line, last.column};
}

bool is_word(char byte) {
    unsigned char c = (unsigned char)byte;
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
           c == '$' || c >= 0x80;
}

/* Whether the line that ends before `start` (the start of a line) is continued on it. */
static bool continues(const struct text *text, size_t start) {
    size_t end = start - 1; /* at the newline */
    if (end > 0 && text->bytes[end - 1] == '\r')
        end--;
    return end > 0 && text->bytes[end - 1] == '\\';
}

size_t logical_line(const struct text *text, size_t offset) {
    size_t start = offset < text->size ? offset : text->size;
    for (;;) {
        while (start > 0 && text->bytes[start - 1] != '\n')
            start--;
        if (start == 0 || !continues(text, start))
            return start;
        start--;
    }
}

bool word_is(const struct text *text, size_t offset, const char *word) {
    size_t length = strlen(word);
    return offset <= text->size && length <= text->size - offset &&
           memcmp(text->bytes + offset, word, length) == 0 &&
           (offset + length == text->size || !is_word(text->bytes[offset + length]));
}

struct place place_of(const struct api *api, CXSourceLocation location) {
    struct place place = {NULL, 0, 0, 0};
    api->getFileLocation(location, &place.file, &place.line, &place.column, &place.offset);
    /* libclang counts from 1, and gives 0 where there is nothing. */
    place.line -= place.line > 0;
    place.column -= place.column > 0;
    return place;
}

CXCursor cursor_in(const struct api *api, CXTranslationUnit unit, CXFile file,
                   struct position position) {
    return api->getCursor(
        unit, api->getLocation(unit, file, position.line + 1, position.column + 1));
}

bool span_of(const struct api *api, CXSourceRange range, CXFile *file, struct span *span) {
    struct place start = place_of(api, api->getRangeStart(range));
    struct place end = place_of(api, api->getRangeEnd(range));
    *file = start.file;
    *span = (struct span){start.line, start.column, start.line, start.column};
    if (!start.file || !same_file(api, start.file, end.file) || end.offset < start.offset)
        return false;
    span->end_line = end.line;
    span->end_column = end.column;
    return true;
}

struct span name_span(const struct api *api, CXTranslationUnit unit, CXCursor cursor,
                      CXFile *file) {
    struct place place = place_of(api, api->getCursorLocation(cursor));
    struct text text = file_text(api, unit, place.file);
    unsigned length = text_declared_name(&text, place.offset);
    *file = place.file;
    return (struct span){place.line, place.column, place.line, place.column + length};
}

bool same_file(const struct api *api, CXFile a, CXFile b) {
    return a == b || (a && b && api->File_isEqual(a, b));
}

bool same_place(const struct api *api, const struct place *a, const struct place *b) {
    return a->offset == b->offset && same_file(api, a->file, b->file);
}

void pack_span(struct buffer *out, struct span span) {
    pack_array(out, 4);
    pack_uint(out, span.line);
    pack_uint(out, span.column);
    pack_uint(out, span.end_line);
    pack_uint(out, span.end_column);
}

void pack_path(struct buffer *out, struct file_table *files, CXFile file) {
    const struct source_file *known = files_get(files, file);
    const char *path = known ? known->path : "";
    pack_binary(out, path, strlen(path));
}

void pack_cxstring(struct buffer *out, const struct api *api, CXString string) {
    pack_string(out, api->getCString(string));
    api->disposeString(string);
}
