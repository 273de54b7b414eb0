/* The syntax tree as far as libclang's cursors show it: what encloses a place, and what is in a node. */
#include "declarations.h"
#include "live_painting.h"

#include <string.h>

/* More of a tree nobody reads, and deeper nesting is generated code or an attack on the stack. */
#define NODES_MAX 20000
#define DEPTH_MAX 128

/* What a cursor covers of the main file; false when that is nothing, or in a macro's body. */
static bool covers(struct live *live, CXCursor cursor, struct span *span) {
    CXFile file;
    return span_of(live->api, live->api->getCursorExtent(cursor), &file, span) &&
           same_file(live->api, file, live->file);
}

static bool is_before(unsigned line, unsigned column, unsigned than_line, unsigned than_column) {
    return line < than_line || (line == than_line && column < than_column);
}

static bool encloses(const struct span *outer, const struct span *inner) {
    return !is_before(inner->line, inner->column, outer->line, outer->column) &&
           !is_before(outer->end_line, outer->end_column, inner->end_line, inner->end_column);
}

/* What encloses a place -------------------------------------------------------------------------- */

struct enclosing {
    struct live *live;
    struct span wanted;
    struct buffer *out; /* NULL: only the innermost is looked for */
    CXCursor innermost;
    size_t count;
};

static enum CXChildVisitResult visit_enclosing(CXCursor cursor, CXCursor parent,
                                               CXClientData data) {
    struct enclosing *enclosing = data;
    struct span span;
    (void)parent;
    if (!covers(enclosing->live, cursor, &span) || !encloses(&span, &enclosing->wanted))
        return CXChildVisit_Continue;
    enclosing->innermost = cursor;
    if (enclosing->out)
        pack_span(enclosing->out, span);
    enclosing->count++;
    return CXChildVisit_Recurse;
}

static void visit_all(struct enclosing *enclosing) {
    const struct api *api = enclosing->live->api;
    api->visitChildren(api->getTranslationUnitCursor(enclosing->live->unit), visit_enclosing,
                       enclosing);
}

int cppls_live_enclosing(struct live *live, unsigned line, unsigned column, struct buffer *out) {
    if (!live->file)
        return 1;
    struct enclosing enclosing = {
        .live = live, .wanted = {line, column, line, column}, .out = out};
    size_t opened = pack_array_open(out);
    visit_all(&enclosing);
    pack_array_close(out, opened, enclosing.count);
    return out->failed ? 2 : 0;
}

/* A tree --------------------------------------------------------------------------------------- */

struct tree {
    struct live *live;
    struct buffer *out;
    size_t nodes;
    size_t children; /* of the node at work */
    int depth;
};

static void pack_node(struct tree *tree, CXCursor cursor);

static enum CXChildVisitResult visit_node(CXCursor cursor, CXCursor parent, CXClientData data) {
    struct tree *tree = data;
    (void)parent;
    if (tree->nodes >= NODES_MAX || tree->depth >= DEPTH_MAX)
        return CXChildVisit_Break;
    tree->children++;
    pack_node(tree, cursor);
    return CXChildVisit_Continue;
}

static const char *role_of(const struct api *api, CXCursor cursor) {
    switch (cursor.kind) {
    case CXCursor_CXXBaseSpecifier: return "base";
    case CXCursor_TypeRef: return "type";
    case CXCursor_TemplateRef: return "template name";
    case CXCursor_NamespaceRef: return "specifier";
    case CXCursor_MemberRef: return "constructor initializer";
    default: break;
    }
    if (api->isDeclaration(cursor.kind))
        return "declaration";
    if (api->isExpression(cursor.kind))
        return "expression";
    if (api->isStatement(cursor.kind))
        return "statement";
    return api->isReference(cursor.kind) ? "reference" : "attribute";
}

/* clang's class where libclang's name is another one; NULL: the same without its ending. */
static const char *class_of_kind(enum CXCursorKind kind) {
    switch (kind) {
    case CXCursor_StructDecl:
    case CXCursor_UnionDecl:
    case CXCursor_ClassDecl: return "CXXRecord";
    case CXCursor_ParmDecl: return "ParmVar";
    case CXCursor_EnumConstantDecl: return "EnumConstant";
    case CXCursor_Constructor: return "CXXConstructor";
    case CXCursor_Destructor: return "CXXDestructor";
    case CXCursor_ConversionFunction: return "CXXConversion";
    case CXCursor_TemplateTypeParameter: return "TemplateTypeParm";
    case CXCursor_NonTypeTemplateParameter: return "NonTypeTemplateParm";
    case CXCursor_TemplateTemplateParameter: return "TemplateTemplateParm";
    case CXCursor_UnexposedExpr: return "ImplicitCast";
    case CXCursor_MemberRefExpr: return "Member";
    case CXCursor_CXXBaseSpecifier: return "";
    case CXCursor_CXXOverrideAttr: return "Override";
    case CXCursor_CXXFinalAttr: return "Final";
    case CXCursor_TypeRef: return "Record";
    case CXCursor_NamespaceRef: return "Namespace";
    case CXCursor_TemplateRef: return "Template";
    case CXCursor_MemberRef: return "";
    default: return NULL;
    }
}

static void pack_kind(struct tree *tree, CXCursor cursor) {
    const char *known = class_of_kind(cursor.kind);
    if (known) {
        pack_string(tree->out, known);
        return;
    }
    static const char *const endings[] = {"Decl", "Expr", "Stmt"};
    CXString string = tree->live->api->getCursorKindSpelling(cursor.kind);
    const char *name = tree->live->api->getCString(string);
    size_t length = name ? strlen(name) : 0;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (length > 4 && strcmp(name + length - 4, endings[i]) == 0) {
            length -= 4;
            break;
        }
    pack_text(tree->out, name, length);
    tree->live->api->disposeString(string);
}

/* The name; of an operator its sign, of a literal its text. */
static void pack_detail(struct tree *tree, CXCursor cursor, const struct span *span) {
    const struct api *api = tree->live->api;
    if (cursor.kind == CXCursor_BinaryOperator || cursor.kind == CXCursor_CompoundAssignOperator) {
        pack_cxstring(tree->out, api,
                      api->getBinaryOperatorKindSpelling(api->getCursorBinaryOperatorKind(cursor)));
    } else if (cursor.kind == CXCursor_UnaryOperator) {
        pack_cxstring(tree->out, api,
                      api->getUnaryOperatorKindSpelling(api->getCursorUnaryOperatorKind(cursor)));
    } else if (span && cursor.kind >= CXCursor_IntegerLiteral &&
               cursor.kind <= CXCursor_CharacterLiteral) {
        size_t start = text_offset(&tree->live->text, span->line, span->column);
        pack_text(tree->out, tree->live->text.bytes + start, text_token(&tree->live->text, start));
    } else {
        pack_cxstring(tree->out, api, api->getCursorSpelling(cursor));
    }
}

/* libclang's own words for the node, and its type. */
static void pack_arcana(struct tree *tree, CXCursor cursor) {
    const struct api *api = tree->live->api;
    CXString kind = api->getCursorKindSpelling(cursor.kind);
    CXString type = api->getTypeSpelling(api->getCursorType(cursor));
    const char *name = api->getCString(kind), *typed = api->getCString(type);
    struct buffer text = {0};
    buffer_append(&text, name, strlen(name));
    if (typed && *typed) {
        buffer_append(&text, " '", 2);
        buffer_append(&text, typed, strlen(typed));
        buffer_append(&text, "'", 1);
    }
    pack_text(tree->out, (const char *)text.bytes, text.size);
    tree->out->failed |= text.failed;
    buffer_free(&text);
    api->disposeString(kind);
    api->disposeString(type);
}

/* A SyntaxNode of core/live_painting.py. */
static void pack_node(struct tree *tree, CXCursor cursor) {
    struct span span;
    bool placed = covers(tree->live, cursor, &span);
    tree->nodes++;
    pack_array(tree->out, 6);
    pack_string(tree->out, role_of(tree->live->api, cursor));
    pack_kind(tree, cursor);
    pack_detail(tree, cursor, placed ? &span : NULL);
    pack_arcana(tree, cursor);
    if (placed)
        pack_span(tree->out, span);
    else
        pack_nil(tree->out);
    size_t before = tree->children, opened = pack_array_open(tree->out);
    tree->children = 0;
    tree->depth++;
    tree->live->api->visitChildren(cursor, visit_node, tree);
    tree->depth--;
    pack_array_close(tree->out, opened, tree->children);
    tree->children = before;
}

int cppls_live_syntax_tree(struct live *live, unsigned line, unsigned column, unsigned end_line,
                           unsigned end_column, struct buffer *out) {
    if (!live->file)
        return 1;
    struct enclosing enclosing = {.live = live,
                                  .wanted = {line, column, end_line, end_column},
                                  .innermost = live->api->getNullCursor()};
    visit_all(&enclosing);
    struct tree tree = {.live = live, .out = out};
    if (enclosing.count)
        pack_node(&tree, enclosing.innermost);
    else
        pack_nil(out);
    return out->failed ? 2 : 0;
}
