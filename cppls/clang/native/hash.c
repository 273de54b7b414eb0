#include "hash.h"

#include <string.h>

/* Two odd constants from the digits of the golden ratio and of the square root of 5. */
#define K1 UINT64_C(0x9E3779B97F4A7C15)
#define K2 UINT64_C(0xC2B2AE3D27D4EB4F)

static uint64_t rotate(uint64_t x, int by) { return x << by | x >> (64 - by); }

/* A bijection of 64 bits in which every input bit moves every output bit (murmur3's finisher). */
static uint64_t finish(uint64_t x) {
    x = (x ^ x >> 33) * UINT64_C(0xFF51AFD7ED558CCD);
    x = (x ^ x >> 33) * UINT64_C(0xC4CEB9FE1A85EC53);
    return x ^ x >> 33;
}

static uint64_t load(const unsigned char *bytes, size_t size) {
    uint64_t word = 0;
    for (size_t i = 0; i < size; i++)
        word |= (uint64_t)bytes[i] << (8 * i);
    return word;
}

static uint64_t round_of(uint64_t state, uint64_t word) {
    return rotate(state ^ rotate(word * K2, 31) * K1, 27) * K1 + K2;
}

uint64_t hash_bytes(const void *data, size_t size, uint64_t seed) {
    const unsigned char *bytes = data;
    size_t left = size;
    uint64_t state = seed ^ K2;
    /* Four independent lanes keep the multiplier busy on long inputs (file contents). */
    if (left >= 32) {
        uint64_t lane[4] = {seed + K1, seed ^ K1, seed - K2, seed + K2};
        for (; left >= 32; bytes += 32, left -= 32)
            for (int i = 0; i < 4; i++)
                lane[i] = round_of(lane[i], load(bytes + 8 * i, 8));
        for (int i = 0; i < 4; i++)
            state = round_of(state, lane[i]);
    }
    for (; left >= 8; bytes += 8, left -= 8)
        state = round_of(state, load(bytes, 8));
    if (left)
        state = round_of(state, load(bytes, left));
    return finish(state ^ (uint64_t)size);
}

uint64_t hash_mix(uint64_t a, uint64_t b) { return finish(round_of(round_of(K1, a), b)); }
