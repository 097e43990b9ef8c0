//! The place where rules are loaded.

use std::sync::Arc;

use crate::component::Components;
use crate::script::Scripts;
use crate::{Law, Limits, LoadError, Rule, RuleError};

/// Both engines with their limits. One per process; rules loaded from it may be called from any thread, and keep
/// working (or failing) independently of each other.
#[derive(Debug)]
pub struct RuleHost {
    components: Components,
    scripts: Scripts,
    limits: Arc<Limits>,
}

impl RuleHost {
    /// Reserves the pool of component slots (address space, not memory) and prepares the script engine.
    ///
    /// # Errors
    /// [`RuleError::Host`] when the machine cannot provide the pool.
    pub fn new(limits: Limits) -> Result<Self, RuleError> {
        let limits = Arc::new(limits);
        Ok(Self {
            components: Components::new(Arc::clone(&limits))?,
            scripts: Scripts::new(Arc::clone(&limits)),
            limits,
        })
    }

    /// Compiles, links and describes a component; also the whole check of `xiangyue check`.
    ///
    /// # Errors
    /// [`LoadError`], the first fault found.
    pub fn load_component(&self, bytes: &[u8]) -> Result<Arc<dyn Rule>, LoadError> {
        self.components.load(bytes)
    }

    /// Reads a script; also the whole check of `xiangyue check`.
    ///
    /// # Errors
    /// [`LoadError`] with line and column.
    pub fn load_script(&self, source: &str, law: Law) -> Result<Arc<dyn Rule>, LoadError> {
        self.scripts.load(source, law)
    }

    /// Reads a table in its text form (`*.table.toml`).
    ///
    /// # Errors
    /// [`LoadError`], the first fault found; `xiangyue check` lists all of them.
    pub fn load_table(&self, source: &str, law: Law) -> Result<Arc<dyn Rule>, LoadError> {
        crate::table::load(source, law, &self.limits)
    }
}
