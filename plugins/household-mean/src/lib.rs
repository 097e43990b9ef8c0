//! 户均分享受服务（东岛刘家一类的办法）：家庭成员的志愿服务积分合计除以成员人数，超过标准的家庭享受服务。
//!
//! The mean is never divided out: points > threshold × members. Every member's whole units count for themselves, so
//! two half units of two people are none. The number of members is that of the last day of the period.

use std::collections::BTreeMap;

use xiangyue_sdk::{Entitled, Population, Qualifier, Refused, Row, Rule, export_qualifier, rule};

rule! {
    /// 户均分。
    pub static RULE = "household-mean" "户均分享受服务" "1.0.0";
    settings {
        UNIT = "unit_minutes" "每1分的时长" minutes(1, 100_000);
        ABOVE = "above" "户均标准（超过才算）" points(0, 1_000_000);
    }
    kinds { SERVICE = "service" "志愿服务" / "voluntary service"; }
    quantities { MINUTES = "minutes" "服务时长" minutes(1, 1_440); }
    facts { MEMBERS = "members" "期末家庭成员人数" count(0, 100); }
    figures {
        POINTS = "points" "家庭积分" points;
        COUNT = "member_count" "成员人数" count;
    }
    reasons {
        ABOVE_MEAN = "ABOVE_MEAN" "家庭积分{points}，成员{member_count}人，户均超过{above}分";
        NOT_ABOVE = "NOT_ABOVE" "家庭积分{points}，成员{member_count}人，户均没有超过{above}分";
    }
    clauses { METHOD = "method" "志愿服务积分激励办法：户均分"; }
    refusals {
        NOBODY = "NO_MEMBERS" "这户期末没有登记成员，不能算户均分";
        WHOSE = "SERVICE_WITHOUT_MEMBER" "有一次服务没有写明是哪位成员，请先补登记";
    }
}

/// The rule.
#[derive(Debug)]
pub struct HouseholdMean;

impl Qualifier for HouseholdMean {
    const RULE: &'static Rule = &RULE;

    fn qualify(population: &Population, row: Row<'_>) -> Result<Entitled, Refused> {
        let members = row.fact(MEMBERS);
        if members == 0 {
            return Err(NOBODY.into());
        }
        let mut minutes: BTreeMap<_, i64> = BTreeMap::new();
        for event in row.events_of(SERVICE) {
            let member = event.member().ok_or(WHOSE)?;
            *minutes.entry(member).or_default() += event.need(MINUTES)?;
        }
        let unit = population.setting(UNIT);
        let points: i64 = minutes.values().map(|minutes| minutes / unit * 100).sum();
        let above = points > population.setting(ABOVE) * members;
        let answer =
            if above { Entitled::yes(ABOVE_MEAN, METHOD) } else { Entitled::no(NOT_ABOVE, METHOD) };
        Ok(answer.figure(POINTS, points).figure(COUNT, members))
    }
}

export_qualifier!(HouseholdMean);
