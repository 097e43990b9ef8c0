//! Departments sign what they are in charge of: who is missing is named, and a changed word asks again.

use model::CivilDay;

use super::{edit, good, loaded, text};
use crate::sign_off::{SignOff, SignOffRows};
use crate::{Files, Package, Review, Severity, SignOffFault, code};

const FILE: &str = "editions/2026-01-01/signoff.toml";
const DUTY: &str = "editions/2026-01-01/lists/duty.toml";

/// The shipped package with duties of as many more departments as make 27, and nobody's signature.
fn of_27() -> Files {
    let mut files = good();
    let charge = text(&files, FILE);
    let charge = charge.split("\n[[sign_offs]]").next().unwrap().to_owned();
    files.insert(FILE.to_owned(), charge.into_bytes());
    let have = loaded(&files).editions()[0].sign_offs().departments.len();
    let more: Vec<String> = (have..27)
        .map(|n| {
            format!(
                "\n[[entries]]\nid = \"DU-{n}\"\ntitle = \"巡护第{n}号林地\"\ndepartment = \"演示部门{n}\"\n\
                 basis_law = \"《中华人民共和国村民委员会组织法》\"\nbasis_article = \"第5条\"\n"
            )
        })
        .collect();
    let duty = text(&files, DUTY) + &more.concat();
    files.insert(DUTY.to_owned(), duty.into_bytes());
    files
}

fn day(text: &str) -> CivilDay {
    CivilDay::parse(text).unwrap()
}

/// Every department but those left out signs on a day.
fn sign(files: &mut Files, on: &str, result: Review, without: &[&str]) {
    let package = loaded(files);
    let departments = &package.editions()[0].sign_offs().departments;
    let rows = departments.iter().filter(|(name, _)| !without.contains(&name.as_str())).map(
        |(name, charged)| SignOff {
            department: name.clone(),
            post: "政策法规科负责人".to_owned(),
            day: day(on),
            result,
            digest: charged.digest,
            note: String::new(),
        },
    );
    let rows = toml::to_string(&SignOffRows { sign_offs: rows.collect() }).unwrap();
    let head = text(files, FILE);
    files.insert(FILE.to_owned(), format!("{head}\n{rows}").into_bytes());
}

fn faults(package: &Package) -> Vec<SignOffFault> {
    package.editions()[0].sign_off().faults
}

#[test]
fn of_27_departments_the_one_that_did_not_sign_is_named() {
    let mut files = of_27();
    let none = loaded(&files).editions()[0].sign_off();
    assert_eq!((none.departments, none.signed, none.faults.len()), (27, 0, 1));
    sign(&mut files, "2025-12-20", Review::Reviewed, &["财政局"]);
    let package = loaded(&files);
    let standing = package.editions()[0].sign_off();
    assert_eq!((standing.departments, standing.signed), (27, 26));
    assert_eq!(standing.faults, [SignOffFault::Missing(vec!["财政局".to_owned()], 27)]);
    let told = package.editions()[0].sign_off_diagnostics();
    assert_eq!(told[0].code, code::SIGN_OFF_MISSING);
    assert_eq!(told[0].text, "27 个部门里只有 26 个审核签字，还差：财政局。");
    assert_eq!(told[0].message, "signed off by 26 of 27 departments; missing: `财政局`");
    let mut files = of_27();
    sign(&mut files, "2025-12-20", Review::Reviewed, &[]);
    let standing = loaded(&files).editions()[0].sign_off();
    assert_eq!((standing.signed, standing.faults), (27, Vec::new()));
}

#[test]
fn a_changed_word_makes_only_its_own_departments_sign_off_stale() {
    let mut files = good();
    assert_eq!(faults(&loaded(&files)), [], "the shipped district is signed off");
    // remarks and blank lines are not what was signed
    let spaced = text(&files, DUTY) + "\n# 说明\n";
    files.insert(DUTY.to_owned(), spaced.into_bytes());
    assert_eq!(faults(&loaded(&files)), []);
    for (path, from, to, department) in [
        (DUTY, "受理、调解、登记，内容不公开", "受理、调解、登记、上报", "司法局"),
        (
            "editions/2026-01-01/items/P15.toml",
            "title = \"村级日常开支\"",
            "title = \"村级开支\"",
            "财政局",
        ),
        (
            "editions/2026-01-01/items/P06-emergency.variant.toml",
            "三天从动工次日算起",
            "三天从开工次日算起",
            "住房和城乡建设局",
        ),
    ] {
        let mut files = good();
        edit(&mut files, path, from, to);
        let package = loaded(&files);
        let found = faults(&package);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            matches!(&found[0], SignOffFault::Stale(name, _) if name == department),
            "{found:?}"
        );
        let told = &package.editions()[0].sign_off_diagnostics()[0];
        assert_eq!((told.code.as_str(), told.severity), (code::SIGN_OFF_STALE, Severity::Warning));
        assert!(told.line > 1 && told.file == FILE, "{told:?}");
    }
}

#[test]
fn a_department_that_objects_stops_the_edition() {
    for (result, said) in [(Review::Unlawful, "不合法"), (Review::NeedsBasis, "依据不足")] {
        let mut files = of_27();
        sign(&mut files, "2025-12-20", result, &[]);
        let told = loaded(&files).editions()[0].sign_off_diagnostics();
        assert_eq!(told.len(), 27);
        for found in &told {
            assert_eq!(found.code, code::SIGN_OFF_REFUSED);
            assert_eq!(found.severity, Severity::Error);
            assert!(found.text.contains(said), "{found:?}");
        }
    }
}

#[test]
fn a_law_that_ended_before_the_review_cannot_be_signed() {
    let mut files = good();
    // the law of the third duty ends while the edition runs: good on its first day, not on the day of a later review
    let law = "title = \"中华人民共和国人民调解法\"";
    let path = files
        .keys()
        .find(|path| path.starts_with("laws/") && text(&files, path).contains(law))
        .unwrap()
        .clone();
    let told = text(&files, &path);
    let at = told.find(law).unwrap();
    let end = told[at..].find("[[laws]]").map_or(told.len(), |end| at + end);
    let ended = format!(
        "{}\n[laws.replaced]\nby = \"\"\nday = \"2026-07-01\"\n\n{}",
        told[..end].trim_end(),
        &told[end..]
    );
    files.insert(path, ended.into_bytes());
    let package = loaded(&files);
    let edition = &package.editions()[0];
    assert_eq!(edition.expired_bases("司法局", day("2026-06-30")), []);
    assert_eq!(edition.expired_bases("财政局", day("2026-07-01")), []);
    let found = edition.expired_bases("司法局", day("2026-07-01"));
    assert!(!found.is_empty());
    assert!(found.iter().all(|fault| fault.code() == code::BASIS_EXPIRED), "{found:?}");
    assert!(found[0].text().contains("DU-03"), "{}", found[0].text());
}

#[test]
fn every_item_has_one_department_and_lists_without_a_file_are_unsigned() {
    let mut files = good();
    edit(&mut files, FILE, "items = [\"S02\"]", "items = []");
    let found = faults(&loaded(&files));
    assert_eq!(found[0], SignOffFault::Nobodys(vec!["S02".to_owned()]));
    // and the department that had signed for it has signed something else
    let rest: Vec<_> = found[1..].iter().map(SignOffFault::code).collect();
    assert_eq!(rest, [code::SIGN_OFF_STALE]);
    let mut files = good();
    files.remove(FILE);
    let found = faults(&loaded(&files));
    assert!(matches!(&found[0], SignOffFault::Missing(names, of) if names.len() == *of));
    // nobody in charge, nothing to sign
    files.retain(|path, _| {
        !path.contains("/lists/") && path != "fields.toml" && !path.ends_with("/dues.toml")
    });
    assert_eq!(faults(&loaded(&files)), []);
    // two reviewers could point at each other
    let mut files = good();
    edit(&mut files, FILE, "items = [\"S02\"]", "items = [\"S02\", \"S03\"]");
    let found = crate::load(&files).diagnostics;
    assert!(found.iter().any(|d| d.code == code::TWO_OWNERS && d.file == FILE), "{found:?}");
}
