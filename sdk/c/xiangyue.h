/* The interface `xiangyue:rules@1.0.0` as a C compiler sees it: one header, no C library.
 *
 * Each record is a struct whose members stand where the canonical ABI puts them, so a question is read and an answer is
 * written in place; nothing is copied and nothing freed, because every call has its own memory. `schemas/wit/rules/v1_0`
 * says what the members mean. Build with clang for `wasm32` (`cargo xtask plugins` shows how).
 */
#ifndef XIANGYUE_RULES_1_0
#define XIANGYUE_RULES_1_0

typedef unsigned char u8;
typedef unsigned int u32;
typedef long long s64;

/* ---- memory: a bump allocator that grows by pages and traps when the host gives no more ---- */

extern u8 __heap_base;
static u32 xy_top;

static void *xy_alloc(u32 bytes, u32 align) {
    if (xy_top == 0) xy_top = (u32)&__heap_base;
    u32 start = (xy_top + align - 1) & ~(align - 1);
    u32 end;
    if (__builtin_add_overflow(start, bytes, &end)) __builtin_trap();
    u32 have = (u32)__builtin_wasm_memory_size(0) << 16;
    if (end > have && __builtin_wasm_memory_grow(0, (end - have + 0xffff) >> 16) == (__SIZE_TYPE__)-1)
        __builtin_trap();
    xy_top = end;
    return (void *)start;
}

/* Room for `count` things; a size that does not fit traps. */
static void *xy_list(u32 count, u32 size) {
    u32 bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) __builtin_trap();
    return xy_alloc(bytes, 8);
}

/* With no library there is none of these either, and the compiler may ask for them. */
void *memcpy(void *to, const void *from, __SIZE_TYPE__ bytes) {
    for (u32 i = 0; i < bytes; i++) ((u8 *)to)[i] = ((const u8 *)from)[i];
    return to;
}
void *memset(void *to, int value, __SIZE_TYPE__ bytes) {
    for (u32 i = 0; i < bytes; i++) ((u8 *)to)[i] = (u8)value;
    return to;
}

__attribute__((export_name("cabi_realloc")))
void *cabi_realloc(void *old, u32 had, u32 align, u32 bytes) {
    u8 *made = xy_alloc(bytes, align);
    for (u32 i = 0; i < had && i < bytes; i++) made[i] = ((u8 *)old)[i];
    return made;
}

/* ---- values ---- */

#define XY_LIST(type) struct { type *at; u32 count; }

typedef struct { const char *at; u32 bytes; } xy_text;
#define T(literal) { literal, sizeof(literal) - 1 }

typedef struct { u32 start, count; } xy_span;
typedef struct { u32 name; s64 amount; } xy_value;
typedef struct { u32 name; s64 amount; } xy_figure;
typedef struct { u8 is; u32 it; } xy_opt_u32;
typedef struct { u8 is; s64 it; } xy_opt_s64;
typedef struct { u32 name; s64 first, last; } xy_period;

typedef struct {
    u32 kind;
    s64 day, recorded;
    xy_opt_u32 actor, member;
    u32 channel, evidence;
    xy_span quantities;
} xy_event;

typedef struct { u32 kind; xy_span facts, members, excluded, events, state; } xy_row;

typedef struct {
    s64 day;
    xy_period period;
    XY_LIST(xy_text) symbols;
    XY_LIST(xy_value) settings;
    XY_LIST(xy_row) rows;
    XY_LIST(xy_value) facts;
    XY_LIST(xy_event) events;
    XY_LIST(xy_value) quantities;
    XY_LIST(u32) people;
    XY_LIST(u8) state;
} xy_population;

/* ---- answers ---- */

typedef struct { u32 row, text; xy_span figures; } xy_note;
typedef struct { u32 refusal; XY_LIST(xy_figure) figures; } xy_refused;

typedef struct { u32 item; s64 points; u32 reason, clause; xy_span events, figures; } xy_claim;
typedef struct { xy_opt_u32 refusal; xy_span claims, figures, state; } xy_scored;
typedef struct {
    XY_LIST(xy_scored) rows;
    XY_LIST(xy_claim) claims;
    XY_LIST(u32) events;
    XY_LIST(xy_figure) figures;
    XY_LIST(xy_note) notes;
    XY_LIST(u8) state;
} xy_scores;

typedef struct {
    xy_opt_u32 refusal, grade;
    u32 reason, clause;
    xy_opt_s64 until;
    xy_span events, figures, state;
} xy_graded;
typedef struct {
    XY_LIST(xy_graded) rows;
    XY_LIST(u32) events;
    XY_LIST(xy_figure) figures;
    XY_LIST(xy_note) notes;
    XY_LIST(u8) state;
} xy_grades;

/* An answer, or a refusal of the whole question. */
typedef struct { u8 refused; union { xy_scores answer; xy_refused why; }; } xy_score_result;
typedef struct { u8 refused; union { xy_grades answer; xy_refused why; }; } xy_grade_result;

/* ---- what a rule says about itself ---- */

enum { XY_COUNT, XY_POINTS, XY_CENTS, XY_MINUTES, XY_PERMILLE, XY_DATE, XY_LABEL };

typedef struct { xy_text name, title; u8 unit; s64 min, max; } xy_declared;
typedef struct { xy_text name, title; u8 unit; XY_LIST(const xy_text) labels; } xy_figure_kind;
typedef struct { xy_text code, title, title_en; } xy_named;
typedef struct { xy_text code, text, text_en; } xy_sentence;

typedef struct {
    xy_text id, title, version;
    XY_LIST(const xy_declared) settings;
    XY_LIST(const xy_named) kinds;
    XY_LIST(const xy_declared) quantities, facts;
    XY_LIST(const xy_named) items;
    XY_LIST(const xy_figure_kind) figures;
    XY_LIST(const xy_sentence) reasons;
    XY_LIST(const xy_named) clauses;
    XY_LIST(const xy_sentence) refusals, notes;
    XY_LIST(const xy_named) grades;
} xy_description;

/* An array as a list of the description. */
#define XY_ALL(array) { array, sizeof(array) / sizeof((array)[0]) }

/* The layout is a contract with the host: a compiler that lays out otherwise does not build a rule. */
#define XY_SIZE(type, bytes) _Static_assert(sizeof(type) == bytes, #type)
XY_SIZE(xy_event, 56);
XY_SIZE(xy_row, 44);
XY_SIZE(xy_population, 96);
XY_SIZE(xy_claim, 40);
XY_SIZE(xy_graded, 64);
XY_SIZE(xy_grade_result, 44);
XY_SIZE(xy_declared, 40);
XY_SIZE(xy_description, 112);

/* ---- reading a question ---- */

static int xy_same(xy_text one, xy_text other) {
    if (one.bytes != other.bytes) return 0;
    for (u32 i = 0; i < one.bytes; i++)
        if (one.at[i] != other.at[i]) return 0;
    return 1;
}

/* The number of a text in this question; one that is not in it has a number that nothing has. */
static u32 xy_symbol(const xy_population *asked, xy_text text) {
    for (u32 i = 0; i < asked->symbols.count; i++)
        if (xy_same(asked->symbols.at[i], text)) return i;
    return (u32)-1;
}

/* A setting; the host has checked that it is there and within its bounds. */
static s64 xy_setting(const xy_population *asked, xy_text name) {
    u32 symbol = xy_symbol(asked, name);
    for (u32 i = 0; i < asked->settings.count; i++)
        if (asked->settings.at[i].name == symbol) return asked->settings.at[i].amount;
    __builtin_trap();
}

/* A quantity of an event; 0 when the event has none of that name. */
static const xy_value *xy_quantity(const xy_population *asked, const xy_event *event, u32 symbol) {
    for (u32 i = 0; i < event->quantities.count; i++) {
        const xy_value *value = &asked->quantities.at[event->quantities.start + i];
        if (value->name == symbol) return value;
    }
    return 0;
}

#endif
