//! Rules as WebAssembly components: one engine, one linker, one store factory, a fresh store per call.

#[macro_use]
mod run;
mod ask;
mod cache;
mod engine;
mod flat;
mod load;
mod native;
mod probe;
mod shape;
mod store;
mod v0_1;
mod v1_0;

use std::path::Path;
use std::sync::Arc;

use wasmtime::Engine;
use wasmtime::component::Linker;

pub use probe::FuelProbe;
pub use shape::compile_work;

use crate::permits::Permits;
use crate::{Limits, RuleError};
use cache::Cache;
pub use cache::CacheCounts;
pub(crate) use engine::Runs;
use store::State;

/// All that the loaded components share.
#[derive(Clone)]
pub(crate) struct Components {
    engine: Engine,
    linker: Linker<State>,
    limits: Arc<Limits>,
    permits: Arc<Permits>,
    fingerprint: Arc<str>,
    cache: Option<Arc<Cache>>,
    probe: Option<Arc<FuelProbe>>,
}

impl Components {
    pub(crate) fn new(limits: Arc<Limits>, runs: Runs) -> Result<Self, RuleError> {
        let host = |error: wasmtime::Error| RuleError::Host { message: format!("{error:#}") };
        let engine = engine::engine(&limits, runs).map_err(host)?;
        let mut linker = Linker::new(&engine);
        v0_1::link(&mut linker).map_err(host)?;
        v1_0::link(&mut linker).map_err(host)?;
        let fingerprint = engine::fingerprint(&engine, limits.tier, runs).into();
        let permits = Arc::new(Permits::new(limits.instances));
        Ok(Self { engine, linker, limits, permits, fingerprint, cache: None, probe: None })
    }

    /// The same with a folder of compiled components; without one where the folder cannot be used.
    pub(crate) fn cached(mut self, folder: &Path) -> Self {
        self.cache = Cache::open(folder, &self.fingerprint).map(Arc::new);
        self
    }

    pub(crate) fn cache_counts(&self) -> CacheCounts {
        self.cache.as_ref().map(|cache| cache.counts()).unwrap_or_default()
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
