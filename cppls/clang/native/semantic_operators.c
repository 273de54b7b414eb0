/* The colours of operators and brackets, and of arguments that a call may change. */
#include "declarations.h"
#include "semantic_tokens.h"

#include <string.h>

/* Operators ------------------------------------------------------------------------------------ */

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

/* Arguments ------------------------------------------------------------------------------------ */

static char byte_at(const struct painting *painting, CXCursor cursor) {
    const struct api *api = painting->live->api;
    size_t offset = offset_of(api, api->getCursorLocation(cursor));
    return offset < painting->live->text.size ? painting->live->text.bytes[offset] : '\0';
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

/* Brackets ------------------------------------------------------------------------------------- */

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

void paint_punctuation(struct painting *painting, unsigned i) {
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
