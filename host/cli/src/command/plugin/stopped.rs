//! Where a limit stopped a rule. The engines do not say, so the question is asked once more, of a copy that is watched.

use std::path::Path;

use rules::{Law, RuleHost};
use serde_json::Value;

use super::{coverage, load};
use crate::Failure;
use crate::ask_rule::ask;
use crate::exit::Exit;

/// Whether a limit is what kept a rule from answering.
pub(super) fn by_limit(failure: &Failure) -> bool {
    failure.code == "RULE_FAILED" && failure.exit == Exit::Unknown
}

/// `failure` with the place in a script, or the function of a component, that a limit stopped; as it is when that cannot
/// be found or when it is no limit.
pub(super) fn located(
    host: &RuleHost,
    (path, law): (&Path, Law),
    input: &Value,
    failure: Failure,
) -> Failure {
    if !by_limit(&failure) {
        return failure;
    }
    let Ok(path) = load::file(path) else { return failure };
    if load::source(&path).is_some() {
        in_script(host, &path, law, input).map_or(failure.clone(), |place| at(failure, place))
    } else {
        in_component(host, &path, input).map_or(failure.clone(), |name| within(failure, &name))
    }
}

/// A place and the line with a mark under it.
type Place = ((u32, u32), Option<String>);

fn in_script(host: &RuleHost, path: &Path, law: Law, input: &Value) -> Option<Place> {
    let counted = coverage::counted(host, path, law)?;
    let (line, column) = counted.ended(input)?;
    Some(((line, column), counted.shown(&format!("line {line}, column {column}"))))
}

fn at(failure: Failure, ((line, column), shown): Place) -> Failure {
    let message = format!("near line {line}, column {column}: {}", failure.message);
    let text = format!("第{line}行第{column}列附近：{}", failure.text);
    Failure { message, text, ..failure }.beside(shown)
}

fn in_component(host: &RuleHost, path: &Path, input: &Value) -> Option<String> {
    let bytes = std::fs::read(path).ok()?;
    let (rule, probe) = host.probe_component(&bytes).ok()?;
    let stopped = ask(rule.as_ref(), input.clone()).is_err_and(|failure| by_limit(&failure));
    if stopped { probe.stack().pop() } else { None }
}

fn within(failure: Failure, name: &str) -> Failure {
    let message = format!("in `{name}`: {}", failure.message);
    let text = format!("停在函数 {name} 里：{}", failure.text);
    Failure { message, text, ..failure }
}
