//! The further terms of steps and items: roles that sign, bodies of bands, parameters that exist.

use std::collections::BTreeSet;

use super::steps::Known;
use super::vocabulary::unknown_body;
use crate::diagnostic::{Findings, code, words};
use crate::document::Document;
use crate::gates::{Joint, Organ, Price};
use crate::source::Place;
use crate::{Item, Number, Step};

/// Checks the terms of one step, which stands at `at` in its document.
pub(crate) fn step(
    step: &Step,
    at: usize,
    doc: &Document<'_>,
    known: &Known<'_>,
    findings: &mut Findings,
) {
    let gates = &step.gates;
    let place = |name: &str| doc.place(&format!("/steps/{at}/{name}"));
    if let Some(joint) = &gates.joint {
        parameter(&joint.needed, &place("joint/needed"), known, findings);
        organs(joint, known, &place, findings);
    }
    if gates.bound.is_some() && gates.price != Some(Price::Contract) {
        findings.error(
            code::WRONG_VALUE,
            place("bound"),
            words(
                format!("step `{}` has a bound and no contract price", step.id),
                format!("步骤“{}”写了 bound，却不是写合同价的步骤。", step.id),
                "bound 只写在 price = \"contract\" 的步骤上。",
            ),
        );
    }
    if gates.ratifies && step.within_days.is_none() {
        findings.error(
            code::MISSING_KEY,
            place("ratifies"),
            words(
                format!("step `{}` ratifies without a limit in days", step.id),
                format!("步骤“{}”是事后追认，却没有写几天内追认。", step.id),
                "请补上 within_days。",
            ),
        );
    }
}

fn organs(
    joint: &Joint,
    known: &Known<'_>,
    place: &dyn Fn(&str) -> Place,
    findings: &mut Findings,
) {
    let numbered = |list: &'static str, organs: &[Organ]| {
        let all = organs.iter().enumerate();
        all.map(|(n, o)| (format!("joint/{list}/{n}/role"), o.role.clone())).collect::<Vec<_>>()
    };
    let mut all = numbered("mandatory", &joint.mandatory);
    all.extend(numbered("optional", &joint.optional));
    let by_project = joint.by_project.iter();
    all.extend(by_project.map(|(p, o)| (format!("joint/by_project/{p}/role"), o.role.clone())));
    let Some(roles) = &known.roles else { return };
    for (path, role) in all.into_iter().filter(|(_, role)| !roles.contains(role.as_str())) {
        findings.error(
            code::UNKNOWN_ROLE,
            place(&path),
            words(
                format!("role `{role}` is not in roles.toml"),
                format!("没有“{role}”这个职务。"),
                "只能写 roles.toml 里有的编号。",
            ),
        );
    }
}

/// Checks that what the steps of an item wait for can come about.
pub(crate) fn reachable(item: &Item, doc: &Document<'_>, findings: &mut Findings) {
    let reviews = item.steps.iter().any(|step| step.gates.price == Some(Price::Review));
    for (at, step) in item.steps.iter().enumerate() {
        let waits =
            [("needs_review", step.gates.needs_review), ("bound", step.gates.bound.is_some())];
        for (name, _) in waits.iter().filter(|(_, waits)| *waits && !reviews) {
            findings.error(
                code::WRONG_VALUE,
                doc.place(&format!("/steps/{at}/{name}")),
                words(
                    format!("step `{}` waits for a price that no step reviews", step.id),
                    format!("步骤“{}”要等评审价，这个事项却没有评审价格的步骤。", step.id),
                    "在前面加一步，写 price = \"review\"。",
                ),
            );
        }
        let Some(joint) = &step.gates.joint else { continue };
        let one = usize::from(!joint.by_project.is_empty());
        let most = joint.mandatory.len().saturating_add(joint.optional.len()).saturating_add(one);
        let too_many = |n: i64| usize::try_from(n).map_or(true, |n| n > most);
        if matches!(joint.needed, Number::Fixed(n) if too_many(n)) {
            findings.error(
                code::WRONG_VALUE,
                doc.place(&format!("/steps/{at}/joint/needed")),
                words(
                    format!("step `{}` needs more signatures than its {most} organs", step.id),
                    format!("步骤“{}”要的签字比部门还多，最多{most}个。", step.id),
                    "把 needed 改小，或者补上部门。",
                ),
            );
        }
    }
}

/// Checks an item's bands and its numbers about amounts.
pub(crate) fn amounts(item: &Item, doc: &Document<'_>, known: &Known<'_>, findings: &mut Findings) {
    let of = &item.ladder;
    let last = of.bands.len().saturating_sub(1);
    let mut before = 0;
    for (index, band) in of.bands.iter().enumerate() {
        if known.bodies.as_ref().is_some_and(|ids| !ids.contains(band.body.as_str())) {
            let place = doc.place(&format!("/bands/{index}/body"));
            findings.error(code::UNKNOWN_BODY, place, unknown_body(&band.body));
        }
        let place = || doc.place(&format!("/bands/{index}/below"));
        match &band.below {
            Some(Number::Fixed(edge)) if *edge <= before => edges(place(), findings),
            Some(Number::Fixed(edge)) => before = *edge,
            Some(number) => parameter(number, &place(), known, findings),
            None if index < last => edges(doc.place(&format!("/bands/{index}")), findings),
            None => {}
        }
    }
    for (name, number) in
        [("split_window_days", &of.split_window_days), ("change_permille", &of.change_permille)]
    {
        if let Some(number) = number {
            parameter(number, &doc.place(&format!("/{name}")), known, findings);
        }
    }
}

fn edges(place: Place, findings: &mut Findings) {
    findings.error(
        code::WRONG_VALUE,
        place,
        words(
            "the bands do not rise from one to the next; write each upper edge above the last",
            "金额分档没有从小到大。",
            "每一档写上限（不含），后一档比前一档大；只有最后一档可以不写。",
        ),
    );
}

fn parameter(number: &Number, place: &Place, known: &Known<'_>, findings: &mut Findings) {
    let Number::Parameter(id) = number else { return };
    if !known.parameters.contains(id.as_str()) {
        findings.error(
            code::UNKNOWN_PARAMETER,
            place.clone(),
            words(
                format!("parameter `{id}` has no file"),
                format!("没有“{id}”这个参数。"),
                format!("直接写数，或新建 parameters/{id}.toml。"),
            ),
        );
    }
}

/// Ids of the roles there are; none when the file cannot be read.
pub(crate) fn role_ids<'a>(all: &'a crate::gather::Gathered<'_>) -> Option<BTreeSet<&'a str>> {
    let roles = all.roles.as_ref()?;
    Some(roles.value.roles.iter().map(|role| role.id.as_str()).collect())
}
