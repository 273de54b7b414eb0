/* From what libclang refers to, to the declaration that a reader means. */
#ifndef CPPLS_DECLARATIONS_H
#define CPPLS_DECLARATIONS_H

#include <stdbool.h>

#include "api.h"

/* A class, structure or union, a template of one or a partial specialisation. */
bool is_class(enum CXCursorKind kind);

/* A function or method of any sort, or a template of one. */
bool is_function(enum CXCursorKind kind);

/* Whether a class declares it as its friend without being its scope: `friend void f(S);`. A friend's
 * declaration is an occurrence, but not the place that a reader looks for. */
bool is_friend(const struct api *api, CXCursor declaration);

/* Whether the declaration is itself the definition, tentative ones of C included. libclang's own answer is
 * wrong for all but the first declarator of a declaration. */
bool is_definition(const struct api *api, CXCursor declaration);

/* The member of a template, or the template, that an implicit instantiation was made from; any other
 * declaration itself. */
CXCursor pattern_of(const struct api *api, CXCursor declaration);

/* The declaration of a type with pointers, references, arrays and functions (to their result) taken
 * off; a null cursor for builtin and dependent types. */
CXCursor declaration_of_type(const struct api *api, CXType type);

/* pointee.c: the declaration of what a smart pointer points to; a null cursor for other types. */
CXCursor pointee_of_type(const struct api *api, CXType type);

#endif
