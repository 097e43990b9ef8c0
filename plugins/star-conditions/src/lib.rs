//! 志愿者星级（龙泉驿一类的办法）：时长和积分两个条件都要达到；享受过的服务回馈从时长里扣。
//!
//! Both conditions of a tier hold or the tier is not reached; the highest that is reached counts. Who did not come after
//! enrolling, five times in a year by the settings, gets no star for that year; nothing is taken off anybody.

use xiangyue_sdk::catalog::{Grade, Kind, Setting};
use xiangyue_sdk::{Graded, Grader, Population, Refused, Row, Rule, export_grader, rule};

rule! {
    /// 两个条件的志愿者星级。
    pub static RULE = "star-conditions" "志愿者星级（时长和积分）" "1.0.0";
    settings {
        TIME_1 = "tier1_minutes" "一星时长（含）" minutes(1, 10_000_000);
        TIME_2 = "tier2_minutes" "二星时长（含）" minutes(1, 10_000_000);
        TIME_3 = "tier3_minutes" "三星时长（含）" minutes(1, 10_000_000);
        TIME_4 = "tier4_minutes" "四星时长（含）" minutes(1, 10_000_000);
        TIME_5 = "tier5_minutes" "五星时长（含）" minutes(1, 10_000_000);
        TIME_6 = "tier6_minutes" "金星时长（含）" minutes(1, 10_000_000);
        TIME_7 = "tier7_minutes" "钻石星时长（含）" minutes(1, 10_000_000);
        POINTS_1 = "tier1_points" "一星积分（含）" points(0, 100_000_000);
        POINTS_2 = "tier2_points" "二星积分（含）" points(0, 100_000_000);
        POINTS_3 = "tier3_points" "三星积分（含）" points(0, 100_000_000);
        POINTS_4 = "tier4_points" "四星积分（含）" points(0, 100_000_000);
        POINTS_5 = "tier5_points" "五星积分（含）" points(0, 100_000_000);
        POINTS_6 = "tier6_points" "金星积分（含）" points(0, 100_000_000);
        POINTS_7 = "tier7_points" "钻石星积分（含）" points(0, 100_000_000);
        BACK = "back_points_per_hour" "每小时多少积分可以申请服务回馈" points(0, 1_000_000);
        MISSED_MOST = "missed_times" "一年爽约几次停评" count(1, 1_000);
        SPOILT_MOST = "spoilt_times" "一年恶意爽约几次停评" count(1, 1_000);
    }
    kinds {
        SERVICE = "service" "志愿服务" / "voluntary service";
        SERVED = "service-back" "享受服务回馈" / "service given back";
        MISSED = "missed" "报名后没有来，也没有取消" / "enrolled and did not come";
        SPOILT = "spoilt" "恶意爽约" / "enrolled to spoil it";
    }
    quantities { MINUTES = "minutes" "时长" minutes(1, 1_440_000); }
    facts { POINTS = "points" "荣誉积分" points(0, 1_000_000_000); }
    figures {
        TIME = "service_time" "可用时长" minutes;
        OWN = "own_points" "荣誉积分" points;
        TIMES = "missed_count" "爽约次数" count;
        MAY = "may_ask" "服务回馈" label["还不能申请", "可以申请"];
    }
    reasons {
        BOTH = "BOTH" "时长{service_time}、积分{own_points}，两个条件都达到才评星；服务回馈：{may_ask}"
            / "{service_time} and {own_points} points; both are needed";
        PAUSED = "PAUSED"
            "本年度报名后爽约{missed_count}次，本年度不评星；时长和积分不扣，有异议可以申请复核"
            / "did not come {missed_count} times this year: no star this year, nothing is taken off";
    }
    clauses { METHOD = "method" "志愿者星级认定办法：时长和积分"; }
    refusals {
        OVERDRAWN = "TIME_OVERDRAWN" "享受服务回馈的时长比服务时长还多，请先核对记录";
    }
    grades {
        NONE = "0" "未评星";
        ONE = "1" "一星";
        TWO = "2" "二星";
        THREE = "3" "三星";
        FOUR = "4" "四星";
        FIVE = "5" "五星";
        GOLD = "6" "金星";
        DIAMOND = "7" "钻石星";
        NO_STAR = "P" "本年度不评星";
    }
}

/// The rule.
#[derive(Debug)]
pub struct StarConditions;

/// From the highest.
const TIERS: [(Setting, Setting, Grade); 7] = [
    (TIME_7, POINTS_7, DIAMOND),
    (TIME_6, POINTS_6, GOLD),
    (TIME_5, POINTS_5, FIVE),
    (TIME_4, POINTS_4, FOUR),
    (TIME_3, POINTS_3, THREE),
    (TIME_2, POINTS_2, TWO),
    (TIME_1, POINTS_1, ONE),
];

fn minutes(row: Row<'_>, kind: Kind) -> Result<i64, Refused> {
    let mut sum = 0;
    for event in row.events_of(kind) {
        sum += event.need(MINUTES)?;
    }
    Ok(sum)
}

impl Grader for StarConditions {
    const RULE: &'static Rule = &RULE;

    fn grade(population: &Population, row: Row<'_>) -> Result<Graded, Refused> {
        let (first, last) = population.period();
        let times = |kind| {
            let within = row.events_of(kind).filter(|it| (first..=last).contains(&it.day()));
            within.count() as i64
        };
        let (missed, spoilt) = (times(MISSED), times(SPOILT));
        let time = minutes(row, SERVICE)? - minutes(row, SERVED)?;
        if time < 0 {
            return Err(OVERDRAWN.into());
        }
        let points = row.fact(POINTS);
        let paused =
            missed >= population.setting(MISSED_MOST) || spoilt >= population.setting(SPOILT_MOST);
        // points ≥ per hour × hours, without dividing
        let may = !paused && points * 60 >= population.setting(BACK) * time && time > 0;
        let reached = TIERS.iter().find(|(minutes, least, _)| {
            time >= population.setting(*minutes) && points >= population.setting(*least)
        });
        let (grade, reason) = if paused {
            (NO_STAR, PAUSED)
        } else {
            (reached.map_or(NONE, |(_, _, grade)| *grade), BOTH)
        };
        let graded = Graded::new(grade, reason, METHOD)
            .figure(TIME, time)
            .figure(OWN, points)
            .figure(TIMES, missed + spoilt)
            .figure(MAY, i64::from(may));
        Ok(row.events().fold(graded, |graded, event| graded.event(&event)))
    }
}

export_grader!(StarConditions);
