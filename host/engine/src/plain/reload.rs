//! Reloading the folder: read and checked aside, swapped when it is good, kept out when it is not.

use std::sync::{Arc, PoisonError};

use evaluator::Store;
use folder::{Admin, Folder};
use model::{Digest, Minute, Refusal, RefusalKind};
use package::{Diagnostic, Severity, plain};
use serde::Serialize;

use super::fold::Fold;
use super::{Current, PlainEngine, aside, cache, check};
use crate::files::read_package;

/// How the folder stands.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    /// Digest of the rules in force.
    pub edition: Digest,
    /// Which load is in force, from 1.
    pub generation: u64,
    /// When it was loaded.
    pub loaded: Minute,
    /// Policies in force.
    pub policies: usize,
    /// Stored entities when it was loaded.
    pub entities: usize,
    /// Why the last reload was refused; none when it was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refused>,
}

/// A reload that was refused.
#[derive(Clone, Debug, Serialize)]
pub struct Refused {
    /// When.
    pub at: Minute,
    /// One line.
    pub message: String,
    /// Everything found.
    pub diagnostics: Vec<Diagnostic>,
}

/// What a reload did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reloaded {
    /// Nothing had changed.
    Unchanged,
    /// The new rules are in force.
    Swapped,
}

impl Status {
    pub(super) fn first(folder: &Folder, entities: &Store, now: Minute) -> Self {
        Self {
            edition: folder.digest(),
            generation: 1,
            loaded: now,
            policies: folder.policy_count(),
            entities: entities.len(),
            refused: None,
        }
    }
}

impl PlainEngine {
    /// Reads the folder again and swaps it in when it is good.
    ///
    /// # Errors
    /// `PACKAGE_INVALID`: what was in force stays in force, and the status says why.
    pub fn reload(&self) -> Result<Reloaded, Refusal> {
        match self.try_reload() {
            Ok(done) => Ok(done),
            Err((message, diagnostics)) => {
                let refused = Refused { at: self.now(), message: message.clone(), diagnostics };
                self.status.lock().unwrap_or_else(PoisonError::into_inner).refused = Some(refused);
                tracing::warn!(%message, "the folder was not reloaded; what was in force stays");
                Err(Refusal::new(
                    RefusalKind::Unprocessable,
                    "PACKAGE_INVALID",
                    format!(
                        "the package was not taken: {message}; what was in force stays in force"
                    ),
                    format!("新规矩没有生效：{message}。原来的规矩继续有效。"),
                    "请用 xiangyue check 查看全部问题，改好后再试。",
                ))
            }
        }
    }

    fn try_reload(&self) -> Result<Reloaded, (String, Vec<Diagnostic>)> {
        let plain_error = |message: String| (message, Vec::new());
        let files = read_package(&self.root).map_err(|error| plain_error(error.to_string()))?;
        let loaded = plain::load(&files);
        let Some(plain) = loaded.plain else {
            let first = loaded.diagnostics.iter().find(|d| d.severity == Severity::Error);
            let first = first.map(|d| format!("{}:{}: {}", d.file, d.line, d.message));
            return Err((first.unwrap_or_default(), loaded.diagnostics));
        };
        let folder = Folder::new(&plain).map_err(plain_error)?;
        let wrong = |file: &str, message: String| {
            let found = check::unusable(file, &message);
            (message, vec![found])
        };
        let admin = Admin::new(&plain.callers).map_err(|message| wrong("callers/", message))?;
        let admin = Arc::new(admin);
        let old = self.current.load_full();
        let same_rules = old.folder.digest() == folder.digest();
        if same_rules && old.folder.entities_digest() == folder.entities_digest() {
            self.status.lock().unwrap_or_else(PoisonError::into_inner).refused = None;
            return Ok(Reloaded::Unchanged);
        }
        let file = files.get(plain::ENTITIES).map(Vec::as_slice);
        let base = cache::base(&folder, file, &mut |_, _| {})
            .map_err(|error| wrong(plain::ENTITIES, error.to_string()))?;
        // From here on no write may slip in between reading the journal and swapping.
        let mut writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let fold = Fold::new(&folder, &self.personal, base);
        let (fold, version) =
            cache::replay(&self.store, fold, 0).map_err(|error| plain_error(error.to_string()))?;
        // Of other rules, and it may hold what these mark personal.
        cache::forget(&self.dir).map_err(|error| plain_error(error.to_string()))?;
        let Fold { entities, references, .. } = fold;
        (writing.types, writing.references) = (aside::types(&plain), references);
        let generation = self.current.load().generation.saturating_add(1);
        let mut status = Status::first(&folder, &entities, self.now());
        status.generation = generation;
        self.answers.mask_also(&super::masks(&plain));
        self.current.store(Arc::new(Current {
            folder: Arc::new(folder),
            admin,
            entities,
            version,
            generation,
        }));
        drop(writing);
        *self.status.lock().unwrap_or_else(PoisonError::into_inner) = status;
        Ok(Reloaded::Swapped)
    }
}
