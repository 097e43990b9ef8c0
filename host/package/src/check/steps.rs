//! An item's steps: what they wait for and what they cite.

use std::collections::BTreeSet;

use super::gates;
use super::vocabulary::unknown_body;
use crate::diagnostic::{Findings, code, words};
use crate::document::Document;
use crate::source::Place;
use crate::{Item, Number, Step};

/// What a step may cite.
pub(crate) struct Known<'a> {
    pub(crate) bodies: Option<BTreeSet<&'a str>>,
    pub(crate) parameters: BTreeSet<&'a str>,
    pub(crate) roles: Option<BTreeSet<&'a str>>,
}

/// Checks each step that `index` finds in this document, then the whole for rings.
pub(crate) fn steps(
    item: &Item,
    doc: &Document<'_>,
    known: &Known<'_>,
    findings: &mut Findings,
    index: &dyn Fn(&str) -> Option<usize>,
) {
    for step in &item.steps {
        let Some(at) = index(&step.id) else { continue };
        for (list, names) in [("after", &step.after), ("after_stay", &step.after_stay)] {
            for (n, name) in names.iter().enumerate() {
                if item.step(name).is_none() {
                    unknown_step(name, doc.place(&format!("/steps/{at}/{list}/{n}")), findings);
                }
            }
        }
        if !step.body.is_empty()
            && known.bodies.as_ref().is_some_and(|ids| !ids.contains(step.body.as_str()))
        {
            findings.error(
                code::UNKNOWN_BODY,
                doc.place(&format!("/steps/{at}/body")),
                unknown_body(&step.body),
            );
        }
        numbers(step, at, doc, known, findings);
        gates::step(step, at, doc, known, findings);
    }
    if let Some(ring) = ring(item) {
        let at = index(&ring).unwrap_or(0);
        findings.error(
            code::STEP_CYCLE,
            doc.place(&format!("/steps/{at}/after")),
            words(
                format!("step `{ring}` of `{}` waits for itself", item.id),
                format!("步骤“{ring}”绕了一圈又等它自己，永远办不了。"),
                "检查各步的 after，去掉多余的一个。",
            ),
        );
    }
}

fn numbers(step: &Step, at: usize, doc: &Document<'_>, known: &Known<'_>, findings: &mut Findings) {
    let all = [
        ("min_gap_days", Some(&step.min_gap_days)),
        ("within_days", step.within_days.as_ref()),
        ("notice_days", Some(&step.notice_days)),
        ("stay_days", Some(&step.stay_days)),
    ];
    for (name, number) in all {
        if let Some(Number::Parameter(id)) = number
            && !known.parameters.contains(id.as_str())
        {
            unknown_parameter(id, doc.place(&format!("/steps/{at}/{name}")), findings);
        }
    }
}

pub(crate) fn unknown_parameter(id: &str, place: Place, findings: &mut Findings) {
    findings.error(
        code::UNKNOWN_PARAMETER,
        place,
        words(
            format!("parameter `{id}` has no file"),
            format!("没有“{id}”这个参数。"),
            format!("直接写数，或新建 parameters/{id}.toml。"),
        ),
    );
}

pub(crate) fn unknown_step(name: &str, place: Place, findings: &mut Findings) {
    findings.error(
        code::UNKNOWN_STEP,
        place,
        words(
            format!("step `{name}` is not in this item"),
            format!("这个事项里没有步骤“{name}”。"),
            "只能写本事项 [[steps]] 里的编号。",
        ),
    );
}

/// The first step, in reading order, that can never become free.
pub(crate) fn ring(item: &Item) -> Option<String> {
    let ids: BTreeSet<&str> = item.steps.iter().map(|step| step.id.as_str()).collect();
    let mut free: BTreeSet<&str> = BTreeSet::new();
    loop {
        let before = free.len();
        for step in &item.steps {
            let waits = step.after.iter().chain(&step.after_stay).map(String::as_str);
            if waits.filter(|id| ids.contains(id)).all(|id| free.contains(id)) {
                free.insert(&step.id);
            }
        }
        if free.len() == before {
            return item
                .steps
                .iter()
                .find(|step| !free.contains(step.id.as_str()))
                .map(|step| step.id.clone());
        }
    }
}
