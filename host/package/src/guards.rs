//! The guards that can be seen in words: conduct that the law protects, fines, statutory entitlements, busywork, personal
//! data that scoring has no use for, children.
//!
//! The list is shipped with the program and switched on; a district can only add words (`guards.toml`). What a rule does
//! with numbers is held elsewhere: caps and own words by the engine, losses by the ledger. Words catch carelessness, not
//! malice: who wants to hide what an item is about can, and the vote that a scheme needs is there for that.

use std::sync::LazyLock;

use serde::Deserialize;

/// Where words stand.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WordPlace {
    /// What is scored: events, and the items and reasons of rules.
    Event,
    /// What it is good for: offers, benefits, grades and funds.
    Benefit,
}

/// One guard with its words.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guard {
    /// `G2` to `G11`.
    pub guard: String,
    /// Stable code of the diagnostic.
    pub code: String,
    /// Where it looks.
    pub at: Vec<WordPlace>,
    /// The words.
    pub words: Vec<String>,
    /// What is wrong, in English; follows the word that was found.
    pub message: String,
    /// 中文：哪里不对。
    pub text: String,
    /// 中文：下一步怎么改。
    pub help: String,
    /// What it rests on.
    pub basis: String,
}

/// The words a district adds.
#[derive(Clone, PartialEq, Eq, Default, Debug, Deserialize)]
pub(crate) struct GuardsFile {
    #[serde(default)]
    pub(crate) words: Vec<MoreWords>,
}

/// Words added to one guard.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub(crate) struct MoreWords {
    pub(crate) code: String,
    pub(crate) words: Vec<String>,
}

#[derive(Deserialize)]
struct Shipped {
    guards: Vec<Guard>,
}

static SHIPPED: LazyLock<Result<Vec<Guard>, String>> = LazyLock::new(|| {
    toml::from_str::<Shipped>(include_str!("guards.toml"))
        .map(|shipped| shipped.guards)
        .map_err(|error| error.to_string())
});

/// The guards of the program.
///
/// # Errors
/// When the shipped list cannot be read: a fault of the program, and nothing may pass.
pub fn shipped() -> Result<&'static [Guard], &'static str> {
    match &*SHIPPED {
        Ok(guards) => Ok(guards),
        Err(error) => Err(error),
    }
}

/// The first guard that a text breaks, with the word.
pub fn broken<'g>(
    guards: &'g [Guard],
    place: WordPlace,
    text: &str,
) -> Option<(&'g Guard, &'g str)> {
    guards.iter().filter(|guard| guard.at.contains(&place)).find_map(|guard| {
        let word = guard.words.iter().find(|word| text.contains(word.as_str()))?;
        Some((guard, word.as_str()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_list_can_be_read_and_finds_its_words() {
        let guards = shipped().unwrap();
        for (place, text, code) in [
            (WordPlace::Event, "直接进京走访", "PROTECTED_CONDUCT"),
            (WordPlace::Event, "不参加志愿活动", "PROTECTED_CONDUCT"),
            (WordPlace::Event, "乱倒垃圾罚款50元", "FINE_FORBIDDEN"),
            (WordPlace::Benefit, "优先办理低保", "STATUTORY_ENTITLEMENT"),
            (WordPlace::Event, "每天打卡", "COMPULSION_FORBIDDEN"),
            (WordPlace::Event, "登记身份证号", "DATA_NOT_NEEDED"),
            (WordPlace::Event, "孩子被评为三好学生", "MINOR_SCORED"),
        ] {
            let (guard, _) = broken(guards, place, text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(guard.code, code, "{text}");
        }
        for text in ["探望照料村里的独居老人", "调解邻里纠纷", "志愿服务"] {
            assert_eq!(broken(guards, WordPlace::Event, text), None, "{text}");
        }
        assert_eq!(broken(guards, WordPlace::Event, "为低保户送餐"), None, "helping is no benefit");
    }
}
