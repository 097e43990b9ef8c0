//! `xiangyue prove` with the real solver: what holds, what breaks it, and what a server makes of it.

mod activation;
mod examples;
mod solvers;
mod vacuity;

use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;
use tests::district::{scratch, small, write};
use tests::server::run;

/// A copy of the shipped district.
fn copy(name: &str) -> PathBuf {
    small(&scratch(name), 24)
}

/// Proves a package; the answer as JSON.
fn prove(policies: &Path, more: &[&str]) -> (Option<i32>, Value) {
    let output = said(policies, &[&["--format", "json"], more].concat());
    let answer = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{error}: {}", String::from_utf8_lossy(&output.stderr));
    });
    (output.status.code(), answer)
}

fn said(policies: &Path, more: &[&str]) -> Output {
    run(&[&["prove", &policies.display().to_string()], more].concat())
}

/// The row of an invariant.
fn row<'a>(answer: &'a Value, id: &str) -> &'a Value {
    answer["invariants"].as_array().unwrap().iter().find(|row| row["id"] == id).unwrap()
}

/// Takes a policy out of whichever file of the edition holds it.
fn remove(policies: &Path, id: &str) {
    let folder = policies.join("editions/2026-01-01/authorization");
    let mark = format!("@id(\"{id}\")");
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let text = std::fs::read_to_string(entry.path()).unwrap();
        let Some(start) = text.find(&mark) else { continue };
        let end = text[start..].find("\n@id(").map_or(text.len(), |end| start + end);
        write(&entry.path(), &format!("{}{}", &text[..start], &text[end..]));
        return;
    }
    panic!("no policy `{id}`");
}

#[test]
fn the_shipped_district_is_proved_from_its_own_verdicts_without_a_solver() {
    let policies = copy("prove-cached");
    let file = policies.join("proofs/2026-01-01.toml");
    let before = std::fs::read(&file).unwrap();
    // a solver that says nothing: any question that came to it would be unknown
    let (code, answer) = prove(&policies, &["--solver", "/bin/false"]);
    assert_eq!(code, Some(0), "{answer}");
    assert_eq!(answer["editions"][0]["asked"], 0, "{answer}");
    assert_eq!(answer["editions"][0]["certificate"], "kept");
    let rows = answer["invariants"].as_array().unwrap();
    assert!(rows.len() >= 60, "{}", rows.len());
    assert!(rows.iter().all(|row| row["status"] == "proved"), "{answer}");
    assert!(rows.iter().all(|row| row["title"].as_str().unwrap().chars().any(|c| c > '\u{4e00}')));
    assert_eq!(answer["checks"].as_array().unwrap().len(), 3);
    assert_eq!(std::fs::read(&file).unwrap(), before, "nothing was written");
}

#[test]
fn the_shipped_district_is_proved_afresh_and_its_certificate_is_the_one_in_the_repository() {
    let policies = copy("prove-fresh");
    let before = std::fs::read_to_string(policies.join("proofs/2026-01-01.toml")).unwrap();
    std::fs::remove_dir_all(policies.join("proofs")).unwrap();
    let (code, answer) = prove(&policies, &["--fresh", "--limit-ms", "60000"]);
    assert_eq!(code, Some(0), "{answer}");
    assert!(answer["editions"][0]["asked"].as_u64().unwrap() > 100, "{answer}");
    assert_eq!(answer["editions"][0]["certificate"], "written");
    let after = std::fs::read_to_string(policies.join("proofs/2026-01-01.toml")).unwrap();
    // only the version of the solver may differ from machine to machine
    let rest = |text: &str| -> Vec<String> {
        text.lines().filter(|line| !line.starts_with("prover")).map(str::to_owned).collect()
    };
    assert_eq!(rest(&after), rest(&before));
}

#[test]
fn an_overlay_that_hides_a_delegation_is_refused_with_its_place() {
    let policies = copy("prove-hidden");
    let folder = "townships/370285106-nanshu/editions/2026-01-01/authorization";
    std::fs::create_dir_all(policies.join(folder)).unwrap();
    write(
        &policies.join(folder).join("flood.cedar"),
        "// 汛期办事\n@id(\"nanshu/flood/sign\")\n@title(\"汛期代签\")\n@basis(\"《汛期办法》（示范）\")\n@who(\"值班人员\")\npermit (principal, action in [Action::\"ReadMatter\", Action::\"ApproveDelegation\"], resource)\nwhen { context has post };\n",
    );
    let (code, answer) = prove(&policies, &[]);
    assert_eq!(code, Some(2), "{answer}");
    let all = answer["diagnostics"].as_array().unwrap();
    let first = all.iter().find(|finding| finding["severity"] == "error").unwrap();
    assert_eq!(first["code"], "widens_power", "{answer}");
    assert_eq!(first["file"], format!("{folder}/flood.cedar"), "{answer}");
    assert_eq!(first["line"], 6, "{answer}");
}

#[test]
fn a_township_proves_what_it_wrote_and_leaves_the_certificate_alone() {
    let policies = copy("prove-township");
    let own = policies.join("townships/370285102-xiagezhuang");
    let file = policies.join("proofs/2026-01-01.toml");
    let before = std::fs::read(&file).unwrap();
    // from verdicts: a solver that says nothing is never asked
    let (code, answer) = prove(&own, &["--solver", "/bin/false"]);
    assert_eq!(code, Some(0), "{answer}");
    assert_eq!(answer["invariants"].as_array().unwrap().len(), 0, "{answer}");
    let checks = answer["checks"].as_array().unwrap();
    assert!(checks.iter().all(|check| check["status"] == "proved"), "{answer}");
    assert!(checks.iter().all(|check| check["questions"].as_u64().unwrap() > 0), "{answer}");
    // a rule that can fail to be evaluated is found, told by its place, and no verdict covers it
    let policy = own.join("editions/2026-01-01/authorization/feature-list.cedar");
    let text = std::fs::read_to_string(&policy).unwrap();
    let err = "\n@id(\"xiagezhuang/sum\")\n@title(\"合计\")\n@basis(\"《夏格庄镇办法》（示范）\")\n@deny(\"合计过大。\")\nforbid (principal, action == Action::\"TakeStep\", resource)\nwhen { resource.amountCents + 1 > 9000000000000 };\n";
    write(&policy, &format!("{text}{err}"));
    let (code, answer) = prove(&own, &[]);
    assert_eq!(code, Some(2), "{answer}");
    let failures: Vec<&Value> = answer["checks"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|check| check["failures"].as_array().unwrap())
        .collect();
    assert_eq!(failures.len(), 1, "{answer}");
    assert_eq!(
        (&failures[0]["code"], &failures[0]["policy"]),
        (&"can_err".into(), &"xiagezhuang/sum".into()),
        "{answer}"
    );
    assert_eq!(std::fs::read(&file).unwrap(), before, "a part is no certificate");
}

#[test]
fn words_that_name_nothing_are_wrong_usage() {
    let policies = copy("prove-words");
    for words in [["--invariant", "laixi/invariant/none"], ["--without", "laixi/none"]] {
        assert_eq!(said(&policies, &words).status.code(), Some(3), "{words:?}");
    }
    let plain = tests::district::root().join("examples/todo");
    assert_eq!(said(&plain, &[]).status.code(), Some(3));
}
