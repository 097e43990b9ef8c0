//! The second opinion: the same rule run by the interpreter, value and fuel compared.
//!
//! wasmtime does not treat a wrong value inside the sandbox as a vulnerability, so a fault of its compiler would show
//! nowhere. Two ways of running a rule are unlikely to be wrong alike.

use std::sync::{Arc, OnceLock};

use crate::component::{Components, Runs};
use crate::{Limits, Receipt, Rule, RuleError};

/// Calls the interpreter runs at the same time; it is asked seldom.
const INSTANCES: u32 = 2;

/// The interpreter, made when it is first asked.
#[derive(Debug)]
pub(crate) struct Interpreter {
    limits: Arc<Limits>,
    made: OnceLock<Result<Components, RuleError>>,
}

impl Interpreter {
    pub(crate) fn new(limits: &Limits) -> Self {
        let instances = limits.instances.min(INSTANCES);
        let limits = Arc::new(Limits { instances, ..limits.clone() });
        Self { limits, made: OnceLock::new() }
    }

    fn components(&self) -> Result<&Components, RuleError> {
        let made =
            self.made.get_or_init(|| Components::new(Arc::clone(&self.limits), Runs::Interpreted));
        made.as_ref().map_err(Clone::clone)
    }
}

/// A component for the interpreter, loaded when it is first asked.
#[derive(Debug)]
pub(super) struct Twin {
    interpreter: Arc<Interpreter>,
    bytes: Arc<[u8]>,
    rule: OnceLock<Result<Arc<dyn Rule>, RuleError>>,
}

impl Twin {
    pub(super) fn new(interpreter: Arc<Interpreter>, bytes: &[u8]) -> Self {
        Self { interpreter, bytes: bytes.into(), rule: OnceLock::new() }
    }

    fn load(&self) -> Result<Arc<dyn Rule>, RuleError> {
        self.interpreter.components()?.load(&self.bytes).map_err(|error| RuleError::Host {
            message: format!("the interpreter cannot load the rule: {error}"),
        })
    }

    /// Asks the interpreter too. What it cannot be asked is a fault of this machine: an answer that was to be compared
    /// and was not is not used.
    pub(super) fn compare<T: PartialEq>(
        &self,
        rule: &dyn Rule,
        first: Result<(T, Receipt), RuleError>,
        call: impl Fn(&dyn Rule) -> Result<(T, Receipt), RuleError>,
    ) -> Result<(T, Receipt), RuleError> {
        let twin = self.rule.get_or_init(|| self.load()).as_ref().map_err(Clone::clone)?;
        if twin.description() != rule.description() {
            return Err(RuleError::EnginesDisagree { what: "what it says about itself" });
        }
        agreed(first, call(twin.as_ref()))
    }
}

/// The first answer, if the second is the same.
pub(super) fn agreed<T: PartialEq>(
    first: Result<(T, Receipt), RuleError>,
    second: Result<(T, Receipt), RuleError>,
) -> Result<(T, Receipt), RuleError> {
    let differs = match (&first, &second) {
        (Ok((value, receipt)), Ok((other, second))) => {
            if value != other {
                Some("the value")
            } else if receipt.fuel_used != second.fuel_used {
                Some("the fuel")
            } else if (&receipt.notes, &receipt.states, &receipt.log)
                != (&second.notes, &second.states, &second.log)
            {
                Some("what it noted or kept")
            } else {
                None
            }
        }
        // How deep calls may go depends on the machine, and the two have each their own stack.
        (Err(error), _) | (_, Err(error)) if depth(error) => None,
        (Err(RuleError::Host { .. }), _) => None,
        (_, Err(RuleError::Host { .. })) => return second,
        (Err(error), Err(second)) if same(error, second) => None,
        _ => Some("how it ended"),
    };
    differs.map_or(first, |what| Err(RuleError::EnginesDisagree { what }))
}

fn depth(error: &RuleError) -> bool {
    error.code() == "RULE_STACK_EXHAUSTED"
}

/// Whether a call ended alike; frames and engine messages may be worded differently.
fn same(first: &RuleError, second: &RuleError) -> bool {
    match (first, second) {
        (RuleError::Refused { .. } | RuleError::Limit { .. }, _) => first == second,
        _ => first.code() == second.code(),
    }
}
