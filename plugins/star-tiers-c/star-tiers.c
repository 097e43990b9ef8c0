/* 志愿者星级, the rule of `plugins/star-tiers`, in C: the same description, the same answers. */
#include "xiangyue.h"

enum { CYCLE, STAR_1, STAR_2, STAR_3, STAR_4 };
static const xy_declared SETTINGS[] = {
    { T("cycle_minutes"), T("一轮时长"), XY_MINUTES, 1, 10000000 },
    { T("star1_minutes"), T("一星时长（含）"), XY_MINUTES, 1, 10000000 },
    { T("star2_minutes"), T("二星时长（含）"), XY_MINUTES, 1, 10000000 },
    { T("star3_minutes"), T("三星时长（含）"), XY_MINUTES, 1, 10000000 },
    { T("star4_minutes"), T("四星时长（含）"), XY_MINUTES, 1, 10000000 },
};
static const xy_named KINDS[] = { { T("service"), T("志愿服务"), T("voluntary service") } };
static const xy_declared QUANTITIES[] = { { T("minutes"), T("服务时长"), XY_MINUTES, 1, 1440000 } };
enum { ALL, CYCLES, INSIDE, FIGURES };
static const xy_figure_kind KINDS_OF_FIGURES[] = {
    { T("service_time"), T("累计时长"), XY_MINUTES, { 0, 0 } },
    { T("cycles"), T("满轮次数"), XY_COUNT, { 0, 0 } },
    { T("inside"), T("本轮时长"), XY_MINUTES, { 0, 0 } },
};
enum { IN_CYCLE };
static const xy_sentence REASONS[] = {
    { T("IN_CYCLE"), T("累计{service_time}，已满{cycles}轮，本轮{inside}"),
      T("{service_time} in all, {cycles} cycles, {inside} in this one") },
};
enum { METHOD };
static const xy_named CLAUSES[] = { { T("method"), T("志愿者星级认定办法"), T("") } };
enum { MISSING, NUMBER };
static const xy_sentence REFUSALS[] = {
    { T("MISSING"), T("有一条记录缺少要用的数值"), T("a record lacks a number") },
    { T("NUMBER"), T("计算结果超出整数范围，或者除数不对"), T("a number does not fit") },
};
static const xy_named GRADES[] = {
    { T("0"), T("未评星"), T("") }, { T("1"), T("一星"), T("") }, { T("2"), T("二星"), T("") },
    { T("3"), T("三星"), T("") },   { T("4"), T("四星"), T("") },
};

static const xy_description SAID = {
    .id = T("star-tiers"),
    .title = T("志愿者星级"),
    .version = T("1.0.0"),
    .settings = XY_ALL(SETTINGS),
    .kinds = XY_ALL(KINDS),
    .quantities = XY_ALL(QUANTITIES),
    .figures = XY_ALL(KINDS_OF_FIGURES),
    .reasons = XY_ALL(REASONS),
    .clauses = XY_ALL(CLAUSES),
    .refusals = XY_ALL(REFUSALS),
    .grades = XY_ALL(GRADES),
};

__attribute__((export_name("xiangyue:rules/grader@1.0.0#describe")))
const xy_description *describe(void) {
    return &SAID;
}

/* Settings and symbols, looked up once for all rows. */
typedef struct { u32 service, minutes; s64 settings[5]; } known;

/* One row; what its answer rests on goes to the end of the answer's lists. */
static xy_graded grade_row(const xy_population *asked, const known *known, const xy_row *row, xy_grades *answer) {
    xy_graded graded = { 0 };
    s64 minutes = 0;
    graded.events.start = answer->events.count;
    for (u32 i = 0; i < row->events.count; i++) {
        u32 place = row->events.start + i;
        const xy_event *event = &asked->events.at[place];
        if (event->kind != known->service) continue;
        const xy_value *value = xy_quantity(asked, event, known->minutes);
        u32 refusal = MISSING;
        if (value && !__builtin_add_overflow(minutes, value->amount, &minutes)) {
            answer->events.at[answer->events.count++] = place;
            continue;
        }
        if (value) refusal = NUMBER;
        /* a row without a result cites nothing */
        answer->events.count = graded.events.start;
        graded.refusal = (xy_opt_u32){ 1, refusal };
        graded.events = (xy_span){ 0, 0 };
        return graded;
    }
    graded.events.count = answer->events.count - graded.events.start;
    s64 cycle = known->settings[CYCLE];
    s64 inside = minutes % cycle;
    u32 star = STAR_4;
    while (star > 0 && inside < known->settings[star]) star--;
    graded.grade = (xy_opt_u32){ 1, star };
    graded.reason = IN_CYCLE;
    graded.clause = METHOD;
    graded.figures = (xy_span){ answer->figures.count, FIGURES };
    xy_figure *figures = &answer->figures.at[answer->figures.count];
    figures[0] = (xy_figure){ ALL, minutes };
    figures[1] = (xy_figure){ CYCLES, minutes / cycle };
    figures[2] = (xy_figure){ INSIDE, inside };
    answer->figures.count += FIGURES;
    return graded;
}

__attribute__((export_name("xiangyue:rules/grader@1.0.0#grade")))
const xy_grade_result *grade(const xy_population *asked) {
    xy_grade_result *result = xy_list(1, sizeof *result);
    *result = (xy_grade_result){ 0 };
    xy_grades *answer = &result->answer;
    answer->rows.at = xy_list(asked->rows.count, sizeof(xy_graded));
    answer->events.at = xy_list(asked->events.count, sizeof(u32));
    answer->figures.at = xy_list(asked->rows.count, FIGURES * sizeof(xy_figure));
    known known = { xy_symbol(asked, KINDS[0].code), xy_symbol(asked, QUANTITIES[0].name), { 0 } };
    for (u32 i = CYCLE; i <= STAR_4; i++) known.settings[i] = xy_setting(asked, SETTINGS[i].name);
    for (u32 i = 0; i < asked->rows.count; i++)
        answer->rows.at[answer->rows.count++] = grade_row(asked, &known, &asked->rows.at[i], answer);
    return result;
}
