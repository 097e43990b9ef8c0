//! Whether an edition is signed off by every department in charge, and if not, what is missing.

use model::CivilDay;

use super::{Charged, Cited, Review, SignOffs};
use crate::citation::citations;
use crate::diagnostic::code;
use crate::{BasisProblem, Diagnostic, Edition, Holds, Severity};

/// How far the sign-offs of an edition have come.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignOffStanding {
    /// Departments in charge of something.
    pub departments: usize,
    /// Of these, those whose sign-off holds.
    pub signed: usize,
    /// Why the edition may not come into force; empty when nothing is missing.
    pub faults: Vec<SignOffFault>,
}

/// Something that keeps an edition from being signed off.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SignOffFault {
    /// Departments that have not signed, of so many.
    Missing(Vec<String>, usize),
    /// Items that no department is in charge of.
    Nobodys(Vec<String>),
    /// A department found something unlawful, or without a basis; the day it did.
    Refused(String, Review, CivilDay),
    /// What a department signed on a day was changed afterwards.
    Stale(String, CivilDay),
    /// A basis in a department's charge does not hold on the day of the review.
    Expired {
        /// 中文：部门.
        department: String,
        /// Id of the entry or item.
        what: String,
        /// Name of the law.
        law: String,
        /// The day it was held against.
        day: CivilDay,
        /// What is wrong.
        problem: BasisProblem,
    },
}

impl SignOffFault {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing(..) | Self::Nobodys(_) => code::SIGN_OFF_MISSING,
            Self::Refused(..) => code::SIGN_OFF_REFUSED,
            Self::Stale(..) => code::SIGN_OFF_STALE,
            Self::Expired { .. } => code::BASIS_EXPIRED,
        }
    }

    /// English, one line.
    pub fn message(&self) -> String {
        match self {
            Self::Missing(names, of) => format!(
                "signed off by {} of {of} departments; missing: {}",
                of.saturating_sub(names.len()),
                ticked(names)
            ),
            Self::Nobodys(items) => {
                format!("no department is in charge of {}", ticked(items))
            }
            Self::Refused(department, review, day) => {
                format!("`{department}` answered `{}` on {day}", review.id())
            }
            Self::Stale(department, day) => format!(
                "what `{department}` signed on {day} was changed afterwards; it has to be signed again"
            ),
            Self::Expired { department, what, law, day, problem } => {
                let said = problem.said(law, *day).0;
                format!("`{what}`, in the charge of `{department}`: {said}")
            }
        }
    }

    /// 中文：出了什么问题.
    pub fn text(&self) -> String {
        match self {
            Self::Missing(names, of) => format!(
                "{of} 个部门里只有 {} 个审核签字，还差：{}。",
                of.saturating_sub(names.len()),
                names.join("、")
            ),
            Self::Nobodys(items) => format!("没有写由哪个部门审核：{}。", items.join("、")),
            Self::Refused(department, review, day) => {
                format!("{department}{day}的审核结果是“{}”。", review.title())
            }
            Self::Stale(department, day) => {
                format!("{department}{day}审核签字以后，内容又改过，要重新审核。")
            }
            Self::Expired { department, what, law, day, problem } => {
                format!("{department}审核的 {what}：{}", problem.said(law, *day).1)
            }
        }
    }

    /// 中文：下一步怎么办.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Missing(..) | Self::Stale(..) => {
                "请部门审核后运行 xiangyue lists sign-off 规矩包文件夹 --department 部门 --post 职位 --result reviewed。"
            }
            Self::Nobodys(_) => "在 signoff.toml 的 [[charge]] 里写明由哪个部门审核（items）。",
            Self::Refused(..) => "改掉或者去掉不合法、没有依据的条目，再请该部门重新审核。",
            Self::Expired { .. } => "改引现行有效的规定，再请该部门重新审核。",
        }
    }

    /// Whether a department objects, or would have to; what is only not yet signed is work in hand.
    fn severity(&self) -> Severity {
        match self {
            Self::Refused(..) | Self::Expired { .. } => Severity::Error,
            Self::Missing(..) | Self::Nobodys(_) | Self::Stale(..) => Severity::Warning,
        }
    }

    fn line(&self, signs: &SignOffs) -> u32 {
        let (Self::Refused(name, ..)
        | Self::Stale(name, _)
        | Self::Expired { department: name, .. }) = self
        else {
            return 1;
        };
        signs.departments.get(name).map_or(1, |charged| charged.line)
    }
}

fn ticked(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

impl Edition {
    /// Who is in charge of what in this edition, and what was signed.
    pub fn sign_offs(&self) -> &SignOffs {
        &self.0.signs
    }

    /// Bases in a department's charge that do not hold on the day of a review, or on the first day of
    /// the edition or entry when that is later; empty for a department in charge of nothing.
    pub fn expired_bases(&self, department: &str, day: CivilDay) -> Vec<SignOffFault> {
        let charged = self.sign_offs().departments.get(department);
        let cited = charged.into_iter().flat_map(|charged| &charged.bases);
        let mut found: Vec<SignOffFault> = Vec::new();
        for fault in cited.flat_map(|cited| self.expired(department, cited, day)) {
            if !found.contains(&fault) {
                found.push(fault);
            }
        }
        found
    }

    fn expired(&self, department: &str, cited: &Cited, day: CivilDay) -> Vec<SignOffFault> {
        let starts = cited.from.unwrap_or(self.sign_offs().folder).max(self.sign_offs().folder);
        let day = day.max(starts);
        if self.statutes().is_empty() || cited.to.is_some_and(|to| to < day) {
            return Vec::new();
        }
        let holds = Holds { from: day, to: Some(day), written: cited.from, ahead: false };
        let judged = citations(&cited.text).into_iter().flat_map(|citation| {
            let problems = self.statutes().judge(&citation, holds);
            problems.into_iter().map(move |problem| (citation.law.clone(), problem))
        });
        judged
            .filter(|(_, problem)| problem.code() == code::BASIS_EXPIRED)
            .map(|(law, problem)| SignOffFault::Expired {
                department: department.to_owned(),
                what: cited.what.clone(),
                law,
                day,
                problem,
            })
            .collect()
    }

    /// How far the sign-offs have come. An edition without departments in charge needs none.
    pub fn sign_off(&self) -> SignOffStanding {
        let signs = self.sign_offs();
        let of = signs.departments.len();
        let unsigned = signs.departments.iter().filter(|(_, charged)| charged.signed.is_none());
        let missing: Vec<String> = unsigned.map(|(name, _)| name.clone()).collect();
        let mut faults = Vec::new();
        let mut signed: usize = 0;
        if !missing.is_empty() {
            faults.push(SignOffFault::Missing(missing, of));
        }
        if !signs.nobodys.is_empty() {
            faults.push(SignOffFault::Nobodys(signs.nobodys.clone()));
        }
        for (name, charged) in &signs.departments {
            let own = self.own_faults(name, charged);
            if own.is_empty() && charged.signed.is_some() {
                signed = signed.saturating_add(1);
            }
            faults.extend(own);
        }
        SignOffStanding { departments: of, signed, faults }
    }

    fn own_faults(&self, name: &str, charged: &Charged) -> Vec<SignOffFault> {
        let Some(row) = &charged.signed else { return Vec::new() };
        if row.result != Review::Reviewed {
            return vec![SignOffFault::Refused(name.to_owned(), row.result, row.day)];
        }
        if row.digest != charged.digest {
            return vec![SignOffFault::Stale(name.to_owned(), row.day)];
        }
        self.expired_bases(name, row.day)
    }

    /// What `xiangyue check` tells of the sign-offs. An edition that is not signed off yet is a good
    /// package, only it does not come into force: a warning, unless a department objects.
    pub fn sign_off_diagnostics(&self) -> Vec<Diagnostic> {
        let signs = self.sign_offs();
        let of_fault = |fault: &SignOffFault| Diagnostic {
            code: fault.code().to_owned(),
            severity: fault.severity(),
            message: fault.message(),
            text: fault.text(),
            help: fault.help().to_owned(),
            file: signs.path(),
            line: fault.line(signs),
            column: 1,
        };
        self.sign_off().faults.iter().map(of_fault).collect()
    }
}
