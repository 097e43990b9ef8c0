//! The demo district in process: loaded once, loaded never twice, and the same after a restart.

use engine::snapshot::Snapshot;
use engine::{Clock, Engine, EngineOptions};
use tests::district;

/// Opens the engine on a package folder and a store folder.
pub(crate) fn open(policies: &std::path::Path, store: &std::path::Path, day: &str) -> Engine {
    open_as(policies, store, day, false)
}

/// The same over a package that may have been changed after it was proved.
pub(crate) fn open_as(
    policies: &std::path::Path,
    store: &std::path::Path,
    day: &str,
    allow_unproved: bool,
) -> Engine {
    let files = engine::files::read_package(policies).unwrap();
    let loaded = package::load(&files);
    let package = loaded.package.unwrap_or_else(|| panic!("{:#?}", loaded.diagnostics));
    let host = rules::RuleHost::new(rules::Limits::default()).unwrap();
    let snapshot = Snapshot::new(package, &host).unwrap();
    assert_eq!(snapshot.faults().count(), 0, "{:?}", snapshot.faults().next());
    let day: model::CivilDay = day.parse().unwrap();
    let clock = Clock::manual(model::Minute(day.start().0 + 600));
    let mut options = EngineOptions::new(store.to_path_buf(), clock);
    options.allow_unproved = allow_unproved;
    Engine::open(snapshot, options).unwrap()
}

#[test]
fn the_demo_loads_once_and_is_the_same_after_a_restart() {
    let scratch = district::scratch("smoke");
    let policies = district::small(&scratch, 30);
    let store = scratch.join("data");
    let engine = open(&policies, &store, "2026-11-23");
    let started = std::time::Instant::now();
    let loaded = engine.load_demo(&mut |_, _| {}).unwrap().unwrap();
    println!("{loaded:?} in {:?}", started.elapsed());
    assert_eq!(loaded.villages, 182);
    assert_eq!(loaded.households, 182 * 30);
    assert!(
        engine.load_demo(&mut |_, _| {}).unwrap().is_none(),
        "a loaded store is not loaded again"
    );
    let counts = engine.counts(engine.district());
    println!("{counts:?}");
    assert!(counts.effective > 0 && counts.proposed > 0, "{counts:?}");
    engine.read_state().book.verify().unwrap();
    let records = engine.records();
    drop(engine);

    let (report, books) = engine::replay::verify(&store).unwrap();
    assert!(report.holds() && books.is_none(), "{:?} {books:?}", report.findings);
    assert_eq!(report.records, records);

    let again = open(&policies, &store, "2026-11-23");
    assert_eq!(again.counts(again.district()), counts, "state comes back from index and journal");
    drop(again);
    std::fs::remove_dir_all(store.join("index")).unwrap();
    let rebuilt = open(&policies, &store, "2026-11-23");
    assert_eq!(
        rebuilt.counts(rebuilt.district()),
        counts,
        "state comes back from the journal alone"
    );
}

#[test]
fn the_last_piece_asked_for_twice_at_once_goes_to_one() {
    use engine::Caller;
    use engine::acts::redemptions::ReserveRedemption;

    let scratch = district::scratch("last");
    let policies = district::small(&scratch, 30);
    let offers = policies.join("townships/370285102-xiagezhuang/editions/2026-01-01/offers");
    for file in std::fs::read_dir(&offers).unwrap().flatten() {
        let text = std::fs::read_to_string(file.path()).unwrap();
        let one =
            text.lines().map(|line| if line.starts_with("stock") { "stock = 1" } else { line });
        district::write(&file.path(), &one.collect::<Vec<_>>().join("\n"));
    }
    let engine = open(&policies, &scratch.join("data"), "2026-11-23");
    engine.load_demo(&mut |_, _| {}).unwrap();
    let snapshot = engine.snapshot();
    let edition = snapshot.edition(engine.today(), None).unwrap();
    let township: model::DivisionCode = "370285102000".parse().unwrap();
    let offer =
        edition.township(township).unwrap().offers.values().min_by_key(|o| o.price_points).unwrap();
    let rich: Vec<(String, model::DivisionCode)> = {
        let state = engine.read_state();
        let able = state.households.iter().filter(|h| township.contains(h.village));
        able.filter(|h| state.book.spendable(&h.id) >= offer.price_points)
            .map(|h| (h.id.clone(), h.village))
            .take(4)
            .collect()
    };
    assert!(rich.len() >= 2, "two households can pay");
    let won: Vec<Result<engine::Reply, model::Refusal>> = std::thread::scope(|scope| {
        let asked: Vec<_> = rich
            .iter()
            .map(|(subject, village)| {
                let caller = Caller { person: format!("{village}-p05") };
                let order = ReserveRedemption {
                    subject: subject.clone(),
                    offer: offer.id.clone(),
                    quantity: 1,
                };
                let engine = &engine;
                scope.spawn(move || engine.act(&caller, Some(subject.as_str()), &order))
            })
            .collect();
        asked.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let (got, refused): (Vec<_>, Vec<_>) = won.into_iter().partition(Result::is_ok);
    assert_eq!(got.len(), 1, "one of them gets it");
    for refusal in refused.into_iter().filter_map(Result::err) {
        assert!(["NOT_ELIGIBLE", "OUT_OF_STOCK"].contains(&refusal.code.as_str()), "{refusal}");
    }
    let id = engine::acts::redemptions::stock_id(township, &offer.id);
    assert_eq!(engine.read_state().book.stock(&id), 0);
    engine.read_state().book.verify().unwrap();
}

#[test]
fn a_rule_that_never_ends_stops_its_own_township_only() {
    use engine::Caller;
    use engine::acts::events::{EventInput, SubmitEvents};
    use engine::acts::rounds::CloseRound;

    let scratch = district::scratch("endless");
    let policies = district::small(&scratch, 24);
    let rule =
        policies.join("townships/370285106-nanshu/editions/2026-01-01/rules/volunteer-hours.rhai");
    district::write(&rule, "fn score(row, settings) {\n  loop { let again = 1; }\n}\n");
    let engine = open(&policies, &scratch.join("data"), "2026-11-23");
    engine.load_demo(&mut |_, _| {}).unwrap();
    let village = "370285106276".parse().unwrap();
    let event = EventInput {
        id: "e-1".to_owned(),
        kind: "service".to_owned(),
        subject: "370285106276-r0001".to_owned(),
        day: "2026-09-20".parse().unwrap(),
        actor: String::new(),
        quantities: [("minutes".to_owned(), 60)].into(),
        member: String::new(),
        channel: String::new(),
        evidence: String::new(),
        note: String::new(),
    };
    let submit =
        SubmitEvents { village, scheme: "volunteer-hours".to_owned(), events: vec![event] };
    let clerk = Caller { person: "370285106276-p05".to_owned() };
    let records = engine.records();
    let refusal = engine.act(&clerk, Some("e-1"), &submit).unwrap_err();
    // while the demo was loaded it ran out of fuel more often than a rule may
    assert_eq!(refusal.code, "RULE_STOPPED", "{refusal}");
    assert_eq!(engine.records(), records, "nothing was recorded");
    let admin = Caller { person: "370285102000-p02".to_owned() };
    let close = CloseRound { round: "370285102259-household-sanitation-2026Q3".to_owned() };
    let reply = engine.act(&admin, None, &close).unwrap();
    assert!(reply.body["proposed"].as_i64().is_some_and(|n| n > 0), "another township goes on");
}
