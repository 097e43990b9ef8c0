//! The one door for output: answers on stdout, everything else on stderr.
#![allow(clippy::unused_self, reason = "one printer, whether or not a line hangs on its form")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is the one place that prints")]

use std::io::Write as _;

use serde::Serialize;

use crate::{Failure, Format, Language};

/// Prints in the form that was asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Printer {
    format: Format,
    language: Language,
}

impl Printer {
    /// A printer for a form and a language.
    pub(crate) fn new(format: Format, language: Language) -> Self {
        Self { format, language }
    }

    /// Whether programs read the answer.
    pub(crate) fn json(self) -> bool {
        self.format == Format::Json
    }

    /// The text in the reader's language.
    pub(crate) fn say<'a>(self, chinese: &'a str, english: &'a str) -> &'a str {
        match self.language {
            Language::Zh => chinese,
            Language::En => english,
        }
    }

    /// The reader's language.
    pub(crate) fn language(self) -> engine::explanation::Language {
        match self.language {
            Language::Zh => engine::explanation::Language::Chinese,
            Language::En => engine::explanation::Language::English,
        }
    }

    /// The answer, for people.
    pub(crate) fn line(self, text: &str) {
        // A closed pipe is the reader's choice, not a failure of the answer.
        let _ = writeln!(std::io::stdout().lock(), "{text}");
    }

    /// The answer, for programs.
    pub(crate) fn answer(self, value: &impl Serialize) {
        let text = serde_json::to_string_pretty(value).unwrap_or_else(|_| "null".to_owned());
        self.line(&text);
    }

    /// A remark beside the answer.
    pub(crate) fn note(self, text: &str) {
        let _ = writeln!(std::io::stderr().lock(), "{text}");
    }

    /// Why there is no answer.
    pub(crate) fn failure(self, failure: &Failure) {
        if self.json() {
            let value = serde_json::json!({"error": {
                "code": failure.code, "message": failure.message, "text": failure.text, "help": failure.help,
            }});
            self.note(&value.to_string());
            return;
        }
        if let Some(shown) = &failure.shown {
            self.note(shown);
        }
        match self.language {
            Language::Zh => {
                self.note(&format!("错误[{}]：{}", failure.code, failure.text));
                self.note(&format!("  原因：{}", failure.message));
                self.note(&format!("  下一步：{}", failure.help));
            }
            Language::En => self.note(&format!("error[{}]: {}", failure.code, failure.message)),
        }
    }
}
