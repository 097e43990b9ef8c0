//! Strata of the spot checks of an edition (`spot-checks.toml`): which matters carry most risk, and how many of
//! each kind are drawn (精准监督：工程、大额支出、资产资源).

use serde::{Deserialize, Serialize};

use crate::Number;

/// A kind of matters that are checked alike. A matter belongs to the first stratum that holds it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Stratum {
    /// Id, e.g. `works`.
    pub id: String,
    /// 中文名称.
    pub title: String,
    /// English name.
    #[serde(default)]
    pub title_en: String,
    /// Items; none for every item.
    #[serde(default)]
    pub items: Vec<String>,
    /// Smallest amount, included, in cents; none for any.
    #[serde(default)]
    pub from: Option<Number>,
    /// Share of its matters that is drawn, ‰, rounded up.
    pub share_permille: u32,
    /// At least so many, as far as there are any.
    #[serde(default)]
    pub at_least: u32,
}

impl Stratum {
    /// Whether it holds every matter, so that none is left for the strata behind it.
    pub fn holds_all(&self) -> bool {
        self.items.is_empty() && self.from.is_none()
    }

    /// How many of `count` matters are drawn: the share rounded up, the least number, never more than there are.
    pub fn drawn(&self, count: u64) -> u64 {
        // count · share fits: a share is at most 1000, and nobody has 2^54 matters
        let share = count.saturating_mul(u64::from(self.share_permille)).div_ceil(1_000);
        share.max(u64::from(self.at_least)).min(count)
    }
}

/// The strata, from the riskiest; none where an edition does not say, and then nothing is drawn.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct SpotChecks {
    /// The strata, in order.
    pub strata: Vec<Stratum>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_rounded_up_and_bounded() {
        for (share, least, count, want) in [
            (500, 0, 0, 0),
            (500, 0, 1, 1),
            (500, 0, 4, 2),
            (500, 0, 5, 3),
            (1, 0, 999, 1),
            (1_000, 0, 7, 7),
            (100, 2, 10, 2),
            (100, 2, 1, 1),
            (0, 0, 10, 0),
        ] {
            let stratum = Stratum {
                id: "a".to_owned(),
                title: "类".to_owned(),
                title_en: String::new(),
                items: Vec::new(),
                from: None,
                share_permille: share,
                at_least: least,
            };
            assert_eq!(stratum.drawn(count), want, "{share}‰ of {count}, at least {least}");
        }
    }
}
