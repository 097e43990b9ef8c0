/* Half a point for each visit, reckoned in floating point: no rule for points, so the exact tier refuses it and the
 * advisory tier runs it. It asks for more memory than the exact tier has when a row has more than a hundred visits. */
#include "xiangyue.h"

static const xy_named KINDS[] = { { T("visit"), T("探望"), T("visit") } };
static const xy_named ITEMS[] = { { T("visit"), T("探望"), T("visit") } };
static const xy_figure_kind NUMBERS[] = { { T("times"), T("次数"), XY_COUNT, { 0, 0 } } };
static const xy_sentence REASONS[] = { { T("VISITS"), T("探望{times}次"), T("{times} visits") } };
static const xy_named CLAUSES[] = { { T("method"), T("试算"), T("for reading") } };

static const xy_description SAID = {
    .id = T("half-points"),
    .title = T("半分"),
    .version = T("1.0.0"),
    .kinds = XY_ALL(KINDS),
    .items = XY_ALL(ITEMS),
    .figures = XY_ALL(NUMBERS),
    .reasons = XY_ALL(REASONS),
    .clauses = XY_ALL(CLAUSES),
};

__attribute__((export_name("xiangyue:rules/scorer@1.0.0#describe")))
const xy_description *describe(void) {
    return &SAID;
}

__attribute__((export_name("xiangyue:rules/scorer@1.0.0#score")))
const xy_score_result *score(const xy_population *asked) {
    xy_score_result *result = xy_list(1, sizeof *result);
    *result = (xy_score_result){ 0 };
    xy_scores *answer = &result->answer;
    answer->rows.at = xy_list(asked->rows.count, sizeof(xy_scored));
    answer->claims.at = xy_list(asked->rows.count, sizeof(xy_claim));
    answer->figures.at = xy_list(asked->rows.count, sizeof(xy_figure));
    for (u32 i = 0; i < asked->rows.count; i++) {
        u32 times = asked->rows.at[i].events.count;
        if (times > 100) xy_alloc(24 << 20, 1);
        double points = 100.0 * (times / 2.0);
        answer->rows.at[answer->rows.count++] = (xy_scored){ .claims = { i, 1 } };
        answer->figures.at[answer->figures.count++] = (xy_figure){ 0, times };
        answer->claims.at[answer->claims.count++] = (xy_claim){ .points = (s64)points, .figures = { i, 1 } };
    }
    return result;
}
