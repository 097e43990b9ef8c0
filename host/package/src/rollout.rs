//! How far an edition has come: compared only, in force for a cohort, or in force for all.

use model::{CivilDay, DivisionCode};
use serde::{Deserialize, Serialize};

/// How far an edition has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// 试算: compared with what is in force, answers nowhere. An edition that was taken back is here too.
    Shadow,
    /// 试点: answers in one cohort's townships and villages.
    Pilot,
    /// 全面施行: answers everywhere.
    #[default]
    All,
}

impl Stage {
    /// As `rollout.toml` writes it.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Shadow => "shadow",
            Self::Pilot => "pilot",
            Self::All => "all",
        }
    }

    /// 中文名称.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Shadow => "试算",
            Self::Pilot => "试点",
            Self::All => "全面施行",
        }
    }
}

/// Townships and villages that go first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Cohort {
    /// Id, as `--cohort` names it.
    pub id: String,
    /// 中文名称.
    pub title: String,
    /// Townships (with all their villages) and villages.
    pub units: Vec<DivisionCode>,
}

/// `editions/<day>/rollout.toml`. An edition without one is in force for all from its day on.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Rollout {
    /// How far it has come.
    pub stage: Stage,
    /// The cohort it answers in; empty at every stage but the pilot.
    #[serde(default)]
    pub cohort: String,
    /// 中文说明.
    #[serde(default)]
    pub note: String,
    /// Cohorts that can be chosen.
    #[serde(default)]
    pub cohorts: Vec<Cohort>,
}

impl Rollout {
    /// A cohort by its id.
    pub fn named(&self, id: &str) -> Option<&Cohort> {
        self.cohorts.iter().find(|cohort| cohort.id == id)
    }

    /// The cohort it answers in; none at every stage but the pilot.
    pub fn piloted(&self) -> Option<&Cohort> {
        if self.stage == Stage::Pilot { self.named(&self.cohort) } else { None }
    }

    /// Whether the edition answers at a place. No place is the district as a whole: what does not lie in
    /// a township or village of the cohort is not part of a pilot.
    pub fn answers(&self, place: Option<DivisionCode>) -> bool {
        match self.stage {
            Stage::Shadow => false,
            Stage::All => true,
            Stage::Pilot => place.is_some_and(|place| {
                self.piloted().is_some_and(|c| c.units.iter().any(|unit| unit.contains(place)))
            }),
        }
    }
}

/// The text of `rollout.toml` at another stage. Comments and cohorts stay as they are; whoever writes
/// it reads it again and looks whether only the stage changed.
pub fn at_stage(text: &str, stage: Stage, cohort: &str) -> String {
    let mut lines = vec![format!("stage = \"{}\"", stage.id())];
    if stage == Stage::Pilot {
        lines.push(format!("cohort = \"{cohort}\""));
    }
    let key = |line: &str| line.split('=').next().map(|key| key.trim().to_owned());
    let mut out: Vec<String> = Vec::new();
    let (mut top, mut said) = (true, false);
    for line in text.lines() {
        top = top && !line.trim_start().starts_with('[');
        let key = key(line).filter(|_| top && line.contains('='));
        match key.as_deref() {
            Some("stage") => {
                out.append(&mut lines);
                said = true;
            }
            Some("cohort") => {}
            _ => out.push(line.to_owned()),
        }
    }
    if !said {
        lines.append(&mut out);
        out = lines;
    }
    let mut text = out.join("\n");
    text.push('\n');
    text
}

/// Which of several editions answers on a day at a place: the latest that is in force there. The choice
/// hangs on day and place alone.
pub(crate) fn choose<'a>(
    editions: impl DoubleEndedIterator<Item = (usize, CivilDay, &'a Rollout)>,
    day: CivilDay,
    place: Option<DivisionCode>,
) -> Option<usize> {
    let mut newest_first = editions.rev();
    newest_first
        .find(|(_, from, rollout)| *from <= day && rollout.answers(place))
        .map(|(index, _, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_stage_changes_in_the_text() {
        let text = "# why\nstage = \"shadow\" # now\nnote = \"stage = x\"\n\n[[cohorts]]\nid = \"a\"\nstage = 1\n";
        let pilot = at_stage(text, Stage::Pilot, "a");
        let tail = "note = \"stage = x\"\n\n[[cohorts]]\nid = \"a\"\nstage = 1\n";
        assert_eq!(pilot, format!("# why\nstage = \"pilot\"\ncohort = \"a\"\n{tail}"));
        assert_eq!(at_stage(&pilot, Stage::All, ""), format!("# why\nstage = \"all\"\n{tail}"));
        assert_eq!(at_stage("", Stage::Shadow, ""), "stage = \"shadow\"\n");
    }

    #[test]
    fn a_cohort_holds_its_townships_villages_and_nothing_else() {
        let code = |text: &str| DivisionCode::parse(text).unwrap();
        let rollout = Rollout {
            stage: Stage::Pilot,
            cohort: "first".to_owned(),
            note: String::new(),
            cohorts: vec![Cohort {
                id: "first".to_owned(),
                title: "第一批".to_owned(),
                units: vec![code("370285102000"), code("370285106201")],
            }],
        };
        for (place, answers) in [
            ("370285102000", true),
            ("370285102259", true),
            ("370285106201", true),
            ("370285106202", false),
            ("370285106000", false),
            ("370285000000", false),
        ] {
            assert_eq!(rollout.answers(Some(code(place))), answers, "{place}");
        }
        assert!(!rollout.answers(None));
        assert!(
            !Rollout { cohort: "second".to_owned(), ..rollout.clone() }
                .answers(Some(code("370285102259")))
        );
        assert!(Rollout { stage: Stage::All, ..rollout }.answers(None));
    }
}
