//! The host's file for a draft of 1.1: its bindings, its arm of the enum, and what it takes from 1.0 as it is.

use wasmtime::component::{Component, HasSelf, InstancePre, Linker};
use wasmtime::{Config, Engine, Store};

#[allow(
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    clippy::all,
    clippy::pedantic,
    clippy::restriction,
    reason = "generated code"
)]
mod v1_0 {
    wasmtime::component::bindgen!({
        path: "../../schemas/wit/rules/v1_0",
        world: "scoring",
        imports: { default: trappable },
    });
}

#[allow(
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    clippy::all,
    clippy::pedantic,
    clippy::restriction,
    reason = "generated code"
)]
mod v1_1 {
    wasmtime::component::bindgen!({
        path: ["../../schemas/wit/rules/v1_0", "../../tests/guests/v1_1-draft"],
        world: "xiangyue:rules/scoring@1.1.0",
        with: {
            "xiangyue:rules/types@1.0.0": super::v1_0::xiangyue::rules::types,
            "xiangyue:rules/diag@1.0.0": super::v1_0::xiangyue::rules::diag,
        },
    });
}

use v1_0::xiangyue::rules::{diag, types};

struct Quiet;

impl diag::Host for Quiet {
    fn log(&mut self, _: diag::Level, _: String) -> wasmtime::Result<()> {
        Ok(())
    }

    fn report_panic(&mut self, _: String, _: String, _: u32) -> wasmtime::Result<()> {
        Ok(())
    }
}

/// A linked rule: one arm for each version that the host keeps.
enum Entry {
    V1_0(v1_0::ScoringPre<Quiet>),
    V1_1(v1_1::ScoringPre<Quiet>),
}

/// A host that knows 1.0 and the draft.
pub(super) struct Host {
    engine: Engine,
    linker: Linker<Quiet>,
}

impl Host {
    pub(super) fn new() -> Self {
        let engine = Engine::new(&Config::new()).unwrap();
        let mut linker = Linker::new(&engine);
        // one interface for both: 1.1 takes `diag` of 1.0 as it is
        diag::add_to_linker::<Quiet, HasSelf<Quiet>>(&mut linker, |state| state).unwrap();
        Self { engine, linker }
    }

    fn component(&self, bytes: &[u8]) -> Component {
        Component::from_binary(&self.engine, bytes).unwrap()
    }

    /// The version by what the component exports.
    pub(super) fn version(&self, bytes: &[u8]) -> Option<&'static str> {
        let component = self.component(bytes);
        let kind = component.component_type();
        kind.exports(&self.engine).find_map(|(name, _)| match name.split_once('@')?.1 {
            version if version.starts_with("1.0.") => Some("1.0"),
            version if version.starts_with("1.1.") => Some("1.1"),
            _ => None,
        })
    }

    fn entry(&self, bytes: &[u8]) -> Entry {
        let pre: InstancePre<Quiet> = self.linker.instantiate_pre(&self.component(bytes)).unwrap();
        match self.version(bytes) {
            Some("1.0") => Entry::V1_0(v1_0::ScoringPre::new(pre).unwrap()),
            Some("1.1") => Entry::V1_1(v1_1::ScoringPre::new(pre).unwrap()),
            other => panic!("{other:?}"),
        }
    }

    /// Asks about one row without events; how many rows were answered. An old rule is asked without the hints.
    pub(super) fn rows_answered(&self, bytes: &[u8], hints: &[(u32, i64)]) -> usize {
        let mut store = Store::new(&self.engine, Quiet);
        let input = population();
        let answer = match self.entry(bytes) {
            Entry::V1_0(pre) => {
                let rule = pre.instantiate(&mut store).unwrap();
                rule.xiangyue_rules_scorer().call_score(&mut store, &input).unwrap()
            }
            Entry::V1_1(pre) => {
                use v1_1::exports::xiangyue::rules1_1_0::scorer::Hint;
                let rule = pre.instantiate(&mut store).unwrap();
                let hints: Vec<Hint> =
                    hints.iter().map(|(row, weight)| Hint { row: *row, weight: *weight }).collect();
                let scorer = rule.xiangyue_rules1_1_0_scorer();
                scorer.call_score_with_hints(&mut store, &input, &hints).unwrap()
            }
        };
        answer.unwrap().rows.len()
    }
}

/// One household without events; the settings are those of `study-import`.
fn population() -> types::Population {
    let symbols = ["2026-07", "household", "per_point", "cap"].map(str::to_owned).to_vec();
    let none = || types::Span { start: 0, count: 0 };
    types::Population {
        day: 20_650,
        period: types::Period { name: 0, first: 20_635, last: 20_665 },
        symbols,
        settings: vec![
            types::Value { name: 2, amount: 100 },
            types::Value { name: 3, amount: 500 },
        ],
        rows: vec![types::Row {
            kind: 1,
            facts: none(),
            members: none(),
            excluded: none(),
            events: none(),
            state: none(),
        }],
        facts: Vec::new(),
        events: Vec::new(),
        quantities: Vec::new(),
        people: Vec::new(),
        state: Vec::new(),
    }
}
