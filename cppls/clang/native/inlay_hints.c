/* Inlay hints: the walk over the declarations in the asked range, and hints of deduced types.
 *
 * The rules of what is not shown are clangd's.
 */
#include "inlay_hints.h"

#include "declarations.h"
#include "live_painting.h"

#include <stdlib.h>
#include <string.h>

#define CHILDREN_MAX 256

struct hint {
    uint32_t offset;
    enum hint_kind kind;
    size_t label, length; /* in `labels` */
};

/* Adding ---------------------------------------------------------------------------------------- */

void add_hint(struct hints *hints, size_t offset, enum hint_kind kind, const char *prefix,
              const char *label, size_t length, const char *suffix) {
    if (offset < hints->from || offset >= hints->to || !(hints->wanted & 1u << kind))
        return;
    struct hint hint = {.offset = (uint32_t)offset, .kind = kind, .label = hints->labels.size};
    buffer_append(&hints->labels, prefix, strlen(prefix));
    buffer_append(&hints->labels, label, length);
    buffer_append(&hints->labels, suffix, strlen(suffix));
    hint.length = hints->labels.size - hint.label;
    buffer_append(&hints->found, &hint, sizeof hint);
}

bool written_at(const struct hints *hints, CXSourceLocation location, size_t *offset) {
    CXFile file = NULL, spelled = NULL;
    unsigned at = 0, spelled_at = 0;
    hints->api->getFileLocation(location, &file, NULL, NULL, &at);
    hints->api->getSpellingLocation(location, &spelled, NULL, NULL, &spelled_at);
    *offset = at;
    return at == spelled_at && same_file(hints->api, file, hints->live->file) &&
           same_file(hints->api, spelled, file);
}

bool extent_of(const struct hints *hints, CXCursor cursor, size_t *start, size_t *end) {
    CXSourceRange range = hints->api->getCursorExtent(cursor);
    return written_at(hints, hints->api->getRangeStart(range), start) &&
           written_at(hints, hints->api->getRangeEnd(range), end) && *start < *end;
}

static size_t trim_back(const char *text, size_t end, const char *bytes) {
    while (end > 0 && strchr(bytes, text[end - 1]))
        end--;
    return end;
}

bool is_commented(const struct hints *hints, size_t offset, const char *name, size_t length) {
    const char *text = hints->live->text.bytes;
    size_t end = trim_back(text, offset, " \t\r\n");
    if (end < 2 || memcmp(text + end - 2, "*/", 2) != 0)
        return false;
    end = trim_back(text, end - 2, " =.");
    if (end < length || memcmp(text + end - length, name, length) != 0)
        return false;
    end = trim_back(text, end - length, " =.");
    return end >= 2 && memcmp(text + end - 2, "/*", 2) == 0;
}

struct child_list {
    CXCursor *items;
    size_t count, most;
};

static enum CXChildVisitResult visit_child(CXCursor cursor, CXCursor parent, CXClientData data) {
    struct child_list *list = data;
    (void)parent;
    if (list->count < list->most)
        list->items[list->count] = cursor;
    list->count++;
    return CXChildVisit_Continue;
}

size_t children_of(const struct api *api, CXCursor cursor, CXCursor *children, size_t most) {
    struct child_list list = {children, 0, most};
    api->visitChildren(cursor, visit_child, &list);
    return list.count;
}

/* Types ---------------------------------------------------------------------------------------- */

/* Whether the text between two offsets has the word, outside of angle brackets. */
static bool has_word(const struct hints *hints, size_t from, size_t to, const char *word) {
    const struct text *text = &hints->live->text;
    int depth = 0;
    for (size_t at = from; at < to && at < text->size;) {
        uint32_t length = text_token(text, at);
        if (depth == 0 && word_is(text, at, word))
            return true;
        depth += text->bytes[at] == '<';
        depth -= text->bytes[at] == '>' && depth > 0;
        at += length ? length : 1;
    }
    return false;
}

static bool contains(const char *text, const char *part) { return strstr(text, part) != NULL; }

/* Whether a type is, behind aliases, pointers and references, what a template parameter was replaced
 * by: then `value_type` says less than what it is. */
static bool is_substituted(const struct api *api, CXType type) {
    for (int depth = 0; depth < 16; depth++) {
        if (type.kind == CXType_Pointer || type.kind == CXType_LValueReference ||
            type.kind == CXType_RValueReference) {
            type = api->getPointeeType(type);
            continue;
        }
        CXCursor declaration = api->getTypeDeclaration(type);
        if (declaration.kind == CXCursor_TypedefDecl ||
            declaration.kind == CXCursor_TypeAliasDecl) {
            type = api->getTypedefDeclUnderlyingType(declaration);
            continue;
        }
        if (type.kind != CXType_Unexposed)
            return false;
        CXString string = api->getTypeSpelling(type);
        const char *name = api->getCString(string);
        CXType canonical = api->getCanonicalType(type);
        /* Not a template's instance; one that is an alias of another type is. */
        bool replaced = name && (!contains(name, "<") || canonical.kind != CXType_Record) &&
                        !contains(name, "decltype");
        api->disposeString(string);
        return replaced && canonical.kind != CXType_Unexposed;
    }
    return false;
}

static CXPrintingPolicy policy_of(struct hints *hints, CXCursor cursor) {
    if (!hints->policy) {
        hints->policy = hints->api->getCursorPrintingPolicy(cursor);
        hints->api->PrintingPolicy_setProperty(hints->policy, CXPrintingPolicy_SuppressScope, 1);
        hints->api->PrintingPolicy_setProperty(hints->policy,
                                               CXPrintingPolicy_AnonymousTagLocations, 0);
    }
    return hints->policy;
}

/* Whether the name of a type tells a reader something: it is short, and known. */
static bool is_telling(const struct hints *hints, const char *name) {
    return name && *name && (hints->type_limit == 0 || strlen(name) < hints->type_limit) &&
           !contains(name, "type-parameter-") && !contains(name, "dependent type") &&
           !contains(name, "auto");
}

static bool add_type_as(struct hints *hints, size_t offset, const char *prefix, CXCursor cursor,
                        CXType type) {
    if (type.kind == CXType_Invalid)
        return false;
    CXString string = hints->api->getTypePrettyPrinted(type, policy_of(hints, cursor));
    const char *name = hints->api->getCString(string);
    bool telling = is_telling(hints, name);
    if (telling)
        add_hint(hints, offset, HINT_TYPE, prefix, name, strlen(name), "");
    hints->api->disposeString(string);
    return telling;
}

static void add_type(struct hints *hints, size_t offset, const char *prefix, CXCursor cursor,
                     CXType type) {
    if (type.kind == CXType_Invalid)
        return;
    if (is_substituted(hints->api, type) &&
        add_type_as(hints, offset, prefix, cursor, hints->api->getCanonicalType(type)))
        return;
    add_type_as(hints, offset, prefix, cursor, type);
}

/* `auto x`: the type behind the name. `decltype(e) x`: that of `e` behind the bracket. */
static void hint_variable(struct hints *hints, CXCursor variable) {
    const struct api *api = hints->api;
    const struct text *text = &hints->live->text;
    size_t name, start;
    if (!written_at(hints, api->getCursorLocation(variable), &name) ||
        !written_at(hints, api->getRangeStart(api->getCursorExtent(variable)), &start) ||
        name <= start || !is_word(text->bytes[name]))
        return;
    if (has_word(hints, start, name, "auto"))
        add_type(hints, name + text_token(text, name), ": ", variable,
                 api->getCursorType(variable));
    else if (word_is(text, start, "decltype")) {
        size_t end = name;
        while (end > start && text->bytes[end - 1] != ')')
            end--;
        if (end > start)
            add_type(hints, end, ": ", variable,
                     api->getCanonicalType(api->getCursorType(variable)));
    }
}

/* `auto [a, b]`: the types of the names, canonical: what tuples give them is unreadable. */
static void hint_bindings(struct hints *hints, CXCursor decomposition) {
    const struct api *api = hints->api;
    CXCursor children[CHILDREN_MAX];
    size_t count = children_of(api, decomposition, children, CHILDREN_MAX), at;
    if (!written_at(hints, api->getCursorLocation(decomposition), &at) ||
        at >= hints->live->text.size || hints->live->text.bytes[at] != '[')
        return;
    for (size_t i = 0; i < count && i < CHILDREN_MAX; i++)
        if (children[i].kind == CXCursor_UnexposedDecl &&
            written_at(hints, api->getCursorLocation(children[i]), &at))
            add_type_as(hints, at + text_token(&hints->live->text, at), ": ", children[i],
                        api->getCanonicalType(api->getCursorType(children[i])));
}

/* Behind the bracket that closes the one at `open`; 0 when there is none. */
static size_t behind_bracket(const struct text *text, size_t open) {
    int depth = 0;
    for (size_t at = open; at < text->size;) {
        char byte = text->bytes[at];
        depth += byte == '(' || byte == '[' || byte == '{';
        depth -= byte == ')' || byte == ']' || byte == '}';
        uint32_t length = text_token(text, at);
        at += length ? length : 1;
        if (depth == 0)
            return at;
    }
    return 0;
}

/* `auto f()`: what it returns, behind its parameters. */
static void hint_result(struct hints *hints, CXCursor function) {
    const struct api *api = hints->api;
    const struct text *text = &hints->live->text;
    size_t name, start;
    if (!written_at(hints, api->getCursorLocation(function), &name) ||
        !written_at(hints, api->getRangeStart(api->getCursorExtent(function)), &start) ||
        name <= start || !has_word(hints, start, name, "auto"))
        return;
    size_t open = text_skip_blanks(text, name + text_declared_name(text, name));
    size_t end = open < text->size && text->bytes[open] == '(' ? behind_bracket(text, open) : 0;
    size_t next = end ? text_skip_blanks(text, end) : text->size;
    while (next < text->size && (is_word(text->bytes[next]) || strchr(" \t\r\n", text->bytes[next])))
        next++; /* const, noexcept */
    if (end && !(next + 1 < text->size && memcmp(text->bytes + next, "->", 2) == 0))
        add_type(hints, end, "-> ", function, api->getCursorResultType(function));
}

static enum CXChildVisitResult visit_call_operator(CXCursor cursor, CXCursor parent,
                                                   CXClientData data) {
    (void)parent;
    if (cursor.kind != CXCursor_CXXMethod)
        return CXChildVisit_Continue;
    *(CXCursor *)data = cursor;
    return CXChildVisit_Break;
}

/* `[] {}` and `[](int) {}` without a type. */
static void hint_lambda(struct hints *hints, CXCursor lambda) {
    const struct api *api = hints->api;
    const struct text *text = &hints->live->text;
    size_t start, end;
    if (!extent_of(hints, lambda, &start, &end) || text->bytes[start] != '[')
        return;
    end = behind_bracket(text, start);
    size_t next = end ? text_skip_blanks(text, end) : text->size;
    if (next < text->size && text->bytes[next] == '(')
        end = behind_bracket(text, next);
    for (next = end; next < text->size && text->bytes[next] != '{'; next++)
        if (text->bytes[next] == '-' && next + 1 < text->size && text->bytes[next + 1] == '>')
            return;
    CXCursor call = api->getNullCursor();
    api->visitChildren(api->getTypeDeclaration(api->getCursorType(lambda)), visit_call_operator,
                       &call);
    if (end && !api->Cursor_isNull(call))
        add_type(hints, end, "-> ", lambda, api->getCursorResultType(call));
}

/* The walk ------------------------------------------------------------------------------------- */

/* Whether the declaration has a part in the asked range. */
static bool is_asked(const struct hints *hints, CXCursor declaration) {
    const struct api *api = hints->api;
    CXSourceRange range = api->getCursorExtent(declaration);
    CXFile file = NULL;
    unsigned start = 0, end = 0;
    api->getFileLocation(api->getRangeStart(range), &file, NULL, NULL, &start);
    if (!same_file(api, file, hints->live->file))
        return false;
    api->getFileLocation(api->getRangeEnd(range), NULL, NULL, NULL, &end);
    return start < hints->to && end >= hints->from;
}

static enum CXChildVisitResult visit(CXCursor cursor, CXCursor parent, CXClientData data) {
    struct hints *hints = data;
    bool declares = hints->api->isDeclaration(cursor.kind);
    if (declares && !is_asked(hints, cursor))
        return CXChildVisit_Continue;
    if (is_function(cursor.kind))
        hint_result(hints, cursor);
    switch (cursor.kind) {
    case CXCursor_VarDecl: hint_variable(hints, cursor); break;
    case CXCursor_UnexposedDecl: hint_bindings(hints, cursor); break;
    case CXCursor_LambdaExpr: hint_lambda(hints, cursor); break;
    case CXCursor_CallExpr: hint_arguments(hints, cursor); break;
    case CXCursor_InitListExpr: hint_designators(hints, cursor); break;
    default: break;
    }
    if (hints->wanted & 1u << HINT_BLOCK_END)
        hint_block_end(hints, cursor, parent);
    return CXChildVisit_Recurse;
}

static int by_place(const void *left, const void *right) {
    const struct hint *a = left, *b = right;
    if (a->offset != b->offset)
        return a->offset < b->offset ? -1 : 1;
    return a->label < b->label ? -1 : a->label > b->label;
}

static void pack_hints(struct buffer *out, struct hints *hints) {
    struct hint *found = (void *)hints->found.bytes;
    size_t count = hints->found.size / sizeof *found, packed = 0;
    if (count)
        qsort(found, count, sizeof *found, by_place);
    size_t opened = pack_array_open(out);
    for (size_t i = 0; i < count; i++) {
        const char *label = (const char *)hints->labels.bytes + found[i].label;
        /* Explicit instantiations and arguments that macros repeat are come to twice. */
        if (i && found[i].offset == found[i - 1].offset && found[i].length == found[i - 1].length &&
            memcmp(label, hints->labels.bytes + found[i - 1].label, found[i].length) == 0)
            continue;
        struct position position = text_position(&hints->live->text, found[i].offset);
        pack_array(out, 4);
        pack_uint(out, position.line);
        pack_uint(out, position.column);
        pack_uint(out, found[i].kind);
        pack_text(out, label, found[i].length);
        packed++;
    }
    pack_array_close(out, opened, packed);
}

int cppls_live_inlay_hints(struct live *live, unsigned first_line, unsigned last_line,
                           unsigned wanted, unsigned type_limit, struct buffer *out) {
    if (!live->file)
        return 1;
    struct hints hints = {.live = live,
                          .api = live->api,
                          .wanted = wanted,
                          .type_limit = type_limit,
                          .from = text_offset(&live->text, first_line, 0),
                          .to = text_offset(&live->text, last_line, UINT32_MAX) + 1};
    live->api->visitChildren(live->api->getTranslationUnitCursor(live->unit), visit, &hints);
    if (hints.policy)
        live->api->PrintingPolicy_dispose(hints.policy);
    out->failed |= hints.found.failed || hints.labels.failed;
    if (!out->failed)
        pack_hints(out, &hints);
    buffer_free(&hints.found);
    buffer_free(&hints.labels);
    return out->failed ? 2 : 0;
}
