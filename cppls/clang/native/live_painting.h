/* Questions to a live unit about what an editor paints around its text. As those of live.h. */
#ifndef CPPLS_LIVE_PAINTING_H
#define CPPLS_LIVE_PAINTING_H

#include "live.h"

/* The main file's semantic tokens as one binary, see semantic_tokens.c; with `inactive` the lines
 * that the preprocessor skipped are tokens too. */
CPPLS_EXPORT int cppls_live_semantic_tokens(struct live *live, unsigned inactive,
                                            struct buffer *out);

/* [InlayHint] in the lines `first` to `last`, both included: of the `wanted` sorts, a bit each (1 << HintKind); names of
 * types shorter than `type_limit` bytes, 0 for any. */
CPPLS_EXPORT int cppls_live_inlay_hints(struct live *live, unsigned first_line, unsigned last_line,
                                        unsigned wanted, unsigned type_limit, struct buffer *out);

/* [IncludedFile] */
CPPLS_EXPORT int cppls_live_included_files(struct live *live, struct buffer *out);

#endif
