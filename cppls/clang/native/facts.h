/* What is known of one shared preamble, beside its precompiled header: a flat file in the machine's own
 * byte order, as the precompiled header is bound to the machine anyway.
 *
 * Files, instances and mentions are numbered through the whole chain of preambles: a preamble's numbers
 * begin where those of its parents end. Names are hashes; 32 bits serve where a collision costs no more
 * than a unit that is parsed without the preamble.
 */
#ifndef CPPLS_FACTS_H
#define CPPLS_FACTS_H

#include "pack.h"

#define NO_FILE UINT32_MAX

enum facts_file_flag {
    FILE_GUARDED = 1, /* libclang does not enter it again: an include guard, #pragma once */
    FILE_ONCE = 2,    /* there is something in it the first time only; so in every guarded one */
    FILE_SYSTEM = 4   /* of the system: the standards say that the order of these does not matter */
};

struct facts_file {
    uint64_t path_hash, key, content_hash; /* key: the claim */
    int64_t size, mtime_ns;
    uint32_t path;     /* in `texts` */
    uint32_t instance; /* the first one */
    uint32_t flags;    /* facts_file_flag */
    uint32_t unused;
};

/* One time that a file was entered; the first two of a preamble are the compiler's options (-include)
 * and the header that it was made from, both of NO_FILE. */
struct facts_instance {
    uint32_t file, first_step, step_count;
};

enum facts_step_kind { STEP_INCLUDE, STEP_DEFINE, STEP_UNDEFINE };

/* What an instance does, in order. */
struct facts_step {
    uint32_t kind, offset; /* facts_step_kind; in the file */
    uint32_t value;        /* STEP_INCLUDE: an instance, else the name */
};

/* That a file mentions a name: in its text, outside of comments and literals, or in the definition of a
 * macro that it mentions. */
struct facts_mention {
    uint32_t name, file;
    uint32_t offset; /* of the first mention that is more than "#define name", "#undef name"; else NOWHERE */
};
#define NOWHERE UINT32_MAX

/* That a definition of a macro mentions a name, which is no parameter of it. */
struct facts_body {
    uint32_t macro, name;
};

/* The last definition of a name; those of the compiler and its options have id 0. */
struct facts_macro {
    uint64_t name; /* 64 bits: a collision would give a wrong answer */
    int64_t id;    /* of its symbol */
};

/* The tables follow it in this order; their sizes say where each is. */
struct facts_header {
    char magic[8];
    uint64_t checksum;   /* of all that follows this field */
    uint64_t arguments;  /* of the units that may sit on it */
    uint64_t parent;     /* the checksum of the preamble below; 0 for none */
    int64_t pch_size;    /* of the precompiled header */
    uint32_t first_file, first_instance;
    uint32_t file_count, instance_count, macro_count, mention_count, body_count, step_count;
    uint32_t text_size, unused;
};

struct facts {
    const struct facts_header *header;
    const struct facts_file *files;
    const struct facts_macro *macros;       /* ordered by name */
    const struct facts_instance *instances;
    const struct facts_step *steps;
    const struct facts_mention *mentions;   /* ordered by name and file */
    const struct facts_body *bodies;        /* ordered by macro and name */
    const char *texts;                      /* terminated paths */
    unsigned char *bytes;
    size_t size;
};

/* Where the facts of the precompiled header `pch` lie: `pch` with ".facts" behind it; to be freed. */
char *facts_path(const char *pch);
/* Read and check the file at `path`. False when it is not whole, in every respect. */
bool facts_read(struct facts *facts, const char *path);
void facts_close(struct facts *facts);
/* Fill in the header's checksum and write the file under a temporary name that becomes `path`. */
bool facts_write(struct buffer *content, const char *path);
/* The place of the first of `count` ordered items that belongs to `macro`, or would. */
size_t facts_first_body(const struct facts_body *bodies, size_t count, uint32_t macro);
/* The 32 bits of a name. */
static inline uint32_t facts_name(uint64_t hash) { return (uint32_t)(hash >> 32); }

#endif
