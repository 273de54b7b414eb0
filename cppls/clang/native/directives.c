/* Preprocessor directives: what `#include` leads to, and which macro a word of a condition names.
 *
 * libclang records definitions and expansions of macros, not what conditions and #undef name.
 */
#include "hash.h"
#include "resolve.h"
#include "symbols.h"
#include "text_search.h"

#include <string.h>

/* Macros by name ------------------------------------------------------------------------------- */

static bool is_blank(char byte) { return byte == ' ' || byte == '\t'; }

/* Whether `#define` stands before byte `name` of the text. */
static bool is_defined_at(const char *text, size_t size, size_t name, size_t length) {
    (void)size, (void)length;
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

/* Whether the main file includes something between two offsets. */
static bool includes_between(const struct live *live, size_t from, size_t to) {
    return text_directive(&live->text, "include", &from) && from < to;
}

CXCursor find_macro(struct live *live, const char *name, size_t length, size_t offset) {
    struct text_search search = {.live = live,
                                 .name = name,
                                 .length = length,
                                 .kind = CXCursor_MacroDefinition,
                                 .accepts = is_defined_at};
    CXCursor found = search_main(&search, offset);
    if (!live->api->Cursor_isNull(found))
        return found;
    /* Bodies of macros name what is none again and again: headers are searched once for each. */
    uint64_t *absent = map_at(&live->absent_macros, hash_bytes(name, length, 0), NULL);
    if (absent && *absent && *absent <= offset + 1 && !includes_between(live, *absent - 1, offset))
        return found;
    found = search_headers(&search, offset);
    if (absent && live->api->Cursor_isNull(found))
        *absent = offset + 1;
    return found;
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

