/* Words in code that was not compiled: skipped regions, arguments that their macro drops.
 *
 * libclang knows nothing of them. As in clangd, such a word means what the nearest use of it that
 * was compiled means.
 */
#ifndef CPPLS_NEARBY_H
#define CPPLS_NEARBY_H

#include "resolve.h"

/* Fill the targets of a resolution without any, where its token was not compiled. */
void resolve_nearby(struct live *live, struct resolution *result);

#endif
