//! Figures computed from the lists, the record and the day, by the binary beside a running server and over
//! states of the test's own.

mod checks;
mod duties;

use std::path::PathBuf;

use engine::record::{Act, Effect};
use engine::row::{Matter, Meeting, TakenStep};
use engine::state::State;
use model::{CivilDay, DivisionCode, Minute, Tally};
use package::Package;
use serde_json::Value;
use tests::district;
use tests::server::{Server, run};

/// The demo's village.
pub(crate) const VILLAGE: &str = "370285102259";

pub(crate) fn day(text: &str) -> CivilDay {
    CivilDay::parse(text).unwrap()
}

/// The shipped district.
pub(crate) fn shipped() -> Package {
    let files = engine::files::read_package(&district::root().join("policies/laixi")).unwrap();
    package::load(&files).package.unwrap()
}

/// A state of these rows.
pub(crate) fn state(effects: Vec<Effect>) -> State {
    let act = Act {
        id: "test".to_owned(),
        at: Minute(0),
        day: Minute(0).day(),
        manual_clock: false,
        decided: None,
        key: None,
        reply: Value::Null,
        effects,
        runs: Vec::new(),
    };
    let mut state = State::default();
    state.apply(DivisionCode::parse("370285000000").unwrap(), &act).unwrap();
    state
}

/// A matter with these steps taken.
pub(crate) fn matter(id: &str, item: &str, opened: &str, steps: &[(&str, &str)]) -> Matter {
    let taken = steps.iter().map(|(step, on)| TakenStep {
        step: (*step).to_owned(),
        day: day(on),
        by: format!("{VILLAGE}-p11"),
        record: String::new(),
        grant: String::new(),
        cents: None,
    });
    Matter {
        id: format!("{VILLAGE}-{item}-{id}"),
        item: item.to_owned(),
        village: DivisionCode::parse(VILLAGE).unwrap(),
        title: "测试".to_owned(),
        amount_cents: 0,
        seal_class: String::new(),
        relatives: std::collections::BTreeSet::new(),
        opened_by: format!("{VILLAGE}-p11"),
        opened: day(opened),
        taken: taken.collect(),
        course: engine::course::Course::default(),
    }
}

/// A meeting of forty entitled people, entered on a day or nobody knows when.
pub(crate) fn meeting(body: &str, held: &str, recorded: Option<&str>, present: i64) -> Meeting {
    let tally = Tally { eligible: 40, present, in_favour: present, against: 0, abstain: 0 };
    Meeting {
        id: format!("{VILLAGE}-{body}-{held}"),
        body: body.to_owned(),
        village: DivisionCode::parse(VILLAGE).unwrap(),
        item: String::new(),
        matter: String::new(),
        day: day(held),
        notice_day: day(held),
        tally,
        recorded_by: format!("{VILLAGE}-p11"),
        recorded: recorded.map(day),
        register: engine::course::Register::default(),
    }
}

/// A demo server on the manual clock, and where it keeps its package and store.
pub(crate) struct Beside {
    pub(crate) server: Server,
    policies: PathBuf,
    store: PathBuf,
}

impl Beside {
    pub(crate) fn new(name: &str) -> Self {
        let scratch = district::scratch(name);
        let policies = district::small(&scratch, 24);
        let store = scratch.join("data");
        let server = Server::demo(&policies, &store, &["--clock", "manual"]);
        Self { server, policies, store }
    }

    /// `xiangyue --format json metrics …` over the server's own files; its exit code and answer.
    pub(crate) fn metrics(&self, more: &[&str]) -> (Option<i32>, Value) {
        let store = format!("embedded:{}", self.store.display());
        let policies = self.policies.display().to_string();
        let mut words = vec!["--format", "json", "metrics"];
        words.extend_from_slice(more);
        words.extend_from_slice(&["--policies", &policies, "--store", &store]);
        let output = run(&words);
        let said = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| {
            panic!("{more:?}: {}", String::from_utf8_lossy(&output.stderr));
        });
        (output.status.code(), said)
    }
}
