//! Strata of the spot checks: items and parameters that are there, and no stratum that nothing can reach.

use std::collections::BTreeSet;

use crate::Number;
use crate::diagnostic::{Findings, code, words};
use crate::gather::Gathered;
use crate::layout::Kind;
use crate::read::by_id;

/// Checks the strata of every edition that has them.
pub(crate) fn spot_checks(all: &Gathered<'_>, findings: &mut Findings) {
    for folder in all.base.editions.values() {
        let known: BTreeSet<&str> = folder.items.iter().map(|r| r.value.id.as_str()).collect();
        for read in &folder.spot_checks {
            let strata = &read.value.strata;
            by_id(strata.clone(), |s| &s.id, "strata", &read.doc, findings);
            for (index, stratum) in strata.iter().enumerate() {
                let at = |key: &str| read.doc.place(&format!("/strata/{index}/{key}"));
                let items = stratum.items.iter().enumerate();
                // with an item unreadable, nothing can be said about ids
                let broken = folder.broken.contains(&Kind::Item);
                for (of, id) in items.filter(|(_, id)| !broken && !known.contains(id.as_str())) {
                    let said = words(
                        format!("the district has no item `{id}`"),
                        format!("市里没有事项“{id}”。"),
                        "写 items 文件夹里有的编号，例如 P01。",
                    );
                    findings.error(code::UNKNOWN_ITEM, at(&format!("items/{of}")), said);
                }
                if let Some(Number::Parameter(id)) = &stratum.from
                    && !all.base.parameters.contains_key(id)
                    && !all.base.broken.contains(id)
                {
                    let said = words(
                        format!("no parameter is called `{id}`"),
                        format!("没有叫“{id}”的参数。"),
                        "写 parameters 文件夹里有的名称，或者直接写金额（分）。",
                    );
                    findings.error(code::UNKNOWN_PARAMETER, at("from"), said);
                }
                if stratum.holds_all() && index.saturating_add(1) < strata.len() {
                    let said = words(
                        format!(
                            "`{}` holds every matter; nothing is left for what follows",
                            stratum.id
                        ),
                        format!("“{}”包括了所有的事，后面几类抽不到。", stratum.id),
                        "把什么都包括的一类放在最后，或者写上 items、from。",
                    );
                    findings.error(code::WRONG_VALUE, at("id"), said);
                }
            }
        }
    }
}
