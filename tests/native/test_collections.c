/* Maps, hashes, claims, texts and spots: the parts below the indexer. */
#include "check.h"
#include "claims.h"
#include "hash.h"
#include "map.h"
#include "spots.h"

#include <string.h>

static void a_map_finds_what_was_put_in_and_nothing_else(void) {
    struct map map = {0};
    unsigned long long random = 7;
    CHECK(!map_find(&map, 5));
    for (uint64_t i = 0; i < 5000; i++)
        *map_at(&map, next_random(&random), NULL) = i;
    *map_at(&map, 0, NULL) = 99; /* the key that marks empty slots */
    random = 7;
    for (uint64_t i = 0; i < 5000; i++)
        CHECK(*map_find(&map, next_random(&random)) == i);
    CHECK(*map_find(&map, 0) == 99);
    CHECK(!map_find(&map, next_random(&random)));
    bool made = true;
    map_at(&map, 0, &made);
    CHECK(!made);
    map_clear(&map);
    CHECK(!map_find(&map, 0));
    map_free(&map);
}

static void every_bit_of_the_input_moves_the_hash(void) {
    unsigned char bytes[100] = {0};
    for (size_t size = 0; size < sizeof bytes; size++) {
        uint64_t hash = hash_bytes(bytes, size, 0);
        CHECK(hash != hash_bytes(bytes, size + 1, 0));
        CHECK(hash != hash_bytes(bytes, size, 1));
        for (size_t bit = 0; bit < 8 * size; bit++) {
            bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
            CHECK(hash != hash_bytes(bytes, size, 0));
            bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
        }
    }
    CHECK(hash_to_id(0) != 0);
    CHECK(hash_mix(1, 2) != hash_mix(2, 1));
}

static void claims_are_those_added_until_forgotten(void) {
    struct claims claims = {0};
    const unsigned char keys[] = {1, 0, 0, 0, 0, 0, 0, 0x80, 2, 0, 0, 0, 0, 0, 0, 0};
    CHECK(claims_add(&claims, keys, 2));
    CHECK(claims_has(&claims, UINT64_C(0x8000000000000001)));
    CHECK(claims_has(&claims, 2) && !claims_has(&claims, 3));
    claims_forget(&claims);
    CHECK(!claims_has(&claims, 2));
    struct source_file file = {.path = (char *)"/does/not/exist", .path_hash = 5};
    struct content one = claims_content(&claims, &file, "abc", 3);
    struct content two = claims_content(&claims, &file, "abd", 3);
    CHECK(one.key != two.key && one.hash != two.hash && one.size == 0);
    claims_close(&claims);
}

static void lines_end_as_clang_and_lsp_say(void) {
    struct text text;
    const char bytes[] = "a\nb\r\nc\rd";
    CHECK(text_open(&text, bytes, sizeof bytes - 1));
    struct position d = text_position(&text, 7), end = text_position(&text, 1000);
    CHECK(text.line_count == 4 && d.line == 3 && d.column == 0);
    CHECK(end.line == 3 && end.column == 1);
    text_close(&text);
}

static void tokens_have_their_lengths(void) {
    static const struct {
        const char *text;
        uint32_t token, declared;
    } cases[] = {
        {"name(", 4, 4},        {"~Name(", 1, 5},      {"operator+=(", 8, 10},
        {"operator () (", 8, 11}, {"operator bool", 8, 8}, {"operator\"\"_x(", 8, 12},
        {"1'000.5e+3f+", 11, 11}, {"\"a\\\"b\"_s;", 8, 8}, {"u8R\"x()\")x\";", 11, 11},
        {"->*m", 3, 3},         {" x", 0, 0},          {"", 0, 0},
        {"R\"(open", 7, 7},     {"\"open", 5, 5},      {"gr\xC3\xBC\xC3\x9F e", 6, 6},
        {"operator", 8, 8},     {"~", 1, 1},           {"operator[]", 8, 10},
        {"operator[x", 8, 8},   {"'\\", 2, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct text text;
        size_t size = strlen(cases[i].text);
        char *exact = malloc(size + !size); /* so that a sanitizer sees a step too far */
        CHECK(exact);
        memcpy(exact, cases[i].text, size);
        CHECK(text_open(&text, exact, size));
        CHECK(text_token(&text, 0) == cases[i].token);
        CHECK(text_declared_name(&text, 0) == cases[i].declared);
        text_close(&text);
        free(exact);
    }
}

static void any_bytes_are_walked_within_their_bounds(void) {
    static const char alphabet[] = "\"'\\R(){}[]<>~operator \t\r\n#/*u8x0.e+";
    unsigned long long random = 3;
    for (int round = 0; round < 3000; round++) {
        struct text text;
        size_t size = next_random(&random) % 40;
        char *bytes = malloc(size + !size);
        CHECK(bytes);
        for (size_t i = 0; i < size; i++)
            bytes[i] = alphabet[next_random(&random) % (sizeof alphabet - 1)];
        CHECK(text_open(&text, bytes, size));
        for (size_t i = 0; i <= size; i++) {
            CHECK(i + text_token(&text, i) <= size);
            CHECK(i + text_declared_name(&text, i) <= size);
            CHECK(text_skip_blanks(&text, i) <= size);
            struct position position = text_position(&text, i);
            CHECK(text.lines[position.line] + position.column == i);
        }
        text_close(&text);
        free(bytes);
    }
}

static void spots_are_ordered_merged_and_packed(void) {
    struct text text;
    struct spots spots = {0};
    struct map numbers = {0};
    struct buffer ids = {0}, out = {0};
    CHECK(text_open(&text, "ab ab\nab\n", 9));
    spots_add(&spots, (struct spot){.symbol = 6, .offset = 0, .length = 2, .roles = 4});
    spots_add(&spots, (struct spot){.symbol = 5, .offset = 6, .length = 2, .roles = 4});
    spots_add(&spots, (struct spot){.symbol = 5, .offset = 3, .length = 2, .roles = 4});
    spots_add(&spots, (struct spot){.symbol = 5, .offset = 0, .length = 2, .roles = 1});
    spots_add(
        &spots, (struct spot){.symbol = 5, .offset = 0, .length = 2, .roles = 2, .container = 9});
    spots_order(&spots);
    spots_number_containers(&spots, &numbers, &ids);
    CHECK(ids.size == 8 && memcmp(ids.bytes, "\x09\0\0\0\0\0\0\0", 8) == 0);
    static const char expected[] = "\0\0\x02\x03\x01"
                                   "\0\x03\x02\x04\0"
                                   "\x01\0\x02\x04\0";
    CHECK(spots_pack(&spots, 0, &text, &numbers, 1000, &out) == 3);
    CHECK(out.size == sizeof expected - 1 && memcmp(out.bytes, expected, out.size) == 0);

    /* A long posting is cut, and each piece counts from the beginning of the file. */
    static const char rest[] = "\x01\0\x02\x04\0";
    out.size = 0;
    CHECK(spots_pack(&spots, 0, &text, &numbers, 10, &out) == 2 && out.size == 10);
    out.size = 0;
    CHECK(spots_pack(&spots, 2, &text, &numbers, 10, &out) == 3);
    CHECK(out.size == sizeof rest - 1 && memcmp(out.bytes, rest, out.size) == 0);
    map_free(&numbers);
    buffer_free(&ids);
    buffer_free(&out);
    spots_free(&spots);
    text_close(&text);
}

int main(void) {
    a_map_finds_what_was_put_in_and_nothing_else();
    every_bit_of_the_input_moves_the_hash();
    claims_are_those_added_until_forgotten();
    lines_end_as_clang_and_lsp_say();
    tokens_have_their_lengths();
    any_bytes_are_walked_within_their_bounds();
    spots_are_ordered_merged_and_packed();
    return 0;
}
