/* A growable byte buffer, and a MessagePack writer on it.
 *
 * Running out of memory marks the buffer as failed and drops what follows, so that callers check
 * once, at the end.
 */
#ifndef CPPLS_PACK_H
#define CPPLS_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer {
    unsigned char *bytes;
    size_t size, capacity;
    bool failed;
};

void buffer_free(struct buffer *buffer);
/* Room for `size` more bytes at the end, which the caller fills; NULL when there is none. */
unsigned char *buffer_extend(struct buffer *buffer, size_t size);
void buffer_append(struct buffer *buffer, const void *bytes, size_t size);

void pack_nil(struct buffer *buffer);
void pack_bool(struct buffer *buffer, bool value);
void pack_int(struct buffer *buffer, int64_t value);
void pack_uint(struct buffer *buffer, uint64_t value);
/* Text; bytes that are not UTF-8 become U+FFFD, so that every reader accepts it. */
void pack_text(struct buffer *buffer, const char *text, size_t size);
/* The same, of a terminated string; NULL is empty. */
void pack_string(struct buffer *buffer, const char *text);
void pack_binary(struct buffer *buffer, const void *bytes, size_t size);
void pack_array(struct buffer *buffer, size_t count);
/* An array whose length is known later: returns what pack_array_close needs. */
size_t pack_array_open(struct buffer *buffer);
void pack_array_close(struct buffer *buffer, size_t opened, size_t count);

#endif
