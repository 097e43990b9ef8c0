//! Rules as WebAssembly components: one engine, one linker, one store factory, a fresh store per call.

#[macro_use]
mod run;
mod ask;
mod engine;
mod flat;
mod load;
mod probe;
mod store;
mod v0_1;
mod v1_0;

use std::sync::Arc;

use wasmtime::Engine;
use wasmtime::component::Linker;

pub use probe::FuelProbe;

use crate::permits::Permits;
use crate::{Limits, RuleError};
use store::State;

/// All that the loaded components share.
#[derive(Clone)]
pub(crate) struct Components {
    engine: Engine,
    linker: Linker<State>,
    limits: Arc<Limits>,
    permits: Arc<Permits>,
    fingerprint: Arc<str>,
    probe: Option<Arc<FuelProbe>>,
}

impl Components {
    pub(crate) fn new(limits: Arc<Limits>) -> Result<Self, RuleError> {
        let host = |error: wasmtime::Error| RuleError::Host { message: format!("{error:#}") };
        let engine = engine::engine(&limits).map_err(host)?;
        let mut linker = Linker::new(&engine);
        v0_1::link(&mut linker).map_err(host)?;
        v1_0::link(&mut linker).map_err(host)?;
        let fingerprint = engine::fingerprint(&engine).into();
        let permits = Arc::new(Permits::new(limits.instances));
        Ok(Self { engine, linker, limits, permits, fingerprint, probe: None })
    }

    /// The same engine for a component whose calls are held to less fuel.
    pub(crate) fn probed(&self, probe: Arc<FuelProbe>) -> Self {
        Self { probe: Some(probe), ..self.clone() }
    }
}

impl std::fmt::Debug for Components {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Components").field("fingerprint", &self.fingerprint).finish_non_exhaustive()
    }
}
