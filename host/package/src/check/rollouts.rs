//! Staged editions: cohorts that exist, and nothing that rests on an edition which not all have yet.

use model::{CivilDay, DivisionLevel};

use crate::diagnostic::{Findings, code, words};
use crate::gather::{Gathered, Read};
use crate::read::by_id;
use crate::{Divisions, Rollout, Stage};

/// Checks every `rollout.toml`.
pub(crate) fn rollouts(all: &Gathered<'_>, divisions: &Divisions, findings: &mut Findings) {
    for (day, read) in &all.rollouts {
        let cohorts = read.value.cohorts.clone();
        by_id(cohorts, |cohort| &cohort.id, "cohorts", &read.doc, findings);
        chosen(read, findings);
        units(read, all, divisions, findings);
        previous(*day, read, all, findings);
        later(*day, read, all, findings);
    }
}

/// A pilot names one of its cohorts; another stage names none.
fn chosen(read: &Read<'_, Rollout>, findings: &mut Findings) {
    let said = &read.value;
    let fits = match said.stage {
        Stage::Pilot => said.named(&said.cohort).is_some(),
        Stage::Shadow | Stage::All => said.cohort.is_empty(),
    };
    if fits {
        return;
    }
    let key = if said.cohort.is_empty() { "/stage" } else { "/cohort" };
    findings.error(
        code::UNKNOWN_COHORT,
        read.doc.place(key),
        words(
            format!("stage `{}` does not go with cohort `{}`", said.stage.id(), said.cohort),
            format!("阶段“{}”和试点范围“{}”对不上。", said.stage.title(), said.cohort),
            "试点（pilot）要在 cohort 写 cohorts 里的一个编号；试算和全面施行不写 cohort。",
        ),
    );
}

/// Units of a cohort are townships and villages of the division list.
fn units(
    read: &Read<'_, Rollout>,
    all: &Gathered<'_>,
    divisions: &Divisions,
    findings: &mut Findings,
) {
    // with the list unreadable every code would be called unknown
    if divisions.all().next().is_none() || all.divisions.is_none() {
        return;
    }
    for (index, cohort) in read.value.cohorts.iter().enumerate() {
        for (at, unit) in cohort.units.iter().enumerate() {
            let known = divisions.get(*unit).is_some() && unit.level() != DivisionLevel::County;
            if !known {
                findings.error(
                    code::UNKNOWN_DIVISION,
                    read.doc.place(&format!("/cohorts/{index}/units/{at}")),
                    words(
                        format!("`{unit}` is no township or village of this district"),
                        format!("{unit} 不是本市的镇街或村（社区）。"),
                        "照 divisions.csv 写镇街或村（社区）的十二位代码；全市施行用 stage = \"all\"。",
                    ),
                );
            }
        }
    }
}

/// There is an edition, and one before it for those whom it does not yet reach.
fn previous(day: CivilDay, read: &Read<'_, Rollout>, all: &Gathered<'_>, findings: &mut Findings) {
    let editions = &all.base.editions;
    if !editions.contains_key(&day) {
        findings.error(
            code::NO_EDITION,
            read.doc.place("/stage"),
            words(
                format!("`editions/{day}` holds a stage and no rules"),
                format!("editions/{day} 里只有施行阶段，没有规矩。"),
                "把这个版本的规矩放进来，或者删去 rollout.toml。",
            ),
        );
        return;
    }
    // the edition before the first is nobody's, and the one before must reach all who fall back on it
    let whole =
        |day: &CivilDay| all.rollouts.get(day).is_none_or(|read| read.value.stage == Stage::All);
    let before = editions.range(..day).any(|(day, _)| whole(day));
    if read.value.stage != Stage::All && !before {
        findings.error(
            code::ROLLOUT_WITHOUT_PREVIOUS,
            read.doc.place("/stage"),
            words(
                format!("no edition before {day} is in force for all; places outside would have no rules"),
                format!("{day} 之前没有全面施行的版本，试点以外的地方就没有规矩可用了。"),
                "写 stage = \"all\"，或者把原来的版本放回 editions。",
            ),
        );
    }
}

/// No township's edition begins behind an edition that not all have, for nobody could say on which
/// of the two it rests.
fn later(day: CivilDay, read: &Read<'_, Rollout>, all: &Gathered<'_>, findings: &mut Findings) {
    if read.value.stage == Stage::All {
        return;
    }
    let next = all.base.editions.range(day..).nth(1).map(|(next, _)| *next);
    for (slug, level) in &all.townships {
        let behind =
            level.editions.keys().find(|own| **own > day && next.is_none_or(|next| **own < next));
        if let Some(own) = behind {
            findings.error(
                code::ROLLOUT_UNFINISHED,
                read.doc.place("/stage"),
                words(
                    format!("`townships/{slug}/editions/{own}` begins while the edition of {day} is not in force for all"),
                    format!("{day} 的版本还没有全面施行，townships/{slug} 却有一个 {own} 起施行的版本，分不清它接在哪个版本后面。"),
                    "等全面施行以后再放镇里的新版本；退不回去的，请另外发布一个新版本把规矩改回来。",
                ),
            );
        }
    }
}
