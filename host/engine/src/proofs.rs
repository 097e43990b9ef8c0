//! Whether a package's promises are proved as it stands; looked at when it is to be put in force.
//!
//! Nothing is proved here: the certificate in the package either speaks of these very rules or it does
//! not. `xiangyue prove` writes it.

use model::CivilDay;
use package::{Package, ProofState};
use serde::Serialize;
use thiserror::Error;

/// Why a package is not put in force.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum ProofFault {
    /// It names invariants, and nobody has proved them.
    #[error(
        "the edition of {0} has no certificate of its invariants; run `xiangyue prove` on the package"
    )]
    Missing(CivilDay),
    /// Its certificate is about other rules.
    #[error(
        "the edition of {0} was changed after it was proved; run `xiangyue prove` on the package"
    )]
    Stale(CivilDay),
    /// What is in force promises something, and it promises nothing any more.
    #[error(
        "the edition of {0} names no invariants any more; put its `invariants` folder back and run `xiangyue prove`"
    )]
    Withdrawn(CivilDay),
}

impl ProofFault {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing(_) | Self::Withdrawn(_) => "PROOF_MISSING",
            Self::Stale(_) => "PROOF_STALE",
        }
    }

    /// 中文：怎么了.
    pub fn text(&self) -> String {
        match self {
            Self::Missing(day) => format!("{day} 起施行的规矩还没有证明，不能生效。"),
            Self::Stale(day) => format!("{day} 起施行的规矩证明以后又改过，不能生效。"),
            Self::Withdrawn(day) => format!("{day} 起施行的规矩把要证明的保证删掉了，不能生效。"),
        }
    }

    /// 中文：下一步怎么办.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Missing(_) | Self::Stale(_) => {
                "请运行 xiangyue prove 规矩包文件夹；都成立以后会写好证明书，再重新载入。"
            }
            Self::Withdrawn(_) => "请放回 invariants 文件夹，再运行 xiangyue prove 规矩包文件夹。",
        }
    }
}

/// How the promises of a package stand.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Proofs {
    /// Every edition with invariants is proved as it stands.
    Hold,
    /// It names no invariants.
    None,
    /// Some edition is not proved as it stands; in force because that was allowed at the start.
    Unproved,
}

/// The first edition that is not proved as it stands.
///
/// # Errors
/// [`ProofFault`].
pub fn check(package: &Package) -> Result<(), ProofFault> {
    for edition in package.editions() {
        match edition.proof() {
            ProofState::Nothing | ProofState::Holds => {}
            ProofState::Missing => return Err(ProofFault::Missing(edition.from())),
            ProofState::Stale => return Err(ProofFault::Stale(edition.from())),
        }
    }
    Ok(())
}

/// As [`check`], for a package that is to follow another one.
pub(crate) fn check_after(package: &Package, before: &Package) -> Result<(), ProofFault> {
    check(package)?;
    let promises =
        |package: &Package| package.editions().iter().any(|e| !e.invariants().is_empty());
    match package.editions().first() {
        Some(first) if promises(before) && !promises(package) => {
            Err(ProofFault::Withdrawn(first.from()))
        }
        _ => Ok(()),
    }
}

/// How a package stands.
pub(crate) fn standing(package: &Package) -> Proofs {
    let nothing = package.editions().iter().all(|e| e.proof() == ProofState::Nothing);
    match check(package) {
        Err(_) => Proofs::Unproved,
        Ok(()) if nothing => Proofs::None,
        Ok(()) => Proofs::Hold,
    }
}
