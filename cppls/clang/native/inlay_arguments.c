/* The names of parameters in front of the arguments of calls. */
#include "declarations.h"
#include "heuristics.h"
#include "inlay_hints.h"
#include "resolve.h"

#include <string.h>

#define PARAMETERS_MAX 128

/* What is called: its parameters as they are declared. */
struct callee {
    CXCursor function; /* null for a function pointer */
    CXCursor parameters[PARAMETERS_MAX];
    size_t count;
    size_t pack; /* the parameters from this one on are those of a pack */
};

/* What is called ------------------------------------------------------------------------------- */

static enum CXChildVisitResult take_first(CXCursor cursor, CXCursor parent, CXClientData data) {
    (void)parent;
    *(CXCursor *)data = cursor;
    return CXChildVisit_Break;
}

/* The only function that a call in a template can mean; a null cursor when there are several. */
static CXCursor only_candidate(struct hints *hints, CXCursor call) {
    const struct api *api = hints->api;
    CXCursor name = api->getNullCursor();
    api->visitChildren(call, take_first, &name);
    CXCursor named = api->getCursorReferenced(name);
    if (named.kind == CXCursor_OverloadedDeclRef)
        return api->getNumOverloadedDecls(named) == 1 ? api->getOverloadedDecl(named, 0)
                                                      : api->getNullCursor();
    size_t end, start;
    if (name.kind != CXCursor_MemberRefExpr || !extent_of(hints, name, &start, &end))
        return api->getNullCursor();
    size_t word = end;
    while (word > start && is_word(hints->live->text.bytes[word - 1]))
        word--;
    struct candidates found = {.count = 0};
    if (word < end)
        find_members(hints->live, name, word, &found);
    return found.count == 1 ? found.items[0] : api->getNullCursor();
}

static enum CXChildVisitResult visit_parameter(CXCursor cursor, CXCursor parent,
                                               CXClientData data) {
    struct callee *callee = data;
    (void)parent;
    if (cursor.kind == CXCursor_ParmDecl && callee->count < PARAMETERS_MAX)
        callee->parameters[callee->count++] = cursor;
    return CXChildVisit_Continue;
}

/* Parameters that the pattern of an instance has as a pack. */
static void find_pack(const struct api *api, struct callee *callee) {
    callee->pack = callee->count;
    CXCursor pattern = api->getSpecializedCursorTemplate(callee->function);
    struct callee declared = {.function = pattern};
    if (api->Cursor_isNull(pattern))
        declared = *callee;
    else
        api->visitChildren(pattern, visit_parameter, &declared);
    for (size_t i = 0; i < declared.count; i++) {
        CXString string = api->getTypeSpelling(api->getCursorType(declared.parameters[i]));
        const char *name = api->getCString(string);
        size_t length = name ? strlen(name) : 0;
        if (length > 3 && strcmp(name + length - 3, "...") == 0 && i < callee->pack)
            callee->pack = i;
        api->disposeString(string);
    }
}

/* `std::move` and the like, whose parameter says nothing. */
static bool is_simple_builtin(const struct api *api, const char *name, CXCursor function) {
    static const char *const names[] = {"addressof", "as_const", "forward", "move",
                                        "move_if_noexcept"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return api->getCursorSemanticParent(function).kind == CXCursor_Namespace &&
                   api->Location_isInSystemHeader(api->getCursorLocation(function));
    return false;
}

static bool equal_letters(const char *left, const char *right, size_t length) {
    for (size_t i = 0; i < length; i++)
        if ((left[i] | 32) != (right[i] | 32))
            return false;
    return true;
}

/* `setSize(size)`: the name of the function has that of its only parameter. */
static bool is_setter(const struct api *api, const char *name, const struct callee *callee) {
    if (callee->count != 1 || strlen(name) < 3 || !equal_letters(name, "set", 3))
        return false;
    name += 3;
    name += strspn(name, "_");
    CXString string = api->getCursorSpelling(callee->parameters[0]);
    const char *parameter = api->getCString(string);
    parameter += strspn(parameter, "_");
    bool same = strlen(name) == strlen(parameter) && equal_letters(name, parameter, strlen(name));
    api->disposeString(string);
    return same;
}

/* Whether the parameters' names help a reader of the call. */
static bool is_of_interest(const struct api *api, const struct callee *callee) {
    CXCursor function = callee->function;
    if (api->Cursor_isNull(function))
        return true;
    if (function.kind == CXCursor_Constructor &&
        (api->CXXConstructor_isCopyConstructor(function) ||
         api->CXXConstructor_isMoveConstructor(function)))
        return false;
    CXString string = api->getCursorSpelling(function);
    const char *name = api->getCString(string);
    bool is_operator = strncmp(name, "operator", 8) == 0 && !is_word(name[8]);
    bool shown = !(is_operator && strcmp(name, "operator()") != 0) &&
                 !is_setter(api, name, callee) && !is_simple_builtin(api, name, function);
    api->disposeString(string);
    return shown;
}

/* A parameter of what a pointer to a function points to is declared with the pointer or its alias. */
static void read_pointer(const struct api *api, CXCursor pointer, struct callee *callee) {
    callee->function = api->getNullCursor();
    api->visitChildren(pointer, visit_parameter, callee);
    if (callee->count == 0) {
        CXCursor alias = api->getTypeDeclaration(api->getCursorType(pointer));
        if (alias.kind == CXCursor_TypedefDecl)
            api->visitChildren(alias, visit_parameter, callee);
    }
    callee->pack = callee->count;
}

static bool find_callee(struct hints *hints, CXCursor call, struct callee *callee) {
    const struct api *api = hints->api;
    callee->count = 0;
    CXCursor called = api->getCursorReferenced(call);
    if (api->Cursor_isNull(called) || called.kind == CXCursor_OverloadedDeclRef)
        called = only_candidate(hints, call);
    if (called.kind == CXCursor_VarDecl || called.kind == CXCursor_ParmDecl ||
        called.kind == CXCursor_FieldDecl) {
        read_pointer(api, called, callee);
    } else if (is_function(called.kind)) {
        callee->function = called;
        api->visitChildren(called, visit_parameter, callee);
        find_pack(api, callee);
    }
    return callee->count > 0 && is_of_interest(api, callee);
}

/* Arguments ------------------------------------------------------------------------------------ */

/* The parameter's name without underscores in front, from the definition where the declaration has
 * none. To be disposed. */
static CXString name_of(const struct api *api, const struct callee *callee, size_t i) {
    CXString string = api->getCursorSpelling(callee->parameters[i]);
    if (*api->getCString(string) || api->Cursor_isNull(callee->function))
        return string;
    CXCursor definition = api->getCursorDefinition(callee->function);
    struct callee defined = {.count = 0};
    if (api->Cursor_isNull(definition))
        return string;
    api->visitChildren(definition, visit_parameter, &defined);
    if (i >= defined.count)
        return string;
    api->disposeString(string);
    return api->getCursorSpelling(defined.parameters[i]);
}

/* Whether the argument's text is the name alone, or the part of `aName` that is upper case. */
static bool says_name(const struct text *text, size_t start, size_t end, const char *name,
                      size_t length) {
    const char *argument = text->bytes + start;
    size_t size = end - start;
    if (size > 6 && memcmp(argument, "this->", 6) == 0) {
        argument += 6;
        size -= 6;
    }
    if (size == length && memcmp(argument, name, size) == 0)
        return true;
    return length > 1 && name[0] == 'a' && name[1] >= 'A' && name[1] <= 'Z' &&
           size == length - 1 && argument[0] == (name[1] | 32) &&
           memcmp(argument + 1, name + 2, size - 1) == 0;
}

/* Whether the call may change its argument. */
static bool is_mutable_reference(const struct api *api, CXCursor parameter) {
    CXType type = api->getCanonicalType(api->getCursorType(parameter));
    return type.kind == CXType_LValueReference &&
           !api->isConstQualifiedType(api->getPointeeType(type));
}

/* Whether the word stands between two offsets. */
static bool has_word(const struct text *text, size_t start, size_t end, const char *word) {
    for (size_t at = start; at < end; at++)
        if ((at == 0 || !is_word(text->bytes[at - 1])) && word_is(text, at, word))
            return true;
    return false;
}

/* Whether the member that the argument is, or calls, is named in its text: in `ARG.size()` of a macro's
 * body it is not. */
static bool names_member(const struct hints *hints, CXCursor argument, size_t start, size_t end) {
    const struct api *api = hints->api;
    CXCursor inner = argument;
    for (int depth = 0; depth < 8 && (inner.kind == CXCursor_CallExpr ||
                                      inner.kind == CXCursor_UnexposedExpr);
         depth++) {
        CXCursor child = api->getNullCursor();
        api->visitChildren(inner, take_first, &child);
        inner = child;
    }
    if (inner.kind != CXCursor_MemberRefExpr)
        return true;
    CXString string = api->getCursorSpelling(inner);
    const char *name = api->getCString(string);
    bool named = !name || !is_word(*name) || strncmp(name, "operator", 8) == 0 ||
                 has_word(&hints->live->text, start, end, name);
    api->disposeString(string);
    return named;
}

/* Where an argument is: written as it is, or all of what a macro stands for. */
static bool place_argument(const struct hints *hints, CXCursor call, CXCursor argument,
                           size_t *start, size_t *end) {
    const struct api *api = hints->api;
    if (extent_of(hints, argument, start, end))
        return names_member(hints, argument, *start, *end);
    CXSourceRange range = api->getCursorExtent(argument);
    size_t of_call, of_end;
    CXFile file = NULL;
    unsigned at = 0;
    bool begins = written_at(hints, api->getRangeStart(range), start);
    api->getFileLocation(api->getRangeStart(range), &file, NULL, NULL, &at);
    if (begins || !extent_of(hints, call, &of_call, &of_end) ||
        !same_file(api, file, hints->live->file) || at <= of_call || at >= of_end)
        return false;
    *start = at;
    *end = at + text_token(&hints->live->text, at);
    return true;
}

static void hint_argument(struct hints *hints, CXCursor call, CXCursor argument,
                          const struct callee *callee, size_t i) {
    const struct api *api = hints->api;
    size_t start, end;
    if (!place_argument(hints, call, argument, &start, &end))
        return;
    CXString string = name_of(api, callee, i);
    const char *name = api->getCString(string);
    name += strspn(name, "_");
    size_t length = strlen(name);
    bool named = length && !says_name(&hints->live->text, start, end, name, length) &&
                 !is_commented(hints, start, name, length);
    bool changes = is_mutable_reference(api, callee->parameters[i]);
    if (named || changes)
        add_hint(hints, start, HINT_PARAMETER, changes ? "&" : "", name, named ? length : 0, ":");
    api->disposeString(string);
}

/* Whether the call is one that the compiler makes, of what is written without a bracket. */
static bool is_implicit(const struct hints *hints, CXCursor call) {
    const struct api *api = hints->api;
    if (api->getCursorReferenced(call).kind != CXCursor_Constructor)
        return false;
    size_t start, end, first, last;
    CXCursor argument = api->Cursor_getArgument(call, 0);
    if (!extent_of(hints, call, &start, &end))
        return false;
    char byte = hints->live->text.bytes[end - 1];
    /* `{1, 2}` that is one list of initialisers. */
    return (byte != ')' && byte != '}') ||
           (extent_of(hints, argument, &first, &last) && last == end);
}

void hint_arguments(struct hints *hints, CXCursor call) {
    const struct api *api = hints->api;
    int count = api->Cursor_getNumArguments(call);
    struct callee callee;
    if (count <= 0 || is_implicit(hints, call) || !find_callee(hints, call, &callee))
        return;
    /* The object comes first. */
    CXString string = api->getCursorSpelling(call);
    int first = strcmp(api->getCString(string), "operator()") == 0;
    api->disposeString(string);
    for (int i = first; i < count && (size_t)(i - first) < callee.pack; i++)
        hint_argument(hints, call, api->Cursor_getArgument(call, (unsigned)i), &callee,
                      (size_t)(i - first));
}
