//! What is wrong with a case, for both kinds of readers.

use crate::Failure;
use crate::render::Printer;

/// One problem of one case.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Problem {
    english: String,
    chinese: String,
}

impl Problem {
    pub(super) fn new(english: impl Into<String>, chinese: impl Into<String>) -> Self {
        Self { english: english.into(), chinese: chinese.into() }
    }

    /// A question without an answer.
    pub(super) fn failure(failure: &Failure) -> Self {
        let Failure { code, message, text, .. } = failure;
        // what is wrong with a file stands in the message only
        let chinese = match *code {
            "INPUT_UNUSABLE" => format!("{text}（{message}）"),
            _ => text.clone(),
        };
        Self::new(message.clone(), chinese)
    }

    /// A case that does not say what should come out.
    pub(super) fn no_expect() -> Self {
        Self::new(
            "no `expect`; write it, or accept the answer with --write",
            "例子里没有写应得的结果（expect）；请写上，或者用 --write 把这次的结果记下来",
        )
    }

    /// For programs, and for those who read English.
    pub(super) fn english(&self) -> &str {
        &self.english
    }

    /// For people.
    pub(super) fn said(&self, printer: Printer) -> &str {
        printer.say(&self.chinese, &self.english)
    }
}
