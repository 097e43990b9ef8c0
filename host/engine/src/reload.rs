//! Reloading a district's package: read and compiled aside, swapped when it is good.

use std::sync::{Arc, PoisonError};

use model::{Digest, Minute, Refusal, RefusalKind};
use package::Severity;
use rules::RuleHost;
use serde::Serialize;

use crate::Engine;
use crate::files::read_package;
use crate::masks::Masks;
use crate::plain::{Refused, Reloaded};
use crate::proofs::{self, Proofs, SignOffs};
use crate::snapshot::Snapshot;

/// How the district's package stands.
#[derive(Clone, Debug, Serialize)]
pub struct DistrictStatus {
    /// The district's id.
    pub package: String,
    /// Digest of the edition in force for the district as a whole; none before the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edition: Option<Digest>,
    /// Editions that are not in force for all: first day, stage, units of the pilot.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub staged: Vec<String>,
    /// Which load is in force, from 1.
    pub generation: u64,
    /// When it was loaded.
    pub loaded: Minute,
    /// Townships with rules of their own.
    pub townships: Vec<String>,
    /// Whether the promises of the rules in force are proved.
    pub proofs: Proofs,
    /// Whether every department in charge signed them off.
    pub sign_offs: SignOffs,
    /// Rules of townships that cannot be used; the others go on.
    pub faults: Vec<String>,
    /// Why the last reload was refused; none when it was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refused>,
}

/// What is remembered of reloads.
#[derive(Clone, Debug)]
pub(crate) struct Reloads {
    pub(crate) generation: u64,
    pub(crate) loaded: Minute,
    pub(crate) refused: Option<Refused>,
}

impl Engine {
    /// What rules were asked since the start, whichever package was in force.
    pub fn rule_counts(&self) -> rules::RuleCounts {
        self.rules.counters.counts()
    }

    /// Which load of the package is in force, from 1.
    pub fn generation(&self) -> u64 {
        self.reloads.lock().unwrap_or_else(PoisonError::into_inner).generation
    }

    /// How the package stands.
    pub fn status(&self) -> DistrictStatus {
        let snapshot = self.snapshot();
        let reloads = self.reloads.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let staged = snapshot.package.stages().collect();
        let edition = snapshot.compiled(self.today(), None).map(|compiled| &compiled.edition);
        DistrictStatus {
            package: snapshot.package.district().id.clone(),
            edition: edition.map(package::Edition::digest),
            staged,
            generation: reloads.generation,
            loaded: reloads.loaded,
            townships: edition
                .map(|e| e.townships().keys().map(ToString::to_string).collect())
                .unwrap_or_default(),
            proofs: snapshot.proofs,
            sign_offs: snapshot.sign_offs,
            faults: snapshot
                .faults()
                .map(|(code, scheme, fault)| format!("{code} {scheme}: {}", fault.error))
                .collect(),
            refused: reloads.refused,
        }
    }

    /// Reads the package again and swaps it in when it is good.
    ///
    /// # Errors
    /// `PACKAGE_INVALID`, `PROOF_MISSING`, `PROOF_STALE`, `SIGN_OFF_MISSING` and what else a department objects to: what was in force stays in force, and the status says why.
    pub fn reload(&self) -> Result<Reloaded, Refusal> {
        let Some(root) = &self.root else {
            return Err(Refusal::new(
                RefusalKind::Unprocessable,
                "PACKAGE_NOT_ON_DISK",
                "the package was not read from a folder",
                "规矩包不是从文件夹读来的，不能重新载入。",
                "请用 --policies 指定文件夹后启动。",
            ));
        };
        let refuse = |message: String, diagnostics| {
            tracing::warn!(%message, "the package was not reloaded; what was in force stays");
            let refused = Refused { at: self.now(), message: message.clone(), diagnostics };
            self.reloads.lock().unwrap_or_else(PoisonError::into_inner).refused = Some(refused);
            Refusal::new(
                RefusalKind::Unprocessable,
                "PACKAGE_INVALID",
                format!("the package was not taken: {message}; what was in force stays in force"),
                format!("新规矩没有生效：{message}。原来的规矩继续有效。"),
                "请用 xiangyue check 查看全部问题，改好后再试。",
            )
        };
        let files = read_package(root).map_err(|error| refuse(error.to_string(), Vec::new()))?;
        let loaded = package::load(&files);
        let Some(package) = loaded.package else {
            let first = loaded.diagnostics.iter().find(|d| d.severity == Severity::Error);
            let first = first.map(|d| format!("{}:{}: {}", d.file, d.line, d.message));
            return Err(refuse(first.unwrap_or_default(), loaded.diagnostics));
        };
        let old = self.snapshot();
        if package.district().code != old.package.district().code {
            return Err(refuse("it is the package of another district".to_owned(), Vec::new()));
        }
        if !self.allow_unproved
            && let Err(fault) = proofs::check_after(&package, &old.package)
        {
            let refusal = refuse(fault.to_string(), Vec::new());
            let text = format!("新规矩没有生效：{}原来的规矩继续有效。", fault.text());
            return Err(Refusal::new(
                refusal.kind,
                fault.code(),
                refusal.message,
                text,
                fault.help(),
            ));
        }
        let digests = |package: &package::Package| -> Vec<Digest> {
            package.editions().iter().map(package::Edition::digest).collect()
        };
        let same_callers = package.callers() == old.package.callers();
        let same_stages = package.stages().eq(old.package.stages());
        let signs = |package: &package::Package| -> Vec<package::SignOffs> {
            package.editions().iter().map(|edition| edition.sign_offs().clone()).collect()
        };
        let same_signs = signs(&package) == signs(&old.package);
        if same_callers && same_stages && same_signs && digests(&package) == digests(&old.package) {
            self.reloads.lock().unwrap_or_else(PoisonError::into_inner).refused = None;
            return Ok(Reloaded::Unchanged);
        }
        let host =
            RuleHost::open(&self.rules).map_err(|error| refuse(error.to_string(), Vec::new()))?;
        let snapshot =
            Snapshot::new(package, &host).map_err(|error| refuse(error.to_string(), Vec::new()))?;
        // Writers plan under one snapshot; none is under way while it changes.
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        self.answers.mask_also(&Masks::of_district(&snapshot.package));
        self.snapshot.store(Arc::new(snapshot));
        drop(writer);
        let mut reloads = self.reloads.lock().unwrap_or_else(PoisonError::into_inner);
        reloads.generation = reloads.generation.saturating_add(1);
        reloads.loaded = self.now();
        reloads.refused = None;
        Ok(Reloaded::Swapped)
    }
}
