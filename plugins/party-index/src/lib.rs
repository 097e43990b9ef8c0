//! 党员先锋指数（遂昌的甲乙丙丁四类、华宁的挂牌）：底线、承诺、评议三部分，每项有封顶，按总分挂牌。
//!
//! For the branch alone: the answer is a grade, so nothing of it ever reaches an account of civic points. Nobody is
//! ranked, and what is not done adds nothing; nothing is taken off.

use xiangyue_sdk::catalog::{Kind, Quantity, Setting};
use xiangyue_sdk::{Graded, Grader, Population, Refused, Row, Rule, export_grader, half_up, rule};

rule! {
    /// 党员先锋指数。
    pub static RULE = "party-index" "党员先锋指数（党内使用）" "1.0.0";
    settings {
        STUDY_EACH = "study_each" "集中学习每次" points(0, 10_000);
        STUDY_CAP = "study_cap" "集中学习封顶" points(0, 10_000);
        READING_EACH = "reading_each" "自学每次" points(0, 10_000);
        READING_CAP = "reading_cap" "自学封顶" points(0, 10_000);
        TALK_EACH = "talk_each" "听党课每次" points(0, 10_000);
        TALK_CAP = "talk_cap" "听党课封顶" points(0, 10_000);
        MEETING_A = "meeting_each_a" "甲类（干部）组织生活每次" points(0, 10_000);
        MEETING_B = "meeting_each_b" "乙类（60岁及以下、无职）组织生活每次" points(0, 10_000);
        MEETING_C = "meeting_each_c" "丙类（60岁以上、无职）组织生活每次" points(0, 10_000);
        MEETING_D = "meeting_each_d" "丁类（在外务工）组织生活每次" points(0, 10_000);
        MEETING_CAP = "meeting_cap" "组织生活封顶" points(0, 10_000);
        THEMED_EACH = "themed_each" "主题党日每次" points(0, 10_000);
        THEMED_CAP = "themed_cap" "主题党日封顶" points(0, 10_000);
        DUES_EACH = "dues_each" "按时交纳党费每次" points(0, 10_000);
        DUES_CAP = "dues_cap" "党费封顶" points(0, 10_000);
        PLEDGE_MAX = "pledge_max" "承诺满分" points(0, 10_000);
        REVIEW_MAX = "review_max" "民主评议满分" points(1, 10_000);
        FROM_1 = "star1_from" "一星挂牌（含）" points(0, 10_000);
        FROM_2 = "star2_from" "二星（含）" points(0, 10_000);
        FROM_3 = "star3_from" "三星（含）" points(0, 10_000);
        FROM_4 = "star4_from" "四星（含）" points(0, 10_000);
        FROM_5 = "star5_from" "五星（含）" points(0, 10_000);
    }
    kinds {
        CLASS = "class" "登记类别" / "class";
        EXEMPT = "exempt" "支部同意免于评定" / "exempted by the branch";
        STUDY = "study" "集中学习";
        READING = "reading" "自学";
        TALK = "talk" "听党课";
        MEETING = "meeting" "参加组织生活";
        THEMED = "themed" "主题党日";
        DUES = "dues" "按时交纳党费";
        PLEDGE = "pledge" "承诺事项";
        REVIEW = "review" "民主评议表";
    }
    quantities {
        WHICH = "which" "类别：1甲、2乙、3丙、4丁" count(1, 4);
        DONE = "done" "承诺完成" permille(0, 1_000);
        MARK = "mark" "评议得分" points(0, 10_000);
    }
    figures {
        KIND = "member_class" "类别" label["未登记", "甲类", "乙类", "丙类", "丁类"];
        BASIC = "basic" "底线分" points;
        PLEDGED = "pledged" "承诺分" points;
        REVIEWED = "reviewed" "评议分" points;
        INDEX = "index" "指数" points;
    }
    reasons {
        SUMMED = "SUMMED" "{member_class}：底线{basic}、承诺{pledged}、评议{reviewed}，指数{index}"
            / "basic {basic}, pledge {pledged}, review {reviewed}, index {index}";
        FREED = "FREED" "支部同意，本期免于评定" / "exempted by the branch";
    }
    clauses { METHOD = "method" "党员先锋指数管理办法（党内）"; }
    refusals {
        NO_CLASS = "NO_CLASS" "还没有登记类别（甲、乙、丙、丁），请党支部先登记";
        NO_REVIEW = "NO_REVIEW" "还没有民主评议表（本人的和近亲属的不算），不能评定";
    }
    grades {
        FIVE = "5" "五星";
        FOUR = "4" "四星";
        THREE = "3" "三星";
        TWO = "2" "二星";
        ONE = "1" "一星";
        NONE = "0" "不挂牌，支部谈心帮助";
        FREE = "E" "免于评定";
    }
}

/// The rule.
#[derive(Debug)]
pub struct PartyIndex;

const STARS: [(Setting, xiangyue_sdk::catalog::Grade); 5] =
    [(FROM_5, FIVE), (FROM_4, FOUR), (FROM_3, THREE), (FROM_2, TWO), (FROM_1, ONE)];

/// Times × points, at most the cap.
fn capped(population: &Population, row: Row<'_>, kind: Kind, each: Setting, cap: Setting) -> i64 {
    let times = row.events_of(kind).count() as i64;
    (times * population.setting(each)).min(population.setting(cap))
}

/// Sum and number of a quantity over the events of a kind that count.
fn sheets(row: Row<'_>, kind: Kind, quantity: Quantity) -> Result<(i64, i64), Refused> {
    let (mut sum, mut count) = (0, 0);
    for event in row.events_of(kind) {
        if event.actor().is_some_and(|actor| row.excludes(actor)) {
            continue;
        }
        sum += event.need(quantity)?;
        count += 1;
    }
    Ok((sum, count))
}

/// The last class entered counts: it may change within the year.
fn class(row: Row<'_>) -> Result<i64, Refused> {
    row.events_of(CLASS).last().ok_or(NO_CLASS)?.need(WHICH)
}

impl Grader for PartyIndex {
    const RULE: &'static Rule = &RULE;

    fn grade(population: &Population, row: Row<'_>) -> Result<Graded, Refused> {
        if let Some(event) = row.events_of(EXEMPT).next() {
            return Ok(Graded::new(FREE, FREED, METHOD).event(&event));
        }
        let class = class(row)?;
        let meeting = match class {
            1 => MEETING_A,
            2 => MEETING_B,
            3 => MEETING_C,
            _ => MEETING_D,
        };
        let parts = [
            (STUDY, STUDY_EACH, STUDY_CAP),
            (READING, READING_EACH, READING_CAP),
            (TALK, TALK_EACH, TALK_CAP),
            (MEETING, meeting, MEETING_CAP),
            (THEMED, THEMED_EACH, THEMED_CAP),
            (DUES, DUES_EACH, DUES_CAP),
        ];
        let basic: i64 =
            parts.iter().map(|(kind, each, cap)| capped(population, row, *kind, *each, *cap)).sum();
        let most: i64 = parts.iter().map(|(_, _, cap)| population.setting(*cap)).sum();
        let (marks, papers) = sheets(row, REVIEW, MARK)?;
        if papers == 0 {
            return Err(NO_REVIEW.into());
        }
        let review_max = population.setting(REVIEW_MAX);
        let reviewed = half_up(i128::from(marks), i128::from(papers))?.min(review_max);
        let pledge_max = i128::from(population.setting(PLEDGE_MAX));
        let pledged = match sheets(row, PLEDGE, DONE)? {
            // the old and those away need not pledge: the part is then as good as the others
            (_, 0) if class >= 3 => {
                half_up(pledge_max * i128::from(basic + reviewed), i128::from(most + review_max))?
            }
            (_, 0) => 0,
            (done, count) => half_up(pledge_max * i128::from(done), i128::from(count) * 1_000)?,
        };
        let index = basic + pledged + reviewed;
        let star = STARS.iter().find(|(from, _)| index >= population.setting(*from));
        let graded = Graded::new(star.map_or(NONE, |(_, star)| *star), SUMMED, METHOD)
            .figure(KIND, class)
            .figure(BASIC, basic)
            .figure(PLEDGED, pledged)
            .figure(REVIEWED, reviewed)
            .figure(INDEX, index);
        Ok(row.events().fold(graded, |graded, event| graded.event(&event)))
    }
}

export_grader!(PartyIndex);
