/* MessagePack is written in its shortest forms, and text is always UTF-8. */
#include "check.h"
#include "pack.h"

#include <string.h>

static void expect(struct buffer *buffer, const char *bytes, size_t size) {
    CHECK(!buffer->failed);
    CHECK(buffer->size == size);
    CHECK(memcmp(buffer->bytes, bytes, size) == 0);
    buffer_free(buffer);
}
#define EXPECT(buffer, literal) expect(&(buffer), literal, sizeof(literal) - 1)

static void numbers_take_the_fewest_bytes(void) {
    struct buffer out = {0};
    pack_int(&out, 0), pack_int(&out, 127), pack_int(&out, 128), pack_int(&out, 65536);
    EXPECT(out, "\x00\x7f\xcc\x80\xce\x00\x01\x00\x00");
    pack_int(&out, -1), pack_int(&out, -32), pack_int(&out, -33);
    EXPECT(out, "\xff\xe0\xd2\xff\xff\xff\xdf");
    pack_int(&out, INT64_MIN), pack_uint(&out, UINT64_MAX);
    EXPECT(out, "\xd3\x80\0\0\0\0\0\0\0\xcf\xff\xff\xff\xff\xff\xff\xff\xff");
}

static void bytes_that_are_not_utf8_are_replaced(void) {
    struct buffer out = {0};
    pack_string(&out, "a\xffz");
    EXPECT(out, "\xa5"
                "a\xEF\xBF\xBDz");
    pack_string(&out, "\xC0\x80"); /* overlong */
    EXPECT(out, "\xa6\xEF\xBF\xBD\xEF\xBF\xBD");
    pack_string(&out, "\xED\xA0\x80"); /* a surrogate */
    EXPECT(out, "\xa9\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
    pack_string(&out, "\xF0\x9D\x92\xB3");
    EXPECT(out, "\xa4\xF0\x9D\x92\xB3");
    pack_text(&out, "\xF0\x9D\x92\xB3", 3); /* cut off */
    EXPECT(out, "\xa9\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
    pack_string(&out, NULL);
    EXPECT(out, "\xa0");
}

static void an_array_may_be_counted_afterwards(void) {
    struct buffer out = {0};
    size_t opened = pack_array_open(&out);
    pack_nil(&out), pack_bool(&out, true);
    pack_array_close(&out, opened, 2);
    EXPECT(out, "\xdd\0\0\0\x02\xc0\xc3");
}

static void lengths_choose_their_header(void) {
    char text[70000];
    memset(text, 'x', sizeof text);
    static const struct {
        size_t size, header;
    } cases[] = {{31, 1}, {32, 2}, {255, 2}, {256, 3}, {65535, 3}, {65536, 5}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buffer out = {0};
        pack_text(&out, text, cases[i].size);
        CHECK(out.size == cases[i].size + cases[i].header);
        buffer_free(&out);
    }
}

static void what_cannot_be_had_marks_the_buffer_and_nothing_else(void) {
    struct buffer out = {0};
    pack_int(&out, 1);
    CHECK(!buffer_extend(&out, SIZE_MAX - 8));
    size_t opened = pack_array_open(&out);
    pack_array_close(&out, opened, 7);
    CHECK(out.failed && out.size == 1);
    buffer_free(&out);
}

static void any_bytes_make_valid_text(void) {
    unsigned long long random = 42;
    for (int round = 0; round < 2000; round++) {
        char text[64];
        size_t size = next_random(&random) % sizeof text;
        for (size_t i = 0; i < size; i++)
            text[i] = (char)(next_random(&random) | 0x80);
        struct buffer once = {0}, twice = {0};
        pack_text(&once, text, size);
        size_t header = once.bytes[0] == 0xD9 ? 2 : 1;
        pack_text(&twice, (const char *)once.bytes + header, once.size - header);
        CHECK(once.size == twice.size && memcmp(once.bytes, twice.bytes, once.size) == 0);
        buffer_free(&once), buffer_free(&twice);
    }
}

int main(void) {
    numbers_take_the_fewest_bytes();
    bytes_that_are_not_utf8_are_replaced();
    an_array_may_be_counted_afterwards();
    lengths_choose_their_header();
    what_cannot_be_had_marks_the_buffer_and_nothing_else();
    any_bytes_make_valid_text();
    return 0;
}
