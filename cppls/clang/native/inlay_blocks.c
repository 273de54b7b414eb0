/* What a block was that ends on a line of its own: `} // if x`. */
#include "declarations.h"
#include "inlay_hints.h"

#include <stdio.h>
#include <string.h>

#define LABEL_MAX 61
#define LINES_MIN 2
#define CHILDREN_MAX 8

/* Append to a label; false, and it is no label any more, when it gets too long. */
static bool append(char *label, const char *text, size_t length) {
    size_t used = strlen(label);
    if (used + length >= LABEL_MAX)
        return false;
    memcpy(label + used, text, length);
    label[used + length] = '\0';
    return true;
}

/* Expressions in short -------------------------------------------------------------------------- */

static void summarise(const struct hints *hints, CXCursor expression, char *label, bool in_binary,
                      int depth);

static void append_spelling(const struct api *api, CXString string, char *label) {
    const char *text = api->getCString(string);
    if (text)
        append(label, text, strlen(text));
    api->disposeString(string);
}

static void summarise_binary(const struct hints *hints, CXCursor operation, char *label,
                             int depth) {
    const struct api *api = hints->api;
    CXCursor sides[2];
    char left[LABEL_MAX] = "", right[LABEL_MAX] = "";
    if (children_of(api, operation, sides, 2) != 2)
        return;
    summarise(hints, sides[0], left, true, depth + 1);
    summarise(hints, sides[1], right, true, depth + 1);
    if (!*left && !*right)
        return;
    append(label, *left ? left : "...", strlen(*left ? left : "..."));
    append(label, " ", 1);
    append_spelling(api, api->getBinaryOperatorKindSpelling(api->getCursorBinaryOperatorKind(operation)),
                    label);
    append(label, " ", 1);
    append(label, *right ? right : "...", strlen(*right ? right : "..."));
}

/* The text of a literal; of a long string only its beginning. */
static void summarise_literal(const struct hints *hints, CXCursor literal, char *label) {
    size_t start, end;
    if (!extent_of(hints, literal, &start, &end))
        return;
    const char *text = hints->live->text.bytes + start;
    size_t length = end - start;
    bool cut = *text == '"' && length > 12;
    append(label, text, cut ? 8 : length);
    if (cut)
        append(label, "...\"", 4);
}

/* A name for an expression: that of what it names or calls, with one operator at most; none for what
 * is more complicated. */
static void summarise(const struct hints *hints, CXCursor expression, char *label, bool in_binary,
                      int depth) {
    const struct api *api = hints->api;
    CXCursor inner = api->getNullCursor();
    if (depth > CHILDREN_MAX)
        return;
    switch (expression.kind) {
    case CXCursor_DeclRefExpr:
    case CXCursor_MemberRefExpr: append_spelling(api, api->getCursorSpelling(expression), label); return;
    case CXCursor_CallExpr:
        append_spelling(api, api->getCursorSpelling(expression), label);
        append(label, "(...)", api->Cursor_getNumArguments(expression) ? 5 : 0);
        if (!api->Cursor_getNumArguments(expression))
            append(label, "()", 2);
        return;
    case CXCursor_UnaryOperator:
        append_spelling(
            api, api->getUnaryOperatorKindSpelling(api->getCursorUnaryOperatorKind(expression)),
            label);
        if (children_of(api, expression, &inner, 1))
            summarise(hints, inner, label, in_binary, depth + 1);
        return;
    case CXCursor_BinaryOperator:
        if (!in_binary)
            summarise_binary(hints, expression, label, depth);
        return;
    case CXCursor_UnexposedExpr:
        if (children_of(api, expression, &inner, 1))
            summarise(hints, inner, label, in_binary, depth + 1);
        return;
    default:
        if (expression.kind >= CXCursor_IntegerLiteral && expression.kind <= CXCursor_CharacterLiteral)
            summarise_literal(hints, expression, label);
    }
}

/* Blocks --------------------------------------------------------------------------------------- */

/* At the `}` that ends at `end`, if nothing but `behind` follows on its line, and the block that
 * begins at `start` has some lines. */
static void add_end(struct hints *hints, size_t start, size_t end, const char *word,
                    const char *name, const char *behind) {
    const struct text *text = &hints->live->text;
    if (end == 0 || text->bytes[end - 1] != '}' ||
        text_position(text, start).line + LINES_MIN > text_position(text, end).line + 1)
        return;
    size_t at = end;
    while (at < text->size && strchr(" \t", text->bytes[at]))
        at++;
    size_t length = strlen(behind);
    if (length && at + length <= text->size && memcmp(text->bytes + at, behind, length) == 0)
        end = at = at + length;
    while (at < text->size && strchr(" \t", text->bytes[at]))
        at++;
    if (at < text->size && text->bytes[at] != '\n' && text->bytes[at] != '\r')
        return;
    char label[LABEL_MAX] = "";
    append(label, word, strlen(word));
    if (*word && *name)
        append(label, " ", 1);
    if (append(label, name, strlen(name)) && *label)
        add_hint(hints, end, HINT_BLOCK_END, " // ", label, strlen(label), "");
}

static void end_declaration(struct hints *hints, CXCursor declaration, const char *word,
                            const char *behind) {
    const struct api *api = hints->api;
    size_t start, end;
    if (!extent_of(hints, declaration, &start, &end) || !is_definition(api, declaration))
        return;
    CXString string = api->getCursorSpelling(declaration);
    const char *name = api->getCString(string);
    bool named = name && *name && *name != '(';
    add_end(hints, start, end, word, named ? name : "", behind);
    api->disposeString(string);
}

/* A loop, or `switch`: its body comes last, its condition is an expression before that. */
static void end_statement(struct hints *hints, CXCursor statement, const char *word) {
    const struct api *api = hints->api;
    CXCursor children[CHILDREN_MAX];
    char name[LABEL_MAX] = "";
    size_t count = children_of(api, statement, children, CHILDREN_MAX), start, end;
    if (count == 0 || count > CHILDREN_MAX || children[count - 1].kind != CXCursor_CompoundStmt ||
        !extent_of(hints, children[count - 1], &start, &end))
        return;
    CXCursor variable = api->getNullCursor();
    if (children[0].kind == CXCursor_VarDecl)
        variable = children[0];
    else if (statement.kind == CXCursor_ForStmt && children[0].kind == CXCursor_DeclStmt)
        (void)children_of(api, children[0], &variable, 1);
    if (variable.kind == CXCursor_VarDecl)
        append_spelling(api, api->getCursorSpelling(variable), name);
    for (size_t i = 0; !*name && i + 1 < count; i++)
        if (api->isExpression(children[i].kind)) {
            summarise(hints, children[i], name, false, 0);
            break;
        }
    add_end(hints, start, end, word, name, "");
}

/* The end of the last branch; an `else if` has no name, as it could be that of either condition. */
static void end_if(struct hints *hints, CXCursor statement, CXCursor parent) {
    const struct api *api = hints->api;
    CXCursor children[CHILDREN_MAX];
    char name[LABEL_MAX] = "";
    size_t count = children_of(api, statement, children, CHILDREN_MAX), condition = 0, start, end, to;
    if (count < 2 || count > CHILDREN_MAX)
        return;
    while (condition < count && !api->isExpression(children[condition].kind))
        condition++;
    if (condition + 1 >= count || children[count - 1].kind != CXCursor_CompoundStmt ||
        !extent_of(hints, children[condition + 1], &start, &end) ||
        !extent_of(hints, children[count - 1], &end, &to))
        return;
    if (parent.kind != CXCursor_IfStmt)
        summarise(hints, children[condition], name, false, 0);
    add_end(hints, start, to, "if", name, "");
}

static const char *word_of_enum(const struct hints *hints, CXCursor enumeration) {
    if (!hints->api->EnumDecl_isScoped(enumeration))
        return "enum";
    size_t start, end;
    if (!extent_of(hints, enumeration, &start, &end))
        return "enum class";
    size_t word = text_skip_blanks(&hints->live->text, start + strlen("enum"));
    return word_is(&hints->live->text, word, "struct") ? "enum struct" : "enum class";
}

void hint_block_end(struct hints *hints, CXCursor cursor, CXCursor parent) {
    if (is_function(cursor.kind)) {
        end_declaration(hints, cursor, "", "");
        return;
    }
    switch (cursor.kind) {
    case CXCursor_Namespace: end_declaration(hints, cursor, "namespace", ""); return;
    case CXCursor_StructDecl: end_declaration(hints, cursor, "struct", ";"); return;
    case CXCursor_UnionDecl: end_declaration(hints, cursor, "union", ";"); return;
    case CXCursor_ClassDecl:
    case CXCursor_ClassTemplate:
    case CXCursor_ClassTemplatePartialSpecialization:
        end_declaration(hints, cursor,
                        hints->api->getTemplateCursorKind(cursor) == CXCursor_StructDecl ? "struct"
                                                                                         : "class",
                        ";");
        return;
    case CXCursor_EnumDecl: end_declaration(hints, cursor, word_of_enum(hints, cursor), ";"); return;
    case CXCursor_ForStmt:
    case CXCursor_CXXForRangeStmt: end_statement(hints, cursor, "for"); return;
    case CXCursor_WhileStmt: end_statement(hints, cursor, "while"); return;
    case CXCursor_SwitchStmt: end_statement(hints, cursor, "switch"); return;
    case CXCursor_IfStmt: end_if(hints, cursor, parent); return;
    default: return;
    }
}
