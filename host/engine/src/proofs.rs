//! Whether a package's promises are proved and its lists signed off as they stand; looked at when it is to be
//! put in force.
//!
//! Nothing is proved here: the certificate in the package either speaks of these very rules or it does
//! not. `xiangyue prove` writes it, `xiangyue lists sign-off` what departments signed.

use model::CivilDay;
use package::{Edition, Package, ProofState, SignOffFault, Stage, code};
use serde::Serialize;
use thiserror::Error;

/// Why a package is not put in force.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
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
    /// A department in charge has not signed it off as it stands, or objects; the first reason.
    #[error("the edition of {0} is not signed off: {said}; see `xiangyue lists sign-off`", said = .1.message())]
    SignOff(CivilDay, SignOffFault),
    /// Departments reviewed what is in force, and no department is in charge of anything any more.
    #[error(
        "the edition of {0} has no department in charge any more; put its `lists` folder and `signoff.toml` back"
    )]
    Unreviewed(CivilDay),
}

impl ProofFault {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing(_) | Self::Withdrawn(_) => "PROOF_MISSING",
            Self::Stale(_) => "PROOF_STALE",
            Self::SignOff(_, fault) => fault.code(),
            Self::Unreviewed(_) => code::SIGN_OFF_MISSING,
        }
    }

    /// 中文：怎么了.
    pub fn text(&self) -> String {
        match self {
            Self::Missing(day) => format!("{day} 起施行的规矩还没有证明，不能生效。"),
            Self::Stale(day) => format!("{day} 起施行的规矩证明以后又改过，不能生效。"),
            Self::Withdrawn(day) => format!("{day} 起施行的规矩把要证明的保证删掉了，不能生效。"),
            Self::SignOff(day, fault) => {
                format!("{day} 起施行的规矩没有全部审核签字，不能生效：{}", fault.text())
            }
            Self::Unreviewed(day) => {
                format!("{day} 起施行的规矩里没有任何部门负责审核了，不能生效。")
            }
        }
    }

    /// 中文：下一步怎么办.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Missing(_) | Self::Stale(_) => {
                "请运行 xiangyue prove 规矩包文件夹；都成立以后会写好证明书，再重新载入。"
            }
            Self::Withdrawn(_) => "请放回 invariants 文件夹，再运行 xiangyue prove 规矩包文件夹。",
            Self::SignOff(_, fault) => fault.help(),
            Self::Unreviewed(_) => "请放回 lists 文件夹和 signoff.toml。",
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

/// How the sign-offs of a package stand.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SignOffs {
    /// Every department in charge signed every edition as it stands.
    Complete,
    /// No department is in charge of anything.
    None,
    /// Some sign-off is missing, stale or refused; in force because that was allowed at the start.
    Incomplete,
}

/// The first edition that is not proved, or not signed off, as it stands. An edition in shadow answers nowhere and
/// need not be signed off yet, so that one that was found unlawful can be taken back.
///
/// # Errors
/// [`ProofFault`]; also when an edition drops the invariants or the reviews that one before it had.
pub fn check(package: &Package) -> Result<(), ProofFault> {
    proved(package)?;
    kept(package)?;
    for edition in answering(package) {
        if let Some(fault) = edition.sign_off().faults.into_iter().next() {
            return Err(ProofFault::SignOff(edition.from(), fault));
        }
    }
    Ok(())
}

/// Editions that answer anywhere.
fn answering(package: &Package) -> impl Iterator<Item = &Edition> {
    package.editions().iter().filter(|edition| edition.rollout().stage != Stage::Shadow)
}

/// No edition lets go of what one before it promised or had reviewed.
fn kept(package: &Package) -> Result<(), ProofFault> {
    let (mut promised, mut reviewed) = (false, false);
    for edition in answering(package) {
        let (promises, reviews) =
            (!edition.invariants().is_empty(), !edition.sign_offs().departments.is_empty());
        if promised && !promises {
            return Err(ProofFault::Withdrawn(edition.from()));
        }
        if reviewed && !reviews {
            return Err(ProofFault::Unreviewed(edition.from()));
        }
        (promised, reviewed) = (promised || promises, reviewed || reviews);
    }
    Ok(())
}

fn proved(package: &Package) -> Result<(), ProofFault> {
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
        Some(first) if reviewed(before) && !reviewed(package) => {
            Err(ProofFault::Unreviewed(first.from()))
        }
        _ => Ok(()),
    }
}

/// Whether any department is in charge of anything.
fn reviewed(package: &Package) -> bool {
    package.editions().iter().any(|e| !e.sign_offs().departments.is_empty())
}

/// How the sign-offs of a package stand.
pub(crate) fn signed(package: &Package) -> SignOffs {
    if answering(package).any(|edition| !edition.sign_off().faults.is_empty()) {
        SignOffs::Incomplete
    } else if reviewed(package) {
        SignOffs::Complete
    } else {
        SignOffs::None
    }
}

/// How a package stands.
pub(crate) fn standing(package: &Package) -> Proofs {
    let nothing = package.editions().iter().all(|e| e.proof() == ProofState::Nothing);
    match proved(package) {
        Err(_) => Proofs::Unproved,
        Ok(()) if nothing => Proofs::None,
        Ok(()) => Proofs::Hold,
    }
}
