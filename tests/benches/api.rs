//! One decision in process, from the bytes of an AuthZEN request to its line in the decision log, as a
//! ratio to raw Cedar on the minimal slice with everything prebuilt; and what writing an entity among
//! 100,000 costs the writer and those who read meanwhile. A line over its limit ends the run with a
//! failure.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::panic,
    clippy::type_complexity,
    clippy::unused_self,
    clippy::range_plus_one,
    clippy::needless_for_each,
    reason = "a benchmark reads files and clocks, owns them, and prints what it measured"
)]

#[path = "parts/demo.rs"]
mod demo_district;
#[allow(dead_code, reason = "one part of two benchmarks")]
#[path = "parts/measure.rs"]
mod measure;
#[allow(dead_code, reason = "one part of two benchmarks")]
#[path = "parts/plain.rs"]
mod plain;
#[path = "parts/stages.rs"]
mod stages;
#[path = "parts/writes.rs"]
mod writes;

use std::hint::black_box;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use cedar_policy::{
    Authorizer, Context, Decision, Entities, EntityUid, PolicyId, PolicySet, Request, Schema,
};
use engine::plain::PlainEngine;
use engine::service::{Reader, Service};
use engine::{Clock, EngineOptions};
use package::Files;
use package::plain::Plain;
use serde_json::{Value, json};
use tests::district;

use self::measure::{Limit, Report, Ticks, Turns, in_turns, nanos, taken};
use self::plain::Size;

/// Stored entities.
const ENTITIES: usize = 100_000;
/// Different questions of one kind.
const QUESTIONS: usize = 4_000;
/// Most that a whole decision may cost, in raw evaluations of its minimal slice, times 100.
pub(crate) const DECISION_MAX: Limit = Limit::AtMost(400);
/// How long one comparison is.
pub(crate) const TURNS: Turns = Turns { rounds: 200, rows: 200 };

/// The allocator of the program.
#[global_allocator]
static ALLOCATOR: ::rules::Counting<mimalloc::MiMalloc> = ::rules::Counting(mimalloc::MiMalloc);

fn main() -> ExitCode {
    let scratch = district::scratch("bench-api");
    let mut report = Report::default();
    let (ticks, own) = (Ticks::now(), taken("self").0);
    folder(&scratch, &mut report);
    demo_district::run(&scratch, &mut report);
    let others = ticks.others(taken("self").0 - own);
    report.say(&format!("# others took {others} % of one processor meanwhile"));
    let _ = std::fs::remove_dir_all(&scratch);
    report.ended()
}

/// A plain folder with its store open.
pub(crate) fn open(
    folder: &Path,
    store: &Path,
    options: impl FnOnce(&mut EngineOptions),
) -> PlainEngine {
    let (files, plain) = loaded(folder);
    let file = files.get(package::plain::ENTITIES).map(Vec::as_slice);
    let mut own = EngineOptions::new(store.to_owned(), Clock::System);
    options(&mut own);
    PlainEngine::open(folder, &plain, file, own, &mut |_, _| {}).unwrap()
}

fn loaded(folder: &Path) -> (Files, Plain) {
    let files = engine::files::read_package(folder).unwrap();
    let loaded = package::plain::load(&files);
    let plain = loaded.plain.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics));
    (files, plain)
}

fn folder(scratch: &Path, report: &mut Report) {
    let size = Size::of(ENTITIES);
    let at = scratch.join("folder");
    plain::write(&at, size);
    let from = Instant::now();
    let engine = Arc::new(open(&at, &scratch.join("store"), |_| {}));
    let import = nanos(from);
    assert_eq!(engine.current().entities.len(), ENTITIES);
    report.say(&format!(
        "# a plain folder: 30 policies, {ENTITIES} entities, {QUESTIONS} questions of a kind"
    ));
    let service = Service::Plain(Arc::clone(&engine));
    let raw = Raw::new(size);
    for (action, slice) in [("view", 6), ("share", 7)] {
        let questions = plain::questions(size, action, QUESTIONS);
        raw.compare(&service, report, action, slice, &questions);
    }
    let (_, loaded) = loaded(&at);
    let questions = plain::questions(size, "view", QUESTIONS);
    stages::run(&engine, &loaded, scratch, report, &questions);
    stages::threads(&service, report, &questions);
    drop(service);
    report.say("# an entity written among 100,000");
    report.value("ms", "import of entities.json at the first start", import / 1000);
    writes::run(engine, &at, scratch, report);
}

/// The same folder in Cedar's public API.
struct Raw {
    schema: Schema,
    all: Entities,
    policies: PolicySet,
}

/// One question, all of it prebuilt.
struct Prebuilt {
    request: Request,
    entities: Entities,
}

impl Raw {
    fn new(size: Size) -> Self {
        let (schema, _) = Schema::from_cedarschema_str(plain::SCHEMA).unwrap();
        let all = Entities::from_json_str(&plain::entities_json(size), Some(&schema)).unwrap();
        let mut policies = PolicySet::new();
        for policy in plain::POLICIES.parse::<PolicySet>().unwrap().policies() {
            let id = PolicyId::new(policy.annotation("id").unwrap());
            policies.add(policy.new_id(id)).unwrap();
        }
        Self { schema, all, policies }
    }

    /// The policies that can matter for an action on a document.
    fn slice(&self, action: &str) -> PolicySet {
        let wanted = EntityUid::from_json(json!({"type": "Action", "id": action})).unwrap();
        let mut slice = PolicySet::new();
        for policy in self.policies.policies() {
            let fits = policy.get_valid_request_envs(&self.schema).any(|env| {
                *env.action() == wanted
                    && env.principal().to_string() == "User"
                    && env.resource().to_string() == "Document"
            });
            if fits {
                slice.add(policy.clone()).unwrap();
            }
        }
        slice
    }

    /// A question with nothing but the entities it can read: both sides, the homes and owners that a
    /// document refers to, and everything these lie in.
    fn prebuilt(&self, question: &Value) -> Prebuilt {
        let uid =
            |of: &Value| EntityUid::from_json(json!({"type": of["type"], "id": of["id"]})).unwrap();
        let (subject, resource) = (uid(&question["subject"]), uid(&question["resource"]));
        let action = json!({"type": "Action", "id": question["action"]["name"]});
        let action = EntityUid::from_json(action).unwrap();
        let context =
            Context::from_json_value(question["context"].clone(), Some((&self.schema, &action)));
        let mut near = vec![subject.clone(), resource.clone()];
        if question["action"]["name"] == "share" {
            let document = self.all.get(&resource).unwrap();
            for name in ["home", "owner"] {
                let Some(Ok(cedar_policy::EvalResult::EntityUid(to))) = document.attr(name) else {
                    panic!("{name}")
                };
                near.push(to);
            }
        }
        let mut wanted: Vec<EntityUid> = near.clone();
        for uid in &near {
            wanted.extend(self.all.ancestors(uid).into_iter().flatten().cloned());
        }
        wanted.sort_by_key(ToString::to_string);
        wanted.dedup();
        let entities = wanted.iter().filter_map(|uid| self.all.get(uid)).cloned();
        Prebuilt {
            request: Request::new(subject, action, resource, context.unwrap(), Some(&self.schema))
                .unwrap(),
            entities: Entities::from_entities(entities, Some(&self.schema)).unwrap(),
        }
    }

    fn compare(
        &self,
        service: &Service,
        report: &mut Report,
        action: &str,
        slice: usize,
        questions: &[Value],
    ) {
        let bodies: Vec<Vec<u8>> = questions.iter().map(|it| it.to_string().into_bytes()).collect();
        let prebuilt: Vec<Prebuilt> = questions.iter().map(|it| self.prebuilt(it)).collect();
        let policies = self.slice(action);
        assert_eq!(policies.num_of_policies(), slice, "policies for {action}");
        let authorizer = Authorizer::new();
        let mut allowed = 0;
        for (body, raw) in bodies.iter().zip(&prebuilt) {
            let want = authorizer.is_authorized(&raw.request, &policies, &raw.entities).decision();
            let whole =
                authorizer.is_authorized(&raw.request, &self.policies, &self.all).decision();
            assert_eq!(want, whole, "the slice decides as the whole");
            let own = decide(service, body);
            assert_eq!(own, want == Decision::Allow, "{}", String::from_utf8_lossy(body));
            allowed += usize::from(own);
        }
        let what =
            format!("decision `{action}`, {slice} policies, {allowed} of {QUESTIONS} allowed");
        let (ours, base) = in_turns(
            TURNS,
            bodies.len(),
            |row| {
                black_box(decide(service, &bodies[row]));
            },
            |row| {
                let raw = &prebuilt[row];
                black_box(authorizer.is_authorized(&raw.request, &policies, &raw.entities));
            },
        );
        report.ratio("µs", (&what, ours), ("raw Cedar, minimal slice", base), DECISION_MAX);
        let (ours, base) = in_turns(
            TURNS,
            bodies.len(),
            |row| {
                black_box(decide(service, &bodies[row]));
            },
            |row| {
                let raw = &prebuilt[row];
                black_box(authorizer.is_authorized(&raw.request, &policies, &self.all));
            },
        );
        let against = "raw Cedar, minimal policies, all entities";
        report.ratio("µs", (&what, ours), (against, base), DECISION_MAX);
    }
}

/// A whole decision: read, asked, logged.
pub(crate) fn decide(service: &Service, body: &[u8]) -> bool {
    let ask = server::parse_evaluation(body).unwrap();
    service.answer(&Reader::default(), &ask, None, None).unwrap().allowed
}
