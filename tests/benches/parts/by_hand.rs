//! The yardstick of tables and scripts: hours of volunteers in native code.

use std::collections::BTreeMap;

use rules::{Claim, RuleInput, RuleRow};

/// What the table says, written out for this one standard: the same claims, nothing checked.
pub(crate) fn by_hand(input: &RuleInput) -> Vec<Vec<Claim>> {
    const BANDS: [(i64, i64, i64); 4] =
        [(0, 1_200, 60), (1_200, 4_800, 120), (4_800, 12_000, 180), (12_000, i64::MAX, 240)];
    let claims = |row: &RuleRow| {
        let events = || row.events.iter().filter(|event| event.kind == "service");
        let minutes: i64 = events().map(|event| event.quantities["minutes"]).sum();
        let of = |(low, high, per): (i64, i64, i64)| (minutes.min(high) - low).max(0) / per;
        let points = BANDS.into_iter().map(of).sum::<i64>() * 100;
        if points == 0 {
            return Vec::new();
        }
        let (hours, rest) = (minutes / 60, minutes % 60);
        let total =
            if rest == 0 { format!("{hours}小时") } else { format!("{hours}小时{rest}分钟") };
        let shown = model::Points(points);
        let fact = |name: &str, value| (name.to_owned(), value);
        vec![Claim {
            subject: row.subject.clone(),
            item: "volunteer-hours".to_owned(),
            points,
            reason: format!("“志愿服务时长”：累计{total}，分段折算，计{shown}分"),
            clause: "《志愿时长分段折算办法（例）》第2条".to_owned(),
            events: events().map(|event| event.id.as_str().to_owned()).collect(),
            facts: BTreeMap::from([
                fact("amount", minutes),
                fact("uncapped", points),
                fact("windows", 1),
            ]),
        }]
    };
    input.rows.iter().map(claims).collect()
}
