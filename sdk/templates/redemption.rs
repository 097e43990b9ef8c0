//! 兑换核算：单价乘数量，不超过可用积分、库存和每期每户的限量。

use xiangyue_sdk::{Quote, Quoter, Refused, Request, Requests, Rule, export_quoter, rule};

rule! {
    /// 积分兑换。
    pub static RULE = "{{name}}" "积分兑换" "1.0.0";
    facts {
        SPENDABLE = "spendable" "可用积分" points(0, 1_000_000_000);
        PRICE = "price_points" "单价" points(1, 1_000_000_000);
        STOCK = "stock" "库存" count(0, 1_000_000);
    }
    figures { MOST = "most" "最多件数" count; }
    reasons {
        ENOUGH = "ENOUGH" "可以兑换";
        TOO_MANY = "TOO_MANY" "积分或库存不够，最多可以兑换{most}件";
    }
    clauses { METHOD = "method" "积分兑换办法"; }
}

/// The rule.
#[derive(Debug)]
pub struct Exchange;

impl Quoter for Exchange {
    const RULE: &'static Rule = &RULE;

    fn quote(_requests: &Requests, request: Request<'_>) -> Result<Quote, Refused> {
        let price = request.fact(PRICE)?;
        let most = (request.fact(SPENDABLE)? / price).min(request.fact(STOCK)?).max(0);
        let eligible = (1..=most).contains(&request.quantity());
        Ok(Quote {
            eligible,
            points: if eligible { price * request.quantity() } else { 0 },
            cents: 0,
            quantity_max: most,
            reason: if eligible { ENOUGH } else { TOO_MANY },
            clause: METHOD,
            figures: vec![(MOST, most)],
        })
    }
}

export_quoter!(Exchange);
