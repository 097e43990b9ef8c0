//! Bindings and conversions for `xiangyue:rules@0.1.0`.
//!
//! A later version gets its own file beside this one and its own arm in `load`; this one then stays as it is, so that
//! components built against 0.1 keep working unmodified.

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
    pub(super) mod scoring {
        wasmtime::component::bindgen!({
            path: "../../schemas/wit/rules/v0_1",
            world: "scoring",
            imports: { default: trappable },
        });
    }
    pub(super) mod settlement {
        wasmtime::component::bindgen!({
            path: "../../schemas/wit/rules/v0_1",
            world: "settlement",
            with: {
                "xiangyue:rules/types": super::scoring::xiangyue::rules::types,
                "xiangyue:rules/diag": super::scoring::xiangyue::rules::diag,
            },
        });
    }
    pub(super) mod redemption {
        wasmtime::component::bindgen!({
            path: "../../schemas/wit/rules/v0_1",
            world: "redemption",
            with: {
                "xiangyue:rules/types": super::scoring::xiangyue::rules::types,
                "xiangyue:rules/diag": super::scoring::xiangyue::rules::diag,
            },
        });
    }
}

pub(super) use bindings::scoring::xiangyue::rules::{diag, types};

/// A linked component, by what it exports.
pub(super) enum Entry {
    Score(bindings::scoring::ScoringPre<State>),
    Settle(bindings::settlement::SettlementPre<State>),
    Quote(bindings::redemption::RedemptionPre<State>),
}

/// The interfaces a component may export, the part before `@`, with the law each stands for.
pub(super) const INTERFACES: [(&str, Law); 3] = [
    ("xiangyue:rules/scorer", Law::Score),
    ("xiangyue:rules/settler", Law::Settle),
    ("xiangyue:rules/quoter", Law::Quote),
];

impl Entry {
    /// Checks that the exports have the types of the interface; none for a law that 0.1 does not know.
    pub(super) fn new(law: Law, pre: InstancePre<State>) -> Option<wasmtime::Result<Self>> {
        Some(match law {
            Law::Score => bindings::scoring::ScoringPre::new(pre).map(Self::Score),
            Law::Settle => bindings::settlement::SettlementPre::new(pre).map(Self::Settle),
            Law::Quote => bindings::redemption::RedemptionPre::new(pre).map(Self::Quote),
            _ => return None,
        })
    }

    pub(super) const fn law(&self) -> Law {
        match self {
            Self::Score(_) => Law::Score,
            Self::Settle(_) => Law::Settle,
            Self::Quote(_) => Law::Quote,
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

mod lift;
mod lower;

pub(super) use lift::{description, quote, scores, settlement};
pub(super) use lower::{Asked, population, request};
