//! What holds a step back, in a reader's words.

use model::{CivilDay, Refusal, RefusalKind};

/// One reason beyond order, body and days why a step may not be taken. Titles are in the reader's
/// language; amounts in cents.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Hold {
    /// The supervision committee has asked a written question.
    QuestionOpen {
        /// Number of the question.
        number: i64,
        /// Day it was asked.
        day: CivilDay,
    },
    /// The result of an earlier step is not published.
    Unpublished {
        /// Title of that step.
        title: String,
    },
    /// Objections to the publication are not answered.
    ObjectionOpen {
        /// How many.
        count: i64,
    },
    /// There is no reviewed price.
    NoPriceReview {
        /// Title of the step.
        title: String,
    },
    /// No price is stated.
    NoPrice {
        /// Title of the step.
        title: String,
    },
    /// A price is stated where the step takes none.
    PriceNotAsked {
        /// Title of the step.
        title: String,
    },
    /// The price is below the approved floor.
    BelowFloor {
        /// Price stated.
        cents: i64,
        /// Approved floor.
        floor: i64,
    },
    /// The price is above the approved cost.
    AboveCeiling {
        /// Price stated.
        cents: i64,
        /// Approved cost.
        ceiling: i64,
    },
    /// The change goes back to a body.
    ChangeNeedsBody {
        /// New price.
        cents: i64,
        /// Titles of the bodies that may decide.
        bodies: Vec<String>,
    },
    /// Joint supervision has not signed.
    SignOffsMissing {
        /// Organs that signed.
        given: i64,
        /// Organs that must have.
        needed: i64,
        /// Titles of mandatory organs that did not.
        organs: Vec<String>,
    },
    /// Linked matters together reach a higher band.
    SplitSuspected {
        /// Sum of the linked matters.
        linked: i64,
        /// Upper edge of the matter's own band.
        below: i64,
    },
    /// A ratification is late.
    RatifiedLate {
        /// By how many days.
        days: i64,
    },
}

/// Cents as yuan with two decimals, e.g. `4999.99`.
fn yuan(cents: i64) -> String {
    let size = cents.unsigned_abs();
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", size.div_euclid(100), size.rem_euclid(100))
}

impl Hold {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::QuestionOpen { .. } => "QUESTION_OPEN",
            Self::Unpublished { .. } => "STAGE_UNPUBLISHED",
            Self::ObjectionOpen { .. } => "OBJECTION_OPEN",
            Self::NoPriceReview { .. } => "NO_PRICE_REVIEW",
            Self::NoPrice { .. } => "PRICE_MISSING",
            Self::PriceNotAsked { .. } => "PRICE_NOT_ASKED",
            Self::BelowFloor { .. } => "PRICE_BELOW_FLOOR",
            Self::AboveCeiling { .. } => "PRICE_ABOVE_CEILING",
            Self::ChangeNeedsBody { .. } => "CHANGE_NEEDS_BODY",
            Self::SignOffsMissing { .. } => "SIGN_OFFS_MISSING",
            Self::SplitSuspected { .. } => crate::holds::SPLIT,
            Self::RatifiedLate { .. } => crate::holds::LATE,
        }
    }

    /// 中文：卡在哪里。
    pub fn text(&self) -> String {
        match self {
            Self::QuestionOpen { number, day } => {
                format!("村务监督委员会{day}提出的第{number}号书面询问还没有答复，先停办。")
            }
            Self::Unpublished { title } => format!("“{title}”的情况还没有公开，不能进入下一环节。"),
            Self::ObjectionOpen { count } => format!("公示期内有{count}件异议还没有答复。"),
            Self::NoPriceReview { title } => {
                format!("还没有造价或者底价评审，不能办“{title}”。")
            }
            Self::NoPrice { title } => format!("“{title}”要写明金额，没有写。"),
            Self::PriceNotAsked { title } => format!("“{title}”不用写金额。"),
            Self::BelowFloor { cents, floor } => {
                format!("合同价{}元低于评审底价{}元。", yuan(*cents), yuan(*floor))
            }
            Self::AboveCeiling { cents, .. } if *cents >= 0 && self.no_review() => {
                "还没有评审价，不能签合同。".to_owned()
            }
            Self::AboveCeiling { cents, ceiling } => {
                format!("合同价{}元高于评审价{}元。", yuan(*cents), yuan(*ceiling))
            }
            Self::ChangeNeedsBody { cents, bodies } => format!(
                "变更后的金额{}元超出允许的幅度或者跨了金额档，要由{}重新决定。",
                yuan(*cents),
                bodies.join("或者")
            ),
            Self::SignOffsMissing { given, needed, organs } if organs.is_empty() => {
                format!("联合监管要有{needed}个部门签字，现在只有{given}个。")
            }
            Self::SignOffsMissing { organs, .. } => {
                format!("联合监管还缺{}签字。", organs.join("、"))
            }
            Self::SplitSuspected { linked, below } => format!(
                "同一地点在规定时间内的几件事合计{}元，达到{}元，疑似化整为零。",
                yuan(*linked),
                yuan(*below)
            ),
            Self::RatifiedLate { days } if *days == i64::MAX => {
                "追认期限算不出来，按超期处理。".to_owned()
            }
            Self::RatifiedLate { days } => format!("先办后议，超过追认期限{days}天，属于违规。"),
        }
    }

    fn no_review(&self) -> bool {
        matches!(self, Self::AboveCeiling { ceiling, .. } if *ceiling < 0)
    }

    /// English: what holds it.
    pub fn english(&self) -> String {
        match self {
            Self::QuestionOpen { number, day } => format!(
                "question {number} of the supervision committee of {day} is not answered; the matter stops"
            ),
            Self::Unpublished { title } => format!("the result of `{title}` is not published"),
            Self::ObjectionOpen { count } => {
                format!("{count} objections to the publication are not answered")
            }
            Self::NoPriceReview { title } => format!("`{title}` needs a reviewed price first"),
            Self::NoPrice { title } => format!("`{title}` needs a price in `cents`"),
            Self::PriceNotAsked { title } => format!("`{title}` takes no price; leave out `cents`"),
            Self::BelowFloor { cents, floor } => {
                format!("the price of {} is below the floor of {}", yuan(*cents), yuan(*floor))
            }
            Self::AboveCeiling { .. } if self.no_review() => {
                "there is no reviewed price; no contract without it".to_owned()
            }
            Self::AboveCeiling { cents, ceiling } => {
                format!("the price of {} is above the approved {}", yuan(*cents), yuan(*ceiling))
            }
            Self::ChangeNeedsBody { cents, bodies } => {
                format!("a change to {} needs a decision of {}", yuan(*cents), bodies.join(" or "))
            }
            Self::SignOffsMissing { given, needed, organs } if organs.is_empty() => {
                format!("{given} of {needed} organs have signed")
            }
            Self::SignOffsMissing { organs, .. } => {
                format!("the signatures of {} are missing", organs.join(", "))
            }
            Self::SplitSuspected { linked, below } => format!(
                "matters of one site come to {} and reach {}: splitting is suspected",
                yuan(*linked),
                yuan(*below)
            ),
            Self::RatifiedLate { days } if *days == i64::MAX => {
                "the limit of the ratification cannot be told and counts as passed".to_owned()
            }
            Self::RatifiedLate { days } => format!("the ratification is {days} days late"),
        }
    }

    /// 中文：下一步怎么办。
    pub fn help(&self) -> &'static str {
        match self {
            Self::QuestionOpen { .. } => "请先书面答复询问，再往下办。",
            Self::Unpublished { .. } => "请文书先公开上一环节的情况。",
            Self::ObjectionOpen { .. } => "请逐件答复异议后再办。",
            Self::NoPriceReview { .. } => "请先请没有提出这件事的人评审价格并登记。",
            Self::NoPrice { .. } => "请写明金额，单位是分。",
            Self::PriceNotAsked { .. } => "请去掉金额再办。",
            Self::BelowFloor { .. } | Self::AboveCeiling { .. } => {
                "请按评审价重新确定合同价；评审价有误的，重新评审。"
            }
            Self::ChangeNeedsBody { .. } => "请召开这个会议，登记会议记录后引用它再办。",
            Self::SignOffsMissing { .. } => "请缺的部门签字，签够了再办。",
            Self::SplitSuspected { .. } => {
                "请合并按上一档办理；确实不是化整为零的，由监督的人写明理由放行。"
            }
            Self::RatifiedLate { .. } => "请尽快开会追认，并由监督的人写明理由放行。",
        }
    }

    /// As callers read it.
    pub fn refusal(&self) -> Refusal {
        let kind = match self {
            Self::NoPrice { .. } | Self::PriceNotAsked { .. } => RefusalKind::Invalid,
            _ => RefusalKind::Unprocessable,
        };
        Refusal::new(kind, self.code(), self.english(), self.text(), self.help())
    }
}
