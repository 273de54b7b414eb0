/* All that hover shows of the token at a position. */
#include "declarations.h"
#include "live.h"
#include "naming.h"
#include "resolve.h"
#include "symbols.h"

#include <stdio.h>
#include <string.h>

static bool is_type(enum CXCursorKind kind) {
    return is_class(kind) || kind == CXCursor_EnumDecl || kind == CXCursor_TypedefDecl ||
           kind == CXCursor_TypeAliasDecl;
}

/* Values --------------------------------------------------------------------------------------- */

static void pack_enumerator(struct buffer *out, const struct api *api, CXCursor enumerator) {
    char text[32];
    CXType type = api->getEnumDeclIntegerType(api->getCursorSemanticParent(enumerator));
    enum { UNSIGNED_CHAR_FIRST = 4, UNSIGNED_LONG_LONG = 11, BOOL = 3 }; /* CXTypeKind */
    enum CXTypeKind kind = api->getCanonicalType(type).kind;
    if ((int)kind >= BOOL && (int)kind <= UNSIGNED_LONG_LONG)
        snprintf(text, sizeof text, "%llu", api->getEnumConstantDeclUnsignedValue(enumerator));
    else
        snprintf(text, sizeof text, "%lld", api->getEnumConstantDeclValue(enumerator));
    pack_string(out, text);
}

static void pack_evaluated(struct buffer *out, const struct api *api, CXEvalResult value) {
    char text[64] = "";
    switch (api->EvalResult_getKind(value)) {
    case CXEval_Int:
        if (api->EvalResult_isUnsignedInt(value))
            snprintf(text, sizeof text, "%llu", api->EvalResult_getAsUnsigned(value));
        else
            snprintf(text, sizeof text, "%lld", api->EvalResult_getAsLongLong(value));
        break;
    case CXEval_Float:
        snprintf(text, sizeof text, "%g", api->EvalResult_getAsDouble(value));
        break;
    default:
        break;
    }
    pack_string(out, text);
}

/* The value of an enumerator or of a constant; empty where the compiler knows none. */
static void pack_value(struct buffer *out, const struct api *api, CXCursor declaration) {
    if (declaration.kind == CXCursor_EnumConstantDecl) {
        pack_enumerator(out, api, declaration);
        return;
    }
    CXType type = api->getCursorType(declaration);
    CXEvalResult value = NULL;
    /* A variable that may change has an initialiser, but not a value. */
    if (declaration.kind == CXCursor_VarDecl && api->isConstQualifiedType(type))
        value = api->Cursor_Evaluate(declaration);
    if (!value) {
        pack_string(out, "");
        return;
    }
    pack_evaluated(out, api, value);
    api->EvalResult_dispose(value);
}

/* Source text ---------------------------------------------------------------------------------- */

/* `#define NAME ...` as written. */
static void pack_macro_text(struct buffer *out, struct live *live, CXCursor macro) {
    const struct api *api = live->api;
    CXSourceRange range = api->getCursorExtent(macro);
    struct place start = place_of(api, api->getRangeStart(range));
    struct place end = place_of(api, api->getRangeEnd(range));
    struct text text = file_text(api, live->unit, start.file);
    struct buffer definition = {0};
    buffer_append(&definition, "#define ", strlen("#define "));
    if (start.offset <= end.offset && end.offset <= text.size)
        buffer_append(&definition, text.bytes + start.offset, end.offset - start.offset);
    out->failed |= definition.failed;
    pack_text(out, (const char *)definition.bytes, definition.size);
    buffer_free(&definition);
}

static void pack_definition(struct buffer *out, struct live *live, CXCursor declaration) {
    const struct api *api = live->api;
    if (declaration.kind == CXCursor_MacroDefinition) {
        pack_macro_text(out, live, declaration);
        return;
    }
    CXPrintingPolicy policy = api->getCursorPrintingPolicy(declaration);
    if (!policy) {
        pack_string(out, "");
        return;
    }
    api->PrintingPolicy_setProperty(policy, CXPrintingPolicy_TerseOutput, 1);
    api->PrintingPolicy_setProperty(policy, CXPrintingPolicy_PolishForDeclaration, 1);
    api->PrintingPolicy_setProperty(policy, CXPrintingPolicy_IncludeTagDefinition, 0);
    pack_cxstring(out, api, api->getCursorPrettyPrinted(declaration, policy));
    api->PrintingPolicy_dispose(policy);
}

/* The comment of the declaration, or of the one that is documented among its redeclarations. */
static void pack_comment(struct buffer *out, const struct api *api, CXCursor declaration) {
    CXCursor places[] = {declaration, api->getCanonicalCursor(declaration),
                         api->getCursorDefinition(declaration)};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        CXString comment = api->Cursor_getRawCommentText(places[i]);
        const char *text = api->getCString(comment);
        if (text && *text) {
            pack_cxstring(out, api, comment);
            return;
        }
        api->disposeString(comment);
    }
    pack_string(out, "");
}

/* Layout --------------------------------------------------------------------------------------- */

/* Size, alignment and a field's offset; -1 for what has none (functions, dependent types). */
static void pack_layout(struct buffer *out, const struct api *api, CXCursor declaration) {
    long long size = -1, align = -1, offset = -1;
    bool has_size = declaration.kind == CXCursor_FieldDecl || is_type(declaration.kind) ||
                    declaration.kind == CXCursor_VarDecl || declaration.kind == CXCursor_ParmDecl;
    if (has_size && declaration.kind != CXCursor_ClassTemplate) {
        CXType type = api->getCursorType(declaration);
        size = api->Type_getSizeOf(type);
        align = api->Type_getAlignOf(type);
    }
    if (declaration.kind == CXCursor_FieldDecl)
        offset = api->Cursor_getOffsetOfField(declaration);
    pack_int(out, size < 0 ? -1 : size);
    pack_int(out, align < 0 ? -1 : align);
    pack_int(out, offset < 0 ? -1 : offset);
}

struct gap {
    const struct api *api;
    long long end, next; /* bits; `next` -1 until something is found that starts behind `end` */
};

static enum CXVisitorResult find_next(CXCursor field, CXClientData data) {
    struct gap *gap = data;
    long long offset = gap->api->Cursor_getOffsetOfField(field);
    if (offset >= gap->end && (gap->next < 0 || offset < gap->next))
        gap->next = offset;
    return CXVisit_Continue;
}

/* Bits between a field and what follows it in its class, its end included; -1 if nobody can tell. */
static long long padding_bits(const struct api *api, CXCursor declaration) {
    CXCursor parent = api->getCursorSemanticParent(declaration);
    long long offset = api->Cursor_getOffsetOfField(declaration);
    long long size = api->Type_getSizeOf(api->getCursorType(declaration));
    long long whole = api->Type_getSizeOf(api->getCursorType(parent));
    if (offset < 0 || size < 0 || whole < 0)
        return -1;
    bool bits = api->Cursor_isBitField(declaration);
    long long width = bits ? api->getFieldDeclBitWidth(declaration) : 8 * size;
    struct gap gap = {api, offset + width, -1};
    if (parent.kind != CXCursor_UnionDecl)
        api->Type_visitFields(api->getCursorType(parent), find_next, &gap);
    return (gap.next < 0 ? 8 * whole : gap.next) - gap.end;
}

/* Functions ------------------------------------------------------------------------------------ */

static void pack_printed(struct buffer *out, const struct api *api, CXCursor declaration) {
    CXPrintingPolicy policy = api->getCursorPrintingPolicy(declaration);
    if (!policy) {
        pack_string(out, "");
        return;
    }
    api->PrintingPolicy_setProperty(policy, CXPrintingPolicy_TerseOutput, 1);
    pack_cxstring(out, api, api->getCursorPrettyPrinted(declaration, policy));
    api->PrintingPolicy_dispose(policy);
}

struct parameters {
    const struct api *api;
    struct buffer *out; /* NULL: they are only counted */
    unsigned count;
};

static enum CXChildVisitResult visit_parameter(CXCursor child, CXCursor parent, CXClientData data) {
    struct parameters *found = data;
    (void)parent;
    if (child.kind == CXCursor_ParmDecl) {
        found->count++;
        if (found->out)
            pack_printed(found->out, found->api, child);
    }
    return CXChildVisit_Continue;
}

/* What a function returns, and its parameters. */
static void pack_function(struct buffer *out, const struct api *api, CXCursor declaration) {
    CXType type = api->getCursorType(declaration);
    bool returns = declaration.kind != CXCursor_Constructor &&
                   declaration.kind != CXCursor_Destructor &&
                   declaration.kind != CXCursor_MacroDefinition;
    CXType result = api->getResultType(type);
    if (returns && result.kind != CXType_Invalid)
        pack_cxstring(out, api, api->getTypeSpelling(result));
    else
        pack_string(out, "");
    struct parameters found = {api, NULL, 0};
    bool function = result.kind != CXType_Invalid;
    if (function)
        api->visitChildren(declaration, visit_parameter, &found);
    pack_array(out, found.count);
    found.out = out;
    if (function)
        api->visitChildren(declaration, visit_parameter, &found);
}

/* ---------------------------------------------------------------------------------------------- */

static const char *access_of(const struct api *api, CXCursor declaration) {
    switch (api->getCXXAccessSpecifier(declaration)) {
    case CX_CXXPublic:
        return "public";
    case CX_CXXProtected:
        return "protected";
    case CX_CXXPrivate:
        return "private";
    default:
        return "";
    }
}

/* The best declaration to show: the definition of a type, else the declaration that was named. */
static CXCursor shown(const struct api *api, CXCursor declaration) {
    CXCursor definition = api->getCursorDefinition(declaration);
    return is_type(declaration.kind) && !api->Cursor_isNull(definition) ? definition : declaration;
}

/* A Description of core/messages.py. */
static void pack_description(struct buffer *out, struct live *live,
                             const struct resolution *found) {
    const struct api *api = live->api;
    CXCursor declaration = shown(api, found->targets[0]);
    bool macro = declaration.kind == CXCursor_MacroDefinition;
    CXType type = api->getCursorType(declaration);
    struct place place = place_of(api, api->getCursorLocation(declaration));
    pack_array(out, 19);
    pack_span(out, span_between(&live->text, found->start, found->end));
    pack_name(out, live, declaration);
    pack_int(out, kind_of(live, declaration));
    pack_uint(out, flags_of(live, declaration));
    pack_scope(out, live, declaration);
    pack_cxstring(out, api, api->getTypeSpelling(type));
    pack_cxstring(out, api, api->getTypeSpelling(api->getCanonicalType(type)));
    pack_definition(out, live, declaration);
    pack_value(out, api, declaration);
    pack_layout(out, api, declaration);
    if (macro)
        pack_string(out, "");
    else
        pack_comment(out, api, declaration);
    pack_path(out, &live->files, place.file);
    pack_array(out, 2);
    pack_uint(out, place.line);
    pack_uint(out, place.column);
    pack_string(out, access_of(api, declaration));
    pack_int(out, declaration.kind == CXCursor_FieldDecl ? padding_bits(api, declaration) : -1);
    pack_function(out, api, declaration);
}

/* A Description of a type without a declaration: `auto` that stands for `int`. */
static void pack_deduced(struct buffer *out, struct live *live, const struct resolution *found) {
    const struct api *api = live->api;
    pack_array(out, 19);
    pack_span(out, span_between(&live->text, found->start, found->end));
    pack_cxstring(out, api, api->getTypeSpelling(found->deduced));
    pack_int(out, CXIdxEntity_Unexposed);
    pack_uint(out, 0);
    pack_string(out, "");
    pack_cxstring(out, api, api->getTypeSpelling(found->deduced));
    pack_cxstring(out, api, api->getTypeSpelling(found->deduced));
    pack_string(out, "");
    pack_string(out, "");
    pack_layout(out, api, api->getNullCursor());
    pack_string(out, "");
    pack_binary(out, "", 0);
    pack_array(out, 2);
    pack_uint(out, 0);
    pack_uint(out, 0);
    pack_string(out, "");
    pack_int(out, -1);
    pack_string(out, "");
    pack_array(out, 0);
}

int cppls_live_describe(struct live *live, unsigned line, unsigned column, struct buffer *out) {
    if (!live->file)
        return 1;
    struct resolution found;
    resolve(live, text_offset(&live->text, line, column), &found);
    if (found.has_token && found.count)
        pack_description(out, live, &found);
    else if (found.has_token && found.deduced.kind != CXType_Invalid)
        pack_deduced(out, live, &found);
    else
        pack_nil(out);
    return out->failed ? 2 : 0;
}
