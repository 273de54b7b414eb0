/* Live translation units: the parsed state of an open file, and the questions asked of it.
 *
 * A unit is used from one thread at a time; different units from different threads. Lines and
 * columns are 0-based, columns count bytes. Answers are the structs of core/messages.py that are
 * "written by C", as MessagePack.
 */
#ifndef CPPLS_LIVE_H
#define CPPLS_LIVE_H

#include <stdbool.h>

#include "api.h"
#include "files.h"
#include "map.h"
#include "pack.h"
#include "source.h"
#include "spots.h"

struct live {
    const struct api *api;
    CXIndex index;
    CXTranslationUnit unit; /* NULL before the first parse */
    bool suspended;
    char *path, *directory;
    /* Valid until the next parse: */
    CXFile file; /* the main file */
    struct text text; /* its text as it was parsed */
    struct file_table files;
    /* Filled by the first question for occurrences: */
    struct spots indexed, tokens;
    bool has_indexed, has_tokens;
    struct buffer included; /* struct included: its files, when it was proven that it may be over
                               shared preambles; some twice */
    char declined[1024]; /* why it was not */
    struct map absent_macros; /* by hash of their names: what no header defines, 1 + the byte behind
                                 which that is known */
    struct completion *completion; /* of the place that was completed last; NULL: none */
};

/* A file, and the main file's line that leads there; -1 when an option does. */
struct included {
    char *path;
    uint64_t path_hash;
    int64_t line;
};

/* What cppls_live_prove answers besides a CXErrorCode: the unit would mean something else over the
 * preambles, or nobody can tell. */
enum { LIVE_DECLINED = 100 };

void live_forget_included(struct live *live);   /* live_over.c */
void live_forget_completion(struct live *live); /* complete.c */
/* Bytes of the list of completions that is kept for further letters. */
CPPLS_EXPORT size_t cppls_live_completion_bytes(const struct live *live);

/* A unit for `path`, not parsed yet, whose relative names are relative to `directory`. `preambles` is the folder for precompiled preambles, empty for
 * libclang's default. NULL when memory runs out. */
CPPLS_EXPORT struct live *cppls_live_new(const struct api *api, const char *path,
                                         const char *directory, const char *preambles);
CPPLS_EXPORT void cppls_live_free(struct live *live);

/* Parse anew with these arguments (no driver, no input). Returns a CXErrorCode; on failure the unit
 * holds nothing. */
CPPLS_EXPORT int cppls_live_parse(struct live *live, const char *const *arguments, int count,
                                  CXUnsavedFile *unsaved, unsigned unsaved_count);

/* Whether the unit may be parsed over shared preambles. The arguments are those of that parse, with
 * -include-pch and the last preamble, which continues all before it. The parsed unit stays as it is;
 * `included` is from now on what was found. CXError_Success, LIVE_DECLINED, or
 * CXError_Crashed. */
CPPLS_EXPORT int cppls_live_prove(struct live *live, const char *const *arguments, int count,
                                  CXUnsavedFile *unsaved, unsigned unsaved_count,
                                  const char *const *preambles, int preamble_count);
/* Why, after LIVE_DECLINED; a sentence. */
CPPLS_EXPORT const char *cppls_live_declined(const struct live *live);

/* Parse again with the arguments of the last parse, also when suspended. Returns a CXErrorCode; on
 * failure the unit holds nothing. */
CPPLS_EXPORT int cppls_live_reparse(struct live *live, CXUnsavedFile *unsaved,
                                    unsigned unsaved_count);

/* Give back what the unit holds until it is parsed again. */
CPPLS_EXPORT void cppls_live_suspend(struct live *live);

/* Bytes that libclang counts for the unit, 0 without one. Preprocessor, tables and allocator slack are
 * not among them: see clang/live.py for what that means in resident memory. */
CPPLS_EXPORT unsigned long long cppls_live_counted(const struct live *live);

/* The questions. Each returns 0 and fills `out`, which the caller frees with cppls_buffer_free; or
 * 1 when there is no parsed unit, 2 when memory ran out. */

/* [[LiveDiagnostic], [Span of a skipped region], [path of a file of the unit]] */
CPPLS_EXPORT int cppls_live_report(struct live *live, struct buffer *out);
/* [Span of the token or nil, [TargetSymbol], path of the #include's target] */
CPPLS_EXPORT int cppls_live_symbol_at(struct live *live, unsigned line, unsigned column,
                                      struct buffer *out);
/* [Spot] of the `count` symbols, ordered by position */
CPPLS_EXPORT int cppls_live_occurrences(struct live *live, const int64_t *symbols,
                                        unsigned count, struct buffer *out);
/* [FileShard]: the main file's parts, as cppls_session_index would give them of a saved text */
CPPLS_EXPORT int cppls_live_shard(struct live *live, struct buffer *out);
/* [OutlineItem] */
CPPLS_EXPORT int cppls_live_outline(struct live *live, struct buffer *out);
/* Description or nil */
CPPLS_EXPORT int cppls_live_describe(struct live *live, unsigned line, unsigned column,
                                     struct buffer *out);

/* Completions: the best `limit` for what is typed at a position of unsaved[0], which is the newest text
 * of the main file and need not be what was parsed. 1 when the unit is not parsed, or suspended. */
CPPLS_EXPORT int cppls_live_complete(struct live *live, unsigned line, unsigned column,
                                     unsigned limit, CXUnsavedFile *unsaved,
                                     unsigned unsaved_count, struct buffer *out);

/* [Signature] of the calls that a position is inside, of the innermost one; otherwise as above. */
CPPLS_EXPORT int cppls_live_signatures(struct live *live, unsigned line, unsigned column,
                                       CXUnsavedFile *unsaved, unsigned unsaved_count,
                                       struct buffer *out);

CPPLS_EXPORT void cppls_buffer_free(struct buffer *buffer);

#endif
