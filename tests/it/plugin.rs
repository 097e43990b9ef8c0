//! The author's path, with the program that authors have: an empty folder, a rule, its cases, a receipt, a change.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tests::{district, server};

const WORLDS: [&str; 8] = [
    "scoring",
    "settlement",
    "grading",
    "conversion",
    "distribution",
    "redemption",
    "eligibility",
    "assessment",
];

fn xiangyue(folder: &Path, arguments: &[&str]) -> Output {
    // one build folder for all rules, so that the library is compiled once
    let shared = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"), PathBuf::from);
    Command::new(server::binary())
        .args(arguments)
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", shared)
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

fn fine(folder: &Path, arguments: &[&str]) -> String {
    let output = xiangyue(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", said(&output));
    said(&output)
}

/// The limit rests on the program's allocator, which nothing else notices when it is another.
#[test]
fn a_script_that_fills_memory_is_stopped_in_the_program() {
    let folder = district::scratch("plugin-memory");
    let script = "fn same(wide, n) { wide }
        fn score(row, settings) {
            let wide = [];
            wide.pad(9900, 7);
            let list = [];
            list.pad(9900, 0);
            list.map(Fn(\"same\").curry(wide));
            []
        }";
    std::fs::write(folder.join("fills.rhai"), script).unwrap();
    let asked = r#"{"day": 20500, "rows": [{"subject": "h1"}]}"#;
    std::fs::write(folder.join("asked.json"), asked).unwrap();
    let stopped = xiangyue(&folder, &["plugin", "run", "fills.rhai", "--input", "asked.json"]);
    assert_eq!(stopped.status.code(), Some(4));
    assert!(said(&stopped).contains("规则用到的数据太多，超过上限"), "{}", said(&stopped));
}

#[test]
fn a_limit_is_told_with_the_line_that_it_stopped() {
    let folder = district::scratch("plugin-limit");
    let script = "fn sum(n) {
            let total = 0;
            for i in 0..n { total += i; }
            total
        }
        fn score(row, settings) {
            let days = sum(10);
            if days > 0 {
                while days > 0 { days += 1; }
            }
            []
        }";
    std::fs::write(folder.join("endless.rhai"), script).unwrap();
    let asked = r#"{"day": 20500, "rows": [{"subject": "h1"}]}"#;
    std::fs::write(folder.join("asked.json"), asked).unwrap();
    let stopped = xiangyue(&folder, &["plugin", "run", "endless.rhai", "--input", "asked.json"]);
    assert_eq!(stopped.status.code(), Some(4));
    let told = said(&stopped);
    assert!(told.contains("第9行第34列附近：规则运算量超过上限（100000）"), "{told}");
    assert!(told.contains("    9 |                 while days > 0 { days += 1; }"), "{told}");
    std::fs::create_dir(folder.join("cases")).unwrap();
    std::fs::write(folder.join("cases/1.json"), format!(r#"{{"input": {asked}, "expect": {{}}}}"#))
        .unwrap();
    let tested = xiangyue(&folder, &["plugin", "test", "endless.rhai"]);
    assert_eq!(tested.status.code(), Some(2));
    assert!(said(&tested).contains("第9行第34列附近"), "{}", said(&tested));
}

#[test]
fn every_kind_of_rule_is_a_script_too() {
    let folder = district::scratch("plugin-script");
    for world in WORLDS {
        let name = format!("try-{world}");
        fine(&folder, &["plugin", "new", &name, "--world", world, "--form", "script"]);
        let tested = fine(&folder, &["plugin", "test", &name]);
        assert!(tested.contains("通过 1，不通过 0"), "{world}: {tested}");
        assert!(tested.contains("例子走到的行："), "{world}: {tested}");
        let case = format!("{name}/cases/1.json");
        let stacks = format!("{world}.folded");
        let shown = ["plugin", "profile", &name, "--case", &case, "--folded", &stacks];
        let profile = fine(&folder, &shown);
        assert!(profile.contains("占上限‰"), "{profile}");
        let stacks = std::fs::read_to_string(folder.join(&stacks)).unwrap();
        assert!(stacks.lines().all(|line| line.starts_with(&format!("{name}.rhai;"))), "{stacks}");
    }
    // a line that no case reaches is named, and a mistake stands over its mark
    let script = folder.join("try-scoring/try-scoring.rhai");
    let text = std::fs::read_to_string(&script).unwrap();
    let more = text.replace(
        "    if times == 0",
        "    if times > 99 {\n        times = 99;\n    }\n    if times == 0",
    );
    std::fs::write(&script, &more).unwrap();
    let tested = fine(&folder, &["plugin", "test", "try-scoring"]);
    assert!(tested.contains("没有走到    9 |         times = 99;"), "{tested}");
    assert!(tested.contains("条件从没有成立    8 |     if times > 99 {"), "{tested}");
    std::fs::write(&script, text.replace("let times = 0;", "let times = 0；")).unwrap();
    let failed = xiangyue(&folder, &["plugin", "test", "try-scoring"]);
    assert_eq!(failed.status.code(), Some(2));
    let failed = said(&failed);
    assert!(
        failed.contains("    4 |     let times = 0；\n      |                  ^\n"),
        "{failed}"
    );
    assert!(failed.contains("全角的“；”不能用在代码里"), "{failed}");
}

#[test]
fn a_component_is_profiled_by_its_fuel_and_alike_each_time() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder = district::scratch("plugin-profile");
    let rule = root.join("plugins/moral-bank").display().to_string();
    let case = root.join("plugins/moral-bank/cases/quarter.json").display().to_string();
    let profile = |file: &str| {
        let shown =
            ["plugin", "profile", &rule, "--case", &case, "--samples", "50", "--folded", file];
        (fine(&folder, &shown), std::fs::read_to_string(folder.join(file)).unwrap())
    };
    let (shown, stacks) = profile("a.folded");
    assert_eq!((shown.clone(), stacks.clone()), profile("b.folded"));
    assert!(shown.contains("取样 50 / 50"), "{shown}");
    let weight = |line: &str| line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap();
    assert_eq!(stacks.lines().map(weight).sum::<u64>(), 50, "{stacks}");
}

#[test]
fn every_kind_of_rule_goes_from_nothing_to_passed_cases() {
    let folder = district::scratch("plugin-new");
    for world in WORLDS {
        let name = format!("try-{world}");
        fine(&folder, &["plugin", "new", &name, "--world", world]);
        let built = fine(&folder, &["plugin", "build", &name]);
        assert!(built.contains(&format!("{name} 1.0.0")), "{built}");
        let tested = fine(&folder, &["plugin", "test", &name]);
        assert!(tested.contains("通过 1，不通过 0"), "{world}: {tested}");
    }
    // the cases can fail
    let case = folder.join("try-scoring/cases/1.json");
    let text = std::fs::read_to_string(&case).unwrap();
    std::fs::write(&case, text.replace("\"points\": 100", "\"points\": 101")).unwrap();
    let failed = xiangyue(&folder, &["plugin", "test", "try-scoring"]);
    assert_eq!(failed.status.code(), Some(2));
    assert!(said(&failed).contains("claims[0].points 是 100，应当是 101"), "{failed:?}");
    std::fs::write(&case, text).unwrap();
    a_receipt_is_replayed(&folder);
    what_the_host_refuses_replaces_nothing(&folder);
}

fn a_receipt_is_replayed(folder: &Path) {
    let case: Value = serde_json::from_str(
        &std::fs::read_to_string(folder.join("try-scoring/cases/1.json")).unwrap(),
    )
    .unwrap();
    std::fs::write(folder.join("batch.json"), case["input"].to_string()).unwrap();
    fine(folder, &["plugin", "run", "try-scoring", "--input", "batch.json", "--receipt", "r.json"]);
    let same = fine(folder, &["plugin", "replay", "r.json", "try-scoring"]);
    assert!(same.contains("规则：相同\n结果：相同"), "{same}");
    // the same rule with a higher cap counts one household differently
    let source = folder.join("try-scoring/src/lib.rs");
    let text = std::fs::read_to_string(&source).unwrap();
    let changed =
        text.replace(".min(population.setting(CAP))", ".min(population.setting(CAP) + 50)");
    assert_ne!(changed, text);
    std::fs::write(&source, changed).unwrap();
    fine(folder, &["plugin", "build", "try-scoring", "--out", "changed.wasm"]);
    let differ =
        fine(folder, &["plugin", "replay", "r.json", "try-scoring", "--against", "changed.wasm"]);
    assert!(differ.contains("与另一条规则结果不同的： 1\n  \"h2\""), "{differ}");
    let other = xiangyue(folder, &["plugin", "replay", "r.json", "changed.wasm"]);
    assert_eq!(other.status.code(), Some(2), "{other:?}");
    std::fs::write(&source, text).unwrap();
}

fn what_the_host_refuses_replaces_nothing(folder: &Path) {
    let component = folder.join("try-scoring/try-scoring.wasm");
    let before = std::fs::read(&component).unwrap();
    let source = folder.join("try-scoring/src/lib.rs");
    let text = std::fs::read_to_string(&source).unwrap();
    let floats = text.replace(
        "let times = row.events_of(LABOUR).count() as i64;",
        "let times = (row.events_of(LABOUR).count() as f64 * 1.5) as i64;",
    );
    assert_ne!(floats, text);
    std::fs::write(&source, floats).unwrap();
    let refused = xiangyue(folder, &["plugin", "build", "try-scoring"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(said(&refused).contains("RULE_FLOATS"), "{}", said(&refused));
    std::fs::write(&source, text.replace("as i64;", "as i64")).unwrap();
    let broken = xiangyue(folder, &["plugin", "build", "try-scoring"]);
    assert_eq!(broken.status.code(), Some(2));
    let told = said(&broken);
    assert!(told.contains("PLUGIN_NOT_BUILT") && told.contains("src/lib.rs:"), "{told}");
    assert_eq!(std::fs::read(&component).unwrap(), before);
}

#[test]
fn a_name_that_cannot_be_is_refused_and_a_folder_is_never_overwritten() {
    let folder = district::scratch("plugin-names");
    for name in ["", "Clean", "a b", "-a", "1a", "院子", "a-", "wit-bindgen", "xiangyue-sdk"] {
        let refused = xiangyue(&folder, &["plugin", "new", "--", name]);
        assert_eq!(refused.status.code(), Some(3), "{name}: {}", said(&refused));
    }
    fine(&folder, &["plugin", "new", "clean-courtyard"]);
    let again = xiangyue(&folder, &["plugin", "new", "clean-courtyard"]);
    assert_eq!(again.status.code(), Some(3));
    assert!(said(&again).contains("这个文件夹已经有了"), "{again:?}");
    let unbuilt = xiangyue(&folder, &["plugin", "inspect", "clean-courtyard"]);
    assert!(said(&unbuilt).contains("请先运行 xiangyue plugin build"), "{unbuilt:?}");
}
