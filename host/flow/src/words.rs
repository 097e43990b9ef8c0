//! Chinese words for what stands in the way of a step, and shares as a clerk writes them.

use model::{Fraction, TallyError};

use crate::StepProblem;
use crate::item::{BodyRule, Denominator};

impl StepProblem {
    /// 中文：出了什么问题。
    pub fn text(&self) -> String {
        match self {
            Self::StepUnknown { item, step } => format!("事项{item}里没有“{step}”这一步。"),
            Self::StepAlreadyTaken { title, day, .. } => {
                format!("“{title}”已于{day}办过，不能重复办。")
            }
            Self::StepOutOfOrder { title, missing_titles, .. } => {
                format!("“{title}”不能提前办，前面还缺{}。", quoted(missing_titles))
            }
            Self::TooEarly { title, earliest, .. } => {
                format!("“{title}”最早要到{earliest}才能办。")
            }
            Self::StayNotOver { title, publication, days, until, .. } => {
                format!("“{publication}”要公布满{days}天，{until}起才能办“{title}”。")
            }
            Self::BodyUnknown { body } => format!("现行规则里没有写明“{body}”怎样议事表决。"),
            Self::NoMeetingRecord { body_title, .. } => {
                format!("这一步要有{body_title}的会议记录，没有引用。")
            }
            Self::WrongBody { body_title, cited_title, .. } => {
                format!("这一步要由{body_title}决定，引用的却是{cited_title}的记录。")
            }
            Self::MeetingInFuture { day, today } => {
                format!("会议日期{day}晚于今天{today}，会还没有开。")
            }
            Self::MeetingBeforePredecessor { day, last, last_title } => {
                format!("会议{day}召开，早于前一步“{last_title}”（{last}），不能算数。")
            }
            Self::NoticeTooShort { given, needed, body_title } => {
                format!("{body_title}要提前{needed}天通知，实际只提前{given}天。")
            }
            Self::BadTally(why) => format!("会议人数或票数不对：{}。", tally_words(*why)),
            Self::NoQuorum { body_title, present, eligible, share, .. } => {
                format!(
                    "{body_title}到会人数不够：应到{eligible}人，实到{present}人，须有{share}到会。"
                )
            }
            Self::NoMajority { body_title, in_favour, whole, share, .. } => {
                format!("{body_title}没有通过：{whole}人中赞成{in_favour}人，须有{share}同意。")
            }
        }
    }

    /// 中文：下一步怎么办。
    pub fn help(&self) -> String {
        match self {
            Self::StepUnknown { .. } => "请从本事项的步骤里选。".to_owned(),
            Self::StepAlreadyTaken { .. } => "请办下一步；记错了请另记更正。".to_owned(),
            Self::StepOutOfOrder { missing_titles, .. } => {
                format!("请先办{}。", quoted(missing_titles))
            }
            Self::TooEarly { earliest, .. } => {
                format!("请在{earliest}或以后再办；要开会的，会也在这天或以后开。")
            }
            Self::StayNotOver { until, .. } => format!("请继续公布，{until}起再办。"),
            Self::BodyUnknown { .. } => {
                "请县（市、区）管理员在规则包里补上该组织的议事规则。".to_owned()
            }
            Self::NoMeetingRecord { body_title, .. } => {
                format!("请先召开{body_title}，登记会议记录后再办。")
            }
            Self::WrongBody { body_title, .. } => format!("请引用{body_title}的会议记录。"),
            Self::MeetingInFuture { .. } => "请开会后再登记办理。".to_owned(),
            Self::MeetingBeforePredecessor { .. } => "请在前一步办完后重新开会表决。".to_owned(),
            Self::NoticeTooShort { needed, .. } => format!("请提前{needed}天发出通知，重新开会。"),
            Self::BadTally(_) => "请对照签到册和计票单更正会议记录。".to_owned(),
            Self::NoQuorum { .. } => "请另定时间，到会人数够了再开会。".to_owned(),
            Self::NoMajority { .. } => "未通过的不能往下办；可修改方案后重新提请表决。".to_owned(),
        }
    }
}

impl BodyRule {
    /// The quorum in words, e.g. `应到人员的三分之二以上`.
    pub fn quorum_words(&self) -> String {
        format!("应到人员的{}", share(self.quorum))
    }

    /// The majority in words, e.g. `到会人员的过半数`.
    pub fn majority_words(&self) -> String {
        let whole = match self.of {
            Denominator::Present => "到会人员",
            Denominator::Eligible => "全体应到人员",
        };
        format!("{whole}的{}", share(self.majority))
    }
}

/// `过半数`, `三分之二以上`, `超过三分之一`.
fn share(of: Fraction) -> String {
    if of == (Fraction { num: 1, den: 2, inclusive: false }) {
        return "过半数".to_owned();
    }
    let (num, den) = (digit(of.num), digit(of.den));
    if of.inclusive { format!("{den}分之{num}以上") } else { format!("超过{den}分之{num}") }
}

fn digit(number: i64) -> String {
    let digits = ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十"];
    let known = usize::try_from(number).ok().and_then(|n| digits.get(n));
    known.map_or_else(|| number.to_string(), |d| (*d).to_owned())
}

fn quoted(titles: &[String]) -> String {
    titles.iter().map(|t| format!("“{t}”")).collect::<Vec<_>>().join("、")
}

const fn tally_words(why: TallyError) -> &'static str {
    match why {
        TallyError::OutOfRange => "人数须在0到1000万之间",
        TallyError::MorePresentThanEligible => "实到多于应到",
        TallyError::VotesDoNotAddUp => "赞成、反对、弃权之和不等于实到",
    }
}
