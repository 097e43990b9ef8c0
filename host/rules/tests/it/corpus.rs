//! The corpus of broken and hostile rules in `tests/guests/hostile`: where each stops and what its author reads.

#![expect(
    clippy::disallowed_methods,
    reason = "a reviewed table is read and, when asked for, written"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use rules::{Law, Limits, LoadError, Rule, RuleHost};
use serde::Deserialize;
use wit_component::{ComponentEncoder, StringEncoding};
use wit_parser::Resolve;

use crate::guests::one_row;

const BASE: &str = include_str!("../../../../tests/guests/hostile/base.wat");
const CORPUS: &str = include_str!("../../../../tests/guests/hostile/corpus.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Corpus {
    guest: Vec<Guest>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Guest {
    name: String,
    stage: Stage,
    #[serde(default)]
    code: String,
    #[serde(default)]
    says: String,
    #[serde(default)]
    score: String,
    #[serde(default)]
    fields: String,
    #[serde(default)]
    describe: String,
    #[serde(default)]
    replace: Vec<(String, String)>,
    component: Option<String>,
    bytes: Option<String>,
    script: Option<String>,
    #[serde(default)]
    cut: bool,
    #[serde(default)]
    pad: usize,
}

/// Where a guest stops.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Stage {
    /// It does not: the decent one.
    Answers,
    /// It is not loaded.
    Check,
    /// It gives no answer.
    Run,
    /// It gives none for the row.
    Row,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// `text` with each `{{N times WORDS}}` in it written out.
fn written_out(text: &str) -> String {
    let mut all = String::new();
    let mut rest = text;
    while let Some((before, repeated)) = rest.split_once("{{") {
        let (repeated, after) = repeated.split_once("}}").unwrap();
        let (times, words) = repeated.split_once(" times ").unwrap();
        all.push_str(before);
        all.push_str(&words.repeat(times.parse().unwrap()));
        rest = after;
    }
    all + rest
}

/// A component of the world `scoring` of 1.0.
fn component(text: &str) -> Vec<u8> {
    let mut module = wat::parse_str(text).unwrap_or_else(|error| panic!("{error}"));
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(folder().join("schemas/wit/rules/v1_0")).unwrap();
    let world = resolve.select_world(&[package], Some("scoring")).unwrap();
    wit_component::embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)
        .unwrap();
    ComponentEncoder::default().module(&module).unwrap().encode().unwrap()
}

impl Guest {
    fn bytes(&self) -> Vec<u8> {
        if let Some(text) = &self.component {
            return wat::parse_str(written_out(text)).unwrap();
        }
        if let Some(hex) = &self.bytes {
            let digits: Vec<char> = hex.chars().collect();
            let byte = |pair: &[char]| u8::from_str_radix(&String::from_iter(pair), 16).unwrap();
            return digits.chunks(2).map(byte).collect();
        }
        let mut text = BASE.to_owned();
        for (from, to) in &self.replace {
            assert!(text.contains(from.as_str()), "{}: `{from}` is not in base.wat", self.name);
            text = text.replace(from.as_str(), to);
        }
        let text = text
            .replace("{{score}}", &self.score)
            .replace("{{fields}}", &self.fields)
            .replace("{{describe}}", &self.describe);
        let mut bytes = component(&written_out(&text));
        if self.cut {
            bytes.truncate(bytes.len() / 2);
        }
        bytes.resize(bytes.len() + self.pad, 0);
        bytes
    }

    fn load(&self, host: &RuleHost) -> Result<Arc<dyn Rule>, LoadError> {
        match &self.script {
            Some(source) => host.load_script(source, Law::Score),
            None => host.load_component(&self.bytes()),
        }
    }

    /// Where it stopped, with which code, and the Chinese sentence.
    fn meet(&self, host: &RuleHost) -> (Stage, String, String, String) {
        let rule = match self.load(host) {
            Ok(rule) => rule,
            Err(error) => {
                let code = error.code.code().to_owned();
                return (Stage::Check, code, error.to_string(), error.text);
            }
        };
        match rule.score(&one_row(0)) {
            Err(error) => {
                // the same again: one failure neither kills the rule nor changes what it does
                assert_eq!(rule.score(&one_row(0)).unwrap_err(), error, "{}", self.name);
                (Stage::Run, error.code().to_owned(), error.to_string(), error.text())
            }
            Ok((rows, _)) => match rows.into_iter().next().unwrap() {
                Err(refusal) => (Stage::Row, refusal.code, refusal.text.clone(), refusal.text),
                Ok(_) => (Stage::Answers, String::new(), String::new(), String::new()),
            },
        }
    }
}

/// A rule of another township, loaded once before anything else.
fn neighbour(host: &RuleHost, corpus: &Corpus) -> Arc<dyn Rule> {
    corpus.guest[0].load(host).unwrap()
}

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).unwrap_or(0)
}

#[test]
fn each_stops_where_its_author_can_read_why_and_nobody_else_notices() {
    let corpus: Corpus = toml::from_str(CORPUS).unwrap();
    assert!(corpus.guest.len() >= 41, "{}", corpus.guest.len());
    let host = RuleHost::new(Limits { instances: 1, ..Limits::default() }).unwrap();
    let neighbour = neighbour(&host, &corpus);
    let (want, _) = neighbour.score(&one_row(0)).unwrap();
    assert_eq!(want[0].as_ref().unwrap()[0].reason, "because 1");
    let mut table = String::new();
    let mut wrong = Vec::new();
    for guest in &corpus.guest {
        let (stage, code, message, text) = guest.meet(&host);
        if (stage, code.as_str()) != (guest.stage, guest.code.as_str())
            || !message.contains(&guest.says)
        {
            wrong.push(format!("{}: {stage:?} {code} {message}", guest.name));
        }
        if stage != Stage::Answers {
            assert!(!text.is_ascii(), "{}: no Chinese text in `{text}`", guest.name);
            assert!(!message.contains('\n'), "{}: {message}", guest.name);
        }
        writeln!(table, "{} | {stage:?} | {code} | {text}", guest.name).unwrap();
        assert_eq!(neighbour.score(&one_row(0)).unwrap().0, want, "after {}", guest.name);
    }
    assert_eq!(wrong, Vec::<String>::new());
    let path = folder().join("tests/golden/hostile.txt");
    if std::env::var_os("XIANGYUE_WRITE_TABLES").is_some() {
        std::fs::write(&path, &table).unwrap();
    }
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(table, known, "look at the change, then XIANGYUE_WRITE_TABLES=1 writes the table");
}

/// Looks at the memory of the whole process, so it has a process of its own: this test started again, alone.
#[test]
fn after_them_all_the_memory_is_back_where_it_was() {
    const ALONE: &str = "XIANGYUE_TEST_ALONE";
    if std::env::var_os(ALONE).is_none() {
        let alone = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "corpus::after_them_all_the_memory_is_back_where_it_was"])
            .arg("--nocapture")
            .env(ALONE, "1")
            // what is freed goes back to the system at once
            .env("MIMALLOC_PURGE_DELAY", "0")
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&alone.stdout);
        assert!(alone.status.success(), "{told}{}", String::from_utf8_lossy(&alone.stderr));
        assert!(told.contains("KiB after"), "nothing was measured: {told}");
        return;
    }
    let corpus: Corpus = toml::from_str(CORPUS).unwrap();
    let host = RuleHost::new(Limits { instances: 1, ..Limits::default() }).unwrap();
    let all = || corpus.guest.iter().for_each(|guest| drop(guest.meet(&host)));
    // everything is met once; meeting everything again must not need more memory
    all();
    let before = resident_kib();
    all();
    let after = resident_kib();
    #[expect(clippy::print_stdout, reason = "read by the process that started this one")]
    {
        println!("{before} KiB before, {after} KiB after");
    }
    assert!(before > 0 && after < before + 16 * 1024, "{before} KiB before, {after} KiB after");
}

#[test]
fn every_shipped_rule_is_quickly_compiled() {
    let max = Limits::default().compile_work;
    let mut seen = Vec::new();
    for plugin in std::fs::read_dir(folder().join("plugins")).unwrap().flatten() {
        let name = plugin.file_name().into_string().unwrap();
        let Ok(bytes) = std::fs::read(plugin.path().join(format!("{name}.wasm"))) else { continue };
        let work = rules::compile_work(&bytes);
        assert!(work > 0 && work < max / 4, "{name}: {work}");
        seen.push(name);
    }
    assert!(seen.len() > 10, "{seen:?}");
}
