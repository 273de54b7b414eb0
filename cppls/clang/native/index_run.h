/* One run of the indexer over a translation unit: what its parts share. Private to index*.c. */
#ifndef CPPLS_INDEX_RUN_H
#define CPPLS_INDEX_RUN_H

#include "arena.h"
#include "chain.h"
#include "claims.h"
#include "index.h"
#include "missing.h"
#include "spots.h"
#include "symbols.h"

struct symbol_record {
    int64_t id;
    const char *name, *scope, *signature, *brief;
    int kind;
    unsigned flags;
    uint32_t offset, length, extent_start, extent_end;
};

struct relation {
    int64_t subject, object;
    int kind;
};

struct include {
    uint32_t hash_offset, line; /* of the directive's '#' */
    bool forced;                /* by a compiler option: hash_offset counts down from UINT32_MAX */
    bool angled;
    bool missing; /* a stand-in was included */
    const char *spelled;
    const struct source_file *target; /* NULL when it did not resolve */
};

struct diagnostic {
    uint32_t start, end;
    int severity;
    const char *message, *code;
};

/* A growable array of fixed-size items in one buffer. */
#define ITEMS(buffer, type) ((type *)(void *)(buffer).bytes)
#define ITEM_COUNT(buffer, type) ((buffer).size / sizeof(type))

/* What one file of the TU gives. Only a claimed one collects anything, or one with new branches. */
struct indexed_file {
    struct source_file *source;
    CXFile handle;
    bool decided, claimed, read;
    unsigned included; /* by how many directives of the unit */
    struct text contents; /* as libclang read it, once `read`: bytes and size only */
    struct content content;
    uint64_t moving; /* the ids that change when text before their declarations does, in one */
    const struct branches *branches; /* of a header */
    unsigned char *states;           /* of them; NULL where others have claimed all (index_branches.c) */
    bool adds;                       /* others have claimed it, but not branches that the unit reads */
    struct text text;
    struct spots spots;
    struct map symbols;          /* symbol id -> position in `records` + 1 */
    struct buffer records;       /* struct symbol_record */
    struct buffer relations;     /* struct relation */
    struct buffer includes;      /* struct include; also while not yet claimed */
    struct buffer diagnostics;   /* struct diagnostic */
    struct buffer candidates;    /* references whose meaning is open, of index_candidates.c */
    struct buffer with_locals;   /* functions that are walked once more, of index_locals.c */
};

/* A namespace, class or function that contains others: its id, and its name for a reader. */
struct scope {
    int64_t id;
    const char *name; /* "z3::util", "" at the top */
};

struct run {
    const struct api *api;
    struct claims *claims;
    const struct chain *chain; /* the shared preambles that it is parsed over; NULL for none */
    const struct sink *sink;
    struct arena arena;
    struct file_table files;
    struct indexed_file **indexed; /* by source_file.number; NULL where none was needed */
    size_t indexed_count;
    struct indexed_file *main;
    const struct source_file *main_source; /* of a preamble that is being built */
    bool headers_only;                     /* nothing of the main file is told: `main` stays NULL */
    bool main_only;                        /* nothing of any header is told */
    bool again; /* the walk is that of run_locals */
    struct map directives; /* includes seen: hash of file and offset */
    uint32_t forced;       /* how many compiler options asked for */
    bool unresolved;       /* an include led nowhere, not even to a stand-in */
    struct map scopes;      /* declaration (cursor.data[0]) -> struct scope * */
    const void *parent;     /* the declaration whose id is `parent_id`: references come in runs */
    int64_t parent_id;
    unsigned errors;
    const char *first_error;
    bool failed; /* memory ran out */
};

/* index_files.c: the entry of a handle, made when needed; NULL for none. */
struct indexed_file *run_file(struct run *run, CXFile handle);
/* What libclang read of it: bytes and size, NULL bytes for nothing. Asking libclang is slow. */
const struct text *run_contents(struct indexed_file *file, const struct api *api,
                                CXTranslationUnit unit);
/* Whether `file` is ours to extract; decided once, when its contents can be had from `unit`. */
bool run_claim(struct run *run, struct indexed_file *file, CXTranslationUnit unit);
/* index_branches.c: have the branches of a header of the project, whose claim is decided, be known; false when memory
 * runs out. */
bool run_branches_of(struct run *run, struct indexed_file *file);
/* Whether what stands at `offset`, which the unit has read, is ours to extract; `told` by libclang, and
 * not by the preprocessor. */
bool run_takes(struct run *run, struct indexed_file *file, CXTranslationUnit unit, uint32_t offset,
               bool told);
/* The same, once run_branches has been called, of what the unit may not have read. */
bool run_holds(const struct indexed_file *file, uint32_t offset);
/* Find which branches the unit has read. */
void run_branches(struct run *run, CXTranslationUnit unit);
/* Whether some of them may lie in bodies that the parse session has left out. */
bool run_needs_bodies(const struct run *run);
enum which_branches {
    READ_BRANCHES,
    NEW_BRANCHES,
    CERTAIN_BRANCHES /* which were read for sure, although a file that is entered twice is read twice */
};
/* Append claims of branches that were read, 8 bytes each, little-endian. */
void run_branch_keys(const struct indexed_file *file, enum which_branches which,
                     struct buffer *keys);

void run_free(struct run *run);
/* A copy in the run's arena of libclang's string, which is disposed; "" for none. */
const char *run_text(struct run *run, CXString string);

/* index_entities.c: the callbacks for declarations and references. */
void run_declaration(struct run *run, const CXIdxDeclInfo *declaration);
void run_reference(struct run *run, const CXIdxEntityRefInfo *reference);
/* Add or improve the file's record of a symbol; NULL when there is nothing to fill in: a record of
 * at least this standing is there already. */
struct symbol_record *run_record(struct run *run, struct indexed_file *file, int64_t id,
                                 bool definition);

/* index_candidates.c: keep a reference back while its meaning is open; false when it is not. */
bool run_candidate(struct run *run, struct indexed_file *file, const CXIdxEntityRefInfo *reference,
                   struct spot spot);
/* Add those of the references kept back that mean something in their file. */
void run_candidates(struct run *run);

/* index_macros.c: definitions, references and undefinitions of macros. */
void run_macros(struct run *run, CXTranslationUnit unit);
/* Add one that the walk does not see: `definition` is named at `offset` of a claimed file. */
void run_macro(struct run *run, struct indexed_file *file, CXCursor definition, uint32_t offset,
               unsigned roles);

/* index_locals.c: what functions declare that others may know of. */
void run_locals(struct run *run, CXTranslationUnit unit, CXIndex index);
/* Whether what a walk tells of at `offset` is not for the index: of what run_locals walks over most is
 * not. */
bool run_leaves_out(const struct run *run, const struct indexed_file *file, uint32_t offset,
                    const CXIdxEntityInfo *entity);

/* index_containers.c: what spots without a container stand in; false when memory runs out. */
bool run_contain(struct indexed_file *file);
/* Whether a record's kind is that of a function or method. */
bool run_is_function(int kind);

/* index_includes.c: the callback for an include directive, and what it left. */
CXIdxClientFile run_include(struct run *run, const CXIdxIncludedFileInfo *included);
/* Have what did not resolve stand in from now on; whether there was anything new. */
bool run_learn_missing(struct run *run, struct missing *missing);
/* What compiler options (-include) include was read with the preambles: libclang tells nothing of it. */
void run_forced_below(struct run *run, CXTranslationUnit unit);
/* Diagnostics for the includes that found stand-ins. */
void run_missing(struct run *run);
void run_pack_include(const struct indexed_file *file, const struct include *include,
                      struct buffer *out);

/* index_diagnostics.c: of claimed files; counts all errors. */
void run_diagnostics(struct run *run, CXTranslationUnit unit);
/* Count an error of the TU; the first one is kept as text. `file` NULL: at no place. */
void run_count_error(struct run *run, const struct source_file *file, struct position position,
                     const char *message);

/* index_pack.c: hand all claimed files to the sink, the main file first, and append the ShardEnd. */
void run_pack(struct run *run, struct buffer *end);

#endif
