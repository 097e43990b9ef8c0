//! The command line: exit codes, one-line errors, answers on stdout.

use std::path::Path;

use serde_json::{Value, json};
use tests::district::{root, scratch, small, write};
use tests::server::run;

fn text(path: &Path) -> String {
    path.display().to_string()
}

#[test]
fn check_passes_the_shipped_district_and_names_what_is_wrong_elsewhere() {
    let shipped = run(&["--format", "json", "check", &text(&root().join("policies/laixi"))]);
    let said: Value = serde_json::from_slice(&shipped.stdout).unwrap();
    assert_eq!((shipped.status.code(), &said["errors"]), (Some(0), &json!(0)), "{said}");

    let copy = small(&scratch("check"), 24);
    let rule =
        copy.join("townships/370285106-nanshu/editions/2026-01-01/rules/volunteer-hours.rhai");
    write(&rule, "fn score(row, settings) {\n  let x = 1.5;\n  #{}\n}\n");
    let broken = run(&["--format", "json", "check", &text(&copy)]);
    let said: Value = serde_json::from_slice(&broken.stdout).unwrap();
    assert_eq!(broken.status.code(), Some(2), "{said}");
    let first = &said["diagnostics"][0];
    assert!(first["file"].as_str().is_some_and(|f| f.ends_with("volunteer-hours.rhai")), "{said}");
    assert_eq!(first["line"], 2, "{said}");

    let permit = copy.join("townships/370285106-nanshu/editions/2026-01-01/authorization");
    std::fs::create_dir_all(&permit).unwrap();
    write(
        &permit.join("wide.cedar"),
        "@id(\"nanshu/wide\")\n@title(\"都可以\")\n@basis(\"《某办法》第1条\")\n@who(\"谁都行\")\npermit (principal, action == Action::\"TakeStep\", resource)\nwhen { resource.item == \"S10\" };\n",
    );
    let wide = run(&["--format", "json", "check", &text(&copy)]);
    assert_eq!(wide.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&wide.stdout).contains("widens_power"),
        "{}",
        String::from_utf8_lossy(&wide.stdout)
    );
}

#[test]
fn decide_answers_with_its_exit_code() {
    let dir = scratch("decide");
    let request = |record: &str| {
        json!({
            "subject": {"type": "Person", "id": "370285102259-p01"},
            "action": {"name": "TakeStep"},
            "resource": {"type": "Matter", "id": "370285102259-S10-2026-001", "properties": {"step": "MEM"}},
            "context": {"record": record},
        })
        .to_string()
    };
    let policies = text(&small(&dir, 24));
    for (record, code) in
        [("370285102259-REP-2026-001", 2), ("370285102259-MEM-2026-001", 0), ("no-such-record", 2)]
    {
        let file = dir.join("request.json");
        write(&file, &request(record));
        let answer = run(&["decide", "--policies", &policies, "--day", "2026-11-23", &text(&file)]);
        assert_eq!(
            answer.status.code(),
            Some(code),
            "{record}: {}",
            String::from_utf8_lossy(&answer.stdout)
        );
        if code == 2 && record.contains("REP") {
            assert!(
                String::from_utf8_lossy(&answer.stdout).contains("征地补偿费分配必须由成员大会")
            );
        }
    }
    let file = dir.join("broken.json");
    write(&file, "{\"subject\": ");
    let broken = run(&["decide", "--policies", &policies, &text(&file)]);
    assert_eq!(broken.status.code(), Some(3), "input that cannot be read is not a deny");
    assert_eq!(run(&["decide", "--polices", "x"]).status.code(), Some(3), "a typo is not a deny");
    assert_eq!(run(&["check", "no/such/folder"]).status.code(), Some(3));
    assert_eq!(run(&["--help"]).status.code(), Some(0));
}

#[test]
fn score_runs_both_kinds_of_rule() {
    let dir = scratch("score");
    let batch = dir.join("hours.json");
    let event =
        json!({"id": "v1", "kind": "service", "day": 20_700, "quantities": {"minutes": 720}});
    let events: Vec<Value> = (0..7)
        .map(|n| {
            let mut one = event.clone();
            one["id"] = json!(format!("v{n}"));
            one
        })
        .collect();
    write(
        &batch,
        &json!({"day": 20_700, "rows": [{"subject": "a", "events": events}]}).to_string(),
    );
    let township = root().join("policies/laixi/townships/370285106-nanshu");
    let answer = run(&["score", "--package", &text(&township), "--input", &text(&batch)]);
    let said: Value = serde_json::from_slice(&answer.stdout).unwrap();
    // 84 hours: 20 at one, 60 at two, 4 at three hours a point (one whole unit) = 20 + 30 + 1.
    assert_eq!(said["claims"][0]["points"], 5_100, "{said}");
    let household = root().join("policies/laixi/townships/370285102-xiagezhuang");
    let sheet = |id: &str, part: i64| {
        json!({"id": id, "kind": "sheet", "day": 20_700, "actor": id,
        "quantities": {"courtyard": part, "gate": part, "toilet": part, "waste": part, "livestock": part}})
    };
    write(&batch, &json!({"day": 20_700, "rows": [{"subject": "h", "events": [sheet("a", 1850), sheet("b", 1850), sheet("c", 1850)]}]}).to_string());
    let answer = run(&["score", "--package", &text(&household), "--input", &text(&batch)]);
    let said: Value = serde_json::from_slice(&answer.stdout).unwrap();
    assert_eq!(said["claims"][0]["points"], 1_850, "raw 92.50 at 200 per mille: {said}");
}
