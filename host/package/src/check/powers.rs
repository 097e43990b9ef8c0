//! Who may take an item's steps: known roles, bodies and parameters, somebody for each step, and no
//! executor who supervises.

use std::collections::{BTreeMap, BTreeSet};

use super::steps::{Known, unknown_parameter};
use super::vocabulary::unknown_body;
use crate::diagnostic::{Findings, code, words};
use crate::document::Document;
use crate::{Item, May, Number, Role};

/// Checks one item with the roles of the district.
pub(crate) fn powers(
    item: &Item,
    doc: &Document<'_>,
    known: &Known<'_>,
    roles: &BTreeMap<&str, &Role>,
    findings: &mut Findings,
) {
    both(item, doc, findings);
    let supervises: BTreeSet<&str> = item.supervises.iter().map(String::as_str).collect();
    for (at, step) in item.steps.iter().enumerate() {
        if step.may.is_empty() {
            findings.warning(
                code::NOBODY_MAY,
                doc.place(&format!("/steps/{at}/id")),
                words(
                    format!("nobody may take step `{}` of `{}`", step.id, item.id),
                    format!("步骤“{}”没有写谁可以办，谁也办不了。", step.id),
                    "在这一步下面写 [[steps.may]]，列出职务。",
                ),
            );
        }
        for (way, may) in step.may.iter().enumerate() {
            let pointer = format!("/steps/{at}/may/{way}");
            cited(may, &pointer, doc, known, roles, findings);
            if step.control {
                continue;
            }
            let organ = |id: &String| roles.get(id.as_str()).map(|role| role.organ.as_str());
            let clash =
                may.roles.iter().position(|id| organ(id).is_some_and(|o| supervises.contains(o)));
            if let Some(n) = clash {
                let role = may.roles.get(n).map_or("", String::as_str);
                findings.error(
                    code::EXECUTOR_SUPERVISES,
                    doc.place(&format!("{pointer}/roles/{n}")),
                    words(
                        format!(
                            "role `{role}` supervises `{}` and takes step `{}`",
                            item.id, step.id
                        ),
                        format!("“{role}”是这个事项的监督方，不能办“{}”这一步。", step.title),
                        "换一个职务；这一步本来就是监督的，写 control = true。",
                    ),
                );
            }
        }
    }
}

/// Nobody is named both as executor and as supervisor.
fn both(item: &Item, doc: &Document<'_>, findings: &mut Findings) {
    for (n, name) in item.executes.iter().enumerate() {
        if item.supervises.contains(name) {
            findings.error(
                code::EXECUTOR_SUPERVISES,
                doc.place(&format!("/executes/{n}")),
                words(
                    format!("`{name}` both executes and supervises `{}`", item.id),
                    format!("“{name}”既执行又监督，自己监督自己不算监督。"),
                    "从 executes 或者 supervises 里去掉一个。",
                ),
            );
        }
    }
    if let Some(amounts) = &item.amounts
        && amounts.from.is_none()
        && amounts.below.is_none()
    {
        findings.error(
            code::WRONG_VALUE,
            doc.place("/amounts"),
            words(
                format!("`amounts` of `{}` has neither `from` nor `below`", item.id),
                "金额范围没有写上限，也没有写下限。",
                "至少写一个：from（含）或者 below（不含）。",
            ),
        );
    }
}

fn cited(
    may: &May,
    pointer: &str,
    doc: &Document<'_>,
    known: &Known<'_>,
    roles: &BTreeMap<&str, &Role>,
    findings: &mut Findings,
) {
    let listed = may.roles.iter().enumerate().map(|(n, role)| (format!("roles/{n}"), role));
    let delegable = Some(&may.delegable).filter(|role| !role.is_empty());
    for (key, role) in listed.chain(delegable.map(|role| ("delegable".to_owned(), role))) {
        if !roles.is_empty() && !roles.contains_key(role.as_str()) {
            findings.error(
                code::UNKNOWN_ROLE,
                doc.place(&format!("{pointer}/{key}")),
                words(
                    format!("role `{role}` is not in roles.toml"),
                    format!("没有“{role}”这个职务。"),
                    "只能写 roles.toml 里有的编号。",
                ),
            );
        }
    }
    for (n, body) in may.bodies.iter().enumerate() {
        if known.bodies.as_ref().is_some_and(|ids| !ids.contains(body.as_str())) {
            let place = doc.place(&format!("{pointer}/bodies/{n}"));
            findings.error(code::UNKNOWN_BODY, place, unknown_body(body));
        }
    }
    if may.roles.is_empty() && may.delegable.is_empty() && !may.resident {
        findings.error(
            code::NOBODY_MAY,
            doc.place(pointer),
            words(
                "a way to take a step names nobody",
                "这里没有写谁可以办。",
                "写 roles = [\"职务编号\"]；村民自己可以办的写 resident = true。",
            ),
        );
    }
    for (key, number) in [("from", &may.from), ("below", &may.below)] {
        if let Some(Number::Parameter(id)) = number
            && !known.parameters.contains(id.as_str())
        {
            unknown_parameter(id, doc.place(&format!("{pointer}/{key}")), findings);
        }
    }
}
