#include "index_run.h"

#include <stdlib.h>

/* What libclang says of macros has no container: an expansion stands in the function, or the variable
 * with its initialiser, whose text is around it. */
struct body {
    uint32_t start, end;
    int64_t id;
    bool of_function;
};

bool run_is_function(int kind) {
    switch (kind) {
    case CXIdxEntity_Function:
    case CXIdxEntity_ObjCInstanceMethod:
    case CXIdxEntity_ObjCClassMethod:
    case CXIdxEntity_CXXStaticMethod:
    case CXIdxEntity_CXXInstanceMethod:
    case CXIdxEntity_CXXConstructor:
    case CXIdxEntity_CXXDestructor:
    case CXIdxEntity_CXXConversionFunction:
        return true;
    default:
        return false;
    }
}

static bool holds_code(int kind) {
    return run_is_function(kind) || kind == CXIdxEntity_Variable || kind == CXIdxEntity_Field ||
           kind == CXIdxEntity_EnumConstant || kind == CXIdxEntity_CXXStaticVariable;
}

static int by_start(const void *left, const void *right) {
    const struct body *a = left, *b = right;
    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    return (a->end < b->end) - (a->end > b->end); /* the outer one first */
}

/* Leave out what lies inside of a function: the members of its classes. */
static size_t without_locals(struct body *bodies, size_t count) {
    size_t kept = 0;
    uint32_t end = 0; /* of the last function */
    for (size_t i = 0; i < count; i++) {
        if (bodies[i].start < end)
            continue;
        end = bodies[i].of_function ? bodies[i].end : end;
        bodies[kept++] = bodies[i];
    }
    return kept;
}

/* The body around `offset`, 0 for none. None lies inside another but where one declaration declares
 * several variables, which all begin where it does: so what begins last before `offset` is the one, or
 * it shares its beginning. */
static int64_t around(const struct body *bodies, size_t count, uint32_t offset) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (bodies[middle].start <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    while (low > 0 && bodies[low - 1].end <= offset && low > 1 &&
           bodies[low - 2].start == bodies[low - 1].start)
        low--;
    return low > 0 && offset < bodies[low - 1].end ? bodies[low - 1].id : 0;
}

bool run_contain(struct indexed_file *file) {
    size_t records = ITEM_COUNT(file->records, struct symbol_record), count = 0;
    struct body *bodies = calloc(records + 1, sizeof *bodies);
    if (!bodies)
        return false;
    for (size_t i = 0; i < records; i++) {
        const struct symbol_record *record = &ITEMS(file->records, struct symbol_record)[i];
        if (holds_code(record->kind))
            bodies[count++] = (struct body){record->extent_start, record->extent_end, record->id,
                                            run_is_function(record->kind)};
    }
    if (count)
        qsort(bodies, count, sizeof *bodies, by_start);
    count = without_locals(bodies, count);
    for (size_t i = 0; i < file->spots.count; i++) {
        struct spot *spot = &file->spots.items[i];
        if (!spot->container && !(spot->roles & (ROLE_DECLARATION | ROLE_DEFINITION)))
            spot->container = around(bodies, count, spot->offset);
    }
    free(bodies);
    return true;
}
