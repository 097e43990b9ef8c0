//! Full verification of a store directory, without opening it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use model::DivisionCode;
use serde::{Deserialize, Serialize};

use crate::error::{Finding, FindingCode, Stop, StoreError};
use crate::floor::RetainedFrom;
use crate::frame::{Head, LogKind, Stored};
use crate::personal::{Fit, PersonalError, PersonalRef, PersonalStore};
use crate::read::{anchor_of, read_log};
use crate::segment;
use crate::walk::Walk;

/// What bodies say about personal fields; this crate does not read bodies.
pub trait PersonalView {
    /// The references a record holds.
    fn refs(&self, record: &Stored) -> Vec<PersonalRef>;
    /// The ids that a record says were erased.
    fn erased(&self, record: &Stored) -> Vec<String>;
}

/// For a verification that knows no bodies: each file is checked only against itself.
#[derive(Clone, Copy, Debug)]
pub struct NoPersonal;

impl PersonalView for NoPersonal {
    fn refs(&self, _record: &Stored) -> Vec<PersonalRef> {
        Vec::new()
    }

    fn erased(&self, _record: &Stored) -> Vec<String> {
        Vec::new()
    }
}

/// What a full verification found.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct VerifyReport {
    /// Records of the journal that hold.
    pub records: u64,
    /// Records the journal's anchor says were acknowledged.
    pub acknowledged: u64,
    /// Decisions that are kept and hold.
    pub decisions: u64,
    /// Where the decision log begins, when older decisions were removed by retention.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retained_from: Option<RetainedFrom>,
    /// Files of personal fields that hold.
    pub personal: u64,
    /// Head of each chain of the journal.
    pub chains: BTreeMap<DivisionCode, Head>,
    /// What does not hold; the first defect of each log, every defect of personal fields.
    pub findings: Vec<Finding>,
    /// What does not touch acknowledged records: a torn write behind the end, one damaged anchor slot.
    pub notes: Vec<String>,
}

impl VerifyReport {
    /// Whether everything holds.
    pub fn holds(&self) -> bool {
        self.findings.is_empty()
    }
}

/// Verifies every frame, chain and personal commitment of a store directory; changes nothing and
/// works beside a running server.
///
/// # Errors
/// [`StoreError::Io`] when files cannot be read; what was read and does not hold is in the report.
pub fn verify(dir: &Path, view: &dyn PersonalView) -> Result<VerifyReport, StoreError> {
    if !dir.is_dir() {
        let source = std::io::Error::from(std::io::ErrorKind::NotFound);
        return Err(StoreError::Io { doing: "find the store", path: dir.to_owned(), source });
    }
    let mut report = VerifyReport::default();
    let mut refs: BTreeMap<String, (PersonalRef, Finding)> = BTreeMap::new();
    let mut erased = BTreeSet::new();
    check_log(dir, LogKind::Journal, &mut report, &mut |record| {
        for reference in view.refs(&record) {
            let place = place_of(&record, &reference.id);
            refs.entry(reference.id.clone()).or_insert((reference, place));
        }
        erased.extend(view.erased(&record));
        Ok(())
    })?;
    check_log(dir, LogKind::Decisions, &mut report, &mut |_| Ok(()))?;
    let first = check_personal(dir, &refs, &erased)?;
    let personal = if first.findings.is_empty() || !report.holds() {
        first
    } else {
        // An erasure may have been recorded after the journal was read and before its file was looked for.
        read_log(dir, LogKind::Journal, &mut |record| {
            erased.extend(view.erased(&record));
            Ok(())
        })?;
        check_personal(dir, &refs, &erased)?
    };
    report.personal = personal.hold;
    if report.holds() {
        report.findings.extend(personal.findings);
    } else {
        // Behind a defect of the journal there may be erasures that could not be read.
        let (missing, other): (Vec<_>, Vec<_>) = personal
            .findings
            .into_iter()
            .partition(|finding| finding.code == FindingCode::MissingPersonal);
        report.findings.extend(other);
        report.notes.extend(
            missing.iter().map(|finding| format!("to be judged once the journal holds: {finding}")),
        );
    }
    report.notes.extend(personal.notes);
    Ok(report)
}

/// What became of the personal fields.
#[derive(Default)]
struct Personal {
    hold: u64,
    findings: Vec<Finding>,
    notes: Vec<String>,
}

fn place_of(record: &Stored, id: &str) -> Finding {
    Finding {
        code: FindingCode::MissingPersonal,
        file: segment::relative(LogKind::Journal, record.place.segment),
        offset: record.place.offset,
        chain: Some(record.chain),
        seq: Some(record.seq),
        message: format!(
            "the personal fields `{id}` are missing and no record says they were erased"
        ),
    }
}

fn check_log(
    dir: &Path,
    log: LogKind,
    report: &mut VerifyReport,
    each: &mut dyn FnMut(Stored) -> Result<(), Stop>,
) -> Result<(), StoreError> {
    let anchor = match anchor_of(dir, log, &mut report.notes)? {
        Ok(Some(anchor)) => anchor,
        Ok(None) => return Ok(()),
        Err(finding) => {
            report.findings.push(finding);
            return Ok(());
        }
    };
    let walk = Walk { anchor: Some(anchor), ..Walk::new(dir, log) };
    let walked = walk.run(each)?;
    match walked.broken(log, &anchor) {
        Some(finding) => report.findings.push(finding),
        None => report.notes.extend(walked.defect.map(|defect| {
            format!("behind the acknowledged records: {defect}; the next start cuts it off, or it is being written now")
        })),
    }
    match log {
        LogKind::Decisions => {
            let removed = walked.floor.heads.records();
            report.decisions = walked.heads.records().saturating_sub(removed);
            report.retained_from = walked.floor.retained_from();
        }
        LogKind::Journal => {
            report.records = walked.heads.records();
            report.acknowledged = anchor.position.records;
            report.chains = walked.heads.chains().clone();
        }
    }
    Ok(())
}

fn check_personal(
    dir: &Path,
    refs: &BTreeMap<String, (PersonalRef, Finding)>,
    erased: &BTreeSet<String>,
) -> Result<Personal, StoreError> {
    let store = PersonalStore::peek(dir);
    let mut found = Personal::default();
    let check = |id: &str, commitment| {
        store.check(id, commitment).map_err(|error| match error {
            PersonalError::Store(error) => error,
            other => StoreError::Stopped(Box::new(other)),
        })
    };
    let changed = |id: &str| Finding {
        code: FindingCode::CommitmentMismatch,
        file: PersonalStore::relative(id),
        offset: 0,
        chain: None,
        seq: None,
        message: "the personal fields do not fit their commitment".to_owned(),
    };
    for (id, (reference, place)) in refs {
        match check(id, Some(reference.commitment))? {
            Fit::Absent if erased.contains(id) => {}
            Fit::Fits | Fit::Changed if erased.contains(id) => {
                found.notes.push(format!(
                    "`{id}` is recorded as erased but its file is still there; erase it again"
                ));
            }
            Fit::Fits => found.hold = found.hold.saturating_add(1),
            Fit::Absent => found.findings.push(place.clone()),
            Fit::Changed => {
                found.findings.push(Finding { chain: place.chain, seq: place.seq, ..changed(id) });
            }
        }
    }
    // Files no record refers to yet (kept just before a crash) are checked against themselves.
    let mut unnamed = store.all().map_err(|error| StoreError::Stopped(Box::new(error)))?;
    unnamed.retain(|id| !refs.contains_key(id) && !erased.contains(id));
    for id in unnamed {
        match check(&id, None)? {
            Fit::Fits => found.hold = found.hold.saturating_add(1),
            Fit::Absent => {}
            Fit::Changed => found.findings.push(changed(&id)),
        }
    }
    Ok(found)
}
