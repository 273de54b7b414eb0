#include "dependent.h"

#include "declarations.h"
#include "resolve.h"
#include "source.h"

#include <string.h>

/* How far bases of bases, aliases of aliases and expressions in expressions are followed, and how much is
 * kept of one question. */
enum { DEPTH_MAX = 8, ALIASES_MAX = 16, MEANINGS_MAX = 96 };

/* A type, and the specialisation that says what the template parameters in it mean: `T *` in
 * `List<B<U>>`. Without one they are those of the code that is read. */
struct meaning {
    CXType type;
    CXCursor record; /* in place of the type: a class that is known without its arguments */
    const struct meaning *outer;
    const struct meaning *argument; /* of `record`, its first */
};

struct question {
    struct live *live;
    const struct api *api;
    struct meaning pool[MEANINGS_MAX];
    size_t used;
};

static const struct meaning *meaning_of_expression(struct question *q, CXCursor expression,
                                                   int depth);

/* Members -------------------------------------------------------------------------------------- */

struct member_search {
    const struct api *api;
    const char *name;
    size_t length;
    int depth;
    struct candidates *found;
};

static void search_class(struct member_search search, CXCursor record);

static bool is_called(const struct api *api, CXCursor cursor, const char *name, size_t length) {
    CXString string = api->getCursorSpelling(cursor);
    const char *its = api->getCString(string);
    bool same = its && strlen(its) == length && memcmp(its, name, length) == 0;
    api->disposeString(string);
    return same;
}

static enum CXChildVisitResult visit_member(CXCursor cursor, CXCursor parent, CXClientData data) {
    struct member_search *search = data;
    const struct api *api = search->api;
    (void)parent;
    if (cursor.kind == CXCursor_CXXBaseSpecifier)
        search_class(*search, declaration_of_type(api, api->getCursorType(cursor)));
    else if (api->isDeclaration(cursor.kind) && search->found->count < CANDIDATES_MAX &&
             is_called(api, cursor, search->name, search->length))
        search->found->items[search->found->count++] = cursor;
    return CXChildVisit_Continue;
}

/* The class behind a declaration: through aliases, and its definition where there is one. */
static CXCursor class_of(const struct api *api, CXCursor declaration) {
    if (declaration.kind == CXCursor_TypedefDecl || declaration.kind == CXCursor_TypeAliasDecl)
        declaration = declaration_of_type(api, api->getTypedefDeclUnderlyingType(declaration));
    declaration = pattern_of(api, declaration);
    CXCursor definition = api->getCursorDefinition(declaration);
    return api->Cursor_isNull(definition) ? declaration : definition;
}

static void search_class(struct member_search search, CXCursor record) {
    if (++search.depth > DEPTH_MAX || search.api->Cursor_isNull(record))
        return;
    record = class_of(search.api, record);
    if (is_class(record.kind) || record.kind == CXCursor_EnumDecl ||
        record.kind == CXCursor_Namespace)
        search.api->visitChildren(record, visit_member, &search);
}

void search_members(const struct api *api, CXCursor record, const char *name, size_t length,
                    struct candidates *found) {
    search_class((struct member_search){api, name, length, 0, found}, record);
}

/* Types ---------------------------------------------------------------------------------------- */

static const struct meaning *keep(struct question *q, struct meaning meaning) {
    if (q->used == MEANINGS_MAX)
        return NULL;
    q->pool[q->used] = meaning;
    return &q->pool[q->used++];
}

static const struct meaning *of_type(struct question *q, CXType type,
                                     const struct meaning *outer) {
    return type.kind == CXType_Invalid
               ? NULL
               : keep(q, (struct meaning){type, q->api->getNullCursor(), outer, NULL});
}

static bool is_null(const struct question *q, CXCursor cursor) {
    return q->api->Cursor_isNull(cursor) || q->api->isInvalid(cursor.kind);
}

/* The type with references and the results of functions taken off, pointers and arrays too. */
static CXType plain(const struct question *q, CXType type, bool *is_pointer) {
    *is_pointer = false;
    for (;;)
        switch (type.kind) {
        case CXType_Pointer:
        case CXType_MemberPointer:
            *is_pointer = true;
            type = q->api->getPointeeType(type);
            break;
        case CXType_LValueReference:
        case CXType_RValueReference:
            type = q->api->getPointeeType(type);
            break;
        case CXType_ConstantArray:
        case CXType_IncompleteArray:
        case CXType_VariableArray:
        case CXType_DependentSizedArray:
            *is_pointer = true;
            type = q->api->getArrayElementType(type);
            break;
        case CXType_FunctionProto:
        case CXType_FunctionNoProto:
            type = q->api->getResultType(type);
            break;
        case CXType_Invalid: return type; /* libclang crashes on the unqualified form of none */
        default:
            return q->api->getUnqualifiedType(type);
        }
}

struct parameter_search {
    const struct question *q;
    const char *name;
    int number, found;
};

static enum CXChildVisitResult visit_parameter(CXCursor cursor, CXCursor parent,
                                               CXClientData data) {
    struct parameter_search *search = data;
    (void)parent;
    if (cursor.kind != CXCursor_TemplateTypeParameter &&
        cursor.kind != CXCursor_NonTypeTemplateParameter &&
        cursor.kind != CXCursor_TemplateTemplateParameter)
        return CXChildVisit_Break;
    if (is_called(search->q->api, cursor, search->name, strlen(search->name)))
        search->found = search->number;
    search->number++;
    return search->found < 0 ? CXChildVisit_Continue : CXChildVisit_Break;
}

/* What a template parameter of that name means in the specialisation `outer`. */
static const struct meaning *argument_of(struct question *q, const char *name,
                                         const struct meaning *outer) {
    const struct api *api = q->api;
    bool is_pointer;
    CXType type = {0};
    if (!is_null(q, outer->record))
        return outer->argument;
    type = plain(q, outer->type, &is_pointer);
    CXCursor template = class_of(api, api->getTypeDeclaration(type));
    struct parameter_search search = {q, name, 0, -1};
    api->visitChildren(template, visit_parameter, &search);
    if (search.found < 0 || search.found >= api->Type_getNumTemplateArguments(type))
        return NULL;
    CXType argument = api->Type_getTemplateArgumentAsType(type, (unsigned)search.found);
    return of_type(q, argument, outer->outer);
}

/* A class, through aliases and template parameters: the meaning that names it and the class itself.
 * `is_pointer`: of any layer that was taken off on the way. */
static const struct meaning *class_meant(struct question *q, const struct meaning *meaning,
                                         CXCursor *record, bool *is_pointer) {
    const struct api *api = q->api;
    *record = api->getNullCursor();
    *is_pointer = false;
    for (int steps = 0; meaning && steps < ALIASES_MAX; steps++) {
        if (!is_null(q, meaning->record)) {
            *record = meaning->record;
            return meaning;
        }
        bool was_pointer;
        CXType type = plain(q, meaning->type, &was_pointer);
        *is_pointer |= was_pointer;
        if (type.kind == CXType_Invalid)
            return NULL;
        CXCursor declaration = api->getTypeDeclaration(type);
        if (declaration.kind == CXCursor_TypedefDecl ||
            declaration.kind == CXCursor_TypeAliasDecl) {
            meaning = of_type(q, api->getTypedefDeclUnderlyingType(declaration), meaning->outer);
        } else if (!is_null(q, declaration)) {
            *record = pattern_of(api, declaration);
            return meaning;
        } else if (meaning->outer) {
            CXString name = api->getTypeSpelling(type);
            meaning = argument_of(q, api->getCString(name), meaning->outer);
            api->disposeString(name);
        } else {
            *record = declaration_of_type(api, type);
            return is_null(q, *record) ? NULL : meaning;
        }
    }
    return NULL;
}

/* What the member of that name is of, or what it gives when it is called. */
static const struct meaning *member_meant(struct question *q, const struct meaning *meaning,
                                          const char *name, size_t length) {
    CXCursor record;
    bool is_pointer;
    const struct meaning *class = class_meant(q, meaning, &record, &is_pointer);
    struct candidates found = {.count = 0};
    if (class)
        search_members(q->api, record, name, length, &found);
    return found.count ? of_type(q, q->api->getCursorType(found.items[0]), class) : NULL;
}

/* What `operator*`, `operator->` or `operator[]` gives; of a pointer or array its element, which has the
 * same class. NULL when there is no such operator. */
static const struct meaning *applied(struct question *q, const struct meaning *meaning,
                                     const char *operation) {
    CXCursor record;
    bool is_pointer;
    if (!class_meant(q, meaning, &record, &is_pointer))
        return NULL;
    return is_pointer ? meaning : member_meant(q, meaning, operation, strlen(operation));
}

/* Declarations --------------------------------------------------------------------------------- */

struct reference_search {
    struct question *q;
    CXCursor template;
    const struct meaning *argument;
};

/* `Name<Argument>`: the first template that a declaration names, and what is named behind it. */
static enum CXChildVisitResult visit_reference(CXCursor cursor, CXCursor parent,
                                               CXClientData data) {
    struct reference_search *search = data;
    const struct api *api = search->q->api;
    (void)parent;
    if (cursor.kind != CXCursor_TemplateRef && cursor.kind != CXCursor_TypeRef)
        return CXChildVisit_Continue;
    CXCursor named = api->getCursorReferenced(cursor);
    if (is_null(search->q, search->template)) {
        if (cursor.kind == CXCursor_TemplateRef)
            search->template = named;
        return CXChildVisit_Continue;
    }
    search->argument =
        cursor.kind == CXCursor_TemplateRef
            ? keep(search->q, (struct meaning){{0}, named, NULL, NULL})
            : of_type(search->q, api->getCursorType(named), NULL);
    return CXChildVisit_Break;
}

/* `typename Name<Argument>::type variable`, which libclang has no type of: by the word before the
 * variable's name, in the file that is read. */
static const struct meaning *meaning_of_nested(struct question *q, CXCursor declaration) {
    const struct api *api = q->api;
    struct live *live = q->live;
    struct place place = place_of(api, api->getCursorLocation(declaration));
    if (!same_file(api, place.file, live->file) || place.offset > live->text.size)
        return NULL;
    size_t end = place.offset;
    while (end > 0 && !is_word(live->text.bytes[end - 1])) {
        if (!strchr(" \t\n*&", live->text.bytes[--end]))
            return NULL;
    }
    size_t word = end;
    while (word > 0 && is_word(live->text.bytes[word - 1]))
        word--;
    struct candidates found = {.count = 0};
    find_members(live, declaration, word, &found);
    if (found.count == 0)
        return NULL;
    struct reference_search search = {q, api->getNullCursor(), NULL};
    api->visitChildren(declaration, visit_reference, &search);
    const struct meaning *outer =
        keep(q, (struct meaning){{0}, search.template, NULL, search.argument});
    return outer ? of_type(q, api->getCursorType(found.items[0]), outer) : NULL;
}

static enum CXChildVisitResult take_expression(CXCursor cursor, CXCursor parent,
                                               CXClientData data) {
    CXCursor *found = data;
    (void)parent;
    if (cursor.kind >= CXCursor_UnexposedExpr && cursor.kind <= CXCursor_LastExpr)
        *found = cursor;
    return CXChildVisit_Continue;
}

/* The expression behind the `:` of `for (auto name : expression)`; a null cursor elsewhere. Its last token
 * is that of all of it. */
static CXCursor range_of(struct live *live, size_t name) {
    const struct text *text = &live->text;
    size_t at = text_skip_blanks(text, name + text_token(text, name));
    if (at + 1 >= text->size || text->bytes[at] != ':' || text->bytes[at + 1] == ':')
        return live->api->getNullCursor();
    size_t last = at;
    for (int open = 0; at < text->size; at++) {
        open += text->bytes[at] == '(';
        open -= text->bytes[at] == ')';
        if (open < 0)
            break;
        if (!strchr(" \t\r\n", text->bytes[at]))
            last = at;
    }
    while (last > 0 && is_word(text->bytes[last]) && is_word(text->bytes[last - 1]))
        last--;
    return cursor_at(live, last);
}

/* What a loop over a range gives: `*range.begin()`, or the element of an array. */
static const struct meaning *element_of(struct question *q, const struct meaning *range) {
    CXCursor record;
    bool is_pointer;
    if (!class_meant(q, range, &record, &is_pointer))
        return NULL;
    return is_pointer ? range : applied(q, member_meant(q, range, "begin", 5), "operator*");
}

static const struct meaning *meaning_of_auto(struct question *q, CXCursor variable, int depth) {
    CXCursor value = q->api->getNullCursor();
    q->api->visitChildren(variable, take_expression, &value);
    if (!is_null(q, value))
        return meaning_of_expression(q, value, depth + 1);
    struct place place = place_of(q->api, q->api->getCursorLocation(variable));
    if (!same_file(q->api, place.file, q->live->file) || place.offset >= q->live->text.size)
        return NULL;
    CXCursor range = range_of(q->live, place.offset);
    return is_null(q, range) ? NULL : element_of(q, meaning_of_expression(q, range, depth + 1));
}

/* The type that a variable, field, function or class is of, or stands for. */
static const struct meaning *meaning_of_declaration(struct question *q, CXCursor declaration,
                                                    int depth) {
    const struct meaning *meaning = of_type(q, q->api->getCursorType(declaration), NULL);
    CXCursor record;
    bool is_pointer;
    if (!meaning || class_meant(q, meaning, &record, &is_pointer))
        return meaning;
    CXType type = plain(q, meaning->type, &is_pointer);
    if (type.kind == CXType_Auto)
        return meaning_of_auto(q, declaration, depth);
    const struct meaning *nested = meaning_of_nested(q, declaration);
    return nested ? nested : meaning;
}

/* Expressions ---------------------------------------------------------------------------------- */

struct child_search {
    int number;
    CXCursor found;
};

static enum CXChildVisitResult take_child(CXCursor cursor, CXCursor parent, CXClientData data) {
    struct child_search *search = data;
    (void)parent;
    search->found = cursor;
    return search->number-- == 0 ? CXChildVisit_Break : CXChildVisit_Continue;
}

static CXCursor child_of(const struct question *q, CXCursor parent, int number) {
    struct child_search search = {number, q->api->getNullCursor()};
    q->api->visitChildren(parent, take_child, &search);
    return search.number < 0 ? search.found : q->api->getNullCursor();
}

/* `base.name`, where the name is all that is known. */
static const struct meaning *meaning_of_member(struct question *q, CXCursor expression, int depth) {
    const struct text *text = &q->live->text;
    struct place end =
        place_of(q->api, q->api->getRangeEnd(q->api->getCursorExtent(expression)));
    if (!same_file(q->api, end.file, q->live->file) || end.offset > text->size)
        return NULL;
    /* Its location may be that of what stands before the name; the name comes last. */
    size_t name = end.offset;
    while (name > 0 && is_word(text->bytes[name - 1]))
        name--;
    if (name == end.offset)
        return NULL;
    CXCursor base = child_of(q, expression, 0);
    if (expression.kind == CXCursor_MemberRefExpr && q->api->isExpression(base.kind)) {
        const struct meaning *of = meaning_of_expression(q, base, depth + 1);
        if (name >= 2 && text->bytes[name - 1] == '>' && of) {
            const struct meaning *pointee = applied(q, of, "operator->");
            of = pointee ? pointee : of;
        }
        return member_meant(q, of, text->bytes + name, end.offset - name);
    }
    struct candidates found = {.count = 0};
    find_members(q->live, expression, name, &found);
    return found.count ? of_type(q, q->api->getCursorType(found.items[0]), NULL) : NULL;
}

static bool starts_with(const struct question *q, CXCursor expression, char byte) {
    struct place start =
        place_of(q->api, q->api->getRangeStart(q->api->getCursorExtent(expression)));
    return same_file(q->api, start.file, q->live->file) && start.offset < q->live->text.size &&
           q->live->text.bytes[start.offset] == byte;
}

/* By what the expression consists of, where libclang has no type of it. */
static const struct meaning *meaning_of_parts(struct question *q, CXCursor expression, int depth) {
    CXCursor inner = child_of(q, expression, expression.kind == CXCursor_ConditionalOperator);
    if (!q->api->isExpression(inner.kind))
        return NULL;
    const struct meaning *meaning = meaning_of_expression(q, inner, depth + 1);
    const char *operation =
        expression.kind == CXCursor_ArraySubscriptExpr                             ? "operator[]"
        : expression.kind == CXCursor_UnaryOperator && starts_with(q, expression, '*') ? "operator*"
                                                                                   : NULL;
    const struct meaning *result = operation ? applied(q, meaning, operation) : NULL;
    return result ? result : meaning;
}

static const struct meaning *meaning_of_expression(struct question *q, CXCursor expression,
                                                   int depth) {
    const struct api *api = q->api;
    CXCursor record;
    bool is_pointer;
    if (depth > DEPTH_MAX)
        return NULL;
    const struct meaning *meaning = of_type(q, api->getCursorType(expression), NULL);
    if (class_meant(q, meaning, &record, &is_pointer) && is_class(record.kind))
        return meaning;
    CXCursor referenced = api->getCursorReferenced(expression);
    if (!is_null(q, referenced))
        return meaning_of_declaration(q, referenced, depth);
    if (expression.kind == CXCursor_MemberRefExpr || expression.kind == CXCursor_DeclRefExpr)
        return meaning_of_member(q, expression, depth);
    return meaning_of_parts(q, expression, depth);
}

CXCursor class_before_member(struct live *live, CXCursor expression, bool is_arrow) {
    struct question q = {.live = live, .api = live->api, .used = 0};
    const struct meaning *meaning = meaning_of_expression(&q, expression, 0);
    CXCursor record;
    bool is_pointer;
    if (is_arrow) {
        const struct meaning *pointee = applied(&q, meaning, "operator->");
        meaning = pointee ? pointee : meaning;
    }
    class_meant(&q, meaning, &record, &is_pointer);
    return record;
}
