//! 待遇资格：积分到了起点就可以享受，只回答可以或者不可以和理由。

use xiangyue_sdk::{Entitled, Population, Qualifier, Refused, Row, Rule, export_qualifier, rule};

rule! {
    /// 待遇资格。
    pub static RULE = "{{name}}" "待遇资格" "1.0.0";
    settings { FROM = "from" "起点（含）" points(0, 1_000_000); }
    facts { HONOUR = "honour" "累计积分" points(0, 1_000_000_000); }
    reasons {
        REACHED = "REACHED" "累计积分达到{from}";
        NOT_YET = "NOT_YET" "累计积分还没有达到{from}";
    }
    clauses { METHOD = "method" "积分激励办法"; }
}

/// The rule.
#[derive(Debug)]
pub struct Benefit;

impl Qualifier for Benefit {
    const RULE: &'static Rule = &RULE;

    fn qualify(population: &Population, row: Row<'_>) -> Result<Entitled, Refused> {
        Ok(if row.fact(HONOUR) >= population.setting(FROM) {
            Entitled::yes(REACHED, METHOD)
        } else {
            Entitled::no(NOT_YET, METHOD)
        })
    }
}

export_qualifier!(Benefit);
