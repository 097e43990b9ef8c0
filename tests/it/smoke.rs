//! The demo district in process: loaded once, loaded never twice, and the same after a restart.

use engine::snapshot::Snapshot;
use engine::{Clock, Engine, EngineOptions};
use tests::district;

/// Opens the engine on a package folder and a store folder.
pub(crate) fn open(policies: &std::path::Path, store: &std::path::Path, day: &str) -> Engine {
    let files = engine::files::read_package(policies).unwrap();
    let loaded = package::load(&files);
    let package = loaded.package.unwrap_or_else(|| panic!("{:#?}", loaded.diagnostics));
    let host = rules::RuleHost::new(rules::Limits::default()).unwrap();
    let snapshot = Snapshot::new(package, &host).unwrap();
    assert_eq!(snapshot.faults().count(), 0, "{:?}", snapshot.faults().next());
    let day: model::CivilDay = day.parse().unwrap();
    let clock = Clock::manual(model::Minute(day.start().0 + 600));
    Engine::open(
        snapshot,
        EngineOptions {
            dir: store.to_path_buf(),
            clock,
            journal: engine::JournalOptions::default(),
        },
    )
    .unwrap()
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
