//! The place where rules are loaded.

use std::sync::Arc;

use crate::component::Components;
use crate::script::Scripts;
use crate::{FuelProbe, Law, Limits, LineTrace, LoadCode, LoadError, Rule, RuleError};

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

    /// A component whose calls can be held to less fuel, to see where they spend it.
    ///
    /// # Errors
    /// As [`RuleHost::load_component`].
    pub fn probe_component(
        &self,
        bytes: &[u8],
    ) -> Result<(Arc<dyn Rule>, Arc<FuelProbe>), LoadError> {
        let probe = Arc::new(FuelProbe::default());
        Ok((self.components.probed(Arc::clone(&probe)).load(bytes)?, probe))
    }

    /// Reads a script; also the whole check of `xiangyue check`.
    ///
    /// # Errors
    /// [`LoadError`] with line and column.
    pub fn load_script(&self, source: &str, law: Law) -> Result<Arc<dyn Rule>, LoadError> {
        self.scripts.load(source, law)
    }

    /// Reads a script by the function it defines, whichever question that answers.
    ///
    /// # Errors
    /// [`LoadError`] with line and column; one that defines no function of a law has no place.
    pub fn load_any_script(&self, source: &str) -> Result<Arc<dyn Rule>, LoadError> {
        for law in Law::ALL {
            match self.scripts.load(source, law) {
                Err(error) if error.code == LoadCode::NoFunction => {}
                other => return other,
            }
        }
        let words = Law::ALL.map(Law::word).join("`, `");
        Err(LoadError::new(
            LoadCode::NoFunction,
            format!("the script defines none of the functions `{words}`"),
            &format!("脚本里没有规则的函数（{}）。", words.replace("`, `", "、")),
            "例如逐户计分请写 fn score(row, settings) { … }；函数名和参数个数要写对。",
        ))
    }

    /// Reads a script into a copy that counts how often each line runs and what it costs; `None` when its text cannot
    /// be counted. The copy is for its author's eyes: what it costs says nothing about the rule's own limits.
    ///
    /// # Errors
    /// As [`RuleHost::load_script`].
    pub fn trace_script(
        &self,
        source: &str,
        law: Law,
    ) -> Result<Option<(Arc<dyn Rule>, Arc<LineTrace>)>, LoadError> {
        self.scripts.traced(source, law)
    }

    /// Reads a table in its text form (`*.table.toml`).
    ///
    /// # Errors
    /// [`LoadError`], the first fault found; `xiangyue check` lists all of them.
    pub fn load_table(&self, source: &str, law: Law) -> Result<Arc<dyn Rule>, LoadError> {
        crate::table::load(source, law, &self.limits)
    }
}
