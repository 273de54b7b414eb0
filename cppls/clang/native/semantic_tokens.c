/* Semantic tokens of the main file, as clangd paints them, in one pass over its tokens.
 *
 * clang_annotateTokens gives a cursor for every token; what the cursor refers to is looked at once
 * for each declaration (highlighting.c). The answer is LSP's own form, in bytes: for each token five
 * little-endian 32-bit numbers: lines since the last one, columns (since the last one on the same
 * line), length, kind, modifiers.
 */
#include "semantic_tokens.h"

#include "live_painting.h"
#include "resolve.h"

#include <stdlib.h>
#include <string.h>

/* Tokens --------------------------------------------------------------------------------------- */

void paint(struct painting *painting, size_t offset, size_t length, unsigned kind,
           unsigned modifiers) {
    struct token token = {(uint32_t)offset, (uint32_t)length, kind, modifiers};
    if (kind != HIGHLIGHT_NONE)
        buffer_append(&painting->painted, &token, sizeof token);
}

size_t length_at(const struct painting *painting, unsigned i) {
    return text_token(&painting->live->text, painting->offsets[i]);
}

bool token_is(const struct painting *painting, unsigned i, const char *word) {
    size_t length = strlen(word);
    const struct text *text = &painting->live->text;
    return i < painting->count && length_at(painting, i) == length &&
           memcmp(text->bytes + painting->offsets[i], word, length) == 0;
}

char first_byte(const struct painting *painting, unsigned i) {
    return i < painting->count ? painting->live->text.bytes[painting->offsets[i]] : '\0';
}

uint32_t offset_of(const struct api *api, CXSourceLocation location) {
    unsigned offset = 0;
    api->getFileLocation(location, NULL, NULL, NULL, &offset);
    return offset;
}

bool is_named_at(const struct painting *painting, CXCursor declaration, unsigned i) {
    const struct api *api = painting->live->api;
    return offset_of(api, api->getCursorLocation(declaration)) == painting->offsets[i];
}

/* Directives ----------------------------------------------------------------------------------- */

/* Macros that the directive at token `i` names. Returns the token behind it. */
static unsigned paint_directive(struct painting *painting, unsigned i) {
    const struct text *text = &painting->live->text;
    size_t end = text_line_end(text, painting->offsets[i]);
    bool defines = token_is(painting, i + 1, "define");
    bool names = defines || token_is(painting, i + 1, "undef") ||
                 token_is(painting, i + 1, "ifdef") || token_is(painting, i + 1, "ifndef") ||
                 token_is(painting, i + 1, "elifdef") || token_is(painting, i + 1, "elifndef");
    unsigned at = i + 2;
    for (; at < painting->count && painting->offsets[at] < end; at++) {
        bool named = names ? at == i + 2
                           : token_is(painting, at - 1, "defined") ||
                                 (token_is(painting, at - 1, "(") &&
                                  token_is(painting, at - 2, "defined")) ||
                                 (painting->cursors[at].kind == CXCursor_MacroExpansion &&
                                  is_named_at(painting, painting->cursors[at], at));
        if (named && is_word(first_byte(painting, at)))
            paint(painting, painting->offsets[at], length_at(painting, at), HIGHLIGHT_MACRO,
                  MODIFIER_GLOBAL_SCOPE |
                      (defines ? (unsigned)MODIFIER_DECLARATION : 0));
    }
    return at > painting->count ? painting->count : at;
}

/* Skipped regions ------------------------------------------------------------------------------ */

/* Lines between the directive that was false and the one that ends the region. */
static void next_skipped(struct painting *painting) {
    const struct api *api = painting->live->api;
    const struct text *text = &painting->live->text;
    painting->skipped_from = painting->skipped_to = text->size;
    while (painting->skipped && painting->next_skipped < painting->skipped->count) {
        CXSourceRange range = painting->skipped->ranges[painting->next_skipped++];
        size_t from = offset_of(api, api->getRangeStart(range));
        size_t to = offset_of(api, api->getRangeEnd(range));
        from = text_line_end(text, from);
        while (from < to && (text->bytes[from] == '\n' || text->bytes[from] == '\r'))
            from++;
        to = logical_line(text, to);
        if (from >= to)
            continue;
        painting->skipped_from = from;
        painting->skipped_to = to;
        return;
    }
}

/* Each line of the region as one token. */
static void paint_inactive(struct painting *painting) {
    const struct text *text = &painting->live->text;
    struct position first = text_position(text, painting->skipped_from);
    for (size_t line = first.line; line < text->line_count; line++) {
        size_t start = text->lines[line], end = start;
        if (start >= painting->skipped_to)
            break;
        while (end < text->size && text->bytes[end] != '\n' && text->bytes[end] != '\r')
            end++;
        if (end > start)
            paint(painting, start, end - start, HIGHLIGHT_INACTIVE, 0);
    }
}

/* Whether the token lies in a skipped region. */
static bool is_skipped(struct painting *painting, size_t offset) {
    while (offset >= painting->skipped_to && painting->skipped_to < painting->live->text.size) {
        if (painting->all_inactive)
            paint_inactive(painting);
        next_skipped(painting);
    }
    return painting->skipped_from <= offset && offset < painting->skipped_to;
}

/* The answer ----------------------------------------------------------------------------------- */

static bool begins_line(const struct painting *painting, unsigned i) {
    const struct text *text = &painting->live->text;
    return text_skip_blanks(text, logical_line(text, painting->offsets[i])) == painting->offsets[i];
}

static void paint_all(struct painting *painting) {
    const struct api *api = painting->live->api;
    for (unsigned i = 0; i < painting->count;) {
        enum CXTokenKind kind = api->getTokenKind(painting->tokens[i]);
        if (is_skipped(painting, painting->offsets[i])) {
            i++;
        } else if (kind == CXToken_Punctuation && first_byte(painting, i) == '#' &&
                   begins_line(painting, i)) {
            i = paint_directive(painting, i);
        } else if (kind == CXToken_Keyword) {
            i += paint_keyword(painting, i);
        } else {
            if (kind == CXToken_Identifier)
                paint_identifier(painting, i);
            else if (kind == CXToken_Punctuation)
                paint_punctuation(painting, i);
            i++;
        }
    }
    (void)is_skipped(painting, painting->live->text.size - (painting->live->text.size > 0));
}

static void put_u32(unsigned char *out, uint32_t value) {
    for (int shift = 0; shift < 4; shift++)
        out[shift] = (unsigned char)(value >> (8 * shift));
}

/* What was painted, in LSP's relative form. */
static void pack_painted(struct buffer *out, struct painting *painting) {
    const struct token *tokens = (const void *)painting->painted.bytes;
    size_t count = painting->painted.size / sizeof *tokens;
    struct buffer numbers = {0};
    struct position last = {0, 0};
    for (size_t i = 0; i < count; i++) {
        unsigned char *at = tokens[i].kind == HIGHLIGHT_NONE ? NULL : buffer_extend(&numbers, 20);
        if (!at)
            continue;
        struct position here = text_position(&painting->live->text, tokens[i].offset);
        const uint64_t *marks = map_find(&painting->marks, (uint64_t)tokens[i].offset + 1);
        put_u32(at, here.line - last.line);
        put_u32(at + 4, here.line == last.line ? here.column - last.column : here.column);
        put_u32(at + 8, tokens[i].length);
        put_u32(at + 12, tokens[i].kind);
        put_u32(at + 16, tokens[i].modifiers | (marks ? (uint32_t)*marks : 0));
        last = here;
    }
    pack_binary(out, numbers.bytes, numbers.size);
    out->failed |= numbers.failed;
    buffer_free(&numbers);
}

static bool read_tokens(struct painting *painting) {
    struct live *live = painting->live;
    const struct api *api = live->api;
    CXSourceLocation start = api->getLocationForOffset(live->unit, live->file, 0);
    CXSourceLocation end =
        api->getLocationForOffset(live->unit, live->file, (unsigned)live->text.size);
    api->tokenize(live->unit, api->getRange(start, end), &painting->tokens, &painting->count);
    painting->cursors = calloc(painting->count + 1, sizeof *painting->cursors);
    painting->offsets = calloc(painting->count + 1, sizeof *painting->offsets);
    if (!painting->cursors || !painting->offsets)
        return false;
    api->annotateTokens(live->unit, painting->tokens, painting->count, painting->cursors);
    for (unsigned i = 0; i < painting->count; i++)
        painting->offsets[i] =
            offset_of(api, api->getTokenLocation(live->unit, painting->tokens[i]));
    return true;
}

static void painting_free(struct painting *painting) {
    const struct api *api = painting->live->api;
    if (painting->tokens)
        api->disposeTokens(painting->live->unit, painting->tokens, painting->count);
    if (painting->skipped)
        api->disposeSourceRangeList(painting->skipped);
    free(painting->cursors);
    free(painting->offsets);
    highlighter_free(&painting->highlighter);
    buffer_free(&painting->painted);
    map_free(&painting->marks);
}

int cppls_live_semantic_tokens(struct live *live, unsigned inactive, struct buffer *out) {
    if (!live->file)
        return 1;
    struct painting painting = {
        .live = live, .highlighter = {.live = live}, .all_inactive = inactive != 0};
    painting.skipped = live->api->getSkippedRanges(live->unit, live->file);
    bool ready = read_tokens(&painting);
    if (ready) {
        next_skipped(&painting);
        paint_all(&painting);
        pack_painted(out, &painting);
    }
    out->failed |= !ready || painting.painted.failed || painting.highlighter.found.failed;
    painting_free(&painting);
    return out->failed ? 2 : 0;
}
