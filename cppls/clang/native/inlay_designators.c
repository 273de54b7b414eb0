/* What the elements of a list of initialisers initialise: `.field=`, `[0]=`. */
#include "declarations.h"
#include "inlay_hints.h"

#include <stdio.h>
#include <string.h>

#define FIELDS_MAX 256
#define LABEL_MAX 128
#define DEPTH_MAX 8

struct fields {
    CXCursor items[FIELDS_MAX];
    size_t count;
    bool has_bases;
};

/* The elements of one list, as they are taken one after the other. */
struct elements {
    struct hints *hints;
    CXCursor items[FIELDS_MAX];
    size_t count, next;
};

static enum CXChildVisitResult visit_field(CXCursor cursor, CXCursor parent, CXClientData data) {
    struct fields *fields = data;
    (void)parent;
    fields->has_bases |= cursor.kind == CXCursor_CXXBaseSpecifier;
    if (cursor.kind == CXCursor_FieldDecl && fields->count < FIELDS_MAX)
        fields->items[fields->count++] = cursor;
    return CXChildVisit_Continue;
}

static bool is_record(CXType canonical) { return canonical.kind == CXType_Record; }

static bool is_array(CXType canonical) {
    return canonical.kind == CXType_ConstantArray || canonical.kind == CXType_IncompleteArray;
}

static void hint_aggregate(struct elements *elements, CXType type, const char *label, int depth);

/* An element for a part of this type: all of it, or, without braces of its own, its first part. */
static void hint_part(struct elements *elements, CXType type, const char *label, int depth) {
    struct hints *hints = elements->hints;
    CXType canonical = hints->api->getCanonicalType(type);
    CXCursor element = elements->items[elements->next];
    CXType of_element = hints->api->getCanonicalType(hints->api->getCursorType(element));
    bool aggregate = is_record(canonical) || is_array(canonical);
    bool whole = !aggregate || element.kind == CXCursor_InitListExpr || is_record(of_element) ||
                 is_array(of_element) || of_element.kind == CXType_Dependent;
    if (!whole) {
        hint_aggregate(elements, canonical, label, depth + 1);
        return;
    }
    size_t start, end, length = strlen(label);
    elements->next++;
    /* `.x = 1`: it says itself. */
    if (extent_of(hints, element, &start, &end) && hints->live->text.bytes[start] != '.' &&
        !is_commented(hints, start, label + (*label == '.'), length - (*label == '.')))
        add_hint(hints, start, HINT_DESIGNATOR, "", label, length, "=");
}

static void hint_aggregate(struct elements *elements, CXType type, const char *label, int depth) {
    const struct api *api = elements->hints->api;
    char inner[LABEL_MAX];
    if (depth > DEPTH_MAX)
        return;
    if (is_array(type)) {
        long long size = type.kind == CXType_ConstantArray ? api->getArraySize(type) : 0;
        for (long long i = 0; (size == 0 || i < size) && elements->next < elements->count; i++) {
            if (snprintf(inner, sizeof inner, "%s[%lld]", label, i) >= (int)sizeof inner)
                return;
            hint_part(elements, api->getArrayElementType(type), inner, depth);
        }
        return;
    }
    struct fields fields = {.count = 0};
    api->visitChildren(api->getTypeDeclaration(type), visit_field, &fields);
    for (size_t i = 0; !fields.has_bases && i < fields.count && elements->next < elements->count;
         i++) {
        CXString string = api->getCursorSpelling(fields.items[i]);
        const char *name = api->getCString(string);
        bool fits = snprintf(inner, sizeof inner, "%s.%s", label, name) < (int)sizeof inner;
        bool unnamed = !*name || !is_word(*name);
        api->disposeString(string);
        if (!fits || unnamed)
            return;
        hint_part(elements, api->getCursorType(fields.items[i]), inner, depth);
    }
}

/* Whether one of the elements is designated: what it designates moves the others. */
static bool is_designated(const struct elements *elements) {
    const struct text *text = &elements->hints->live->text;
    for (size_t i = 0; i < elements->count; i++) {
        size_t start, end;
        if (extent_of(elements->hints, elements->items[i], &start, &end) &&
            (text->bytes[start] == '.' || (text->bytes[start] == '[' &&
                                           elements->items[i].kind != CXCursor_LambdaExpr)))
            return true;
    }
    return false;
}

void hint_designators(struct hints *hints, CXCursor list) {
    const struct api *api = hints->api;
    CXType type = api->getCanonicalType(api->getCursorType(list));
    size_t start, end;
    if (!(hints->wanted & 1u << HINT_DESIGNATOR) || (!is_record(type) && !is_array(type)) ||
        !extent_of(hints, list, &start, &end) || hints->live->text.bytes[start] != '{')
        return;
    struct elements elements = {.hints = hints};
    elements.count = children_of(api, list, elements.items, FIELDS_MAX);
    if (elements.count > FIELDS_MAX)
        elements.count = FIELDS_MAX;
    if (!is_designated(&elements))
        hint_aggregate(&elements, type, "", 0);
}
