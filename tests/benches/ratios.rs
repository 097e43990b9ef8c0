//! One decision, one scoring batch, one durable posting, each as a ratio to a plain measure taken in
//! the same run: raw Cedar on the minimal slice, the same rule in native Rust, a plain preallocated
//! file with fdatasync. A ratio above its limit ends the run with a failure.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark reads files, owns them, and prints what it measured"
)]

#[allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::pedantic,
    reason = "the plugin's own lines, compiled natively as the yardstick; they are linted where they live"
)]
#[path = "../../plugins/household-sanitation/src/logic.rs"]
mod logic;

#[path = "parts/by_hand.rs"]
mod by_hand;

#[path = "parts/houses.rs"]
mod houses;

use std::collections::BTreeMap;
use std::hint::black_box;
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use by_hand::by_hand;
use cedar_policy::{Authorizer, Context, Entities, EntityUid, PolicySet, Request};
use criterion::Criterion;
use engine::judge::judge;
use engine::snapshot::Snapshot;
use journal::{Embedded, Frame, Options, Store as _};
use model::{CivilDay, DivisionCode, Minute};
use rules::{Claim, Law, RuleEvent, RuleHost, RuleInput, RuleRow};
use serde_json::{Value, json};
use tests::district;

/// Most that a whole decision may cost, in raw evaluations of its minimal slice, times 100.
const DECISION_MAX: u64 = 800;
/// Most that a village's round in the sandbox may cost, in native runs that make the same claims, times 100.
const BATCH_MAX: u64 = 500;
/// Most that a table may cost, in native runs that make the same claims, times 100. The aim is 300; the native run
/// checks neither question nor answers, which is most of the difference.
const TABLE_MAX: u64 = 500;
/// Most that a posting in the journal may cost, in plain synced writes of the same bytes, times 100.
const POSTING_MAX: u64 = 250;

fn main() -> ExitCode {
    let scratch = district::scratch("bench");
    let results = scratch.join("criterion");
    let mut criterion = Criterion::default()
        .without_plots()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3))
        .sample_size(40)
        .output_directory(&results);
    let files = engine::files::read_package(&district::root().join("policies/laixi")).unwrap();
    let package = package::load(&files).package.unwrap();
    let host = RuleHost::new(rules::Limits::default()).unwrap();
    let snapshot = Snapshot::new(package, &host).unwrap();
    decision(&mut criterion, &snapshot);
    batch(&mut criterion, &snapshot);
    table(&mut criterion, &host);
    posting(&mut criterion, &scratch);
    let lines = [
        ratio(&results, "decision", "whole decision", "raw Cedar, minimal slice", DECISION_MAX),
        ratio(
            &results,
            "batch",
            "round of 300 households in the sandbox",
            "same rule, native Rust",
            BATCH_MAX,
        ),
        ratio(
            &results,
            "table",
            "1000 volunteers scored by a table",
            "same rule, native Rust",
            TABLE_MAX,
        ),
        ratio(
            &results,
            "posting",
            "durable posting",
            "plain preallocated file, fdatasync",
            POSTING_MAX,
        ),
    ];
    if lines.iter().all(|within| *within) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Prints one ratio and says whether it is within its limit.
fn ratio(results: &Path, group: &str, what: &str, against: &str, limit: u64) -> bool {
    let nanos = |name: &str| {
        let file = results.join(group).join(name).join("new/estimates.json");
        let text = std::fs::read_to_string(&file).unwrap();
        let estimates: Value = serde_json::from_str(&text).unwrap();
        let median = estimates["median"]["point_estimate"].to_string();
        median.split('.').next().and_then(|whole| whole.parse::<u64>().ok()).unwrap()
    };
    let (ours, base) = (nanos("ours"), nanos("base"));
    let hundredths = ours * 100 / base.max(1);
    let within = hundredths <= limit;
    println!(
        "{what}: {}.{:03} µs / {against}: {}.{:03} µs = {}.{:02}× (limit {}.{:02}×) {}",
        ours / 1000,
        ours % 1000,
        base / 1000,
        base % 1000,
        hundredths / 100,
        hundredths % 100,
        limit / 100,
        limit % 100,
        if within { "ok" } else { "OVER THE LIMIT" }
    );
    within
}

fn decision(criterion: &mut Criterion, snapshot: &Snapshot) {
    let state = engine::seed::standing(&snapshot.package).unwrap();
    let now = Minute("2026-11-23".parse::<CivilDay>().unwrap().start().0 + 600);
    let mut evaluation = model::Ask {
        subject: model::Side::new("Person", "370285102259-p01"),
        action: "TakeStep".to_owned(),
        resource: model::Side::new("Matter", "370285102259-S10-2026-001"),
        ..model::Ask::default()
    };
    evaluation.resource.properties.insert("step".to_owned(), json!("MEM"));
    evaluation.context.insert("record".to_owned(), json!("370285102259-MEM-2026-001"));
    assert!(judge(&state, snapshot, now, &evaluation, None).allowed());
    let (policies, request, entities) = raw(snapshot, &state, now);
    let authorizer = Authorizer::new();
    let mut group = criterion.benchmark_group("decision");
    group.bench_function("ours", |b| {
        b.iter(|| black_box(judge(&state, snapshot, now, black_box(&evaluation), None)));
    });
    group.bench_function("base", |b| {
        b.iter(|| black_box(authorizer.is_authorized(black_box(&request), &policies, &entities)));
    });
    group.finish();
}

/// The policies that can matter for a step of S10, and the same request and entities, all prebuilt.
fn raw(
    snapshot: &Snapshot,
    state: &engine::state::State,
    now: Minute,
) -> (PolicySet, Request, Entities) {
    let edition = snapshot.edition(now.day(), None).unwrap();
    let mut policies = PolicySet::new();
    for policy in edition.base().policies() {
        let text = policy.to_string();
        let other_item =
            text.contains("resource.item == \"") && !text.contains("resource.item == \"S10\"");
        if text.contains("Action::\"TakeStep\"") && !other_item {
            policies.add(policy.clone()).unwrap();
        }
    }
    let row = state.matters.get("370285102259-S10-2026-001").unwrap();
    let meeting = state.meetings.get("370285102259-MEM-2026-001").unwrap();
    let (mut matter, context) = engine::acts::matters::step_facts(
        state,
        snapshot,
        row,
        &engine::flows::Asked { step: "MEM", cited: Some(meeting), cents: None, today: now.day() },
    )
    .unwrap();
    matter.attrs.insert("id".to_owned(), row.id.as_str().into());
    let mut all = engine::gather::base_context(edition, Some(row.village.township()), now);
    all.extend(context);
    all.insert("record".to_owned(), engine::gather::meeting(meeting));
    let post = state.posts_of("370285102259-p01").into_iter().next().unwrap();
    all.insert("post".to_owned(), engine::gather::post(post));
    let person = engine::gather::person(state.persons.get("370285102259-p01").unwrap());
    let entity = |entity: &model::Entity| json!({"uid": {"type": entity.id.kind, "id": entity.id.id}, "attrs": entity.attrs, "parents": []});
    let entities = json!([entity(&person), entity(&matter)]);
    let entities = Entities::from_json_value(entities, Some(edition.schema())).unwrap();
    let uid = |kind: &str, id: &str| EntityUid::from_json(json!({"type": kind, "id": id})).unwrap();
    let action = uid("Action", "TakeStep");
    let context = Context::from_json_value(json!(all), Some((edition.schema(), &action))).unwrap();
    let request = Request::new(
        uid("Person", &person.id.id),
        action,
        uid("Matter", &row.id),
        context,
        Some(edition.schema()),
    )
    .unwrap();
    let answer = Authorizer::new().is_authorized(&request, &policies, &entities);
    assert_eq!(answer.decision(), cedar_policy::Decision::Allow, "{:?}", answer.diagnostics());
    (policies, request, entities)
}

fn batch(criterion: &mut Criterion, snapshot: &Snapshot) {
    let township = DivisionCode::parse("370285102000").unwrap();
    let day: CivilDay = "2026-11-23".parse().unwrap();
    let rule = snapshot.rule(day, township, "household-sanitation").unwrap();
    let edition = snapshot.edition(day, None).unwrap();
    let settings =
        edition.township(township).unwrap().schemes["household-sanitation"].settings.clone();
    let input = RuleInput { day: day.number(), ..houses::input(300, settings) };
    let sandboxed = rule.settle(&input).unwrap().0;
    let natively = houses::native(&input);
    assert_eq!(sandboxed.claims, natively, "the same rule");
    let mut group = criterion.benchmark_group("batch");
    group.bench_function("ours", |b| b.iter(|| black_box(rule.settle(black_box(&input)).unwrap())));
    group.bench_function("base", |b| b.iter(|| black_box(houses::native(black_box(&input)))));
    group.finish();
}

fn table(criterion: &mut Criterion, host: &RuleHost) {
    let source = include_str!("../golden/tables/hours-rate.table.toml");
    let rule = host.load_table(source, Law::Score).unwrap();
    let day: CivilDay = "2026-11-23".parse().unwrap();
    let rows = (0..1_000_i64).map(|person| RuleRow {
        subject: format!("v{person:04}"),
        events: (0..5_i64)
            .map(|visit| RuleEvent {
                id: format!("v{person:04}-{visit}").into(),
                kind: "service".into(),
                day: day.number() - 40 + visit * 7,
                actor: None,
                quantities: BTreeMap::from([(
                    "minutes".into(),
                    (person * 37 + visit * 211) % 2_000 + 1,
                )]),
                ..RuleEvent::default()
            })
            .collect(),
        ..RuleRow::default()
    });
    let input = RuleInput { day: day.number(), rows: rows.collect(), ..RuleInput::default() };
    let counted: Vec<Vec<Claim>> =
        rule.score(&input).unwrap().0.into_iter().map(Result::unwrap).collect();
    assert_eq!(counted, by_hand(&input), "the same rule");
    let mut group = criterion.benchmark_group("table");
    group.bench_function("ours", |b| b.iter(|| black_box(rule.score(black_box(&input)).unwrap())));
    group.bench_function("base", |b| b.iter(|| black_box(by_hand(black_box(&input)))));
    group.finish();
}

fn posting(criterion: &mut Criterion, scratch: &Path) {
    let body = vec![b'x'; 600];
    let chain = DivisionCode::parse("370285102000").unwrap();
    let store = Embedded::open(&scratch.join("store"), Options::default()).unwrap();
    let path = scratch.join("plain");
    let mut file = std::fs::File::create(&path).unwrap();
    file.write_all(&vec![0_u8; 64 << 20]).unwrap();
    file.sync_all().unwrap();
    let mut at = 0_u64;
    let mut group = criterion.benchmark_group("posting");
    group.bench_function("ours", |b| {
        b.iter(|| {
            let frame = Frame { kind: 1, recorded_at: Minute(0), body: body.clone() };
            store.append(chain, store.head(chain), vec![frame]).unwrap().ticket.wait().unwrap();
        });
    });
    group.bench_function("base", |b| {
        b.iter(|| {
            file.write_all_at(&body, at % (63 << 20)).unwrap();
            file.sync_data().unwrap();
            at += 704;
        });
    });
    group.finish();
}
