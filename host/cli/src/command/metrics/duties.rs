//! `xiangyue metrics duties` and `lateness`: the due table held against the record.

use engine::assessment::{Tally, by_office, by_rule, told};
use engine::dues::{Due, Standing, dues};
use engine::explanation::Language;
use model::CivilDay;
use package::Package;
use serde_json::{Value, json};

use super::{Ready, Source, refused};
use crate::Failure;
use crate::exit::Exit;
use crate::render::Printer;

/// Words of `duties`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    source: Source,
    /// Only what is missing and whose day is over
    #[arg(long)]
    overdue: bool,
    /// Leave out what fell due before this day
    #[arg(long)]
    since: Option<CivilDay>,
}

/// Words of `lateness`.
#[derive(Debug, clap::Args)]
pub(crate) struct Lateness {
    #[command(flatten)]
    source: Source,
    /// Leave out what fell due before this day
    #[arg(long)]
    since: Option<CivilDay>,
}

/// Lists what is due.
pub(crate) fn run(printer: Printer, arguments: &Arguments) -> Result<Exit, Failure> {
    let Ready { package, state, place, day } = arguments.source.read()?;
    let all = dues(&state, &package, place, arguments.since, day).map_err(refused)?;
    let shown: Vec<&Due<'_>> =
        all.iter().filter(|due| !arguments.overdue || due.standing == Standing::Overdue).collect();
    let late = all.iter().any(|due| due.standing == Standing::Overdue);
    if printer.json() {
        printer.answer(&json!({
            "place": place, "day": day, "count": shown.len(), "rules": by_rule(&all),
            "duties": shown.iter().map(|due| told(due, &package)).collect::<Vec<_>>(),
        }));
    } else {
        for due in &shown {
            printer.line(&line(printer, due, &package));
        }
        printer.line(&sum(printer, day, &Tally::of(&all)));
    }
    Ok(if arguments.overdue && late { Exit::No } else { Exit::Yes })
}

/// Lists what the offices are marked down for.
pub(crate) fn lateness(printer: Printer, arguments: &Lateness) -> Result<Exit, Failure> {
    let Ready { package, state, place, day } = arguments.source.read()?;
    let all = dues(&state, &package, place, arguments.since, day).map_err(refused)?;
    let against: Vec<&Due<'_>> = all.iter().filter(|due| due.counts_against()).collect();
    let offices = by_office(&all);
    if printer.json() {
        let offices = offices.iter().map(|((village, office), tally)| {
            let mut value = tally.told();
            if let Some(map) = value.as_object_mut() {
                map.insert("village".to_owned(), json!(village));
                map.insert("office".to_owned(), json!(office));
            }
            value
        });
        printer.answer(&json!({
            "place": place, "day": day, "count": against.len(), "rules": by_rule(&all),
            "assessment": against.iter().map(|due| told(due, &package)).collect::<Vec<_>>(),
            "offices": offices.collect::<Vec<Value>>(),
        }));
        return Ok(Exit::Yes);
    }
    for due in &against {
        printer.line(&line(printer, due, &package));
    }
    for ((village, office), tally) in offices.iter().filter(|(_, tally)| tally.deducted != Some(0))
    {
        let name = package.divisions().get(*village).map_or("", |row| row.name.as_str());
        printer.line(&format!(
            "{}\t{name}\t{office}\t{}{}",
            printer.say("单位考核", "office"),
            printer.say("扣分 ", "marked down "),
            points(tally.deducted),
        ));
    }
    printer.line(&sum(printer, day, &Tally::of(&all)));
    Ok(Exit::Yes)
}

fn line(printer: Printer, due: &Due<'_>, package: &Package) -> String {
    let name = package.divisions().get(due.village).map_or("", |row| row.name.as_str());
    let english = printer.language() == Language::English;
    let about = if english { &due.about_en } else { &due.about };
    let title = match due.rule.title_en.as_str() {
        said if english && !said.is_empty() => said,
        _ => due.rule.title.as_str(),
    };
    let day = due.due.map_or_else(
        || printer.say("到期日算不出来", "due day unknown").to_owned(),
        |due| format!("{}{due}", printer.say("到期 ", "due ")),
    );
    let how = match due.standing {
        Standing::Waiting => printer.say("还没到期", "not yet due").to_owned(),
        Standing::Met => printer.say("按期", "in time").to_owned(),
        Standing::Unknown => printer
            .say("查不清（缺放假表或者登记日期）", "unknown (no calendar, or no day of entry)")
            .to_owned(),
        Standing::Late => days(printer, "迟了", "days late", due.days_late),
        Standing::Overdue => days(printer, "没有记录，已超过", "days overdue", due.days_late),
    };
    let entry = due.entry.map_or("", |entry| entry.id.as_str());
    [
        due.rule.id.as_str(),
        entry,
        title,
        name,
        due.rule.office.as_str(),
        about,
        &day,
        &how,
        &due.basis().join("；"),
    ]
    .join("\t")
}

fn days(printer: Printer, chinese: &str, english: &str, days: i64) -> String {
    match printer.language() {
        Language::English => format!("{days} {english}"),
        Language::Chinese => format!("{chinese}{days}天"),
    }
}

fn sum(printer: Printer, day: CivilDay, tally: &Tally) -> String {
    let said = |chinese, english, count: u64| format!("{}{count}", printer.say(chinese, english));
    [
        format!("{day}"),
        said("按期 ", "in time ", tally.met),
        said("迟到 ", "late ", tally.late),
        said("超期没有 ", "overdue ", tally.overdue),
        said("还没到期 ", "not yet due ", tally.waiting),
        said("查不清 ", "unknown ", tally.unknown),
    ]
    .join(" · ")
}

/// Hundredths of a point as points with two decimals.
fn points(hundredths: Option<i64>) -> String {
    hundredths.map_or_else(
        || "—".to_owned(),
        |sum| format!("{}.{:02}", sum.div_euclid(100), sum.rem_euclid(100)),
    )
}
