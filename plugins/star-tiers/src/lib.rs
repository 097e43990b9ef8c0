//! 志愿者星级（张家港一类的办法）：时长按轮计，满一轮得最高星，之后从零开始新的一轮。

use xiangyue_sdk::{Graded, Grader, Population, Refused, Row, Rule, export_grader, rule};

rule! {
    /// 志愿者星级。
    pub static RULE = "star-tiers" "志愿者星级" "1.0.0";
    settings {
        CYCLE = "cycle_minutes" "一轮时长" minutes(1, 10_000_000);
        STAR_1 = "star1_minutes" "一星时长（含）" minutes(1, 10_000_000);
        STAR_2 = "star2_minutes" "二星时长（含）" minutes(1, 10_000_000);
        STAR_3 = "star3_minutes" "三星时长（含）" minutes(1, 10_000_000);
        STAR_4 = "star4_minutes" "四星时长（含）" minutes(1, 10_000_000);
    }
    kinds { SERVICE = "service" "志愿服务" / "voluntary service"; }
    quantities { MINUTES = "minutes" "服务时长" minutes(1, 1_440_000); }
    figures {
        ALL = "service_time" "累计时长" minutes;
        CYCLES = "cycles" "满轮次数" count;
        INSIDE = "inside" "本轮时长" minutes;
    }
    reasons {
        IN_CYCLE = "IN_CYCLE" "累计{service_time}，已满{cycles}轮，本轮{inside}"
            / "{service_time} in all, {cycles} cycles, {inside} in this one";
    }
    clauses { METHOD = "method" "志愿者星级认定办法"; }
    grades {
        NONE = "0" "未评星";
        ONE = "1" "一星";
        TWO = "2" "二星";
        THREE = "3" "三星";
        FOUR = "4" "四星";
    }
}

/// The rule.
#[derive(Debug)]
pub struct StarTiers;

impl Grader for StarTiers {
    const RULE: &'static Rule = &RULE;

    fn grade(population: &Population, row: Row<'_>) -> Result<Graded, Refused> {
        let mut minutes = 0;
        for event in row.events_of(SERVICE) {
            minutes += event.need(MINUTES)?;
        }
        let cycle = population.setting(CYCLE);
        let (cycles, inside) = (minutes / cycle, minutes % cycle);
        let stars = [(STAR_4, FOUR), (STAR_3, THREE), (STAR_2, TWO), (STAR_1, ONE)];
        let star = stars.iter().find(|(from, _)| inside >= population.setting(*from));
        let graded = Graded::new(star.map_or(NONE, |(_, star)| *star), IN_CYCLE, METHOD)
            .figure(ALL, minutes)
            .figure(CYCLES, cycles)
            .figure(INSIDE, inside);
        Ok(row.events_of(SERVICE).fold(graded, |graded, event| graded.event(&event)))
    }
}

export_grader!(StarTiers);
