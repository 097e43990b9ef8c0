//! 于事简便: no more steps than the law asks for, unless somebody says why.

use super::steps::unknown_step;
use crate::Item;
use crate::diagnostic::{Findings, code, words};
use crate::document::Document;
use crate::item::AddedSteps;

/// Checks an item that names the steps which the law asks for.
pub(crate) fn item(item: &Item, doc: &Document<'_>, findings: &mut Findings) {
    let Some(asked) = &item.legal_minimum else { return };
    for (at, id) in asked.iter().enumerate().filter(|(_, id)| item.step(id).is_none()) {
        unknown_step(id, doc.place(&format!("/legal_minimum/{at}")), findings);
    }
    let more: Vec<&str> = item
        .steps
        .iter()
        .map(|step| step.id.as_str())
        .filter(|id| !asked.iter().any(|a| a == id))
        .collect();
    if more.is_empty() || !item.reason.is_empty() {
        return;
    }
    let (all, least) = (item.steps.len(), item.steps.len().saturating_sub(more.len()));
    findings.warning(
        code::OVERGROWN_FLOW,
        doc.place("/legal_minimum"),
        words(
            format!(
                "`{}` has {all} steps where the law asks for {least}; no reason for `{}`",
                item.id,
                more.join("`, `")
            ),
            format!(
                "“{}”有{all}步，法律只要求{least}步；{}没有写为什么要加。",
                item.title,
                more.join("、")
            ),
            "能减的步骤减去；确实要留的，在 legal_minimum 下面写 reason = \"为什么\"。",
        ),
    );
}

/// Steps that a township adds are beyond what the law asks for; their note says why.
pub(crate) fn added(file: &AddedSteps, doc: &Document<'_>, findings: &mut Findings) {
    if !file.note.trim().is_empty() {
        return;
    }
    let steps: Vec<&str> = file.steps.iter().map(|added| added.step.id.as_str()).collect();
    findings.warning(
        code::OVERGROWN_FLOW,
        doc.place("/extends"),
        words(
            format!(
                "steps `{}` are added to `{}` without a reason",
                steps.join("`, `"),
                file.extends
            ),
            format!("给“{}”加了步骤{}，没有写为什么。", file.extends, steps.join("、")),
            "在文件开头写 note = \"为什么要加\"；说不出理由的不要加。",
        ),
    );
}
