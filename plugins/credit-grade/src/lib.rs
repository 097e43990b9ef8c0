//! 信用等级（文登一类的办法）：基础分加志愿服务时长的阶梯分，再加有效期内的加减分，按总分定等。
//!
//! The ladder replaces: so many hours in the window bring so many points in all, not on top of the step before. Every
//! number is a setting; the rule holds none. Leaves notice, review and lawfulness of losses to the host.

use xiangyue_sdk::catalog::Setting;
use xiangyue_sdk::{Graded, Grader, Population, Refused, Row, Rule, export_grader, rule};

rule! {
    /// 信用等级。
    pub static RULE = "credit-grade" "信用积分等级" "1.0.0";
    settings {
        BASE = "base" "基础分" points(0, 10_000_000);
        STEP_1 = "step1_minutes" "第1档时长" minutes(0, 100_000_000);
        STEP_2 = "step2_minutes" "第2档时长" minutes(0, 100_000_000);
        STEP_3 = "step3_minutes" "第3档时长" minutes(0, 100_000_000);
        STEP_4 = "step4_minutes" "第4档时长" minutes(0, 100_000_000);
        STEP_5 = "step5_minutes" "第5档时长" minutes(0, 100_000_000);
        STEP_6 = "step6_minutes" "第6档时长" minutes(0, 100_000_000);
        STEP_7 = "step7_minutes" "第7档时长" minutes(0, 100_000_000);
        STEP_8 = "step8_minutes" "第8档时长" minutes(0, 100_000_000);
        STEP_9 = "step9_minutes" "第9档时长" minutes(0, 100_000_000);
        AWARD_1 = "step1_points" "第1档积分" points(0, 10_000_000);
        AWARD_2 = "step2_points" "第2档积分" points(0, 10_000_000);
        AWARD_3 = "step3_points" "第3档积分" points(0, 10_000_000);
        AWARD_4 = "step4_points" "第4档积分" points(0, 10_000_000);
        AWARD_5 = "step5_points" "第5档积分" points(0, 10_000_000);
        AWARD_6 = "step6_points" "第6档积分" points(0, 10_000_000);
        AWARD_7 = "step7_points" "第7档积分" points(0, 10_000_000);
        AWARD_8 = "step8_points" "第8档积分" points(0, 10_000_000);
        AWARD_9 = "step9_points" "第9档积分" points(0, 10_000_000);
        FROM_AAA = "aaa_from" "AAA级起点（含）" points(0, 10_000_000);
        FROM_AA = "aa_from" "AA级起点（含）" points(0, 10_000_000);
        FROM_A = "a_from" "A级起点（含）" points(0, 10_000_000);
        FROM_B = "b_from" "B级起点（含）" points(0, 10_000_000);
        FROM_C = "c_from" "C级起点（含）" points(0, 10_000_000);
    }
    kinds {
        SERVICE = "service" "志愿服务" / "voluntary service";
        ENTRY = "entry" "加减分" / "award or loss";
    }
    quantities {
        MINUTES = "minutes" "服务时长" minutes(1, 1_440);
        POINTS = "points" "分值" points(-10_000_000, 10_000_000);
        UNTIL = "until" "有效期最后一天" date(0, 100_000);
    }
    figures {
        HOURS = "service_time" "累计服务时长" minutes;
        LADDER = "ladder" "时长积分" points;
        ENTRIES = "entries" "加减分合计" points;
        TOTAL = "total" "总分" points;
    }
    reasons {
        BY_SCORE = "BY_SCORE"
            "基础分{base}，志愿服务{service_time}得{ladder}分，加减分合计{entries}，总分{total}"
            / "base {base}, {service_time} of service {ladder}, entries {entries}, total {total}";
    }
    clauses { METHOD = "method" "信用积分和信用评价管理办法：等级" / "grades"; }
    grades {
        AAA = "AAA" "诚信模范";
        AA = "AA" "诚信优秀";
        A = "A" "诚信";
        B = "B" "较诚信";
        C = "C" "诚信警示";
        D = "D" "不诚信";
    }
}

/// The rule.
#[derive(Debug)]
pub struct CreditGrade;

const LADDER_STEPS: [(Setting, Setting); 9] = [
    (STEP_1, AWARD_1),
    (STEP_2, AWARD_2),
    (STEP_3, AWARD_3),
    (STEP_4, AWARD_4),
    (STEP_5, AWARD_5),
    (STEP_6, AWARD_6),
    (STEP_7, AWARD_7),
    (STEP_8, AWARD_8),
    (STEP_9, AWARD_9),
];

impl Grader for CreditGrade {
    const RULE: &'static Rule = &RULE;

    fn grade(population: &Population, row: Row<'_>) -> Result<Graded, Refused> {
        let (first, last) = population.period();
        let mut minutes = 0;
        let mut entries = 0;
        for event in row.events() {
            if event.is(SERVICE) && (first..=last).contains(&event.day()) {
                minutes += event.need(MINUTES)?;
            } else if event.is(ENTRY) && event.day() <= population.day() {
                // the last day still counts; a late record does not make it longer
                let over = event.get(UNTIL).is_some_and(|until| until < population.day());
                entries += if over { 0 } else { event.need(POINTS)? };
            }
        }
        let reached =
            LADDER_STEPS.iter().filter(|(step, _)| minutes >= population.setting(*step)).last();
        let ladder = reached.map_or(0, |(_, award)| population.setting(*award));
        let total = population.setting(BASE) + ladder + entries;
        let grades = [(FROM_AAA, AAA), (FROM_AA, AA), (FROM_A, A), (FROM_B, B), (FROM_C, C)];
        let grade = grades.iter().find(|(from, _)| total >= population.setting(*from));
        let graded = Graded::new(grade.map_or(D, |(_, grade)| *grade), BY_SCORE, METHOD)
            .figure(HOURS, minutes)
            .figure(LADDER, ladder)
            .figure(ENTRIES, entries)
            .figure(TOTAL, total);
        Ok(row.events().fold(graded, |graded, event| graded.event(&event)))
    }
}

export_grader!(CreditGrade);
