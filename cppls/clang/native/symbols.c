#include "symbols.h"

#include "hash.h"

#include <stdio.h>
#include <string.h>

/* Whether a USR begins with a file's base name instead of a scope. */
static bool is_file_local(const char *usr) {
    return strncmp(usr, "c:", 2) == 0 && usr[2] != '@' && strncmp(usr + 2, "objc(", 5) != 0;
}

/* Behind the offset that follows `mark` in a USR; NULL when there is none. */
static const char *behind_offset(const char *mark) {
    const char *digits = mark + 1;
    size_t count = strspn(digits, "0123456789");
    return count ? digits + count : NULL;
}

bool symbol_usr_moves(const char *usr) {
    for (const char *mark = strchr(usr, '@'); mark; mark = strchr(mark + 1, '@')) {
        const char *behind = behind_offset(mark);
        if (behind && (!*behind || *behind == '@'))
            return true;
    }
    return false;
}

/* The USR of a macro is "c:FILE@OFFSET@macro@NAME". Its offset moves with every comment before it,
 * of which nobody is told who includes the file; so it is left out. */
static const char *without_offset(const char *usr) {
    const char *mark = strchr(usr, '@');
    const char *behind = mark ? behind_offset(mark) : NULL;
    return behind && strncmp(behind, "@macro@", 7) == 0 ? behind : usr;
}

int64_t symbol_id_of_usr(struct file_table *files, const char *usr, CXCursor cursor) {
    if (!usr || !*usr)
        return 0;
    const char *lasting = without_offset(usr);
    uint64_t hash = hash_bytes(lasting, strlen(lasting), 0);
    if (is_file_local(usr)) {
        const struct api *api = files->api;
        CXFile handle = NULL;
        CXSourceLocation place = api->getCursorLocation(api->getCanonicalCursor(cursor));
        api->getFileLocation(place, &handle, NULL, NULL, NULL);
        const struct source_file *file = files_get(files, handle);
        if (file)
            hash = hash_mix(hash, file->path_hash);
    }
    return hash_to_id(hash);
}

#define MENTION_SEED UINT64_C(1) /* ids of symbols have 0 */

int64_t symbol_mention_id(const char *name, size_t length) {
    return hash_to_id(hash_bytes(name, length, MENTION_SEED));
}

int64_t symbol_id_of_cursor(struct file_table *files, CXCursor cursor) {
    CXString usr = files->api->getCursorUSR(cursor);
    int64_t id = symbol_id_of_usr(files, files->api->getCString(usr), cursor);
    files->api->disposeString(usr);
    return id;
}

static unsigned method_flags(const struct api *api, CXCursor cursor) {
    unsigned flags = 0;
    if (api->CXXMethod_isVirtual(cursor))
        flags |= SYMBOL_VIRTUAL | (api->CXXMethod_isPureVirtual(cursor) ? SYMBOL_PURE : 0);
    if (api->CXXMethod_isStatic(cursor))
        flags |= SYMBOL_STATIC;
    if (api->CXXMethod_isConst(cursor))
        flags |= SYMBOL_CONST;
    return flags;
}

unsigned symbol_flags(const struct api *api, CXCursor cursor) {
    unsigned flags = 0;
    enum CXLinkageKind linkage = api->getCursorLinkage(cursor);
    if (linkage == CXLinkage_Internal || linkage == CXLinkage_UniqueExternal)
        flags |= SYMBOL_FILE_LOCAL;
    if (api->getCursorAvailability(cursor) == CXAvailability_Deprecated)
        flags |= SYMBOL_DEPRECATED;
    switch (cursor.kind) {
    case CXCursor_CXXMethod:
    case CXCursor_Destructor:
    case CXCursor_ConversionFunction:
        flags |= method_flags(api, cursor);
        break;
    case CXCursor_FunctionTemplate:
        flags |= SYMBOL_TEMPLATE | method_flags(api, cursor);
        break;
    case CXCursor_ClassTemplate:
    case CXCursor_TypeAliasTemplateDecl:
        flags |= SYMBOL_TEMPLATE;
        break;
    case CXCursor_ClassTemplatePartialSpecialization:
        flags |= SYMBOL_TEMPLATE | SYMBOL_SPECIALISATION;
        break;
    case CXCursor_EnumDecl:
        flags |= api->EnumDecl_isScoped(cursor) ? SYMBOL_SCOPED_ENUM : 0;
        break;
    case CXCursor_FunctionDecl:
    case CXCursor_VarDecl:
        flags |= api->Cursor_getStorageClass(cursor) == CX_SC_Static ? SYMBOL_STATIC : 0;
        break;
    default:
        break;
    }
    return flags;
}

static void append(struct buffer *out, const char *text) { buffer_append(out, text, strlen(text)); }

static void append_string(const struct api *api, CXString string, struct buffer *out) {
    const char *characters = api->getCString(string);
    if (characters)
        append(out, characters);
    api->disposeString(string);
}

static void append_type(const struct api *api, CXType type, struct buffer *out) {
    append_string(api, api->getTypeSpelling(type), out);
}

static void append_parameters(const struct api *api, CXCursor function, int count,
                              struct buffer *out) {
    append(out, "(");
    for (int i = 0; i < count; i++) {
        CXCursor parameter = api->Cursor_getArgument(function, (unsigned)i);
        append(out, i ? ", " : "");
        append_type(api, api->getCursorType(parameter), out);
        CXString name = api->getCursorSpelling(parameter);
        const char *characters = api->getCString(name);
        if (characters && *characters) {
            append(out, " ");
            append(out, characters);
        }
        api->disposeString(name);
    }
    if (api->Cursor_isVariadic(function))
        append(out, count ? ", ..." : "...");
    append(out, ")");
}

/* libclang counts no arguments of a template; its display name has their types: "f(T, int)". */
static void append_displayed_parameters(const struct api *api, CXCursor function,
                                        struct buffer *out) {
    CXString name = api->getCursorSpelling(function);
    CXString display = api->getCursorDisplayName(function);
    const char *name_text = api->getCString(name), *text = api->getCString(display);
    size_t skip = name_text ? strlen(name_text) : 0;
    if (text && strlen(text) > skip)
        append(out, text + skip);
    api->disposeString(display);
    api->disposeString(name);
}

static void append_function(const struct api *api, CXCursor cursor, struct buffer *out) {
    int count = api->Cursor_getNumArguments(cursor);
    if (count >= 0)
        append_parameters(api, cursor, count, out);
    else
        append_displayed_parameters(api, cursor, out);
    enum CXCursorKind kind = cursor.kind == CXCursor_FunctionTemplate
                                 ? api->getTemplateCursorKind(cursor)
                                 : cursor.kind;
    if (kind == CXCursor_Constructor || kind == CXCursor_Destructor)
        return;
    append(out, " -> ");
    append_type(api, api->getResultType(api->getCursorType(cursor)), out);
}

void symbol_signature(const struct api *api, CXCursor cursor, struct buffer *out) {
    char number[32];
    switch (cursor.kind) {
    case CXCursor_FunctionDecl:
    case CXCursor_FunctionTemplate:
    case CXCursor_CXXMethod:
    case CXCursor_Constructor:
    case CXCursor_Destructor:
    case CXCursor_ConversionFunction:
        append_function(api, cursor, out);
        break;
    case CXCursor_ObjCInstanceMethodDecl:
    case CXCursor_ObjCClassMethodDecl:
        append_parameters(api, cursor, api->Cursor_getNumArguments(cursor), out);
        append(out, " -> ");
        append_type(api, api->getCursorResultType(cursor), out);
        break;
    case CXCursor_VarDecl:
    case CXCursor_FieldDecl:
    case CXCursor_ParmDecl:
    case CXCursor_ObjCIvarDecl:
    case CXCursor_ObjCPropertyDecl:
        append_type(api, api->getCursorType(cursor), out);
        break;
    case CXCursor_TypedefDecl:
    case CXCursor_TypeAliasDecl:
        append_type(api, api->getTypedefDeclUnderlyingType(cursor), out);
        break;
    case CXCursor_EnumConstantDecl:
        snprintf(number, sizeof number, "= %lld", api->getEnumConstantDeclValue(cursor));
        append(out, number);
        break;
    default:
        break;
    }
    buffer_append(out, "", 1);
}

const char *symbol_placeholder(enum CXCursorKind kind) {
    switch (kind) {
    case CXCursor_StructDecl:
        return "(anonymous struct)";
    case CXCursor_UnionDecl:
        return "(anonymous union)";
    case CXCursor_ClassDecl:
        return "(anonymous class)";
    case CXCursor_EnumDecl:
        return "(anonymous enum)";
    case CXCursor_Namespace:
        return "(anonymous namespace)";
    default:
        return "(anonymous)";
    }
}
