//! The place where rules are loaded.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use crate::component::{CacheCounts, Components, Runs};
use crate::guard::{Guarded, Interpreter, RuleCounters};
use crate::script::Scripts;
use crate::{FuelProbe, Law, Limits, LoadCode, LoadError, Rule, RuleError, Traced};

/// Both engines with their limits. One per process; rules loaded from it may be called from any thread, and keep
/// working (or failing) independently of each other.
#[derive(Debug)]
pub struct RuleHost {
    components: Components,
    /// The engine for answers that are only read; not made before it is asked for.
    advisory: OnceLock<Result<Components, RuleError>>,
    interpreter: Option<Arc<Interpreter>>,
    scripts: Scripts,
    limits: Arc<Limits>,
    counters: Arc<RuleCounters>,
}

/// How a rule host is set up, for those who open one again.
#[derive(Clone, Default, Debug)]
pub struct HostOptions {
    /// How much a rule may use.
    pub limits: Limits,
    /// Folder for compiled components, used by this program only; without it every start compiles.
    pub cache: Option<PathBuf>,
    /// Where questions are counted; hosts opened with the same options count together.
    pub counters: Arc<RuleCounters>,
}

impl RuleHost {
    /// Reserves the pool of component slots (address space, not memory) and prepares the script engine.
    ///
    /// # Errors
    /// [`RuleError::Host`] when the machine cannot provide the pool.
    pub fn new(limits: Limits) -> Result<Self, RuleError> {
        Self::running(limits, Runs::Compiled)
    }

    /// The same with what [`HostOptions`] add; a folder that cannot be used is done without.
    ///
    /// # Errors
    /// As [`RuleHost::new`].
    pub fn open(options: &HostOptions) -> Result<Self, RuleError> {
        let mut host = Self::new(options.limits.clone())?;
        host.counters = Arc::clone(&options.counters);
        if let Some(folder) = &options.cache {
            host.components = host.components.cached(folder);
        }
        Ok(host)
    }

    /// A host that interprets components instead of compiling them: slow, and the same answers and fuel.
    ///
    /// # Errors
    /// As [`RuleHost::new`].
    pub fn interpreting(limits: Limits) -> Result<Self, RuleError> {
        Self::running(limits, Runs::Interpreted)
    }

    fn running(limits: Limits, runs: Runs) -> Result<Self, RuleError> {
        let limits = Arc::new(limits);
        let compared = limits.cross_check_permille > 0 && runs == Runs::Compiled;
        Ok(Self {
            components: Components::new(Arc::clone(&limits), runs)?,
            advisory: OnceLock::new(),
            interpreter: compared.then(|| Arc::new(Interpreter::new(&limits))),
            scripts: Scripts::new(Arc::clone(&limits)),
            limits,
            counters: Arc::default(),
        })
    }

    fn guarded(&self, rule: Arc<dyn Rule>) -> Guarded {
        Guarded::new(rule, &self.limits, &self.counters)
    }

    /// What the folder of compiled components was good for.
    pub fn cache_counts(&self) -> CacheCounts {
        self.components.cache_counts()
    }

    /// Compiles, links and describes a component; also the whole check of `xiangyue check`.
    ///
    /// # Errors
    /// [`LoadError`], the first fault found.
    pub fn load_component(&self, bytes: &[u8]) -> Result<Arc<dyn Rule>, LoadError> {
        let guarded = self.guarded(self.components.load(bytes)?);
        Ok(match &self.interpreter {
            Some(interpreter) => Arc::new(guarded.compared(Arc::clone(interpreter), bytes)),
            None => Arc::new(guarded),
        })
    }

    /// The same in the advisory tier, for tools: what it answers is marked in its receipts and is for reading only. A
    /// host that serves has no use for it; a scheme's rule is loaded by [`RuleHost::load_component`].
    ///
    /// # Errors
    /// As [`RuleHost::load_component`]; [`LoadCode::Resources`] when the machine cannot provide the tier's pool.
    pub fn load_advisory(&self, bytes: &[u8]) -> Result<Arc<dyn Rule>, LoadError> {
        let made = self
            .advisory
            .get_or_init(|| Components::new(Arc::new(Limits::advisory()), Runs::Compiled));
        match made {
            Ok(components) => components.load(bytes),
            Err(error) => Err(LoadError::new(
                LoadCode::Resources,
                format!("the advisory tier cannot start: {error}"),
                "这台机器现在不能运行参考级的规则。",
                "请检查本机内存限制（虚拟地址空间）后重试。",
            )),
        }
    }

    /// Why a component is no rule for points or money: the fault that was found, or, when the advisory tier would take
    /// the component, just that. Compiles it, so it is for tools.
    pub fn refusal(&self, bytes: &[u8], fault: LoadError) -> LoadError {
        let larger =
            [LoadCode::Floats, LoadCode::TooLarge, LoadCode::TooComplex, LoadCode::Resources];
        if !larger.contains(&fault.code) || self.load_advisory(bytes).is_err() {
            return fault;
        }
        LoadError::new(
            LoadCode::AdvisoryOnly,
            format!(
                "the component runs in the advisory tier only ({fault}); write it in Rust or C with whole numbers, or \
                 keep it out of schemes and ask it with `xiangyue plugin run --advisory`"
            ),
            &format!("这条规则只能供参考，不能用来记分、算钱：{}", fault.text),
            "请用Rust或C按整数改写后再放进办法；只想试算的，用 xiangyue plugin run --advisory。",
        )
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
        Ok(Arc::new(self.guarded(self.scripts.load(source, law)?)))
    }

    /// Reads a script by the function it defines, whichever question that answers.
    ///
    /// # Errors
    /// [`LoadError`] with line and column; one that defines no function of a law has no place.
    pub fn load_any_script(&self, source: &str) -> Result<Arc<dyn Rule>, LoadError> {
        for law in Law::ALL {
            match self.scripts.load(source, law) {
                Err(error) if error.code == LoadCode::NoFunction => {}
                Ok(rule) => return Ok(Arc::new(self.guarded(rule))),
                Err(error) => return Err(error),
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
    pub fn trace_script(&self, source: &str, law: Law) -> Result<Option<Traced>, LoadError> {
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
