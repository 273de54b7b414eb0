/* What statements have in common with the function around them: variables, and ways out. */
#include "refactoring.h"

#include "anatomy.h"
#include "declarations.h"
#include "naming.h"
#include "type_facts.h"

#include <stdlib.h>
#include <string.h>

/* A part of a function that mentions more variables is none that anybody wants elsewhere. */
#define LOCALS_MAX 128

/* RegionFlag of core/live_refactoring.py */
enum region_flag {
    REGION_RETURNS = 1,
    REGION_LEAVES = 2,   /* a break or continue of something around it */
    REGION_LABELS = 4,   /* goto, labels, cases of a switch around it */
    REGION_NAMES = 8,    /* of types and functions that are declared in the function */
    REGION_USINGS = 16,  /* the function has using-declarations and the like */
    REGION_LAMBDA = 32,  /* it is inside a lambda */
    REGION_PRIVATE = 64, /* mentions members that are not public */
    REGION_MANY = 128    /* more variables than are looked at */
};

/* LocalFlag of core/live_refactoring.py */
enum local_flag {
    LOCAL_USED = 1,      /* inside */
    LOCAL_AFTER = 2,     /* used behind it */
    LOCAL_INSIDE = 4,    /* declared inside */
    LOCAL_TOP = 8,       /* by a statement of its own, in the outermost block of the region */
    LOCAL_CHANGED = 16,  /* inside: assigned, or nobody knows */
    LOCAL_SHARED = 32,   /* anywhere: its address is taken, a reference bound, a lambda has it */
    LOCAL_CONSTANT = 64, /* a constant that an expression of the compiler may need */
    LOCAL_STATIC = 128,
    LOCAL_UNWRITABLE = 256 /* its type has a name that only the function knows */
};

struct local {
    CXCursor declaration;
    unsigned flags;
};

struct region {
    struct live *live;
    size_t start, end;
    unsigned flags;
    size_t count;
    struct local locals[LOCALS_MAX];
};

/* A place in the walk over the function. */
struct walk {
    struct region *region;
    bool in_lambda;
    bool loops, switches; /* inside the region, around the place */
    bool block;           /* the parent is the block that the region is a part of */
};

static bool is_inside(const struct region *region, size_t offset) {
    return region->start <= offset && offset < region->end;
}

static size_t offset_of(const struct region *region, CXCursor cursor) {
    return place_of(region->live->api, region->live->api->getCursorLocation(cursor)).offset;
}

static struct local *local_of(struct region *region, CXCursor declaration) {
    const struct api *api = region->live->api;
    for (size_t at = 0; at < region->count; at++)
        if (api->equalCursors(region->locals[at].declaration, declaration))
            return &region->locals[at];
    if (region->count == LOCALS_MAX) {
        region->flags |= REGION_MANY;
        return NULL;
    }
    struct local *local = &region->locals[region->count++];
    *local = (struct local){declaration, 0};
    if (is_inside(region, offset_of(region, declaration)))
        local->flags |= LOCAL_INSIDE;
    return local;
}

static bool same_extent(const struct region *region, CXCursor one, CXCursor other) {
    size_t start, end, other_start, other_end;
    return main_extent(region->live, one, &start, &end) &&
           main_extent(region->live, other, &other_start, &other_end) && start == other_start &&
           end == other_end;
}

static bool is_left(const struct region *region, CXCursor parent, CXCursor cursor) {
    size_t start, end, other_start, other_end;
    return main_extent(region->live, parent, &start, &end) &&
           main_extent(region->live, cursor, &other_start, &other_end) && start == other_start;
}

static bool is_step(const struct region *region, CXCursor parent) {
    if (parent.kind != CXCursor_UnaryOperator)
        return false;
    const struct api *api = region->live->api;
    CXString string =
        api->getUnaryOperatorKindSpelling(api->getCursorUnaryOperatorKind(parent));
    const char *name = api->getCString(string);
    bool step = name && (strcmp(name, "++") == 0 || strcmp(name, "--") == 0);
    api->disposeString(string);
    return step;
}

/* How an expression uses the variable that it names: 0 when its value is only read. A conversion has no
 * characters of its own. */
static unsigned use_of(const struct walk *walk, CXCursor cursor, CXCursor parent) {
    const struct region *region = walk->region;
    if (walk->in_lambda || cursor.kind != CXCursor_DeclRefExpr)
        return LOCAL_CHANGED | LOCAL_SHARED;
    if (parent.kind == CXCursor_UnexposedExpr && same_extent(region, parent, cursor))
        return 0;
    bool assigned = (parent.kind == CXCursor_BinaryOperator ||
                     parent.kind == CXCursor_CompoundAssignOperator) &&
                    is_left(region, parent, cursor);
    return assigned || is_step(region, parent) ? LOCAL_CHANGED : LOCAL_CHANGED | LOCAL_SHARED;
}

static void note_variable(const struct walk *walk, CXCursor named, CXCursor cursor,
                          CXCursor parent) {
    struct region *region = walk->region;
    struct local *local = local_of(region, named);
    if (!local)
        return;
    size_t at = offset_of(region, cursor);
    unsigned use = use_of(walk, cursor, parent);
    local->flags |= use & LOCAL_SHARED;
    if (is_inside(region, at))
        local->flags |= LOCAL_USED | (use & LOCAL_CHANGED);
    else if (at >= region->end)
        local->flags |= LOCAL_AFTER;
}

static void note_name(const struct walk *walk, CXCursor cursor, CXCursor parent) {
    struct region *region = walk->region;
    const struct api *api = region->live->api;
    CXCursor named = api->getCursorReferenced(cursor);
    if (api->Cursor_isNull(named) || !api->isDeclaration(named.kind))
        return;
    bool inside = is_inside(region, offset_of(region, cursor));
    if (is_local(api, named)) {
        bool declared = is_inside(region, offset_of(region, named));
        bool variable = named.kind == CXCursor_VarDecl || named.kind == CXCursor_ParmDecl;
        /* A call of what a variable holds is found once more, as the variable's name. */
        if (variable && cursor.kind != CXCursor_CallExpr)
            note_variable(walk, named, cursor, parent);
        else if (!variable && declared != inside)
            region->flags |= REGION_NAMES;
    } else if (inside && api->getCXXAccessSpecifier(named) > CX_CXXPublic) {
        region->flags |= REGION_PRIVATE;
    }
}

static void note_way_out(const struct walk *walk, CXCursor cursor) {
    struct region *region = walk->region;
    switch (cursor.kind) {
    case CXCursor_ReturnStmt:
        if (!walk->in_lambda)
            region->flags |= REGION_RETURNS;
        break;
    case CXCursor_GotoStmt:
    case CXCursor_IndirectGotoStmt:
    case CXCursor_LabelStmt: region->flags |= REGION_LABELS; break;
    case CXCursor_CaseStmt:
    case CXCursor_DefaultStmt:
        if (!walk->switches)
            region->flags |= REGION_LABELS;
        break;
    case CXCursor_BreakStmt:
        if (!walk->loops && !walk->switches)
            region->flags |= REGION_LEAVES;
        break;
    case CXCursor_ContinueStmt:
        if (!walk->loops)
            region->flags |= REGION_LEAVES;
        break;
    default: break;
    }
}

static bool is_loop(enum CXCursorKind kind) {
    return kind == CXCursor_ForStmt || kind == CXCursor_WhileStmt || kind == CXCursor_DoStmt ||
           kind == CXCursor_CXXForRangeStmt;
}

/* Whether a node is a block that has the region in it, not in a block of its own. */
static bool holds(const struct region *region, CXCursor cursor) {
    size_t start, end;
    return cursor.kind == CXCursor_CompoundStmt &&
           main_extent(region->live, cursor, &start, &end) && start < region->start &&
           region->end < end;
}

static void note_declaration(const struct walk *walk, CXCursor cursor) {
    struct region *region = walk->region;
    if (cursor.kind == CXCursor_UsingDirective || cursor.kind == CXCursor_UsingDeclaration ||
        cursor.kind == CXCursor_NamespaceAlias)
        region->flags |= REGION_USINGS;
    if (cursor.kind != CXCursor_VarDecl || !is_inside(region, offset_of(region, cursor)))
        return;
    struct local *local = local_of(region, cursor);
    if (local && walk->block)
        local->flags |= LOCAL_TOP;
}

static enum CXChildVisitResult visit(CXCursor cursor, CXCursor parent, CXClientData data) {
    struct walk *walk = data;
    struct region *region = walk->region;
    const struct api *api = region->live->api;
    bool inside = is_inside(region, offset_of(region, cursor));
    if (api->isDeclaration(cursor.kind))
        note_declaration(walk, cursor);
    else if (api->isReference(cursor.kind) || cursor.kind == CXCursor_DeclRefExpr ||
             cursor.kind == CXCursor_MemberRefExpr || cursor.kind == CXCursor_CallExpr)
        note_name(walk, cursor, parent);
    if (inside)
        note_way_out(walk, cursor);
    struct walk deeper = *walk;
    /* Below a statement of the block: what it declares, it declares for the block. */
    deeper.block = cursor.kind == CXCursor_DeclStmt && holds(region, parent);
    deeper.loops |= inside && is_loop(cursor.kind);
    deeper.switches |= inside && cursor.kind == CXCursor_SwitchStmt;
    if (cursor.kind == CXCursor_LambdaExpr) {
        size_t start, end;
        if (!inside && main_extent(region->live, cursor, &start, &end) && start < region->start &&
            region->end <= end)
            region->flags |= REGION_LAMBDA;
        deeper.in_lambda = true;
        deeper.loops = deeper.switches = true;
    }
    api->visitChildren(cursor, visit, &deeper);
    return CXChildVisit_Continue;
}

/* Whether the compiler knows the variable's value. */
static bool is_known(const struct api *api, CXCursor declaration) {
    CXEvalResult result = api->Cursor_Evaluate(declaration);
    if (!result)
        return false;
    bool known = api->EvalResult_getKind(result) != CXEval_UnExposed;
    api->EvalResult_dispose(result);
    return known;
}

static unsigned more_flags(const struct api *api, CXCursor declaration) {
    CXType type = api->getCursorType(declaration);
    unsigned flags = 0;
    if (declaration.kind == CXCursor_VarDecl && api->isConstQualifiedType(type) &&
        type_facts(api, type) & TYPE_SCALAR && is_known(api, declaration))
        flags |= LOCAL_CONSTANT;
    enum CX_StorageClass storage = api->Cursor_getStorageClass(declaration);
    if (storage == CX_SC_Static || storage == CX_SC_Extern)
        flags |= LOCAL_STATIC;
    if (is_local_type(api, type))
        flags |= LOCAL_UNWRITABLE;
    return flags;
}

static void pack_local(struct buffer *out, const struct api *api, const struct local *local) {
    CXType type = api->getCursorType(local->declaration);
    pack_array(out, 5);
    pack_cxstring(out, api, api->getCursorSpelling(local->declaration));
    pack_type(out, api, local->declaration, type);
    pack_bool(out, api->isConstQualifiedType(type));
    pack_uint(out, local->flags | more_flags(api, local->declaration));
    pack_uint(out, type_facts(api, type));
}

int cppls_live_region(struct live *live, unsigned line, unsigned column, unsigned end_line,
                      unsigned end_column, struct buffer *out) {
    if (!live->file)
        return 1;
    struct region *region = calloc(1, sizeof *region);
    if (!region)
        return 2;
    region->live = live;
    region->start = text_offset(&live->text, line, column);
    region->end = text_offset(&live->text, end_line, end_column);
    CXCursor function;
    if (function_at(live, region->start, &function)) {
        struct walk walk = {.region = region};
        live->api->visitChildren(function, visit, &walk);
        pack_array(out, 2);
        pack_uint(out, region->flags);
        pack_array(out, region->count);
        for (size_t at = 0; at < region->count; at++)
            pack_local(out, live->api, &region->locals[at]);
    } else {
        pack_nil(out);
    }
    free(region);
    return out->failed ? 2 : 0;
}
