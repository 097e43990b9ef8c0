//! Answers in a reader's words.

use std::collections::BTreeMap;

use model::{Reason, ReasonKind};

use crate::{facts::FactError, rule::Rule};

/// A policy that allows.
pub(crate) fn permit(rule: &Rule) -> Reason {
    let text = if rule.who.is_empty() {
        "可以办。".to_owned()
    } else {
        format!("可以办：{}有权办理。", rule.who)
    };
    reason(rule, ReasonKind::Permit, text)
}

/// A policy that forbids.
pub(crate) fn forbid(rule: &Rule) -> Reason {
    let text = if rule.deny.is_empty() {
        format!("不能办：{}。", rule.title)
    } else {
        rule.deny.clone()
    };
    reason(rule, ReasonKind::Forbid, text)
}

/// A policy that could not be evaluated.
pub(crate) fn error(rules: &BTreeMap<String, Rule>, id: &str) -> Reason {
    let title = rules.get(id).map_or_else(|| id.to_owned(), |rule| rule.title.clone());
    let text = format!(
        "核对“{title}”这条规矩时出错，按不能办处理。请联系数据管理员核对登记的资料后再办。"
    );
    let basis = rules.get(id).map(|rule| rule.basis.clone()).unwrap_or_default();
    Reason { policy: id.to_owned(), effect: ReasonKind::Error, title, basis, text }
}

/// Facts that cannot be decided upon.
pub(crate) fn unusable(error: &FactError) -> Reason {
    let text = match error {
        FactError::UnknownAction(_) => "清单里没有这种办理动作，不能办。请从清单里选一项再办。",
        FactError::WrongType { .. } => "这种办理动作不能用在这类对象上，不能办。请核对要办的事项。",
        FactError::OtherThing { .. } => "查到的资料不是这个人或这件事的，不能办。请重新提交。",
        FactError::Contradiction { .. } => {
            "登记的编号和地点互相矛盾，不能办。请联系数据管理员更正后再办。"
        }
        FactError::OtherTownship { .. } => {
            "这件事不属于这个镇（街道），不能在这里办。请到所在镇（街道）办理。"
        }
        FactError::Schema(_) => {
            "登记的资料不完整或者不合格式，不能办。请联系数据管理员补齐后再办。"
        }
    };
    Reason {
        policy: error.code().to_owned(),
        effect: ReasonKind::Error,
        title: "资料不能用于判断".to_owned(),
        basis: Vec::new(),
        text: text.to_owned(),
    }
}

/// No policy allows: the permits nearest to what was asked, or a fixed sentence when there is none.
pub(crate) fn absent<'a>(
    rules: &BTreeMap<String, Rule>,
    permits: impl Iterator<Item = &'a str>,
    item: Option<&str>,
    step: Option<&str>,
) -> Vec<Reason> {
    let all: Vec<&Rule> = permits.filter_map(|id| rules.get(id)).collect();
    let same_item = |rule: &Rule| rule.item.is_some() && rule.item.as_deref() == item;
    let same_step = |rule: &Rule| step.is_some_and(|step| rule.steps.iter().any(|own| own == step));
    let tiers: [&dyn Fn(&Rule) -> bool; 4] = [
        &|rule| same_item(rule) && same_step(rule),
        &|rule| rule.item.is_none() && same_step(rule),
        &same_item,
        &|rule| rule.item.is_none() && rule.steps.is_empty(),
    ];
    for tier in tiers {
        let near: Vec<Reason> =
            all.iter().filter(|rule| tier(rule)).map(|rule| could(rule)).collect();
        if !near.is_empty() {
            return near;
        }
    }
    vec![Reason {
        policy: "no-permit".to_owned(),
        effect: ReasonKind::Absent,
        title: "没有规定允许".to_owned(),
        basis: Vec::new(),
        text: "没有规定允许这样办，法无授权不可为。请核对权力清单，或者向镇（街道）问清由谁办理。"
            .to_owned(),
    }]
}

fn could(rule: &Rule) -> Reason {
    let text = format!("您现在不能办这一项。可以由{}办理。", rule.who);
    reason(rule, ReasonKind::Absent, text)
}

fn reason(rule: &Rule, effect: ReasonKind, text: String) -> Reason {
    Reason {
        policy: rule.id.clone(),
        effect,
        title: rule.title.clone(),
        basis: rule.basis.clone(),
        text,
    }
}
