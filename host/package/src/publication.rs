//! What the public is shown of matters: must, may or must not, by class of items, and why not.

use serde::{Deserialize, Serialize};

/// Whether matters of a class are shown to the public.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shown {
    /// 应公开.
    Must,
    /// 能公开：published unless it is withheld with a reason.
    May,
    /// 不得公开；wins over everything else that is said about an item.
    MustNot,
}

/// Why something is not shown.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct WithholdingReason {
    /// Id, e.g. `privacy`.
    pub id: String,
    /// 中文.
    pub title: String,
    /// English.
    #[serde(default)]
    pub title_en: String,
    /// Articles.
    #[serde(default)]
    pub basis: Vec<String>,
}

/// Items that are treated alike.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PublicationClass {
    /// Id, e.g. `works`.
    pub id: String,
    /// 中文名称.
    pub title: String,
    /// Whether they are shown.
    pub rule: Shown,
    /// Id of a reason; a class that must not be shown needs one.
    #[serde(default)]
    pub reason: String,
    /// Item ids.
    #[serde(default)]
    pub items: Vec<String>,
    /// Whether townships' own items belong to it too.
    #[serde(default)]
    pub local: bool,
}

/// An item that may be shown and is not.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Withheld {
    /// Item id.
    pub item: String,
    /// Id of a reason; the check refuses an entry without one.
    #[serde(default)]
    pub reason: String,
}

/// A block of the public pages, e.g. the works of a village.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Collection {
    /// Id; the last part of its address.
    pub id: String,
    /// 中文名称.
    pub title: String,
    /// English name.
    #[serde(default)]
    pub title_en: String,
    /// Item ids; none for every item.
    #[serde(default)]
    pub items: Vec<String>,
    /// Whether only matters are shown of which everything that is to be published has been.
    #[serde(default)]
    pub finished: bool,
}

/// The classifier of an edition (`publication.toml`). Without the file nothing of a matter is shown.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Publication {
    /// Reasons that may be given.
    pub reasons: Vec<WithholdingReason>,
    /// Classes.
    pub classes: Vec<PublicationClass>,
    /// Items that may be shown and are not.
    #[serde(default)]
    pub withheld: Vec<Withheld>,
    /// Blocks of the public pages.
    #[serde(default)]
    pub collections: Vec<Collection>,
}

/// What the classifier says about one item.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Classified<'a> {
    /// Whether matters of the item are shown.
    pub shown: bool,
    /// The strictest rule of its classes; none when no class holds it, and then it is not shown.
    pub rule: Option<Shown>,
    /// Why it is not shown, where somebody said.
    pub reason: Option<&'a WithholdingReason>,
}

impl Publication {
    /// What is said about an item; `local` when it is a township's own. Of several classes the
    /// strictest counts, so that what must not be shown never is.
    pub fn of(&self, item: &str, local: bool) -> Classified<'_> {
        let holds = |class: &&PublicationClass| {
            (local && class.local) || class.items.iter().any(|id| id == item)
        };
        let strictest = self.classes.iter().filter(holds).max_by_key(|class| class.rule);
        let withheld = self.withheld.iter().find(|held| held.item == item);
        let Some(class) = strictest else {
            return Classified { shown: false, rule: None, reason: None };
        };
        let code = match (class.rule, withheld) {
            (Shown::MustNot, _) => Some(&class.reason),
            (_, Some(held)) => Some(&held.reason),
            (_, None) => None,
        };
        Classified {
            shown: code.is_none(),
            rule: Some(class.rule),
            reason: code.and_then(|code| self.reason(code)),
        }
    }

    /// A reason by id.
    pub fn reason(&self, id: &str) -> Option<&WithholdingReason> {
        self.reasons.iter().find(|reason| reason.id == id)
    }

    /// A block of the public pages by id.
    pub fn collection(&self, id: &str) -> Option<&Collection> {
        self.collections.iter().find(|collection| collection.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(rule: Shown, reason: &str) -> PublicationClass {
        let (id, title) = (format!("{rule:?}"), "类".to_owned());
        let (reason, items) = (reason.to_owned(), vec!["P01".to_owned()]);
        PublicationClass { id, title, rule, reason, items, local: false }
    }

    fn said(classes: Vec<PublicationClass>, withheld: Vec<Withheld>) -> Publication {
        let reason = |id: &str| WithholdingReason {
            id: id.to_owned(),
            title: "理由".to_owned(),
            title_en: String::new(),
            basis: Vec::new(),
        };
        let reasons = vec![reason("privacy"), reason("other")];
        Publication { reasons, classes, withheld, collections: Vec::new() }
    }

    #[test]
    fn what_must_not_be_shown_wins_in_any_order() {
        let (must, may) = (class(Shown::Must, ""), class(Shown::May, ""));
        let never = class(Shown::MustNot, "privacy");
        for classes in [
            vec![must.clone(), may.clone(), never.clone()],
            vec![never.clone(), must.clone()],
            vec![may.clone(), never.clone(), must.clone()],
        ] {
            let all = said(classes, Vec::new());
            let of = all.of("P01", false);
            assert!(!of.shown, "{of:?}");
            assert_eq!(of.reason.map(|r| r.id.as_str()), Some("privacy"));
        }
        assert!(said(vec![must, may], Vec::new()).of("P01", false).shown);
    }

    #[test]
    fn nothing_said_and_withheld_are_not_shown() {
        let all = said(vec![class(Shown::May, "")], Vec::new());
        assert!(all.of("P01", false).shown);
        let unknown = all.of("P02", false);
        assert_eq!((unknown.shown, unknown.rule), (false, None));
        assert!(!all.of("370285102-T01", true).shown, "no class takes townships' own items");
        let held = vec![Withheld { item: "P01".to_owned(), reason: "other".to_owned() }];
        let of = said(vec![class(Shown::May, "")], held);
        let of = of.of("P01", false);
        assert_eq!((of.shown, of.reason.map(|r| r.id.as_str())), (false, Some("other")));
        assert!(!Publication::default().of("P01", false).shown);
    }
}
