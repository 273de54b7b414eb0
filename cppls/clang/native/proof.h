/* Whether a unit that was parsed over shared preambles means what it would mean without them. */
#ifndef CPPLS_PROOF_H
#define CPPLS_PROOF_H

#include "index_run.h"

/* Look for a reason why not, once the parse is over: an error; a header of the preambles that the unit
 * does not include; a macro that one of them mentions, and that would have had another definition, for
 * the unit defines it before or includes them in another order. False, and a sentence in `why`. */
bool proof_holds(struct run *run, CXTranslationUnit unit, char *why, size_t size);

#endif
