//! What stands in the way of a step, in a reader's words.

use model::{CivilDay, Refusal, RefusalKind, TallyError};
use thiserror::Error;

/// One reason why a step may not be taken now. Titles are Chinese, for the reader.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum StepProblem {
    /// The item has no such step.
    #[error("item `{item}` has no step `{step}`; take one of its steps")]
    StepUnknown {
        /// Item id.
        item: String,
        /// Step id, as given.
        step: String,
    },
    /// The step was taken before.
    #[error("step `{step}` was taken on {day}; take the next one")]
    StepAlreadyTaken {
        /// Step id.
        step: String,
        /// Step title.
        title: String,
        /// When.
        day: CivilDay,
    },
    /// A step it builds on is missing.
    #[error("step `{step}` comes after `{}`; take those first", missing.join("`, `"))]
    StepOutOfOrder {
        /// Step id.
        step: String,
        /// Step title.
        title: String,
        /// Ids of the missing steps.
        missing: Vec<String>,
        /// Titles of the missing steps.
        missing_titles: Vec<String>,
    },
    /// The gap after the last step is not over.
    #[error("step `{step}` may be taken from {earliest}; wait until then")]
    TooEarly {
        /// Step id.
        step: String,
        /// Step title.
        title: String,
        /// First lawful day, of the meeting where one is needed.
        earliest: CivilDay,
    },
    /// The publication has not stood long enough.
    #[error("publication must stand until {until} before step `{step}`; leave it up")]
    StayNotOver {
        /// Step id.
        step: String,
        /// Step title.
        title: String,
        /// Title of the publication.
        publication: String,
        /// How long it must stand, in days.
        days: i64,
        /// First lawful day.
        until: CivilDay,
    },
    /// The edition does not say how the body decides.
    #[error("body `{body}` has no rule in this edition; add it to the bodies of the package")]
    BodyUnknown {
        /// Body id.
        body: String,
    },
    /// No meeting is cited.
    #[error("step `{step}` needs a meeting record of `{body}`; cite one")]
    NoMeetingRecord {
        /// Step id.
        step: String,
        /// Body id.
        body: String,
        /// Body title.
        body_title: String,
    },
    /// The meeting is of another body.
    #[error("the record is of `{cited}`, step needs `{body}`; cite a record of that body")]
    WrongBody {
        /// Body needed.
        body: String,
        /// Its title.
        body_title: String,
        /// Body of the record.
        cited: String,
        /// Its title.
        cited_title: String,
    },
    /// The meeting lies ahead.
    #[error("the meeting of {day} lies ahead of {today}; record it once it was held")]
    MeetingInFuture {
        /// Day of the meeting.
        day: CivilDay,
        /// Today.
        today: CivilDay,
    },
    /// The meeting was held before the step it builds on.
    #[error("the meeting of {day} was held before the step of {last} it builds on; hold it again")]
    MeetingBeforePredecessor {
        /// Day of the meeting.
        day: CivilDay,
        /// Day of the last step it builds on.
        last: CivilDay,
        /// Title of that step.
        last_title: String,
    },
    /// Notice was given too late.
    #[error("notice was given {given} days before the meeting, {needed} are needed; call it again")]
    NoticeTooShort {
        /// Days given.
        given: i64,
        /// Days needed.
        needed: i64,
        /// Title of the body.
        body_title: String,
    },
    /// The counts cannot be those of a meeting.
    #[error("the counts do not fit: {0}; correct the record")]
    BadTally(TallyError),
    /// Too few were present.
    #[error("{present} of {eligible} present do not reach the quorum of `{body}`; meet again")]
    NoQuorum {
        /// Body id.
        body: String,
        /// Body title.
        body_title: String,
        /// Present.
        present: i64,
        /// Entitled.
        eligible: i64,
        /// The share, in Chinese.
        share: String,
    },
    /// Too few were in favour.
    #[error(
        "{in_favour} of {whole} in favour do not reach the majority of `{body}`; it is not passed"
    )]
    NoMajority {
        /// Body id.
        body: String,
        /// Body title.
        body_title: String,
        /// In favour.
        in_favour: i64,
        /// Counted against.
        whole: i64,
        /// The share and what it is counted against, in Chinese.
        share: String,
    },
}

impl StepProblem {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::StepUnknown { .. } => "STEP_UNKNOWN",
            Self::StepAlreadyTaken { .. } => "STEP_ALREADY_TAKEN",
            Self::StepOutOfOrder { .. } => "STEP_OUT_OF_ORDER",
            Self::TooEarly { .. } => "TOO_EARLY",
            Self::StayNotOver { .. } => "STAY_NOT_OVER",
            Self::BodyUnknown { .. } => "BODY_UNKNOWN",
            Self::NoMeetingRecord { .. } => "NO_MEETING_RECORD",
            Self::WrongBody { .. } => "WRONG_BODY",
            Self::MeetingInFuture { .. } => "MEETING_IN_FUTURE",
            Self::MeetingBeforePredecessor { .. } => "MEETING_BEFORE_PREDECESSOR",
            Self::NoticeTooShort { .. } => "NOTICE_TOO_SHORT",
            Self::BadTally(_) => "BAD_TALLY",
            Self::NoQuorum { .. } => "NO_QUORUM",
            Self::NoMajority { .. } => "NO_MAJORITY",
        }
    }

    /// Whether it is about the order of steps alone: what was taken, not when or by which record.
    pub const fn is_about_order(&self) -> bool {
        matches!(
            self,
            Self::StepUnknown { .. } | Self::StepAlreadyTaken { .. } | Self::StepOutOfOrder { .. }
        )
    }

    /// As callers read it.
    pub fn refusal(&self) -> Refusal {
        let kind = match self {
            Self::StepUnknown { .. } => RefusalKind::NotFound,
            Self::StepAlreadyTaken { .. } => RefusalKind::Conflict,
            Self::BadTally(_) => RefusalKind::Invalid,
            _ => RefusalKind::Unprocessable,
        };
        Refusal::new(kind, self.code(), self.to_string(), self.text(), self.help())
    }
}
