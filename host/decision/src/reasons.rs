//! Answers in a reader's words, Chinese and English.

use std::collections::BTreeMap;

use model::{English, Reason, ReasonKind};

use crate::{facts::FactError, rule::Rule};

/// A policy that allows.
pub(crate) fn permit(rule: &Rule) -> Reason {
    let (text, english) = if rule.who.is_empty() {
        ("可以办。".to_owned(), "It can be done.".to_owned())
    } else {
        (
            format!("可以办：{}有权办理。", rule.who),
            format!("It can be done: {} may do it.", rule.who_english()),
        )
    };
    reason(rule, ReasonKind::Permit, text, english)
}

/// A policy that forbids.
pub(crate) fn forbid(rule: &Rule) -> Reason {
    let text = if rule.deny.is_empty() {
        format!("不能办：{}。", rule.title)
    } else {
        rule.deny.clone()
    };
    let english = if rule.deny_en.is_empty() {
        format!("It cannot be done: {}.", rule.title_english())
    } else {
        rule.deny_en.clone()
    };
    reason(rule, ReasonKind::Forbid, text, english)
}

/// A policy that could not be evaluated.
pub(crate) fn error(rules: &BTreeMap<String, Rule>, id: &str) -> Reason {
    let title = rules.get(id).map_or_else(|| id.to_owned(), |rule| rule.title.clone());
    let english = rules.get(id).map_or(id, Rule::title_english).to_owned();
    let text = format!(
        "核对“{title}”这条规矩时出错，按不能办处理。请联系数据管理员核对登记的资料后再办。"
    );
    let words = format!(
        "The rule \"{english}\" could not be checked, which counts as a no. Ask the data administrator to look at the records."
    );
    let basis = rules.get(id).map(|rule| rule.basis.clone()).unwrap_or_default();
    Reason {
        policy: id.to_owned(),
        code: String::new(),
        effect: ReasonKind::Error,
        title,
        basis,
        text,
        english: English { title: english, text: words },
    }
}

/// Facts that cannot be decided upon.
pub(crate) fn unusable(error: &FactError) -> Reason {
    let (text, english) = match error {
        FactError::UnknownAction(_) => (
            "清单里没有这种办理动作，不能办。请从清单里选一项再办。",
            "The list has no such action. Choose one from the list.",
        ),
        FactError::WrongType { .. } => (
            "这种办理动作不能用在这类对象上，不能办。请核对要办的事项。",
            "This action is not made for this kind of thing. Check what is to be done.",
        ),
        FactError::OtherThing { .. } => (
            "查到的资料不是这个人或这件事的，不能办。请重新提交。",
            "The records found are those of another person or matter. Send it again.",
        ),
        FactError::Contradiction { .. } => (
            "登记的编号和地点互相矛盾，不能办。请联系数据管理员更正后再办。",
            "The recorded number and place contradict each other. Ask the data administrator to correct them.",
        ),
        FactError::OtherTownship { .. } => (
            "这件事不属于这个镇（街道），不能在这里办。请到所在镇（街道）办理。",
            "This matter belongs to another township. Go to the township where it lies.",
        ),
        FactError::Schema(_) => (
            "登记的资料不完整或者不合格式，不能办。请联系数据管理员补齐后再办。",
            "The records are incomplete or malformed. Ask the data administrator to complete them.",
        ),
    };
    Reason {
        policy: error.code().to_owned(),
        code: String::new(),
        effect: ReasonKind::Error,
        title: "资料不能用于判断".to_owned(),
        basis: Vec::new(),
        text: text.to_owned(),
        english: English {
            title: "the records cannot be decided upon".to_owned(),
            text: english.to_owned(),
        },
    }
}

/// No policy allows: the permits nearest to what was asked, or a fixed sentence when there is none.
pub(crate) fn absent<'p>(
    rules: &BTreeMap<String, Rule>,
    permits: impl Iterator<Item = &'p str>,
    item: Option<&str>,
    step: Option<&str>,
) -> Vec<Reason> {
    let near = nearest(rules, permits, item, step);
    if near.is_empty() { vec![none()] } else { near.into_iter().map(could).collect() }
}

/// The permits nearest to what was asked: of the same item and step first.
pub(crate) fn nearest<'r, 'p>(
    rules: &'r BTreeMap<String, Rule>,
    permits: impl Iterator<Item = &'p str>,
    item: Option<&str>,
    step: Option<&str>,
) -> Vec<&'r Rule> {
    let all: Vec<&'r Rule> = permits.filter_map(|id| rules.get(id)).collect();
    let same_item = |rule: &Rule| rule.item.is_some() && rule.item.as_deref() == item;
    let same_step = |rule: &Rule| step.is_some_and(|step| rule.steps.iter().any(|own| own == step));
    let tiers: [&dyn Fn(&Rule) -> bool; 4] = [
        &|rule| same_item(rule) && same_step(rule),
        &|rule| rule.item.is_none() && same_step(rule),
        &same_item,
        &|rule| rule.item.is_none() && rule.steps.is_empty(),
    ];
    for tier in tiers {
        let near: Vec<&'r Rule> = all.iter().filter(|rule| tier(rule)).copied().collect();
        if !near.is_empty() {
            return near;
        }
    }
    Vec::new()
}

fn none() -> Reason {
    Reason {
        policy: "no-permit".to_owned(),
        code: String::new(),
        effect: ReasonKind::Absent,
        title: "没有规定允许".to_owned(),
        basis: Vec::new(),
        text: "没有规定允许这样办，法无授权不可为。请核对权力清单，或者向镇（街道）问清由谁办理。"
            .to_owned(),
        english: English {
            title: "no rule allows it".to_owned(),
            text: "No rule allows this, and what no law grants may not be done. Check the list of powers or ask the township who may do it.".to_owned(),
        },
    }
}

fn could(rule: &Rule) -> Reason {
    let text = format!("您现在不能办这一项。可以由{}办理。", rule.who);
    let english = format!("You cannot do this now. It can be done by {}.", rule.who_english());
    reason(rule, ReasonKind::Absent, text, english)
}

fn reason(rule: &Rule, effect: ReasonKind, text: String, english: String) -> Reason {
    Reason {
        policy: rule.id.clone(),
        code: rule.code.clone(),
        effect,
        title: rule.title.clone(),
        basis: rule.basis.clone(),
        text,
        english: English { title: rule.title_en.clone(), text: english },
    }
}
