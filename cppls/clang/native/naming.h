/* How a declaration of a live unit is told to a reader: kind, flags, scope, signature. */
#ifndef CPPLS_NAMING_H
#define CPPLS_NAMING_H

#include "live.h"

/* A model.SymbolKind. */
int kind_of(struct live *live, CXCursor declaration);

/* model.SymbolFlag bits; DEFINITION when the cursor itself is one. */
unsigned flags_of(struct live *live, CXCursor declaration);

/* Whether only the unit itself knows the symbol: of a function, a parameter, a template parameter,
 * a label. */
bool is_local(const struct api *api, CXCursor declaration);

/* symbol_id_of_cursor, and for what has no USR (labels) an id of its place. */
int64_t live_id(struct live *live, CXCursor declaration);

/* The name, or what stands for that of an unnamed entity. */
void pack_name(struct buffer *out, struct live *live, CXCursor declaration);

/* The qualified name of what contains the declaration; empty for the global scope. */
void pack_scope(struct buffer *out, struct live *live, CXCursor declaration);

/* symbol_signature. */
void pack_signature(struct buffer *out, struct live *live, CXCursor declaration);

#endif
