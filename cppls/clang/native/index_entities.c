#include "index_run.h"

#include "declarations.h"

#include <ctype.h>
#include <string.h>

/* The file of a place when it is ours, and the offset there. Line and column are not asked for:
 * most entities of a TU lie in files that others have claimed. */
static struct indexed_file *place(struct run *run, CXIdxLoc loc, CXCursor cursor, uint32_t *offset) {
    CXIdxClientFile file = NULL;
    unsigned at = 0;
    run->api->indexLoc_getFileLocation(loc, &file, NULL, NULL, NULL, &at);
    struct indexed_file *found = file;
    if (!found || (found->decided && !found->claimed && !found->states))
        return NULL;
    CXTranslationUnit unit = found->decided ? NULL : run->api->Cursor_getTranslationUnit(cursor);
    if (!run_takes(run, found, unit, at, true))
        return NULL;
    *offset = at;
    return found;
}

/* Scopes ---------------------------------------------------------------------------------------- */

/* Whether names inside go without this one's name: extern "C", inline and unnamed namespaces,
 * unscoped enumerations. */
static bool is_transparent(const struct api *api, CXCursor cursor) {
    return cursor.kind == CXCursor_LinkageSpec ||
           (cursor.kind == CXCursor_Namespace &&
            (api->Cursor_isInlineNamespace(cursor) || api->Cursor_isAnonymous(cursor))) ||
           (cursor.kind == CXCursor_EnumDecl && !api->EnumDecl_isScoped(cursor));
}

static const struct scope top_scope = {0, ""};

static const char *qualify(struct run *run, const char *scope, const char *name) {
    size_t scope_size = strlen(scope), name_size = strlen(name);
    if (!scope_size)
        return name;
    char *text = arena_take(&run->arena, scope_size + name_size + 3);
    if (!text)
        return name;
    memcpy(text, scope, scope_size);
    memcpy(text + scope_size, "::", 2);
    memcpy(text + scope_size + 2, name, name_size + 1);
    return text;
}

/* The scope that `cursor` opens. The depth is that of the nesting of scopes in the source, which
 * clang itself bounds (-fbracket-depth). */
static const struct scope *scope_of(struct run *run, CXCursor cursor) {
    const struct api *api = run->api;
    if (!api->isDeclaration(cursor.kind))
        return &top_scope; /* the translation unit, or nothing */
    uint64_t key = (uint64_t)(uintptr_t)cursor.data[0];
    const uint64_t *known = map_find(&run->scopes, key);
    if (known)
        return (const struct scope *)(uintptr_t)*known;

    const struct scope *parent = scope_of(run, api->getCursorSemanticParent(cursor));
    struct scope *scope = arena_take(&run->arena, sizeof *scope);
    uint64_t *slot = scope ? map_at(&run->scopes, key, NULL) : NULL;
    if (!slot)
        return &top_scope;
    *scope = *parent;
    if (cursor.kind != CXCursor_LinkageSpec)
        scope->id = symbol_id_of_cursor(&run->files, cursor);
    if (!is_transparent(api, cursor)) {
        const char *name = api->Cursor_isAnonymous(cursor)
                               ? symbol_placeholder(cursor.kind)
                               : run_text(run, api->getCursorSpelling(cursor));
        scope->name = qualify(run, parent->name, name);
    }
    *slot = (uint64_t)(uintptr_t)scope;
    return scope;
}

/* The container that libclang names; it can keep a pointer of ours with it. */
static const struct scope *container_scope(struct run *run, const CXIdxContainerInfo *container) {
    if (!container)
        return &top_scope;
    const struct scope *scope = run->api->index_getClientContainer(container);
    if (!scope) {
        scope = scope_of(run, container->cursor);
        run->api->index_setClientContainer(container, (CXIdxClientContainer)(uintptr_t)scope);
    }
    return scope;
}

/* Declarations ---------------------------------------------------------------------------------- */

struct symbol_record *run_record(struct run *run, struct indexed_file *file, int64_t id,
                                 bool definition) {
    bool made = false;
    uint64_t *place_of_record = map_at(&file->symbols, (uint64_t)id, &made);
    if (!place_of_record) {
        run->failed = true;
        return NULL;
    }
    if (!made) {
        struct symbol_record *record =
            &ITEMS(file->records, struct symbol_record)[*place_of_record - 1];
        return definition && !(record->flags & SYMBOL_DEFINITION) ? record : NULL;
    }
    struct symbol_record *record = (void *)buffer_extend(&file->records, sizeof *record);
    *place_of_record = ITEM_COUNT(file->records, struct symbol_record);
    return record;
}

static const char *signature(struct run *run, CXCursor cursor) {
    struct buffer text = {0};
    symbol_signature(run->api, cursor, &text);
    const char *copy =
        text.failed ? "" : arena_text(&run->arena, (const char *)text.bytes, text.size - 1);
    run->failed |= text.failed;
    buffer_free(&text);
    return copy;
}

/* Whether there is a word in it: a line of slashes between declarations is a comment to clang, too. */
static bool says_something(const char *comment) {
    while (*comment && !isalnum((unsigned char)*comment) && (unsigned char)*comment < 0x80)
        comment++;
    return *comment;
}

/* libclang gives all declarations of an entity one comment: the first that it finds, from the one on
 * that it is asked about first. So that is always the entity's first, whatever else of the unit is
 * extracted; and a file's record has what stands in the file. */
static const char *brief(struct run *run, const struct indexed_file *file, CXCursor cursor) {
    const struct api *api = run->api;
    CXCursor first = api->getCanonicalCursor(cursor);
    if (!api->equalCursors(first, cursor))
        api->Cursor_getCommentRange(first);
    CXSourceLocation start = api->getRangeStart(api->Cursor_getCommentRange(cursor));
    CXFile handle = NULL;
    api->getFileLocation(start, &handle, NULL, NULL, NULL);
    if (!handle || files_get(&run->files, handle) != file->source)
        return "";
    const char *text = run_text(run, api->Cursor_getBriefCommentText(cursor));
    return says_something(text) ? text : "";
}

/* The part of the declaration's extent that lies in its file. It ends with the name where libclang may
 * have skipped the body: in system headers, unless it was building a preamble. */
static void extent(struct run *run, struct indexed_file *file, struct symbol_record *record,
                   CXCursor cursor) {
    const struct api *api = run->api;
    bool skipped = is_function(cursor.kind) && api->isCursorDefinition(cursor) &&
                   api->Location_isInSystemHeader(api->getCursorLocation(cursor));
    CXSourceRange range = api->getCursorExtent(cursor);
    CXFile first = NULL, last = NULL;
    unsigned start = 0, end = 0;
    api->getFileLocation(api->getRangeStart(range), &first, NULL, NULL, &start);
    api->getFileLocation(api->getRangeEnd(range), &last, NULL, NULL, &end);
    uint32_t name_end = record->offset + record->length;
    bool start_here = files_get(&run->files, first) == file->source && start <= record->offset;
    bool end_here = files_get(&run->files, last) == file->source && end >= name_end;
    record->extent_start = start_here ? start : record->offset;
    record->extent_end = end_here && !skipped ? end : name_end;
}

static unsigned flags_of(const struct run *run, const CXIdxDeclInfo *declaration) {
    const CXIdxEntityInfo *entity = declaration->entityInfo;
    unsigned flags = symbol_flags(run->api, declaration->cursor);
    if (declaration->isDefinition)
        flags |= SYMBOL_DEFINITION;
    if (entity->templateKind == CXIdxEntity_Template ||
        entity->templateKind == CXIdxEntity_TemplatePartialSpecialization)
        flags |= SYMBOL_TEMPLATE;
    if (entity->templateKind >= CXIdxEntity_TemplatePartialSpecialization)
        flags |= SYMBOL_SPECIALISATION;
    if (!entity->name || !*entity->name)
        flags |= SYMBOL_ANONYMOUS;
    return flags;
}

/* libclang spells a template's constructors and destructor with its parameters: "Box<T>". */
static const char *entity_name(struct run *run, const CXIdxDeclInfo *declaration) {
    const CXIdxEntityInfo *entity = declaration->entityInfo;
    if (!entity->name || !*entity->name)
        return symbol_placeholder(declaration->cursor.kind);
    bool of_class = entity->kind == CXIdxEntity_CXXConstructor ||
                    entity->kind == CXIdxEntity_CXXDestructor;
    size_t size = of_class ? strcspn(entity->name, "<") : strlen(entity->name);
    return arena_text(&run->arena, entity->name, size);
}

static void fill(struct run *run, struct indexed_file *file, struct symbol_record *record,
                 const CXIdxDeclInfo *declaration, struct spot spot) {
    *record = (struct symbol_record){
        .id = spot.symbol,
        .name = entity_name(run, declaration),
        .scope = container_scope(run, declaration->semanticContainer)->name,
        .signature = signature(run, declaration->cursor),
        .brief = brief(run, file, declaration->cursor),
        .kind = (int)declaration->entityInfo->kind,
        .flags = flags_of(run, declaration),
        .offset = spot.offset,
        .length = spot.length,
    };
    extent(run, file, record, declaration->cursor);
}

/* Relations ------------------------------------------------------------------------------------- */

static void relate(struct indexed_file *file, int64_t subject, int kind, int64_t object) {
    struct relation relation = {subject, object, kind};
    if (subject && object && subject != object)
        buffer_append(&file->relations, &relation, sizeof relation);
}

static int64_t entity_id(struct run *run, const CXIdxEntityInfo *entity) {
    return entity ? symbol_id_of_usr(&run->files, entity->USR, entity->cursor) : 0;
}

static void relate_bases(struct run *run, struct indexed_file *file,
                         const CXIdxDeclInfo *declaration, int64_t id) {
    const struct api *api = run->api;
    const CXIdxCXXClassDeclInfo *class = api->index_getCXXClassDeclInfo(declaration);
    for (unsigned i = 0; class && i < class->numBases; i++)
        relate(file, entity_id(run, class->bases[i]->base), RELATION_BASE_OF, id);

    const CXIdxObjCInterfaceDeclInfo *interface = api->index_getObjCInterfaceDeclInfo(declaration);
    if (interface && interface->superInfo)
        relate(file, entity_id(run, interface->superInfo->base), RELATION_BASE_OF, id);
    const CXIdxObjCProtocolRefListInfo *protocols =
        api->index_getObjCProtocolRefListInfo(declaration);
    for (unsigned i = 0; protocols && i < protocols->numProtocols; i++)
        relate(file, entity_id(run, protocols->protocols[i]->protocol), RELATION_BASE_OF, id);
}

static void relate_overridden(struct run *run, struct indexed_file *file, CXCursor cursor,
                              int64_t id) {
    CXCursor *overridden = NULL;
    unsigned count = 0;
    run->api->getOverriddenCursors(cursor, &overridden, &count);
    for (unsigned i = 0; i < count; i++)
        relate(file, symbol_id_of_cursor(&run->files, overridden[i]), RELATION_OVERRIDDEN_BY, id);
    if (overridden)
        run->api->disposeOverriddenCursors(overridden);
}

static void relate_all(struct run *run, struct indexed_file *file,
                       const CXIdxDeclInfo *declaration, int64_t id) {
    switch (declaration->entityInfo->kind) {
    case CXIdxEntity_Struct:
    case CXIdxEntity_CXXClass:
    case CXIdxEntity_ObjCClass:
    case CXIdxEntity_ObjCProtocol:
    case CXIdxEntity_ObjCCategory:
        relate_bases(run, file, declaration, id);
        break;
    case CXIdxEntity_CXXInstanceMethod:
    case CXIdxEntity_CXXDestructor:
    case CXIdxEntity_CXXConversionFunction:
    case CXIdxEntity_ObjCInstanceMethod:
    case CXIdxEntity_ObjCClassMethod:
        relate_overridden(run, file, declaration->cursor, id);
        break;
    default:
        break;
    }
    if (declaration->entityInfo->templateKind >= CXIdxEntity_TemplatePartialSpecialization) {
        CXCursor template = run->api->getSpecializedCursorTemplate(declaration->cursor);
        relate(file, symbol_id_of_cursor(&run->files, template), RELATION_SPECIALISED_BY, id);
    }
}

void run_declaration(struct run *run, const CXIdxDeclInfo *declaration) {
    struct spot spot = {0};
    if (declaration->isImplicit)
        return;
    struct indexed_file *file = place(run, declaration->loc, declaration->cursor, &spot.offset);
    if (!file || run_leaves_out(run, file, spot.offset, declaration->entityInfo))
        return;
    spot.symbol = entity_id(run, declaration->entityInfo);
    spot.length = text_declared_name(&file->text, spot.offset);
    if (!spot.symbol || !spot.length)
        return;
    spot.roles = ROLE_DECLARATION | (declaration->isDefinition ? ROLE_DEFINITION : 0);
    spot.container = container_scope(run, declaration->semanticContainer)->id;
    spots_add(&file->spots, spot);
    if (!declaration->isDefinition && is_friend(run->api, declaration->cursor))
        return;
    struct symbol_record *record = run_record(run, file, spot.symbol, declaration->isDefinition);
    if (!record)
        return;
    if (symbol_usr_moves(declaration->entityInfo->USR))
        file->moving ^= (uint64_t)spot.symbol;
    fill(run, file, record, declaration, spot);
    relate_all(run, file, declaration, spot.symbol);
}

/* References ------------------------------------------------------------------------------------ */

/* The id of what a reference stands in: the innermost declaration that libclang names. */
static int64_t container_id(struct run *run, const CXIdxEntityRefInfo *reference) {
    const CXIdxEntityInfo *parent = reference->parentEntity;
    if (!parent)
        return container_scope(run, reference->container)->id;
    if (parent->cursor.data[0] != run->parent) {
        run->parent = parent->cursor.data[0];
        run->parent_id = entity_id(run, parent);
    }
    return run->parent_id;
}

void run_reference(struct run *run, const CXIdxEntityRefInfo *reference) {
    struct spot spot = {.roles = reference->role};
    struct indexed_file *file = place(run, reference->loc, reference->cursor, &spot.offset);
    if (!file || run_leaves_out(run, file, spot.offset, reference->referencedEntity))
        return;
    spot.symbol = entity_id(run, reference->referencedEntity);
    spot.length = text_token(&file->text, spot.offset);
    if (!spot.symbol || !spot.length)
        return;
    /* The first walk knows what it told of better; for the rest see index_containers.c. */
    spot.container = run->again ? 0 : container_id(run, reference);
    if (!run_candidate(run, file, reference, spot))
        spots_add(&file->spots, spot);
}
