//! Bindings and conversions for `xiangyue:rules@1.0.0`.
//!
//! A later version gets its own file beside this one and its own arm in `load` and `ask`; this one then stays as it is,
//! so that components built against 1.0 keep working unmodified.

use wasmtime::component::{HasSelf, InstancePre, Linker};

use super::store::State;
use crate::Law;

#[allow(
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    clippy::all,
    clippy::pedantic,
    clippy::restriction,
    reason = "generated code"
)]
mod bindings {
    /// What all worlds import, generated once.
    pub(super) mod shared {
        wasmtime::component::bindgen!({
            path: "../../schemas/wit/rules/v1_0",
            inline: "package xiangyue:host; world shared { \
                         import xiangyue:rules/types@1.0.0; import xiangyue:rules/diag@1.0.0; }",
            imports: { default: trappable },
        });
    }

    /// The types as generated, but for the question about a population, whose long lists are written in bulk.
    pub mod types {
        use std::sync::Arc;

        use wasmtime::component::{ComponentType, Lower};

        use super::super::bulk::{Events, Rows, Values};
        pub use super::shared::xiangyue::rules::types::*;

        #[derive(ComponentType, Lower)]
        #[component(record)]
        pub struct Population {
            pub day: Day,
            pub period: Period,
            pub symbols: Vec<Arc<str>>,
            pub settings: Values,
            pub rows: Rows,
            pub facts: Values,
            pub events: Events,
            pub quantities: Values,
            pub people: Vec<Person>,
            pub state: Vec<u8>,
        }
    }

    /// The worlds differ only in what they export.
    macro_rules! world {
        ($module:ident, $world:literal) => {
            pub(super) mod $module {
                wasmtime::component::bindgen!({
                    path: "../../schemas/wit/rules/v1_0",
                    world: $world,
                    with: {
                        "xiangyue:rules/types": super::types,
                        "xiangyue:rules/diag": super::shared::xiangyue::rules::diag,
                    },
                });
            }
        };
    }

    world!(scoring, "scoring");
    world!(settlement, "settlement");
    world!(grading, "grading");
    world!(conversion, "conversion");
    world!(distribution, "distribution");
    world!(redemption, "redemption");
    world!(eligibility, "eligibility");
    world!(assessment, "assessment");
}

pub(super) use bindings::shared::xiangyue::rules::diag;
use bindings::types;

/// A linked component, by what it exports.
pub(super) enum Entry {
    Score(bindings::scoring::ScoringPre<State>),
    Settle(bindings::settlement::SettlementPre<State>),
    Grade(bindings::grading::GradingPre<State>),
    Convert(bindings::conversion::ConversionPre<State>),
    Distribute(bindings::distribution::DistributionPre<State>),
    Quote(bindings::redemption::RedemptionPre<State>),
    Qualify(bindings::eligibility::EligibilityPre<State>),
    Assess(bindings::assessment::AssessmentPre<State>),
}

/// The interfaces a component may export, the part before `@`, with the law each stands for.
pub(super) const INTERFACES: [(&str, Law); 8] = [
    ("xiangyue:rules/scorer", Law::Score),
    ("xiangyue:rules/settler", Law::Settle),
    ("xiangyue:rules/grader", Law::Grade),
    ("xiangyue:rules/converter", Law::Convert),
    ("xiangyue:rules/distributor", Law::Distribute),
    ("xiangyue:rules/quoter", Law::Quote),
    ("xiangyue:rules/qualifier", Law::Qualify),
    ("xiangyue:rules/assessor", Law::Assess),
];

impl Entry {
    /// Checks that the exports have the types of the interface.
    pub(super) fn new(law: Law, pre: InstancePre<State>) -> wasmtime::Result<Self> {
        Ok(match law {
            Law::Score => Self::Score(bindings::scoring::ScoringPre::new(pre)?),
            Law::Settle => Self::Settle(bindings::settlement::SettlementPre::new(pre)?),
            Law::Grade => Self::Grade(bindings::grading::GradingPre::new(pre)?),
            Law::Convert => Self::Convert(bindings::conversion::ConversionPre::new(pre)?),
            Law::Distribute => Self::Distribute(bindings::distribution::DistributionPre::new(pre)?),
            Law::Quote => Self::Quote(bindings::redemption::RedemptionPre::new(pre)?),
            Law::Qualify => Self::Qualify(bindings::eligibility::EligibilityPre::new(pre)?),
            Law::Assess => Self::Assess(bindings::assessment::AssessmentPre::new(pre)?),
        })
    }

    pub(super) const fn law(&self) -> Law {
        match self {
            Self::Score(_) => Law::Score,
            Self::Settle(_) => Law::Settle,
            Self::Grade(_) => Law::Grade,
            Self::Convert(_) => Law::Convert,
            Self::Distribute(_) => Law::Distribute,
            Self::Quote(_) => Law::Quote,
            Self::Qualify(_) => Law::Qualify,
            Self::Assess(_) => Law::Assess,
        }
    }
}

/// The only import a rule may have besides the (empty) interface of types.
pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    diag::add_to_linker::<State, HasSelf<State>>(linker, |state| state)
}

impl From<types::Span> for (u32, u32) {
    fn from(span: types::Span) -> Self {
        (span.start, span.count)
    }
}

mod bulk;
mod describe;
mod lift;
mod lower;
mod names;
mod words;

pub(super) use describe::{Catalog, catalog};
pub(super) use lift::{Lift, Seen};
pub(super) use lower::{Asked, population, requests};
