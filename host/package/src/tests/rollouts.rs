//! Staged editions: what is wrong is named with its place, and the stage changes no digest.

use model::{CivilDay, DivisionCode};

use super::{errors, good, loaded, show};
use crate::{Edition, Files, code, load};

const SECOND: &str = "2026-12-01";

/// The fixture with a second edition that is the first again.
fn two() -> Files {
    let mut files = good();
    let copies: Vec<(String, Vec<u8>)> = files
        .iter()
        .filter_map(|(path, bytes)| {
            let rest = path.strip_prefix("editions/2026-01-01/")?;
            Some((format!("editions/{SECOND}/{rest}"), bytes.clone()))
        })
        .collect();
    files.extend(copies);
    files
}

fn at(files: &Files, edition: &str, text: &str) -> Files {
    let mut files = files.clone();
    files.insert(format!("editions/{edition}/rollout.toml"), text.as_bytes().to_vec());
    files
}

const COHORT: &str = "[[cohorts]]\nid = \"first\"\ntitle = \"第一批\"\nunits = [\"370285102259\", \"370285106000\"]\n";

#[test]
fn what_is_wrong_with_a_stage_is_named_with_its_line() {
    let files = two();
    let pilot = "stage = \"pilot\"\ncohort = \"first\"\n";
    let unknown = COHORT.replace("370285106000", "370285106999");
    let county = COHORT.replace("370285106000", "370285000000");
    for (edition, text, expected, line) in [
        (SECOND, format!("stage = \"pilot\"\n{COHORT}"), code::UNKNOWN_COHORT, 1),
        (SECOND, format!("stage = \"all\"\ncohort = \"first\"\n{COHORT}"), code::UNKNOWN_COHORT, 2),
        (
            SECOND,
            format!("stage = \"pilot\"\ncohort = \"third\"\n{COHORT}"),
            code::UNKNOWN_COHORT,
            2,
        ),
        (SECOND, format!("{pilot}{unknown}"), code::UNKNOWN_DIVISION, 6),
        (SECOND, format!("{pilot}{county}"), code::UNKNOWN_DIVISION, 6),
        (SECOND, format!("{pilot}{COHORT}{COHORT}"), code::DUPLICATE_ID, 8),
        (SECOND, "stage = \"half\"\n".to_owned(), code::WRONG_VALUE, 1),
        (SECOND, "stage = \"all\"\nwhen = 1\n".to_owned(), code::UNKNOWN_KEY, 2),
        ("2026-01-01", format!("{pilot}{COHORT}"), code::ROLLOUT_WITHOUT_PREVIOUS, 1),
        ("2027-01-01", "stage = \"shadow\"\n".to_owned(), code::NO_EDITION, 1),
    ] {
        let loaded = load(&at(&files, edition, &text));
        let found = errors(&loaded);
        let place = format!("editions/{edition}/rollout.toml");
        assert!(
            found.iter().any(|d| d.code == expected && d.file == place && d.line == line),
            "{expected} in line {line} of\n{text}\n{}",
            show(&loaded.diagnostics)
        );
        assert!(loaded.package.is_none());
    }
}

#[test]
fn the_stage_is_no_part_of_what_an_edition_says() {
    let files = two();
    let plain = loaded(&files);
    let staged = loaded(&at(&files, SECOND, &format!("stage = \"shadow\"\n{COHORT}")));
    let said = |edition: &Edition| (edition.digest(), edition.proof_digest());
    assert!(plain.editions().iter().map(said).eq(staged.editions().iter().map(said)));
    assert_eq!((plain.stages().count(), staged.stages().count()), (0, 1));
    let day: CivilDay = SECOND.parse().unwrap();
    let village: DivisionCode = "370285102259".parse().unwrap();
    assert_eq!(
        (plain.chosen(day, Some(village)), staged.chosen(day, Some(village))),
        (Some(1), Some(0))
    );
    assert_eq!(staged.begun(day), Some(1));
    let pilot = format!("stage = \"pilot\"\ncohort = \"first\"\n{COHORT}");
    let pilot = loaded(&at(&files, SECOND, &pilot));
    assert_eq!((pilot.chosen(day, Some(village)), pilot.chosen(day, None)), (Some(1), Some(0)));
    assert_eq!(pilot.edition(day).map(Edition::from), "2026-01-01".parse().ok());
}
