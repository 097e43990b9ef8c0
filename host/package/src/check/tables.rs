//! Tables (`rules/*.table.toml`) against the schemes that name them.

use table::{EventShape, Fault, QuantityShape, Table, Window};

use crate::diagnostic::{Findings, code, words};
use crate::gather::{Folder, Read};
use crate::scheme::RuleKind;
use crate::{RuleLaw, Scheme};

/// Checks every table of a township's edition.
pub(super) fn tables(slug: &str, day: &str, folder: &Folder<'_>, findings: &mut Findings) {
    let path = |scheme: &Scheme| format!("townships/{slug}/editions/{day}/{}", scheme.rule);
    for read in &folder.tables {
        let mut named = false;
        for scheme in folder.schemes.iter().filter(|scheme| path(&scheme.value) == read.doc.file) {
            named = true;
            let faults = table::check(&read.value, &table_scheme(&scheme.value));
            report(read, &faults, findings);
        }
        if !named && !folder.broken.contains(&crate::layout::Kind::Scheme) {
            report(read, &table::read(&read.value).1, findings);
            findings.warning(
                code::UNUSED_TABLE,
                read.doc.place(""),
                words(
                    "no scheme names this table",
                    "没有一个积分办法用这张赋分表。",
                    "在 schemes 里的办法上写 rule = \"rules/文件名\"，或者删去这张表。",
                ),
            );
        }
    }
    for scheme in folder.schemes.iter().filter(|scheme| scheme.value.kind() == RuleKind::Table) {
        for name in scheme.value.settings.keys() {
            findings.warning(
                code::UNUSED_SETTING,
                scheme.doc.key_place("/settings", name),
                words(
                    format!("a table reads no settings; `{name}` has no effect"),
                    format!("赋分表不读参数，“{name}”不起作用。"),
                    "把数写进赋分表，这里删去。",
                ),
            );
        }
    }
}

/// What a scheme's table must fit.
pub fn table_scheme(scheme: &Scheme) -> table::Scheme {
    let events = scheme.events.iter().map(|event| EventShape {
        kind: event.kind.clone(),
        title: event.title.clone(),
        quantities: event
            .quantities
            .iter()
            .map(|(name, quantity)| QuantityShape {
                name: name.clone(),
                min: quantity.min,
                max: quantity.max,
                unit: quantity.unit.clone(),
            })
            .collect(),
    });
    let period = match scheme.period.as_str() {
        "month" => Window::Month,
        "year" => Window::Year,
        _ => Window::Quarter,
    };
    let settles = scheme.law == RuleLaw::Settle;
    table::Scheme { settles, period: Some(period), events: events.collect() }
}

fn report(read: &Read<'_, Table>, faults: &[Fault], findings: &mut Findings) {
    for fault in faults {
        let place = read.doc.place(&fault.spot.pointer());
        let said = if fault.id.is_empty() {
            words(&fault.words.message, &fault.words.text, &fault.words.help)
        } else {
            words(
                format!("row `{}`: {}", fault.id, fault.words.message),
                format!("编号“{}”：{}", fault.id, fault.words.text),
                &fault.words.help,
            )
        };
        if fault.warning {
            findings.warning(fault.code, place, said);
        } else {
            findings.error(fault.code, place, said);
        }
    }
}
