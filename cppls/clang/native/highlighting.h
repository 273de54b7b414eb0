/* How a declaration is coloured: clangd's kinds and modifiers of semantic highlighting. */
#ifndef CPPLS_HIGHLIGHTING_H
#define CPPLS_HIGHLIGHTING_H

#include "live.h"
#include "map.h"

/* The order of core/live_painting.TOKEN_TYPES. */
enum highlighting_kind {
    HIGHLIGHT_VARIABLE,
    HIGHLIGHT_LOCAL_VARIABLE,
    HIGHLIGHT_PARAMETER,
    HIGHLIGHT_FUNCTION,
    HIGHLIGHT_METHOD,
    HIGHLIGHT_STATIC_METHOD,
    HIGHLIGHT_FIELD,
    HIGHLIGHT_STATIC_FIELD,
    HIGHLIGHT_CLASS,
    HIGHLIGHT_INTERFACE,
    HIGHLIGHT_ENUM,
    HIGHLIGHT_ENUM_CONSTANT,
    HIGHLIGHT_TYPEDEF,
    HIGHLIGHT_TYPE,
    HIGHLIGHT_UNKNOWN,
    HIGHLIGHT_NAMESPACE,
    HIGHLIGHT_TEMPLATE_PARAMETER,
    HIGHLIGHT_CONCEPT,
    HIGHLIGHT_PRIMITIVE,
    HIGHLIGHT_MACRO,
    HIGHLIGHT_MODIFIER,
    HIGHLIGHT_OPERATOR,
    HIGHLIGHT_BRACKET,
    HIGHLIGHT_LABEL,
    HIGHLIGHT_INACTIVE,
    HIGHLIGHT_NONE
};

/* The order of core/live_painting.TOKEN_MODIFIERS. */
enum highlighting_modifier {
    MODIFIER_DECLARATION = 1 << 0,
    MODIFIER_DEFINITION = 1 << 1,
    MODIFIER_DEPRECATED = 1 << 2,
    MODIFIER_DEDUCED = 1 << 3,
    MODIFIER_READONLY = 1 << 4,
    MODIFIER_STATIC = 1 << 5,
    MODIFIER_ABSTRACT = 1 << 6,
    MODIFIER_VIRTUAL = 1 << 7,
    MODIFIER_DEPENDENT_NAME = 1 << 8,
    MODIFIER_DEFAULT_LIBRARY = 1 << 9,
    MODIFIER_MUTABLE_REFERENCE = 1 << 10,
    MODIFIER_MUTABLE_POINTER = 1 << 11,
    MODIFIER_CONSTRUCTOR = 1 << 12, /* or a destructor */
    MODIFIER_USER_DEFINED = 1 << 13,
    MODIFIER_FUNCTION_SCOPE = 1 << 14,
    MODIFIER_CLASS_SCOPE = 1 << 15,
    MODIFIER_FILE_SCOPE = 1 << 16,
    MODIFIER_GLOBAL_SCOPE = 1 << 17
};

struct highlighting {
    unsigned kind, modifiers;
    uint32_t name; /* a hash of the declaration's name; 0 where that is no identifier */
};

/* What was found out of declarations: thousands of tokens name a few hundred. */
struct highlighter {
    struct live *live;
    struct map known; /* by declaration: 1 + its index in `found` */
    struct buffer found; /* struct highlighting */
};

/* As a reference to the declaration; HIGHLIGHT_NONE where clangd paints nothing. */
struct highlighting highlight(struct highlighter *highlighter, CXCursor declaration);

/* What a declaration of the name adds to its modifiers. */
unsigned highlight_declaration(const struct live *live, CXCursor declaration);

/* What `auto` or `decltype(...)` is painted as where it stands for the type. */
struct highlighting highlight_deduced(struct highlighter *highlighter, CXType type);

/* The hash that `struct highlighting` has of a name. */
uint32_t highlighting_name(const char *name, size_t length);

void highlighter_free(struct highlighter *highlighter);

#endif
