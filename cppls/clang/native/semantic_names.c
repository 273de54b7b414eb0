/* The colours of names and keywords. */
#include "declarations.h"
#include "heuristics.h"
#include "semantic_tokens.h"

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

void paint_identifier(struct painting *painting, unsigned i) {
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

/* Returns how many tokens it takes. */
unsigned paint_keyword(struct painting *painting, unsigned i) {
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
