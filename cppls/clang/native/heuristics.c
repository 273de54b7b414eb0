#include "heuristics.h"

#include "dependent.h"
#include "resolve.h"
#include "source.h"
#include "text_search.h"

#include <string.h>

/* `Name<...>::word`, `Name::word`: where `Name` starts; false when nothing qualifies the word. */
static bool find_qualifier(const struct text *text, size_t word, size_t *name) {
    size_t at = word;
    if (at >= 9 && memcmp(text->bytes + at - 9, "template ", 9) == 0)
        at -= 9;
    while (at > 0 && (text->bytes[at - 1] == ' ' || text->bytes[at - 1] == '\n'))
        at--;
    if (at < 3 || text->bytes[at - 1] != ':' || text->bytes[at - 2] != ':')
        return false;
    at -= 2;
    int open = 0;
    do {
        char byte = text->bytes[at - 1];
        open += byte == '>';
        open -= byte == '<';
        if (open == 0 && byte != '<')
            break;
        at--;
    } while (at > 0);
    size_t end = at;
    while (at > 0 && is_word(text->bytes[at - 1]))
        at--;
    *name = at;
    return at < end;
}

static enum CXChildVisitResult take_first(CXCursor cursor, CXCursor parent, CXClientData data) {
    (void)parent;
    *(CXCursor *)data = cursor;
    return CXChildVisit_Break;
}

/* Whether the word ends a using-declaration: `using ::word;`. */
static bool is_used_at(const char *text, size_t size, size_t name, size_t length) {
    size_t end = name + length, start = name;
    while (start > 0 && (is_word(text[start - 1]) || text[start - 1] == ':'))
        start--;
    return end < size && text[end] == ';' && name >= 2 && text[name - 1] == ':' && start >= 6 &&
           memcmp(text + start - 6, "using ", 6) == 0;
}

/* What a using-declaration of that name brings into a namespace. libclang has no cursor for an alias
 * that is reached through one: `std::uint64_t`. */
static void search_usings(struct live *live, const char *name, size_t length,
                          struct candidates *found) {
    struct text_search search = {.live = live,
                                 .name = name,
                                 .length = length,
                                 .kind = CXCursor_OverloadedDeclRef,
                                 .accepts = is_used_at};
    CXCursor used = search_main(&search, live->text.size);
    if (live->api->Cursor_isNull(used))
        used = search_headers(&search, live->text.size);
    if (!live->api->Cursor_isNull(used))
        found->items[found->count++] = used;
}

static bool is_behind_arrow(const struct text *text, size_t word) {
    if (word >= 9 && memcmp(text->bytes + word - 9, "template ", 9) == 0)
        word -= 9;
    return word >= 2 && text->bytes[word - 2] == '-' && text->bytes[word - 1] == '>';
}

/* Candidates for the word at byte `offset`, `thoroughly` those that using-declarations bring in. */
static void find_named(struct live *live, CXCursor at, size_t offset, bool thoroughly,
                       struct candidates *found) {
    const struct api *api = live->api;
    const char *word = live->text.bytes + offset;
    size_t length = text_token(&live->text, offset), qualifier;
    if (find_qualifier(&live->text, offset, &qualifier)) {
        struct resolution scope;
        resolve(live, qualifier, &scope);
        for (size_t i = 0; i < scope.count; i++)
            search_members(api, scope.targets[i], word, length, found);
        if (thoroughly && found->count == 0 && scope.count &&
            scope.targets[0].kind == CXCursor_Namespace)
            search_usings(live, word, length, found);
    } else if (at.kind == CXCursor_MemberRefExpr) {
        CXCursor base = api->getNullCursor();
        api->visitChildren(at, take_first, &base);
        if (api->isExpression(base.kind))
            search_members(api, class_before_member(live, base, is_behind_arrow(&live->text, offset)),
                           word, length, found);
    }
}

void find_dependent(struct live *live, CXCursor at, size_t offset, struct candidates *found) {
    find_named(live, at, offset, true, found);
}

void find_members(struct live *live, CXCursor at, size_t offset, struct candidates *found) {
    find_named(live, at, offset, false, found);
}
