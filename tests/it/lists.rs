//! `xiangyue lists` and `/public/lists` on real files: figures, imports whole or not at all, laws.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tests::district::{root, scratch, small, write};
use tests::server::{Server, run};

fn text(path: &Path) -> String {
    path.display().to_string()
}

fn answer(arguments: &[&str]) -> (Option<i32>, Value) {
    let all: Vec<&str> =
        ["--format", "json", "lists"].into_iter().chain(arguments.iter().copied()).collect();
    let output = run(&all);
    let said = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| json!({"stderr": String::from_utf8_lossy(&output.stderr)}));
    (output.status.code(), said)
}

fn haicang(version: &str) -> String {
    text(&root().join("tests/haicang").join(version))
}

#[test]
fn haicang_keeps_two_certificates_and_sheds_what_was_published() {
    let (code, said) = answer(&["show", &haicang("after"), "--type", "certificate"]);
    assert_eq!((code, &said["count"]), (Some(0), &json!(2)), "{said}");
    let (code, said) = answer(&["diff", &haicang("before"), &haicang("after")]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(
        said["reduction"]["total"],
        json!({"title": "合计", "before": 165, "after": 119, "percent": "-27.88%"})
    );
    let printed = run(&["lists", "diff", &haicang("before"), &haicang("after")]);
    let printed = String::from_utf8_lossy(&printed.stdout).into_owned();
    assert!(printed.ends_with("合计  165 → 119  -27.88%\n"), "{printed}");
}

/// A package with a list, and the list's path.
fn package(name: &str) -> (PathBuf, PathBuf) {
    let package = small(&scratch(name), 24);
    let duty = package.join("editions/2026-01-01/lists/duty.toml");
    // the due table names entries that the short sheets of these tests leave out, which would be refused too
    std::fs::remove_file(package.join("editions/2026-01-01/dues.toml")).unwrap();
    (package, duty)
}

#[test]
fn a_printed_list_is_imported_and_changes_nothing() {
    let (package, duty) = package("lists-round");
    let before = std::fs::read(&duty).unwrap();
    for form in ["xlsx", "csv"] {
        let file = package.join(format!("../duty.{form}"));
        let printed = run(&[
            "lists",
            "render",
            &text(&package),
            "--type",
            "duty",
            "--to",
            form,
            "--out",
            &text(&file),
        ]);
        assert_eq!(printed.status.code(), Some(0), "{printed:?}");
        let (code, said) =
            answer(&["import", &text(&file), "--type", "duty", "--package", &text(&package)]);
        assert_eq!(
            (code, &said["errors"], &said["written"]),
            (Some(0), &json!(0), &Value::Null),
            "{said}"
        );
        assert_eq!(std::fs::read(&duty).unwrap(), before);
    }
}

/// The last row is bad: nothing is written, and the cell is named in both languages.
#[test]
fn a_half_good_sheet_leaves_the_old_list_byte_for_byte() {
    let (package, duty) = package("lists-half");
    let before = std::fs::read(&duty).unwrap();
    let names = |folder: &Path| {
        let mut names: Vec<_> =
            std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let files = names(duty.parent().unwrap());
    let file = package.join("../half.csv");
    let good = "编号,事项名称,主管部门,依据,生效日期\nDU-01,召集村民会议,民政局,《村民委员会组织法》第25条,\n";
    for (row, code, cell) in [
        ("DU-02,开会,民政局,《村民委员会组织法》第26条,2026-02-30\n", "WRONG_CELL", "E3"),
        ("DU-02,开会,,《村民委员会组织法》第26条,\n", "EMPTY_CELL", "C3"),
        ("DU-02,村民会议召集,民政局,《村民委员会组织法》第26条,\n", "DUPLICATE_ITEM", "B3"),
        ("DU-01,开会,民政局,《村民委员会组织法》第26条,\n", "duplicate_id", "A3"),
        ("DU-02,开会,民政局、司法局,《村民委员会组织法》第26条,\n", "TWO_OWNERS", "C3"),
        ("DU-02,开会,民政局,《村民委员会组织法》第99条,\n", "BASIS_EXPIRED", "D3"),
        ("DU-02,兵役登记宣讲,民政局,《村民委员会组织法》第2条,\n", "TWO_LIST_TYPES", "B3"),
    ] {
        write(&file, &format!("{good}{row}"));
        let arguments = ["import", &text(&file), "--type", "duty", "--package", &text(&package)];
        let (exit, said) = answer(&arguments);
        assert_eq!(exit, Some(2), "{code}: {said}");
        let found: Vec<(&str, &str)> = said["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|f| (f["code"].as_str().unwrap(), f["cell"].as_str().unwrap()))
            .collect();
        assert_eq!(found, [(code, cell)], "{said}");
        assert_eq!(said["findings"][0]["list"], "duty");
        assert_eq!(std::fs::read(&duty).unwrap(), before, "{code}");
        assert_eq!(names(duty.parent().unwrap()), files, "{code}: nothing is left behind");
        for (language, word) in [("zh", "怎么改"), ("en", "help: ")] {
            let all: Vec<&str> =
                ["--lang", language, "lists"].into_iter().chain(arguments).collect();
            let said = run(&all);
            let said = String::from_utf8_lossy(&said.stdout).into_owned();
            assert!(said.contains(cell) && said.contains(word) && said.contains(code), "{said}");
        }
    }
}

#[test]
fn a_good_sheet_replaces_the_list_and_the_package_stays_good() {
    let (package, duty) = package("lists-good");
    let file = package.join("../good.csv");
    write(
        &file,
        "事项名称,主管部门,依据,周期\n召集村民会议和村民代表会议,民政局,《村民委员会组织法》第25条,\n财务公开,农业农村局,《村民委员会组织法》第３５条,每月\n",
    );
    let arguments = ["import", &text(&file), "--type", "duty", "--package", &text(&package)];
    let before = std::fs::read(&duty).unwrap();
    let (code, said) = answer(&[&arguments[..], &["--dry-run"]].concat());
    assert_eq!((code, &said["written"]), (Some(0), &Value::Null), "{said}");
    assert_eq!(std::fs::read(&duty).unwrap(), before, "a dry run writes nothing");
    let (code, said) = answer(&arguments);
    assert_eq!((code, &said["entries"]), (Some(0), &json!(2)), "{said}");
    let now = std::fs::read_to_string(&duty).unwrap();
    assert!(now.starts_with("# 履职事项清单"), "the remark at the top stays: {now}");
    assert!(now.contains("id = \"DU-01\""), "an item keeps its number: {now}");
    let checked = run(&["--format", "json", "check", &text(&package)]);
    let said: Value = serde_json::from_slice(&checked.stdout).unwrap();
    assert_eq!(said["errors"], json!(0), "{said}");
    // what is new has to be signed off again, departments without entries are told of, and nothing else is amiss
    let signed = ["SIGN_OFF_STALE", "UNKNOWN_DEPARTMENT"];
    let codes: Vec<&str> = said["diagnostics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| d["code"].as_str().unwrap())
        .collect();
    assert!(!codes.is_empty() && codes.iter().all(|code| signed.contains(code)), "{said}");
}

/// What a killed import leaves is not read as a list.
#[test]
fn a_part_left_by_a_killed_import_is_never_in_force() {
    let (package, duty) = package("lists-killed");
    let (_, whole) = answer(&["show", &text(&package)]);
    write(&duty.with_file_name(".duty.toml.4711.part"), "id = \"duty\"\n[[entries]]\nid = ");
    let (code, said) = answer(&["show", &text(&package)]);
    assert_eq!((code, &said), (Some(0), &whole));
    let checked = run(&["--format", "json", "check", &text(&package)]);
    let said: Value = serde_json::from_slice(&checked.stdout).unwrap();
    assert_eq!(said["errors"], json!(0), "{said}");
}

/// Whenever the import is killed, the old list is there or the new one.
#[test]
fn a_killed_import_leaves_the_old_list_or_the_new_one() {
    let (package, duty) = package("lists-kill");
    let file = package.join("../kill.csv");
    write(&file, "事项名称,主管部门,依据\n召集村民会议,民政局,《村民委员会组织法》第25条\n");
    let old = std::fs::read(&duty).unwrap();
    let arguments = ["import", &text(&file), "--type", "duty", "--package", &text(&package)];
    let (code, _) = answer(&arguments);
    assert_eq!(code, Some(0));
    let new = std::fs::read(&duty).unwrap();
    assert_ne!(old, new);
    let mut seen = [0, 0];
    for step in 0..12 {
        std::fs::write(&duty, &old).unwrap();
        let mut child = std::process::Command::new(tests::server::binary())
            .arg("lists")
            .args(arguments)
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(step * 25));
        let _ = child.kill();
        child.wait().unwrap();
        let now = std::fs::read(&duty).unwrap();
        assert!(
            now == old || now == new,
            "after {} ms: {}",
            step * 25,
            String::from_utf8_lossy(&now)
        );
        seen[usize::from(now == new)] += 1;
    }
    println!("killed imports: {} left the old list, {} the new one", seen[0], seen[1]);
    assert!(seen[0] > 0, "the first kill comes before anything is written");
}

#[test]
fn the_table_is_the_same_bytes_each_time_and_every_row_has_basis_and_owner() {
    let policies = text(&root().join("policies/laixi"));
    for form in ["html", "json", "csv"] {
        let once = run(&["lists", "render", &policies, "--to", form]);
        assert_eq!(once.status.code(), Some(0), "{once:?}");
        assert_eq!(
            once.stdout,
            run(&["lists", "render", &policies, "--to", form]).stdout,
            "{form}"
        );
    }
    let (_, said) = answer(&["render", &policies, "--to", "json"]);
    let rows = said["rows"].as_array().unwrap();
    assert!(rows.len() > 50, "{}", rows.len());
    for row in rows {
        let basis = row["basis"].as_array().unwrap();
        assert!(
            !basis.is_empty() && basis.iter().all(|b| b.as_str().unwrap().contains('《')),
            "{row}"
        );
        assert!(!row["owner"].as_str().unwrap().is_empty(), "{row}");
    }
    let no_file = run(&["lists", "render", &policies, "--to", "xlsx"]);
    assert_eq!(no_file.status.code(), Some(3));
}

#[test]
fn a_citation_is_answered_for_a_day() {
    let policies = text(&root().join("policies/laixi"));
    for (cited, on, exit, code) in [
        ("村民委员会组织法第24条", "2026-01-01", 0, Some("BASIS_RENUMBERED")),
        ("《村民委员会组织法》（2018）第24条", "2026-01-01", 0, Some("BASIS_RENUMBERED")),
        ("《村民委员会组织法》第24条", "2025-12-31", 0, None),
        ("《村民委员会组织法》第28条", "2025-06-01", 0, None),
        ("《村民委员会组织法》第51条", "2026-01-01", 2, Some("BASIS_EXPIRED")),
        ("《社会救助暂行办法》第11条", "2026-06-30", 0, None),
        ("《社会救助暂行办法》第11条", "2026-07-01", 2, Some("BASIS_EXPIRED")),
        ("《社会救助法》第43条", "2026-06-30", 2, Some("BASIS_NOT_YET")),
        ("《无此法》第1条", "2026-01-01", 4, Some("BASIS_UNKNOWN")),
    ] {
        let (found, said) = answer(&["basis", cited, "--on", on, "--package", &policies]);
        assert_eq!(found, Some(exit), "{cited} {on}: {said}");
        assert_eq!(
            said["citations"][0]["problems"][0]["code"].as_str(),
            code,
            "{cited} {on}: {said}"
        );
    }
    let old = run(&[
        "lists",
        "basis",
        "村民委员会组织法第24条",
        "--on",
        "2026-01-01",
        "--package",
        &policies,
    ]);
    let old = String::from_utf8_lossy(&old.stdout).into_owned();
    assert!(old.contains("第28条"), "{old}");
}

#[test]
fn the_lists_are_open_to_all() {
    let dir = scratch("lists-http");
    let server = Server::serve(&small(&dir, 24), &dir.join("store"), &[]);
    let get = |path: &str| {
        let answer = server.get("", path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.body
    };
    let all = get("/public/lists");
    assert!(all["count"].as_u64().unwrap() > 50, "{all}");
    let some = get("/public/lists?type=certificate");
    assert_eq!(some["count"], 2, "{some}");
    let own = get("/public/lists?type=feature&township=370285106000");
    assert_eq!(own["count"], 0, "{own}");
    let one = get("/public/lists/DU-02");
    assert_eq!(one["laws"][0]["version"], 2026, "{one}");
    assert_eq!(one["laws"][0]["topics"][0]["about"], "村务公开", "{one}");
    assert_eq!(get("/public/lists/P01")["kind"], "petty-power");
    assert_eq!(server.get("", "/public/lists/DU-99").status, 404);
    assert_eq!(server.get("", "/public/lists?type=all").status, 400);
}
