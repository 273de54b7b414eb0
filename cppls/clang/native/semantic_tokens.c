/* Semantic tokens of the main file, as clangd paints them, in one pass over its tokens.
 *
 * clang_annotateTokens gives a cursor for every token; what the cursor refers to is looked at once
 * for each declaration (highlighting.c). The answer is LSP's own form, in bytes: for each token five
 * little-endian 32-bit numbers: lines since the last one, columns (since the last one on the same
 * line), length, kind, modifiers.
 */
#include "declarations.h"
#include "heuristics.h"
#include "highlighting.h"
#include "live_painting.h"
#include "resolve.h"

#include <stdlib.h>
#include <string.h>

/* Template arguments nest no deeper. */
#define ANGLES_MAX 64

struct token {
    uint32_t offset, length;
    unsigned kind, modifiers;
};

/* A `<` that may begin template arguments: where it was painted, in how many other brackets. */
struct angle {
    size_t token;
    int nesting;
};

struct angles {
    struct angle open[ANGLES_MAX];
    size_t count;
    int nesting;
};

struct painting {
    struct live *live;
    struct highlighter highlighter;
    CXToken *tokens;
    CXCursor *cursors;
    uint32_t *offsets;
    unsigned count;
    struct buffer painted; /* struct token, ordered by offset */
    struct angles angles;
    struct map marks;      /* by 1 + offset: modifiers that a call gives its arguments */
    size_t skipped_from, skipped_to; /* the region that the preprocessor skipped next */
    unsigned next_skipped;
    CXSourceRangeList *skipped;
    bool all_inactive; /* lines of skipped regions are tokens too */
};

/* Tokens --------------------------------------------------------------------------------------- */

static void paint(struct painting *painting, size_t offset, size_t length, unsigned kind,
                  unsigned modifiers) {
    struct token token = {(uint32_t)offset, (uint32_t)length, kind, modifiers};
    if (kind != HIGHLIGHT_NONE)
        buffer_append(&painting->painted, &token, sizeof token);
}

static size_t length_at(const struct painting *painting, unsigned i) {
    return text_token(&painting->live->text, painting->offsets[i]);
}

/* Whether token `i` is the punctuator or word. */
static bool token_is(const struct painting *painting, unsigned i, const char *word) {
    size_t length = strlen(word);
    const struct text *text = &painting->live->text;
    return i < painting->count && length_at(painting, i) == length &&
           memcmp(text->bytes + painting->offsets[i], word, length) == 0;
}

static char first_byte(const struct painting *painting, unsigned i) {
    return i < painting->count ? painting->live->text.bytes[painting->offsets[i]] : '\0';
}

static uint32_t offset_of(const struct api *api, CXSourceLocation location) {
    unsigned offset = 0;
    api->getFileLocation(location, NULL, NULL, NULL, &offset);
    return offset;
}

static char byte_at(const struct painting *painting, CXCursor cursor) {
    const struct api *api = painting->live->api;
    size_t offset = offset_of(api, api->getCursorLocation(cursor));
    return offset < painting->live->text.size ? painting->live->text.bytes[offset] : '\0';
}

static bool is_named_at(const struct painting *painting, CXCursor declaration, unsigned i) {
    const struct api *api = painting->live->api;
    return offset_of(api, api->getCursorLocation(declaration)) == painting->offsets[i];
}

/* Names ---------------------------------------------------------------------------------------- */

static bool is_called(const struct painting *painting, unsigned i,
                      const struct highlighting *found) {
    const char *word = painting->live->text.bytes + painting->offsets[i];
    return found->name == highlighting_name(word, length_at(painting, i));
}

/* What the candidates are in common, with the modifiers of all. */
static struct highlighting highlight_all(struct painting *painting, const CXCursor *candidates,
                                         size_t count) {
    struct highlighting all = highlight(&painting->highlighter, candidates[0]);
    for (size_t n = 1; n < count; n++) {
        struct highlighting one = highlight(&painting->highlighter, candidates[n]);
        all.modifiers |= one.modifiers;
        if (one.kind != all.kind)
            all.kind = HIGHLIGHT_NONE;
    }
    return all;
}

static struct highlighting highlight_overloads(struct painting *painting, CXCursor overloaded) {
    const struct api *api = painting->live->api;
    CXCursor candidates[CANDIDATES_MAX] = {api->getNullCursor()};
    unsigned count = api->getNumOverloadedDecls(overloaded);
    for (unsigned n = 0; n < count && n < CANDIDATES_MAX; n++)
        candidates[n] = api->getOverloadedDecl(overloaded, n);
    return highlight_all(painting, candidates, count < CANDIDATES_MAX ? count : CANDIDATES_MAX);
}

/* A reference to a declaration whose name the token is. */
static bool paint_reference(struct painting *painting, unsigned i, CXCursor declaration) {
    const struct api *api = painting->live->api;
    struct highlighting found = declaration.kind == CXCursor_OverloadedDeclRef
                                    ? highlight_overloads(painting, declaration)
                                    : highlight(&painting->highlighter, declaration);
    if (found.kind == HIGHLIGHT_NONE || !is_called(painting, i, &found))
        return false;
    /* `Foo(1)`: the word is the class's name; the call is that of its bracket. */
    if (declaration.kind == CXCursor_Constructor)
        found = highlight(&painting->highlighter, api->getCursorSemanticParent(declaration));
    paint(painting, painting->offsets[i], length_at(painting, i), found.kind, found.modifiers);
    return true;
}

/* A name that depends on template parameters: what it is in the template itself, if that is known. */
static void paint_dependent(struct painting *painting, unsigned i) {
    CXCursor at = painting->cursors[i];
    bool qualified = i > 0 && token_is(painting, i - 1, "::");
    bool member = at.kind == CXCursor_MemberRefExpr;
    struct candidates found = {.count = 0};
    find_members(painting->live, at, painting->offsets[i], &found);
    unsigned modifiers = MODIFIER_DEPENDENT_NAME;
    modifiers |= qualified || member ? (unsigned)MODIFIER_CLASS_SCOPE : 0;
    if (found.count) {
        struct highlighting all = highlight_all(painting, found.items, found.count);
        paint(painting, painting->offsets[i], length_at(painting, i), all.kind,
              all.modifiers | modifiers);
        if (all.kind != HIGHLIGHT_NONE)
            return;
    }
    bool type = !painting->live->api->isExpression(at.kind) && qualified;
    if (type || member || at.kind == CXCursor_DeclRefExpr || at.kind == CXCursor_CallExpr)
        paint(painting, painting->offsets[i], length_at(painting, i),
              type ? HIGHLIGHT_TYPE : HIGHLIGHT_UNKNOWN, modifiers);
}

/* The name of a declaration. `~Name` is the class's. */
static void paint_declaration(struct painting *painting, unsigned i, CXCursor declaration) {
    const struct api *api = painting->live->api;
    struct highlighting found = highlight(&painting->highlighter, declaration);
    unsigned modifiers = highlight_declaration(painting->live, declaration);
    if (declaration.kind == CXCursor_Destructor) {
        found = highlight(&painting->highlighter, api->getCursorSemanticParent(declaration));
        modifiers |= MODIFIER_CONSTRUCTOR;
    }
    paint(painting, painting->offsets[i], length_at(painting, i), found.kind,
          found.modifiers | modifiers);
}

/* An identifier where the cursor is a declaration, of this name or around it. */
static void paint_in_declaration(struct painting *painting, unsigned i) {
    const struct api *api = painting->live->api;
    CXCursor at = painting->cursors[i];
    bool destroys = at.kind == CXCursor_Destructor && i > 0 && token_is(painting, i - 1, "~");
    if (at.kind == CXCursor_UsingDeclaration || at.kind == CXCursor_UsingDirective)
        paint_reference(painting, i, api->getCursorReferenced(at));
    else if (is_named_at(painting, at, destroys ? i - 1 : i))
        paint_declaration(painting, i, at);
    else if (i > 0 && token_is(painting, i - 1, "::"))
        paint_dependent(painting, i);
}

static void paint_identifier(struct painting *painting, unsigned i) {
    const struct api *api = painting->live->api;
    CXCursor at = painting->cursors[i];
    switch (at.kind) {
    case CXCursor_MacroExpansion:
        if (is_named_at(painting, at, i))
            paint(painting, painting->offsets[i], length_at(painting, i), HIGHLIGHT_MACRO,
                  MODIFIER_GLOBAL_SCOPE);
        return;
    case CXCursor_LabelStmt:
        paint_declaration(painting, i, at);
        return;
    case CXCursor_OverloadedDeclRef:
        paint_reference(painting, i, at);
        return;
    default:
        break;
    }
    if (api->isDeclaration(at.kind))
        paint_in_declaration(painting, i);
    else if ((api->isReference(at.kind) || api->isExpression(at.kind)) &&
             !paint_reference(painting, i, api->getCursorReferenced(at)))
        paint_dependent(painting, i);
}

/* Keywords ------------------------------------------------------------------------------------- */

/* The type behind `auto`: that of the declaration around it, references and pointers taken off. */
static void paint_deduced(struct painting *painting, unsigned i) {
    const struct api *api = painting->live->api;
    CXCursor at = painting->cursors[i];
    CXType type = api->getCursorType(at);
    if (is_function(at.kind))
        type = api->getResultType(type);
    while (type.kind == CXType_Pointer || type.kind == CXType_LValueReference ||
           type.kind == CXType_RValueReference)
        type = api->getPointeeType(type);
    if (type.kind == CXType_Invalid)
        return;
    struct highlighting found = highlight_deduced(&painting->highlighter, type);
    paint(painting, painting->offsets[i], length_at(painting, i), found.kind, found.modifiers);
}

/* `operator` before an operator: that is painted, not the word. Returns the tokens that it takes. */
static unsigned paint_operator_name(struct painting *painting, unsigned i) {
    CXCursor at = painting->cursors[i];
    if (i + 1 >= painting->count || first_byte(painting, i + 1) == '"' ||
        at.kind == CXCursor_ConversionFunction)
        return 1;
    unsigned modifiers;
    if (is_function(at.kind))
        modifiers = highlight_declaration(painting->live, at);
    else if (at.kind == CXCursor_MemberRefExpr)
        modifiers = MODIFIER_USER_DEFINED;
    else
        return 1;
    bool pair = token_is(painting, i + 1, "(") || token_is(painting, i + 1, "[");
    for (unsigned part = 1; part <= (pair ? 2u : 1u) && i + part < painting->count; part++)
        paint(painting, painting->offsets[i + part], length_at(painting, i + part),
              HIGHLIGHT_OPERATOR, modifiers);
    return pair ? 3 : 2;
}

static void paint_new(struct painting *painting, unsigned i) {
    const struct api *api = painting->live->api;
    CXCursor called = api->getCursorReferenced(painting->cursors[i]);
    enum CXCursorKind kind = painting->cursors[i].kind;
    if (kind != CXCursor_CXXNewExpr && kind != CXCursor_CXXDeleteExpr)
        return; /* `= delete` */
    bool own = is_function(called.kind) && is_class(api->getCursorSemanticParent(called).kind);
    paint(painting, painting->offsets[i], length_at(painting, i), HIGHLIGHT_OPERATOR,
          own ? MODIFIER_USER_DEFINED : 0);
}

static void paint_punctuation(struct painting *painting, unsigned i);

/* Returns how many tokens it takes. */
static unsigned paint_keyword(struct painting *painting, unsigned i) {
    enum CXCursorKind kind = painting->cursors[i].kind;
    if (token_is(painting, i, "auto") || token_is(painting, i, "decltype"))
        paint_deduced(painting, i);
    else if (token_is(painting, i, "operator"))
        return paint_operator_name(painting, i);
    else if (kind == CXCursor_CXXOverrideAttr || kind == CXCursor_CXXFinalAttr)
        paint(painting, painting->offsets[i], length_at(painting, i), HIGHLIGHT_MODIFIER, 0);
    else if (token_is(painting, i, "new") || token_is(painting, i, "delete"))
        paint_new(painting, i);
    else if (first_byte(painting, i) == '_' &&
             (token_is(painting, i, "__func__") || token_is(painting, i, "__FUNCTION__") ||
              token_is(painting, i, "__PRETTY_FUNCTION__")))
        paint(painting, painting->offsets[i], length_at(painting, i), HIGHLIGHT_LOCAL_VARIABLE,
              MODIFIER_STATIC | MODIFIER_READONLY | MODIFIER_FUNCTION_SCOPE);
    else if (kind == CXCursor_BinaryOperator || kind == CXCursor_UnaryOperator)
        paint_punctuation(painting, i); /* `and`, `not` */
    return 1;
}

/* Operators and brackets ----------------------------------------------------------------------- */

static bool is_builtin_operator(enum CXCursorKind kind) {
    return kind == CXCursor_BinaryOperator || kind == CXCursor_UnaryOperator ||
           kind == CXCursor_CompoundAssignOperator || kind == CXCursor_ConditionalOperator;
}

/* Whether the cursor at a punctuator refers to an overloaded operator of this sign. */
static bool calls_operator(struct painting *painting, unsigned i) {
    const struct api *api = painting->live->api;
    CXCursor at = painting->cursors[i];
    bool overloaded = at.kind == CXCursor_OverloadedDeclRef;
    if (!overloaded && (!api->isExpression(at.kind) || at.kind == CXCursor_CXXThisExpr))
        return false;
    CXCursor declaration = overloaded ? at : api->getCursorReferenced(at);
    if (declaration.kind == CXCursor_OverloadedDeclRef && api->getNumOverloadedDecls(declaration))
        declaration = api->getOverloadedDecl(declaration, 0);
    if (!is_function(declaration.kind))
        return false;
    CXString string = api->getCursorSpelling(declaration);
    const char *name = api->getCString(string);
    char sign = name && strncmp(name, "operator", 8) == 0 ? name[8] : '\0';
    char first = first_byte(painting, i);
    api->disposeString(string);
    return sign && (sign == first || (sign == '(' && first == ')') || (sign == '[' && first == ']'));
}

static enum CXChildVisitResult take_first(CXCursor cursor, CXCursor parent, CXClientData data) {
    (void)parent;
    *(CXCursor *)data = cursor;
    return CXChildVisit_Break;
}

/* The expression inside what the compiler adds around it. */
static CXCursor without_casts(const struct api *api, CXCursor expression) {
    for (int depth = 0; depth < 6 && expression.kind == CXCursor_UnexposedExpr; depth++) {
        CXCursor inner = api->getNullCursor();
        api->visitChildren(expression, take_first, &inner);
        expression = inner;
    }
    return expression;
}

/* The name that an argument is, through casts that the compiler adds and `&`; else a null cursor. */
static CXCursor named_argument(const struct painting *painting, CXCursor argument) {
    const struct api *api = painting->live->api;
    for (int depth = 0; depth < 6; depth++) {
        bool converts =
            api->getCursorReferenced(argument).kind == CXCursor_ConversionFunction;
        if (!converts &&
            (argument.kind == CXCursor_DeclRefExpr || argument.kind == CXCursor_MemberRefExpr))
            return argument;
        bool address =
            argument.kind == CXCursor_UnaryOperator && byte_at(painting, argument) == '&';
        if (argument.kind != CXCursor_UnexposedExpr && !address && !converts)
            break;
        CXCursor inner = api->getNullCursor();
        api->visitChildren(argument, take_first, &inner);
        argument = inner;
    }
    return api->getNullCursor();
}

/* What a parameter of the type does to its argument. */
static unsigned mutability(const struct api *api, CXType parameter) {
    CXType type = api->getCanonicalType(parameter);
    if (type.kind != CXType_LValueReference && type.kind != CXType_Pointer)
        return 0;
    CXType pointee = api->getPointeeType(type);
    if (api->isConstQualifiedType(pointee) || pointee.kind == CXType_Unexposed ||
        pointee.kind == CXType_Dependent)
        return 0;
    return type.kind == CXType_Pointer ? MODIFIER_MUTABLE_POINTER : MODIFIER_MUTABLE_REFERENCE;
}

static void mark(struct painting *painting, uint32_t offset, unsigned modifiers) {
    uint64_t *value = modifiers ? map_at(&painting->marks, (uint64_t)offset + 1, NULL) : NULL;
    if (value)
        *value |= modifiers;
}

/* Arguments that a call may change. */
static void mark_arguments(struct painting *painting, CXCursor call, int depth) {
    const struct api *api = painting->live->api;
    CXCursor callee = api->getCursorReferenced(call);
    if (!is_function(callee.kind))
        return;
    CXType type = api->getCursorType(callee);
    int count = api->Cursor_getNumArguments(call), parameters = api->getNumArgTypes(type);
    for (int n = 0; n < count && n < parameters; n++) {
        CXCursor argument = api->Cursor_getArgument(call, (unsigned)n);
        /* One that is converted by a constructor is that one's argument. */
        CXCursor made = without_casts(api, argument);
        if (made.kind == CXCursor_CallExpr && depth < 4 &&
            api->getCursorReferenced(made).kind == CXCursor_Constructor)
            mark_arguments(painting, made, depth + 1);
        unsigned modifiers = mutability(api, api->getArgType(type, (unsigned)n));
        if (!modifiers)
            continue;
        CXCursor name = named_argument(painting, argument);
        if (!api->Cursor_isNull(name))
            mark(painting, offset_of(api, api->getCursorLocation(name)), modifiers);
    }
}

/* `member(argument)` of a constructor's initialisers, where the member is a reference. */
static void mark_initialiser(struct painting *painting, unsigned i) {
    const struct api *api = painting->live->api;
    if (i == 0 || painting->cursors[i - 1].kind != CXCursor_MemberRef || i + 2 >= painting->count ||
        api->getTokenKind(painting->tokens[i + 1]) != CXToken_Identifier)
        return;
    CXCursor field = api->getCursorReferenced(painting->cursors[i - 1]);
    if (token_is(painting, i + 2, ")") || token_is(painting, i + 2, "}"))
        mark(painting, painting->offsets[i + 1], mutability(api, api->getCursorType(field)));
}

/* `<` and `>` that are no operators hold template arguments, if they are a pair between the same
 * other brackets: code that was not compiled has no operators either. `>>` may end two. */
static void paint_angle(struct painting *painting, unsigned i) {
    struct angles *angles = &painting->angles;
    size_t length = length_at(painting, i);
    if (first_byte(painting, i) == '<') {
        if (length != 1 || angles->count == ANGLES_MAX)
            return;
        angles->open[angles->count++] =
            (struct angle){painting->painted.size / sizeof(struct token), angles->nesting};
        struct token token = {painting->offsets[i], 1, HIGHLIGHT_NONE, 0};
        buffer_append(&painting->painted, &token, sizeof token);
        return;
    }
    for (size_t part = 0; part < length && angles->count; part++) {
        size_t offset = painting->offsets[i] + part;
        struct angle open = angles->open[angles->count - 1];
        if (painting->live->text.bytes[offset] != '>' || open.nesting != angles->nesting)
            return;
        angles->count--;
        paint(painting, offset, 1, HIGHLIGHT_BRACKET, 0);
        if (!painting->painted.failed)
            ((struct token *)(void *)painting->painted.bytes)[open.token].kind = HIGHLIGHT_BRACKET;
    }
}

/* Other brackets: what is open inside them when they close is no bracket. */
static void nest(struct painting *painting, char bracket) {
    struct angles *angles = &painting->angles;
    if (bracket == '(' || bracket == '[') {
        angles->nesting++;
    } else if (bracket == ')' || bracket == ']') {
        angles->nesting--;
        while (angles->count && angles->open[angles->count - 1].nesting > angles->nesting)
            angles->count--;
    } else if (bracket == ';' || bracket == '{' || bracket == '}') {
        angles->count = 0;
    }
}

static void paint_punctuation(struct painting *painting, unsigned i) {
    const struct api *api = painting->live->api;
    CXCursor at = painting->cursors[i];
    char first = first_byte(painting, i);
    nest(painting, first);
    if (first == '(' || first == '{') {
        if (at.kind == CXCursor_CallExpr)
            mark_arguments(painting, at, 0);
        mark_initialiser(painting, i);
    }
    if (is_builtin_operator(at.kind)) {
        bool dependent = at.kind != CXCursor_ConditionalOperator &&
                         api->getCursorType(at).kind == CXType_Dependent;
        paint(painting, painting->offsets[i], length_at(painting, i), HIGHLIGHT_OPERATOR,
              dependent ? MODIFIER_USER_DEFINED : 0);
    } else if (first != '.' && first != ':' && first != ';' && calls_operator(painting, i)) {
        paint(painting, painting->offsets[i], length_at(painting, i), HIGHLIGHT_OPERATOR,
              MODIFIER_USER_DEFINED);
    } else if (first == '<' || first == '>') {
        paint_angle(painting, i);
    }
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
