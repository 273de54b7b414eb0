/* What a symbol is: its id, and how it is told to a reader. One place, used by index and live TUs. */
#ifndef CPPLS_SYMBOLS_H
#define CPPLS_SYMBOLS_H

#include "files.h"
#include "pack.h"

/* model.SymbolFlag */
enum symbol_flag {
    SYMBOL_DEFINITION = 1,
    SYMBOL_TEMPLATE = 2,
    SYMBOL_SPECIALISATION = 4,
    SYMBOL_FILE_LOCAL = 8,
    SYMBOL_VIRTUAL = 16,
    SYMBOL_PURE = 32,
    SYMBOL_STATIC = 64,
    SYMBOL_CONST = 128,
    SYMBOL_DEPRECATED = 256,
    SYMBOL_IMPLICIT = 512,
    SYMBOL_ANONYMOUS = 1024,
    SYMBOL_FUNCTION_LIKE = 2048,
    SYMBOL_SCOPED_ENUM = 4096
};

/* model.SymbolKind beyond CXIdxEntityKind */
enum symbol_kind {
    SYMBOL_KIND_MACRO = 64,
    SYMBOL_KIND_PARAMETER = 65,
    SYMBOL_KIND_LOCAL_VARIABLE = 66,
    SYMBOL_KIND_TEMPLATE_PARAMETER = 67,
    SYMBOL_KIND_LABEL = 68,
    SYMBOL_KIND_FILE = 69
};

/* model.Role beyond CXSymbolRole, and those of its bits that we set ourselves */
enum symbol_role {
    ROLE_DECLARATION = 1,
    ROLE_DEFINITION = 2,
    ROLE_REFERENCE = 4,
    ROLE_READ = 8,
    ROLE_WRITE = 16,
    ROLE_CALL = 32,
    ROLE_DYNAMIC = 64,
    ROLE_ADDRESS_OF = 128,
    ROLE_IMPLICIT = 256,
    ROLE_UNDEFINITION = 512
};

/* model.RelationKind */
enum relation_kind { RELATION_BASE_OF = 1, RELATION_OVERRIDDEN_BY = 2, RELATION_SPECIALISED_BY = 3 };

/* The id of the symbol that `cursor` declares or names (a declaration or a macro definition).
 *
 * It is the hash of the USR. Where the USR begins with a file's base name ("c:util.c@F@f": internal
 * linkage, unnamed namespaces, macros), the real path of the canonical declaration's file is mixed
 * in, because files of the same name in two folders would share it. A macro's offset is left out:
 * all macros of one name in one file are one symbol. 0 when there is no USR. */
int64_t symbol_id_of_cursor(struct file_table *files, CXCursor cursor);
/* The same when the USR is at hand. */
int64_t symbol_id_of_usr(struct file_table *files, const char *usr, CXCursor cursor);
/* The id of a name that a macro's body mentions, whatever it names there: core/names.py knows it too. */
int64_t symbol_mention_id(const char *name, size_t length);
/* Whether a USR, and so the id, has an offset in it: that of the declaration, or of one around it, in its
 * file. Of what the index holds that is what lies in a nameless type that a variable has, and classes of
 * functions with what is in them. */
bool symbol_usr_moves(const char *usr);

/* The symbol_flag bits that `cursor`, a declaration, shows by itself (not SYMBOL_DEFINITION). */
unsigned symbol_flags(const struct api *api, CXCursor cursor);

/* Append the rest of the declaration as a reader wants it, terminated: "(int v) -> int" of a
 * function, the type of a variable, what a typedef stands for, "= 3" of an enumerator. */
void symbol_signature(const struct api *api, CXCursor cursor, struct buffer *out);

/* What stands for the name of an unnamed entity of this kind: "(anonymous struct)". */
const char *symbol_placeholder(enum CXCursorKind kind);

#endif
