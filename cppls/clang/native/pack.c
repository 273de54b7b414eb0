#include "pack.h"

#include <stdlib.h>
#include <string.h>

void buffer_free(struct buffer *buffer) {
    free(buffer->bytes);
    *buffer = (struct buffer){0};
}

unsigned char *buffer_extend(struct buffer *buffer, size_t size) {
    if (buffer->failed)
        return NULL;
    if (size > buffer->capacity - buffer->size) {
        size_t capacity = buffer->capacity ? buffer->capacity : 256;
        while (capacity - buffer->size < size && capacity <= SIZE_MAX / 2)
            capacity *= 2;
        unsigned char *bytes =
            capacity - buffer->size < size ? NULL : realloc(buffer->bytes, capacity);
        if (!bytes) {
            buffer->failed = true;
            return NULL;
        }
        buffer->bytes = bytes;
        buffer->capacity = capacity;
    }
    unsigned char *room = buffer->bytes + buffer->size;
    buffer->size += size;
    return room;
}

void buffer_append(struct buffer *buffer, const void *bytes, size_t size) {
    unsigned char *room = size ? buffer_extend(buffer, size) : NULL;
    if (room)
        memcpy(room, bytes, size);
}

static void store(unsigned char *room, uint64_t value, int width) {
    for (int i = 0; i < width; i++)
        room[i] = (unsigned char)(value >> 8 * (width - 1 - i));
}

/* A type byte, then `value` in `width` bytes, most significant first. */
static void put(struct buffer *buffer, unsigned type, uint64_t value, int width) {
    unsigned char *room = buffer_extend(buffer, 1 + (size_t)width);
    if (!room)
        return;
    room[0] = (unsigned char)type;
    store(room + 1, value, width);
}

void pack_nil(struct buffer *buffer) { put(buffer, 0xC0, 0, 0); }

void pack_bool(struct buffer *buffer, bool value) { put(buffer, value ? 0xC3 : 0xC2, 0, 0); }

void pack_uint(struct buffer *buffer, uint64_t value) {
    if (value < 0x80)
        put(buffer, (unsigned)value, 0, 0);
    else if (value <= UINT8_MAX)
        put(buffer, 0xCC, value, 1);
    else if (value <= UINT16_MAX)
        put(buffer, 0xCD, value, 2);
    else if (value <= UINT32_MAX)
        put(buffer, 0xCE, value, 4);
    else
        put(buffer, 0xCF, value, 8);
}

void pack_int(struct buffer *buffer, int64_t value) {
    if (value >= 0)
        pack_uint(buffer, (uint64_t)value);
    else if (value >= -32)
        put(buffer, (unsigned)(value & 0xFF), 0, 0);
    else if (value >= INT32_MIN)
        put(buffer, 0xD2, (uint32_t)value, 4);
    else
        put(buffer, 0xD3, (uint64_t)value, 8);
}

/* The length of the UTF-8 sequence that `text` begins with; 0 when it begins with none. */
static size_t utf8_sequence(const unsigned char *text, size_t size) {
    unsigned lead = text[0];
    if (lead < 0x80)
        return 1;
    if (lead < 0xC2 || lead > 0xF4)
        return 0;
    size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (length > size)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((text[i] & 0xC0) != 0x80)
            return 0;
    /* Overlong forms, surrogates and what lies beyond U+10FFFF show in the second byte. */
    if ((lead == 0xE0 && text[1] < 0xA0) || (lead == 0xED && text[1] > 0x9F) ||
        (lead == 0xF0 && text[1] < 0x90) || (lead == 0xF4 && text[1] > 0x8F))
        return 0;
    return length;
}

static void put_text_header(struct buffer *buffer, size_t size) {
    if (size < 32)
        put(buffer, 0xA0 | (unsigned)size, 0, 0);
    else if (size <= UINT8_MAX)
        put(buffer, 0xD9, size, 1);
    else if (size <= UINT16_MAX)
        put(buffer, 0xDA, size, 2);
    else
        put(buffer, 0xDB, size, 4);
}

void pack_text(struct buffer *buffer, const char *text, size_t size) {
    const unsigned char *bytes = (const unsigned char *)text;
    if (size > UINT32_MAX / 3) { /* replaced bytes triple; a MessagePack length has 32 bits */
        buffer->failed = true;
        return;
    }
    size_t bad = 0;
    for (size_t i = 0; i < size;) {
        size_t length = utf8_sequence(bytes + i, size - i);
        bad += length == 0;
        i += length ? length : 1;
    }
    put_text_header(buffer, size + 2 * bad);
    if (!bad) {
        buffer_append(buffer, text, size);
        return;
    }
    for (size_t i = 0; i < size;) {
        size_t length = utf8_sequence(bytes + i, size - i);
        if (length)
            buffer_append(buffer, bytes + i, length);
        else
            buffer_append(buffer, "\xEF\xBF\xBD", 3);
        i += length ? length : 1;
    }
}

void pack_string(struct buffer *buffer, const char *text) {
    pack_text(buffer, text ? text : "", text ? strlen(text) : 0);
}

void pack_binary(struct buffer *buffer, const void *bytes, size_t size) {
    if (size > UINT32_MAX) {
        buffer->failed = true;
        return;
    }
    if (size <= UINT8_MAX)
        put(buffer, 0xC4, size, 1);
    else if (size <= UINT16_MAX)
        put(buffer, 0xC5, size, 2);
    else
        put(buffer, 0xC6, size, 4);
    buffer_append(buffer, bytes, size);
}

void pack_array(struct buffer *buffer, size_t count) {
    if (count < 16)
        put(buffer, 0x90 | (unsigned)count, 0, 0);
    else if (count <= UINT16_MAX)
        put(buffer, 0xDC, count, 2);
    else
        put(buffer, 0xDD, count, 4);
}

size_t pack_array_open(struct buffer *buffer) {
    size_t opened = buffer->size;
    put(buffer, 0xDD, 0, 4);
    return opened;
}

void pack_array_close(struct buffer *buffer, size_t opened, size_t count) {
    if (!buffer->failed)
        store(buffer->bytes + opened + 1, count, 4);
}
