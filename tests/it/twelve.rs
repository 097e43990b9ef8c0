//! The townships' styles: each in its own rule, with its own figures, on the files that ship.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};
use tests::district::{root, scratch, small, write};
use tests::server::run;

use crate::smoke::open;

/// 2026-09-30.
const DAY: i64 = 20_726;

fn text(path: &Path) -> String {
    path.display().to_string()
}

fn answer(arguments: &[&str]) -> (Option<i32>, Value) {
    let all: Vec<&str> =
        ["--format", "json"].into_iter().chain(arguments.iter().copied()).collect();
    let output = run(&all);
    let said = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| json!({"stderr": String::from_utf8_lossy(&output.stderr)}));
    (output.status.code(), said)
}

#[test]
fn every_style_passes_its_cases_in_one_run() {
    let (code, said) = answer(&["test", &text(&root().join("policies/laixi"))]);
    assert_eq!((code, &said["failed"]), (Some(0), &json!(0)), "{said:#}");
    let coverage = &said["coverage"];
    assert_eq!(coverage["without_cases"], json!([]), "every scheme has a case");
    assert_eq!(coverage["not_reached"], json!({}), "every item, grade and refusal is reached");
    let mut schemes: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let mut townships = BTreeSet::new();
    let mut laws = BTreeSet::new();
    let mut table = String::from("township scheme form rows given fuel\n");
    for case in said["cases"].as_array().unwrap() {
        let word = |name: &str| case[name].as_str().unwrap();
        townships.insert(word("township"));
        laws.insert(word("law"));
        let id = format!("{}/{}", word("township"), word("scheme"));
        schemes.entry(word("form")).or_default().insert(id);
        let (rows, given, fuel) = (&case["rows"], &case["given"], &case["fuel_used"]);
        let line = ["township", "title", "form", "file"].map(word).join(" ");
        writeln!(table, "{line} {rows} {given} {fuel}").unwrap();
        assert_ne!(fuel, &json!(0), "{line}");
    }
    println!("{table}");
    let forms = ["wasm", "rhai", "table"].map(|form| schemes.get(form).map_or(0, BTreeSet::len));
    assert_eq!(townships.len(), 11, "{townships:?}");
    assert_eq!(
        laws,
        BTreeSet::from([
            "score",
            "settle",
            "quote",
            "grade",
            "convert",
            "distribute",
            "qualify",
            "assess"
        ])
    );
    assert!(forms[0] >= 5 && forms[1] >= 3 && forms[2] >= 3, "{schemes:#?}");
}

/// Shifts of at most twelve hours.
fn shifts(hours: i64) -> Vec<Value> {
    let mut left = hours * 60;
    let mut all = Vec::new();
    while left > 0 {
        all.push(json!({"kind": "service", "quantities": {"minutes": left.min(720)}}));
        left -= 720;
    }
    all
}

/// Three sheets of five parts that come to one raw mark.
fn sheets(raw: i64) -> Vec<Value> {
    let parts = ["courtyard", "gate", "toilet", "waste", "livestock"];
    let part = |n: usize| raw / 5 + i64::from(i64::try_from(n).unwrap() < raw % 5);
    let quantities: BTreeMap<&str, i64> =
        parts.iter().enumerate().map(|(n, name)| (*name, part(n))).collect();
    let sheet = |actor: &str| json!({"kind": "sheet", "actor": actor, "quantities": quantities});
    ["a", "b", "c"].map(sheet).to_vec()
}

/// What a vector asks, as rows and what else stands in the batch.
fn asked(scheme: &str, settings: &BTreeMap<String, i64>, input: &str) -> Value {
    let number = |text: &str| text.parse::<i64>().unwrap();
    let changed = |name: &str, value: i64| {
        let mut settings = settings.clone();
        settings.insert(name.to_owned(), value);
        settings
    };
    let mut batch = json!({"day": DAY});
    let mut row = json!({"subject": "x"});
    let events = match scheme {
        "household-sanitation" => sheets(number(input)),
        "donation" => {
            vec![json!({"kind": "donation", "quantities": {"amount": number(input) * 100}})]
        }
        "fund-payout" => {
            let (fund, points) = input.split_once(" by ").unwrap();
            let rows = points.split(' ').enumerate().map(
                |(n, points)| json!({"subject": format!("h{n}"), "facts": {"points": number(points)}}),
            );
            let rows: Vec<Value> = rows.collect();
            return json!({"day": DAY, "cents": number(fund), "settings": changed("floor", 0), "rows": rows});
        }
        "half-life" => {
            row["facts"] = json!({"spendable": 100_000, "honour": 100_000});
            batch["settings"] = json!(changed("months", number(input)));
            Vec::new()
        }
        "volunteer-stars" => {
            let (hours, points) = input.split_once(' ').unwrap();
            row["facts"] = json!({"points": number(points)});
            shifts(number(hours))
        }
        "credit-grade" if input.starts_with("base ") => {
            batch["settings"] = json!(changed("base", number(&input[5..])));
            Vec::new()
        }
        _ => shifts(number(input)),
    };
    let events = events.into_iter().enumerate().map(|(n, mut event)| {
        event["id"] = json!(format!("e{n}"));
        event["day"] = json!(DAY - 20);
        event
    });
    row["events"] = events.collect();
    batch["rows"] = json!([row]);
    batch
}

/// The part of an answer that a vector names.
fn got(scheme: &str, said: &Value) -> String {
    let grade = &said["grades"][0];
    let word = grade["grade"].as_str().unwrap_or("");
    match scheme {
        "credit-grade" => format!("{} {word}", grade["facts"]["total"]),
        "volunteer-cycle" => format!("{word} in {}", grade["facts"]["cycles"]),
        "volunteer-stars" => word.to_owned(),
        "fund-payout" => {
            let shares = said["shares"].as_array().unwrap().iter();
            shares.map(|share| share["cents"].to_string()).collect::<Vec<_>>().join(" ")
        }
        _ => said["claims"][0]["points"].as_i64().unwrap_or(0).to_string(),
    }
}

#[test]
fn golden_vectors_hold_through_the_rules_that_ship() {
    let package = root().join("policies/laixi");
    let files = engine::files::read_package(&package).unwrap();
    let loaded = package::load(&files).package.unwrap();
    let edition = loaded.editions().last().unwrap();
    let vectors = std::fs::read_to_string(root().join("tests/golden/styles.csv")).unwrap();
    let batch = scratch("vectors").join("batch.json");
    let mut checked = 0;
    for line in vectors.lines().skip(1) {
        let parts: Vec<&str> = line.split(',').collect();
        let [township, scheme, input, expected] = parts[..] else { panic!("{line}") };
        let code: model::DivisionCode = format!("{}000", &township[..9]).parse().unwrap();
        let town = edition.township(code).unwrap();
        let found = town.all_schemes().find(|found| found.id == scheme).unwrap();
        let settings = &found.settings;
        write(&batch, &asked(scheme, settings, input).to_string());
        let folder = package.join("townships").join(township);
        let (code, said) = answer(&[
            "score",
            "--package",
            &text(&folder),
            "--scheme",
            scheme,
            "--input",
            &text(&batch),
        ]);
        assert_eq!((code, got(scheme, &said).as_str()), (Some(0), expected), "{line}: {said}");
        checked += 1;
    }
    assert_eq!(checked, 50);
}

/// The demo's quarter is scored in every style that gives points; village and scheme are those of its settings.
#[test]
fn the_demo_quarter_is_scored_in_every_style() {
    let folder = scratch("quarter");
    let engine = open(&small(&folder, 30), &folder.join("data"), "2026-11-23");
    let loaded = engine.load_demo(&mut |_, _| {}).unwrap().unwrap();
    let state = engine.read_state();
    let mut points: BTreeMap<(String, &str), (usize, i64)> = BTreeMap::new();
    for entry in state.entries.iter() {
        let key = (entry.village.township().to_string(), entry.scheme.as_str());
        let sum = points.entry(key).or_default();
        *sum = (sum.0 + 1, sum.1 + entry.points.0);
    }
    println!("{loaded:?}\n{points:#?}");
    for (township, scheme) in [
        ("370285001000", "service-hours"),
        ("370285002000", "mass-study"),
        ("370285007000", "four-virtues"),
        ("370285101000", "service-hours"),
        ("370285101000", "donation"),
        ("370285102000", "household-sanitation"),
        ("370285105000", "moral-bank"),
        ("370285106000", "volunteer-hours"),
        ("370285107000", "study-import"),
        ("370285108000", "village-points"),
        ("370285116000", "activity"),
    ] {
        let sum = points.get(&(township.to_owned(), scheme));
        assert!(sum.is_some_and(|(_, points)| *points > 0), "{township} {scheme}: {sum:?}");
    }
    let rules = [("370285002000", "party-index"), ("370285002000", "cadre-index")];
    for (township, scheme) in rules {
        let key = (township.to_owned(), scheme);
        assert!(!points.contains_key(&key), "an index never reaches an account");
    }
}

/// What a scheme and its rule do not agree on is told with file, line and fix.
#[test]
fn check_holds_a_scheme_against_its_rule() {
    let folder = scratch("fit");
    let package = small(&folder, 24);
    let at = |town: &str, scheme: &str| {
        format!("townships/{town}/editions/2026-01-01/schemes/{scheme}.toml")
    };
    let changes = [
        (
            at("370285105-rizhuang", "moral-bank"),
            "self_weight = 300",
            "self_weight = 3000",
            "error",
            "SETTING_OUT_OF_BOUNDS",
        ),
        (
            at("370285104-yuanshang", "household-mean"),
            "above = 500\n",
            "",
            "error",
            "SETTING_MISSING",
        ),
        (
            at("370285107-hetoudian", "study-import"),
            "cap = 500\n",
            "cap = 500\ncapp = 500\n",
            "warning",
            "UNUSED_SETTING",
        ),
        (
            at("370285101-jiangshan", "credit-grade"),
            "reads = [\"service-hours\"]\n",
            "",
            "warning",
            "EVENT_NEVER_COMES",
        ),
        (
            at("370285108-dianbu", "fund-payout"),
            "[facts.points]",
            "[facts.honour]\nof = \"honour\"\n\n[facts.points]",
            "warning",
            "FACT_NOT_READ",
        ),
    ];
    for (file, from, to, _, _) in &changes {
        let before = std::fs::read_to_string(package.join(file)).unwrap();
        assert_eq!(before.matches(from).count(), 1, "{file}: {from}");
        write(&package.join(file), &before.replace(from, to));
    }
    let (code, said) = answer(&["check", &text(&package)]);
    assert_eq!(code, Some(2), "{said}");
    let found = said["diagnostics"].as_array().unwrap();
    assert_eq!(found.len(), changes.len(), "{said:#}");
    for (file, _, to, severity, code) in &changes {
        let one = found.iter().find(|one| one["code"] == *code).unwrap_or_else(|| panic!("{code}"));
        assert_eq!((&one["file"], &one["severity"]), (&json!(file), &json!(severity)), "{one}");
        let text = std::fs::read_to_string(package.join(file)).unwrap();
        let line = one["line"].as_u64().unwrap();
        let written = text.lines().nth(usize::try_from(line).unwrap() - 1).unwrap();
        let stands = match *code {
            "UNUSED_SETTING" => "capp = 500",
            "SETTING_MISSING" => "[settings]",
            "EVENT_NEVER_COMES" => "rule = ",
            "FACT_NOT_READ" => "[facts.honour]",
            _ => to,
        };
        assert!(written.starts_with(stands), "{one}: {written}");
        assert!(one["text"].as_str().unwrap().chars().any(|c| c > '\u{4e00}') && one["help"] != "");
    }
}

/// A wrong figure in a scheme fails its cases: the command is no formality.
#[test]
fn a_changed_figure_fails_the_cases() {
    let folder = scratch("changed");
    let package = small(&folder, 24);
    let file =
        package.join("townships/370285106-nanshu/editions/2026-01-01/schemes/volunteer-hours.toml");
    let before = std::fs::read_to_string(&file).unwrap();
    write(&file, &before.replace("band1_hours = 20", "band1_hours = 30"));
    let (code, said) = answer(&["test", &text(&package)]);
    assert_eq!((code, &said["failed"]), (Some(2), &json!(1)), "{said:#}");
    let township = package.join("townships/370285104-yuanshang");
    let (code, said) = answer(&["test", &text(&township)]);
    assert_eq!((code, &said["passed"]), (Some(0), &json!(1)), "{said:#}");
    std::fs::remove_dir_all(township.join("cases")).unwrap();
    let (code, said) = answer(&["test", &text(&township)]);
    assert_eq!(code, Some(3), "no case is no test: {said}");
}
