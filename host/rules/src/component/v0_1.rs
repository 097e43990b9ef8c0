//! Bindings and conversions for `xiangyue:rules@0.1.0`.
//!
//! A later version gets its own file beside this one and its own arm in `load`; this one then stays as it is, so that
//! components built against 0.1 keep working unmodified.

use wasmtime::component::{HasSelf, Linker};

use super::store::State;

#[allow(
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    clippy::all,
    clippy::pedantic,
    clippy::restriction,
    reason = "generated code"
)]
pub(super) mod bindings {
    pub(in super::super) mod scoring {
        wasmtime::component::bindgen!({ path: "../../schemas/wit/rules/v0_1", world: "scoring" });
    }
    pub(in super::super) mod settlement {
        wasmtime::component::bindgen!({
            path: "../../schemas/wit/rules/v0_1",
            world: "settlement",
            with: {
                "xiangyue:rules/types": super::scoring::xiangyue::rules::types,
                "xiangyue:rules/diag": super::scoring::xiangyue::rules::diag,
            },
        });
    }
    pub(in super::super) mod redemption {
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

/// The only import a rule may have besides the (empty) interface of types.
pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    diag::add_to_linker::<State, HasSelf<State>>(linker, |state| state)
}

mod lift;
mod lower;

pub(super) use lift::{description, quote, scores, settlement};
pub(super) use lower::{population, request};
