//! What the command refuses, and that a refusal leaves the file alone.

use tests::district::write;
use tests::server::run;

use super::{FIRST, SECOND, district, rollout, staged};
use crate::desk::change;

#[test]
fn what_does_not_fit_is_refused_and_nothing_is_written() {
    let policies = district("rollout-words");
    let file = policies.join(format!("editions/{SECOND}/rollout.toml"));
    let text = || std::fs::read_to_string(&file).unwrap();
    let before = text();
    let tried = |word: &str, more: &[&str], code: i32, says: &str| {
        let (exit, said) = rollout(word, &policies, more);
        assert!(exit == Some(code) && said.contains(says), "{more:?}: {exit:?} {said}");
    };
    tried("start", &["--edition", SECOND, "--cohort", "third"], 3, "UNKNOWN_COHORT");
    tried("start", &["--edition", "2028-07-01", "--all"], 3, "NO_EDITION");
    tried("start", &["--edition", SECOND], 3, "--cohort");
    tried("start", &["--edition", SECOND, "--cohort", "first", "--all"], 3, "cannot be used with");
    // before the first edition there is nothing to go back to
    tried("back", &["--edition", FIRST], 2, "ROLLOUT_WITHOUT_PREVIOUS");
    assert!(!policies.join(format!("editions/{FIRST}/rollout.toml")).exists());
    tried("back", &["--edition", SECOND], 0, "没有改");
    assert_eq!(text(), before);
    staged("start", &policies, &["--all"]);
    tried("start", &["--edition", SECOND, "--cohort", "first"], 2, "ROLLOUT_IN_FORCE");
    staged("back", &policies, &[]);
    assert_eq!(text(), before, "comments, note and cohorts are as they were");
}

#[test]
fn an_edition_without_a_stage_is_in_force_and_can_be_taken_back() {
    let policies = district("rollout-none");
    let file = policies.join(format!("editions/{SECOND}/rollout.toml"));
    std::fs::remove_file(&file).unwrap();
    let (code, said) = rollout("show", &policies, &["--lang", "en"]);
    assert!(code == Some(0) && said.contains(&format!("{SECOND}  all")), "{said}");
    staged("back", &policies, &[]);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "stage = \"shadow\"\n");
}

#[test]
fn a_township_edition_behind_a_pilot_is_named_with_its_place() {
    let policies = district("rollout-behind");
    let town = policies.join("townships/370285106-nanshu/editions");
    tests::district::copy(&town.join(FIRST), &town.join("2028-07-01"));
    let (code, said) = rollout("start", &policies, &["--edition", SECOND, "--cohort", "first"]);
    assert_eq!(code, Some(2), "{said}");
    let check = run(&["check", &policies.display().to_string()]);
    let said = String::from_utf8_lossy(&check.stdout).into_owned();
    assert!(said.contains("ROLLOUT_UNFINISHED") && said.contains("2028-07-01"), "{said}");
    // in force for all it may rest on that edition
    let file = policies.join(format!("editions/{SECOND}/rollout.toml"));
    change(&file, "stage = \"shadow\"", "stage = \"all\"");
    let check = run(&["check", &policies.display().to_string()]);
    assert_eq!(check.status.code(), Some(0), "{}", String::from_utf8_lossy(&check.stdout));
    // and what rests on it keeps it from being taken back
    let (code, said) = rollout("back", &policies, &["--edition", SECOND, "--allow-unproved"]);
    assert!(code == Some(2) && said.contains("ROLLOUT_UNFINISHED"), "{said}");
    write(&file, "stage = \"pilot\"\n");
    let check = run(&["check", &policies.display().to_string()]);
    let said = String::from_utf8_lossy(&check.stdout).into_owned();
    assert!(check.status.code() == Some(2) && said.contains("UNKNOWN_COHORT"), "{said}");
}

#[test]
fn an_unlawful_edition_is_taken_back_and_one_without_reviewers_never_starts() {
    let policies = district("rollout-unlawful");
    crate::signed::sign_all(&policies, SECOND);
    let start = ["--edition", SECOND, "--cohort", "first"];
    let (code, said) = rollout("start", &policies, &start);
    assert_eq!(code, Some(0), "{said}");
    let folder = policies.display().to_string();
    let signed = run(&[
        "lists",
        "sign-off",
        &folder,
        "--edition",
        SECOND,
        "--department",
        "司法局",
        "--post",
        "科长",
        "--result",
        "unlawful",
    ]);
    assert!(signed.status.success(), "{signed:?}");
    let (code, said) = rollout("back", &policies, &["--edition", SECOND]);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = rollout("start", &policies, &start);
    assert!(code == Some(2) && said.contains("SIGN_OFF_REFUSED"), "{code:?} {said}");
    // without lists nobody is in charge; the edition before had reviewers
    let second = policies.join("editions").join(SECOND);
    std::fs::remove_dir_all(second.join("lists")).unwrap();
    for file in ["signoff.toml", "dues.toml"] {
        std::fs::remove_file(second.join(file)).unwrap();
    }
    let (code, said) = rollout("start", &policies, &["--edition", SECOND, "--all"]);
    assert!(code == Some(2) && said.contains("SIGN_OFF_MISSING"), "{code:?} {said}");
}
