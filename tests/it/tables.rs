//! `xiangyue table` and tables in a district, on real files.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tests::district::{root, scratch, small, write};
use tests::server::run;

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

/// A copy of the district, the folder of 沽河街道 and its table.
fn guhe(name: &str) -> (PathBuf, PathBuf, PathBuf) {
    let package = small(&scratch(name), 24);
    let township = package.join("townships/370285007-guhe");
    let table = township.join("editions/2026-01-01/rules/four-virtues.table.toml");
    (package, township, table)
}

#[test]
fn a_table_goes_to_a_spreadsheet_and_back_without_loss() {
    let (package, township, table) = guhe("tables-round");
    let before = std::fs::read(&table).unwrap();
    for form in ["xlsx", "csv"] {
        let file = package.join(format!("../virtues.{form}"));
        let exported = run(&["table", "export", &text(&township), "--out", &text(&file)]);
        assert_eq!(exported.status.code(), Some(0), "{exported:?}");
        let out = package.join("../out");
        let (code, said) = answer(&[
            "table",
            "import",
            &text(&file),
            "--package",
            &text(&township),
            "--out",
            &text(&out),
        ]);
        assert_eq!(
            (code, &said["errors"], &said["rows"]),
            (Some(0), &json!(0), &json!(29)),
            "{said}"
        );
        assert_eq!(std::fs::read(out.join("four-virtues.table.toml")).unwrap(), before);
        // into the package, nothing that is the same already is written
        let (_, said) = answer(&["table", "import", &text(&file), "--package", &text(&township)]);
        assert_eq!(said["written"], Value::Null, "{said}");
    }
}

#[test]
fn an_edited_sheet_is_live_and_a_bad_one_changes_nothing() {
    let (package, township, table) = guhe("tables-edit");
    let file = package.join("../virtues.csv");
    run(&["table", "export", &text(&township), "--out", &text(&file)]);
    let sheet = std::fs::read_to_string(&file).unwrap();
    let before = std::fs::read(&table).unwrap();
    let scheme = ["--package", &text(&township), "--scheme", "four-virtues"].map(str::to_owned);
    let import = |file: &Path| {
        let file = text(file);
        let mut words = vec!["table", "import", &file];
        words.extend(scheme.iter().map(String::as_str));
        answer(&words)
    };
    write(&file, &sheet.replace("≥2级", "2级").replace("1次,10.00,effect", "1次,-10.00,effect"));
    let (code, said) = import(&file);
    assert_eq!(code, Some(2), "{said}");
    let cells: Vec<&str> =
        said["findings"].as_array().unwrap().iter().filter_map(|f| f["cell"].as_str()).collect();
    assert_eq!(cells, ["I9", "G11"], "{said}");
    assert_eq!(std::fs::read(&table).unwrap(), before, "nothing half-imported");

    write(&file, &sheet.replace("elder-visit,,1次,3.00", "elder-visit,,次,３．５分"));
    let (code, said) = import(&file);
    assert_eq!((code, &said["errors"]), (Some(0), &json!(0)), "{said}");
    assert!(std::fs::read_to_string(&table).unwrap().contains("points = \"3.50\""));
    let batch = package.join("../batch.json");
    let visit =
        json!({"id": "e1", "kind": "elder-visit", "day": 20_500, "quantities": {"times": 1}});
    write(
        &batch,
        &json!({"day": 20_600, "rows": [{"subject": "h", "events": [visit]}]}).to_string(),
    );
    let (_, said) = answer(&["score", "--package", &text(&township), "--input", &text(&batch)]);
    assert_eq!(said["claims"][0]["points"], 350, "{said}");
    assert_eq!(said["receipt"]["abi"], "table:score@1");
}

#[test]
fn check_names_file_line_row_and_fix_of_every_fault() {
    let (package, _, table) = guhe("tables-check");
    let good = std::fs::read_to_string(&table).unwrap();
    let bad = good
        .replace("low = \"≥2级\"", "low = \"2级\"")
        .replace("cap_month = \"2.00\"", "cap_month = \"0.50\"")
        .replace("event = \"snow\"", "event = \"rain\"")
        .replace("low = \">0小时\"", "low = \">2小时\"");
    write(&table, &bad);
    let (code, said) = answer(&["check", &text(&package)]);
    assert_eq!(code, Some(2), "{said}");
    let found = said["diagnostics"].as_array().unwrap();
    let line = |word: &str| bad.lines().position(|line| line == word).unwrap() + 1;
    for (code, row, at) in [
        ("EDGE_WITHOUT_SIDE", "dispute-eased", line("low = \"2级\"")),
        ("CAP_BELOW_ONE", "study-talk", line("cap_month = \"0.50\"")),
        ("UNKNOWN_EVENT", "snow", line("event = \"rain\"")),
        ("TABLE_GAP", "volunteer", line("low = \">2小时\"")),
    ] {
        let one =
            found.iter().find(|f| f["code"] == code).unwrap_or_else(|| panic!("{code}: {said}"));
        assert_eq!(one["line"], json!(at), "{one}");
        assert!(one["message"].as_str().unwrap().contains(&format!("`{row}`")), "{one}");
        assert!(one["text"].as_str().unwrap().contains(row) && one["help"] != "", "{one}");
    }
    let unused = found.iter().find(|f| f["code"] == "UNUSED_EVENT").unwrap();
    assert!(unused["message"].as_str().unwrap().contains("`snow`"), "{unused}");
}

#[test]
fn a_table_needs_a_scheme_and_a_scheme_its_table() {
    let (package, township, table) = guhe("tables-scheme");
    let nanshu = package.join("townships/370285106-nanshu");
    let (code, said) = answer(&["table", "export", &text(&nanshu), "--out", "none.xlsx"]);
    assert_eq!(code, Some(3), "{said}");
    std::fs::rename(&table, table.with_file_name("other.table.toml")).unwrap();
    let (_, said) = answer(&["check", &text(&package)]);
    let codes: Vec<&str> =
        said["diagnostics"].as_array().unwrap().iter().filter_map(|f| f["code"].as_str()).collect();
    assert!(codes.contains(&"missing_file") && codes.contains(&"UNUSED_TABLE"), "{said}");
    // a missing table can be imported
    let shipped = root().join("policies/laixi/townships/370285007-guhe");
    let file = package.join("../virtues.xlsx");
    run(&["table", "export", &text(&shipped), "--out", &text(&file)]);
    std::fs::remove_file(table.with_file_name("other.table.toml")).unwrap();
    let (code, said) = answer(&["table", "import", &text(&file), "--package", &text(&township)]);
    assert_eq!((code, &said["errors"]), (Some(0), &json!(0)), "{said}");
    assert_eq!(answer(&["check", &text(&package)]).0, Some(0));
}
