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

use std::collections::BTreeMap;
use std::hint::black_box;
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

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
/// Most that a village's round in the sandbox may cost, in native runs of the same rule, times 100.
const BATCH_MAX: u64 = 4_000;
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
    let rows = (0..300_i64).map(|house| RuleRow {
        subject: format!("h{house:04}"),
        events: (0..5_i64)
            .map(|scorer| RuleEvent {
                id: format!("s{house}-{scorer}"),
                kind: "sheet".to_owned(),
                day: day.number(),
                actor: Some(format!("p{scorer}")),
                quantities: PARTS
                    .iter()
                    .zip(0_i64..)
                    .map(|(name, part)| {
                        ((*name).to_owned(), (house * 37 + scorer * 11 + part * 5) % 2_001)
                    })
                    .collect(),
                ..RuleEvent::default()
            })
            .collect(),
        ..RuleRow::default()
    });
    let input =
        RuleInput { day: day.number(), settings, rows: rows.collect(), ..RuleInput::default() };
    let sandboxed = rule.settle(&input).unwrap().0;
    let natively = native(&input);
    assert_eq!(
        sandboxed.claims.iter().map(|c| c.points).collect::<Vec<_>>(),
        natively,
        "the same rule"
    );
    let mut group = criterion.benchmark_group("batch");
    group.bench_function("ours", |b| b.iter(|| black_box(rule.settle(black_box(&input)).unwrap())));
    group.bench_function("base", |b| b.iter(|| black_box(native(black_box(&input)))));
    group.finish();
}

const PARTS: [&str; logic::PARTS] = ["courtyard", "gate", "toilet", "waste", "livestock"];

/// The plugin's own logic on the same rows, without any sandbox.
fn native(input: &RuleInput) -> Vec<i64> {
    let mut scorers: BTreeMap<&str, u32> = BTreeMap::new();
    let houses: Vec<logic::House> = input
        .rows
        .iter()
        .map(|row| logic::House {
            excluded: Vec::new(),
            sheets: row
                .events
                .iter()
                .map(|event| {
                    let next = u32::try_from(scorers.len()).unwrap();
                    logic::Sheet {
                        scorer: event.actor.as_deref().map(|a| *scorers.entry(a).or_insert(next)),
                        parts: PARTS.map(|part| event.quantities.get(part).copied()),
                    }
                })
                .collect(),
        })
        .collect();
    let settings = logic::Settings { weight: input.settings["w"], cap: input.settings["cap"] };
    logic::settle(settings, &houses).into_iter().flatten().map(|outcome| outcome.points).collect()
}

fn table(criterion: &mut Criterion, host: &RuleHost) {
    let source = include_str!("../golden/tables/hours-rate.table.toml");
    let rule = host.load_table(source, Law::Score).unwrap();
    let day: CivilDay = "2026-11-23".parse().unwrap();
    let rows = (0..1_000_i64).map(|person| RuleRow {
        subject: format!("v{person:04}"),
        events: (0..5_i64)
            .map(|visit| RuleEvent {
                id: format!("v{person:04}-{visit}"),
                kind: "service".to_owned(),
                day: day.number() - 40 + visit * 7,
                actor: None,
                quantities: BTreeMap::from([(
                    "minutes".to_owned(),
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

/// What the table says, written out for this one standard: the same claims, nothing checked.
fn by_hand(input: &RuleInput) -> Vec<Vec<Claim>> {
    const BANDS: [(i64, i64, i64); 4] =
        [(0, 1_200, 60), (1_200, 4_800, 120), (4_800, 12_000, 180), (12_000, i64::MAX, 240)];
    let claims = |row: &RuleRow| {
        let events = || row.events.iter().filter(|event| event.kind == "service");
        let minutes: i64 = events().map(|event| event.quantities["minutes"]).sum();
        let of = |(low, high, per): (i64, i64, i64)| (minutes.min(high) - low).max(0) / per;
        let points = BANDS.into_iter().map(of).sum::<i64>() * 100;
        if points == 0 {
            return Vec::new();
        }
        let (hours, rest) = (minutes / 60, minutes % 60);
        let total =
            if rest == 0 { format!("{hours}小时") } else { format!("{hours}小时{rest}分钟") };
        let shown = model::Points(points);
        let fact = |name: &str, value| (name.to_owned(), value);
        vec![Claim {
            subject: row.subject.clone(),
            item: "volunteer-hours".to_owned(),
            points,
            reason: format!("“志愿服务时长”：累计{total}，分段折算，计{shown}分"),
            clause: "《志愿时长分段折算办法（例）》第2条".to_owned(),
            events: events().map(|event| event.id.clone()).collect(),
            facts: BTreeMap::from([
                fact("amount", minutes),
                fact("uncapped", points),
                fact("windows", 1),
            ]),
        }]
    };
    input.rows.iter().map(claims).collect()
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
