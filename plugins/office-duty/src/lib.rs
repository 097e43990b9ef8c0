//! 机构履职考核：满分减去迟报漏报扣的分，加上回访确认的好评；只考核单位，不涉及村民积分。
//!
//! How late the records are is counted by the host from the record itself; the rule asks no office to report on itself.

use xiangyue_sdk::{Assessor, Population, Refused, Row, Rule, Sheet, export_assessor, rule};

rule! {
    /// 机构履职考核。
    pub static RULE = "office-duty" "村级机构履职考核" "1.0.0";
    settings {
        FULL = "full" "满分" points(0, 100_000);
        PRAISE_EACH = "praise_each" "每件好评" points(0, 10_000);
        PRAISE_CAP = "praise_cap" "好评封顶" points(0, 10_000);
    }
    kinds { PRAISE = "praise" "群众办件回访好评" / "confirmed by the villager served"; }
    facts { LATE = "lateness" "迟报漏报扣分" points(0, 1_000_000_000); }
    items { MARKS = "marks" "履职考核"; }
    figures {
        OFF = "off" "迟报漏报扣分" points;
        COUNT = "praises" "好评件数" count;
        MORE = "more" "好评加分" points;
        RESULT = "result" "得分" points;
    }
    reasons {
        MARKED = "MARKED" "满分{full}，迟报漏报扣{off}，好评{praises}件加{more}，得{result}"
            / "{full} in full, {off} off for late records, {more} for {praises} praises: {result}";
    }
    clauses { METHOD = "method" "村级机构履职考核办法"; }
}

/// The rule.
#[derive(Debug)]
pub struct OfficeDuty;

impl Assessor for OfficeDuty {
    const RULE: &'static Rule = &RULE;

    fn assess(population: &Population, row: Row<'_>, sheet: &mut Sheet) -> Result<(), Refused> {
        let full = population.setting(FULL);
        let off = row.fact(LATE);
        let count = row.events_of(PRAISE).count() as i64;
        let more = (count * population.setting(PRAISE_EACH)).min(population.setting(PRAISE_CAP));
        let result = ((full - off).max(0) + more).min(full);
        sheet
            .claim(row, MARKS, result, MARKED, METHOD)
            .figure(OFF, off)
            .figure(COUNT, count)
            .figure(MORE, more)
            .figure(RESULT, result)
            .events(row.events_of(PRAISE));
        Ok(())
    }
}

export_assessor!(OfficeDuty);
