//! Holiday calendars: each year once, days that fit the year, weekend days worked only at weekends.

use std::collections::BTreeMap;

use model::CivilDay;

use crate::diagnostic::{Findings, code, words};
use crate::gather::{Gathered, Read};
use crate::{CalendarYear, Days};

/// Checks every calendar, and that there is one where a step counts working days.
pub(crate) fn calendar(all: &Gathered<'_>, findings: &mut Findings) {
    let mut seen: BTreeMap<i16, &str> = BTreeMap::new();
    for read in &all.calendar {
        if let Some(other) = seen.insert(read.value.year, read.doc.file) {
            let year = read.value.year.to_string();
            let words = crate::read::duplicate(&year, Some(other));
            findings.error(code::DUPLICATE_ID, read.doc.place("/year"), words);
        }
        for index in 0..read.value.holidays.len() {
            holiday(read, index, findings);
        }
    }
    if !all.calendar.is_empty() {
        return;
    }
    for folder in all.base.editions.values() {
        for read in &folder.items {
            let working = |step: &crate::Step| step.gates.days == Days::Working;
            if let Some(at) = read.value.steps.iter().position(working) {
                findings.error(
                    code::MISSING_FILE,
                    read.doc.place(&format!("/steps/{at}/days")),
                    words(
                        "a step counts working days and the package has no holiday calendar",
                        "这一步按工作日算期限，却没有放假表。",
                        "在 calendar/ 里补上各年的放假表，例如 calendar/2026.toml。",
                    ),
                );
            }
        }
    }
}

fn holiday(read: &Read<'_, CalendarYear>, index: usize, findings: &mut Findings) {
    let year = read.value.year;
    let Some(holiday) = read.value.holidays.get(index) else { return };
    let near = |day: CivilDay| {
        let (of, month, _) = day.ymd();
        // The notice of a year may name the last days of December before it.
        of == year || (of.checked_add(1) == Some(year) && month == 12)
    };
    let bounds = [("from", holiday.from), ("to", holiday.to)];
    let mut wrong: Vec<(String, CivilDay)> = bounds
        .into_iter()
        .filter(|(_, day)| !near(*day))
        .map(|(name, day)| (name.to_owned(), day))
        .collect();
    if holiday.to < holiday.from {
        wrong.push(("to".to_owned(), holiday.to));
    }
    for (at, day) in holiday.workdays.iter().enumerate() {
        if !near(*day) || holiday.days().any(|off| off == *day) {
            wrong.push((format!("workdays/{at}"), *day));
        }
    }
    for (name, day) in wrong {
        findings.error(
            code::BAD_DATE,
            read.doc.place(&format!("/holidays/{index}/{name}")),
            words(
                format!("`{day}` cannot be a day of `{}` in the calendar of {year}", holiday.name),
                format!("{year}年“{}”的日期 {day} 不对。", holiday.name),
                "对照放假通知改正：日期在这一年里，最后一天不早于第一天，调休上班的日子不在假期里。",
            ),
        );
    }
}
