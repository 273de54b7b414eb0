/* Which names each file of a preamble mentions, for a macro of that name would change what it means.
 *
 * What stands in the definition of a macro counts where the macro is mentioned, not where it is defined.
 */
#ifndef CPPLS_MENTIONS_H
#define CPPLS_MENTIONS_H

#include "chain.h"
#include "text.h"

struct mentions {
    struct buffer items;  /* struct facts_mention */
    struct buffer tested; /* the same of names of which is asked only whether they are defined */
    struct buffer bodies; /* struct facts_body */
};

/* Add what the text of `file` mentions, outside of comments and literals. */
void mentions_add(struct mentions *mentions, uint32_t file, const struct text *text);
/* Add what comes with the macros that are mentioned, those of `chain` (NULL for none) too, and order
 * the tables as the facts have them. Once, after the last file. */
void mentions_close(struct mentions *mentions, const struct chain *chain);

#endif
