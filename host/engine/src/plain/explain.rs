//! Answers of a folder with their reasons.

use folder::{Explained, Miss};
use model::{English, Reason, ReasonKind};
use serde_json::json;

use crate::explanation::{Condition, Explanation, Language, Missing};

/// An explanation in words.
pub(crate) fn said(
    explained: &Explained,
    decision_id: String,
    edition: model::Digest,
    language: Language,
) -> Explanation {
    let Explained { answer, deciding, nearest } = explained;
    let mut reasons: Vec<Reason> =
        deciding.iter().map(|miss| deciding_reason(miss, answer, language)).collect();
    reasons.extend(nearest.iter().map(|miss| absent(miss, language)));
    if let Some(fault) = &answer.fault {
        reasons.push(Reason {
            policy: fault.code().to_owned(),
            code: String::new(),
            effect: ReasonKind::Error,
            title: language.pick("请求不能用于判断", "the question cannot be decided").to_owned(),
            basis: Vec::new(),
            text: match language {
                Language::Chinese => {
                    format!("请求里的类型、动作或者取值不合规定，按不能办处理：{fault}")
                }
                Language::English => fault.to_string(),
            },
            english: English::default(),
        });
    }
    if reasons.is_empty() {
        reasons.push(Reason {
            policy: "no-permit".to_owned(),
            code: String::new(),
            effect: ReasonKind::Absent,
            title: language.pick("没有规定允许", "no policy allows it").to_owned(),
            basis: Vec::new(),
            text: language.pick("没有规定允许这样办。", "no policy allows this").to_owned(),
            english: English::default(),
        });
    }
    let obligations = if answer.allowed {
        let permits = answer.outcome.permits.iter();
        permits
            .filter_map(|line| line.annotation("obligation").map(|text| (line.id(), text)))
            .map(|(id, text)| json!({"policy": id.as_str(), "text": text}))
            .collect()
    } else {
        Vec::new()
    };
    let missing = if answer.allowed {
        Vec::new()
    } else {
        deciding.iter().chain(nearest).map(conditions).collect()
    };
    let who = nearest
        .iter()
        .filter_map(|miss| language_note(miss, "who", language))
        .map(str::to_owned)
        .collect();
    Explanation {
        reasons,
        obligations,
        edition,
        decision_id,
        missing,
        who,
        next: None,
        ignored: answer.dropped.clone(),
    }
}

fn conditions(miss: &Miss) -> Missing {
    Missing {
        policy: miss.line.id().to_string(),
        conditions: miss.conditions.iter().map(Condition::from).collect(),
    }
}

fn language_note<'m>(miss: &'m Miss, key: &str, language: Language) -> Option<&'m str> {
    let english = miss.line.annotation(&format!("{key}_en"));
    match language {
        Language::Chinese => miss.line.annotation(key).or(english),
        Language::English => english.or_else(|| miss.line.annotation(key)),
    }
}

fn reason(miss: &Miss, effect: ReasonKind, text: String, language: Language) -> Reason {
    let basis = miss.line.annotation("basis").or_else(|| miss.line.annotation("reference"));
    Reason {
        policy: miss.line.id().to_string(),
        code: miss.line.annotation("code").unwrap_or_default().to_owned(),
        effect,
        title: language_note(miss, "title", language).unwrap_or(miss.line.id()).to_owned(),
        basis: basis
            .unwrap_or_default()
            .split('；')
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect(),
        text,
        english: English::default(),
    }
}

fn deciding_reason(miss: &Miss, answer: &folder::Answer, language: Language) -> Reason {
    let title = language_note(miss, "title", language).unwrap_or(miss.line.id()).to_owned();
    let failed = answer.outcome.errors.iter().find(|(line, _)| line.id() == miss.line.id());
    if let Some((_, message)) = failed {
        let text = match language {
            Language::Chinese => {
                format!("核对“{title}”这条规矩时出错，按不能办处理：{message}")
            }
            Language::English => {
                format!("`{title}` could not be evaluated, which counts as a deny: {message}")
            }
        };
        return reason(miss, ReasonKind::Error, text, language);
    }
    if miss.line.permit() {
        let text = match language {
            Language::Chinese => format!("可以办：{title}。"),
            Language::English => format!("allowed by `{title}`"),
        };
        return reason(miss, ReasonKind::Permit, text, language);
    }
    let text = language_note(miss, "deny", language).map_or_else(
        || match language {
            Language::Chinese => format!("不能办：{title}。"),
            Language::English => format!("forbidden by `{title}`"),
        },
        str::to_owned,
    );
    reason(miss, ReasonKind::Forbid, text, language)
}

fn absent(miss: &Miss, language: Language) -> Reason {
    let title = language_note(miss, "title", language).unwrap_or(miss.line.id());
    let text = match language {
        Language::Chinese => format!("“{title}”这条规矩的条件没有满足。"),
        Language::English => format!("the conditions of `{title}` are not met"),
    };
    reason(miss, ReasonKind::Absent, text, language)
}
