//! Rules as Rhai scripts: for a township that writes a few lines itself.
//!
//! A script is one file with one function, named by the question it answers: `score(row, settings)`,
//! `settle(rows, settings)`, `distribute(rows, cents, settings)` … It is compiled once and stands behind the same trait
//! as a component, with operations in place of fuel.

mod answer;
mod ask;
mod engine;
mod lint;
mod mistakes;
mod numbers;
mod question;
mod replace;
mod scan;
mod texts;
mod trace;
mod wanted;
mod ways;

pub use lint::{Lint, lint_script};
pub(crate) use question::weigh;
pub use trace::{LineCost, LineTrace, WayCount};
pub use ways::Side;

/// A rule whose lines are counted, and the counts.
pub type Traced = (Arc<dyn Rule>, Arc<LineTrace>);

use std::sync::Arc;

use model::Digest;
use rhai::{AST, Engine};

use wanted::Wanted;

use crate::{Law, Limits, LoadCode, LoadError, Rule};

/// The script release in `Cargo.lock`, pinned exactly there; named in receipts.
const ENGINE: &str = "rhai 1.27.0";
/// How much slower than the rule itself its counting copy may be.
const TRACE_FACTOR: u64 = 8;

/// The script engines with their limits.
pub(crate) struct Scripts {
    /// For a row or a request.
    row: Arc<Engine>,
    /// For a whole village.
    village: Arc<Engine>,
    limits: Arc<Limits>,
}

/// A rule that is a script.
struct ScriptRule {
    engine: Arc<Engine>,
    limits: Arc<Limits>,
    sizes: engine::Sizes,
    wanted: Wanted,
    ast: AST,
    law: Law,
    digest: Digest,
    trace: Option<Arc<LineTrace>>,
}

/// What a law's function is given.
const fn parameters(law: Law) -> &'static [&'static str] {
    match law {
        Law::Quote => &["request", "settings"],
        Law::Settle => &["rows", "settings"],
        Law::Distribute => &["rows", "cents", "settings"],
        _ => &["row", "settings"],
    }
}

/// Whether a law looks at all rows at once.
const fn of_village(law: Law) -> bool {
    matches!(law, Law::Settle | Law::Distribute)
}

impl Scripts {
    pub(crate) fn new(limits: Arc<Limits>) -> Self {
        let row = Arc::new(engine::engine(&limits, engine::ROW));
        let village = Arc::new(engine::engine(&limits, engine::VILLAGE));
        Self { row, village, limits }
    }

    pub(crate) fn load(&self, source: &str, law: Law) -> Result<Arc<dyn Rule>, LoadError> {
        Ok(Arc::new(self.read(source, law)?))
    }

    /// The rule once more as a copy that counts its lines; `None` when the text cannot be counted.
    pub(crate) fn traced(&self, source: &str, law: Law) -> Result<Option<Traced>, LoadError> {
        let mut rule = self.read(source, law)?;
        let mut engine = engine::engine(&self.limits, rule.sizes);
        trace::register(&mut engine);
        let Some((ast, trace)) = trace::counting(&engine, source) else { return Ok(None) };
        let mut limits = Limits::clone(&self.limits);
        limits.operations = limits.operations.saturating_mul(TRACE_FACTOR);
        limits.operations_per_event = limits.operations_per_event.saturating_mul(TRACE_FACTOR);
        limits.script_millis = limits.script_millis.saturating_mul(TRACE_FACTOR);
        limits.script_millis_per_row = limits.script_millis_per_row.saturating_mul(TRACE_FACTOR);
        (rule.engine, rule.limits, rule.ast) = (Arc::new(engine), Arc::new(limits), ast);
        rule.trace = Some(Arc::clone(&trace));
        Ok(Some((Arc::new(rule), trace)))
    }

    fn read(&self, source: &str, law: Law) -> Result<ScriptRule, LoadError> {
        let max = self.limits.script_bytes;
        if source.len() > max {
            return Err(LoadError::new(
                LoadCode::TooLarge,
                format!("the script has {} bytes, at most {max} are allowed", source.len()),
                &format!("脚本有{}字节，最多允许{max}字节。", source.len()),
                "请把脚本写短，或者改成规则组件。",
            ));
        }
        let (engine, sizes) = if of_village(law) {
            (&self.village, engine::VILLAGE)
        } else {
            (&self.row, engine::ROW)
        };
        let ast = engine.compile(source).map_err(|error| texts::syntax(source, &error))?;
        let (name, wanted) = (law.word(), parameters(law));
        if !ast
            .iter_functions()
            .any(|function| function.name == name && function.params.len() == wanted.len())
        {
            let wanted = wanted.join(", ");
            return Err(LoadError::new(
                LoadCode::NoFunction,
                format!("the script defines no function `{name}({wanted})`"),
                &format!("脚本里没有函数 {name}({wanted})。"),
                &format!("请加上：fn {name}({wanted}) {{ … }}"),
            ));
        }
        let digest = Digest::of([source.as_bytes()]);
        let (engine, limits) = (Arc::clone(engine), Arc::clone(&self.limits));
        let wanted = Wanted::of(source, law.word());
        Ok(ScriptRule { engine, limits, sizes, wanted, ast, law, digest, trace: None })
    }
}

impl std::fmt::Debug for Scripts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scripts").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for ScriptRule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ScriptRule")
            .field("law", &self.law)
            .field("digest", &self.digest)
            .finish_non_exhaustive()
    }
}
