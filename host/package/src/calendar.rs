//! Published holidays of a year, for deadlines in working days.

use model::CivilDay;
use serde::{Deserialize, Serialize};

/// One holiday with the weekend days that are worked for it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Holiday {
    /// 中文名称.
    pub name: String,
    /// First day off.
    pub from: CivilDay,
    /// Last day off.
    pub to: CivilDay,
    /// Weekend days that are worked to make up for it.
    #[serde(default)]
    pub workdays: Vec<CivilDay>,
}

impl Holiday {
    /// Each day off; none when it ends before it starts.
    pub fn days(&self) -> impl Iterator<Item = CivilDay> {
        let (from, to) = (self.from.number(), self.to.number());
        (from..=to).filter_map(|number| CivilDay::from_number(number).ok())
    }
}

/// The holidays of a year, as published.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CalendarYear {
    /// The year.
    pub year: i16,
    /// 中文：依据, the notice they are taken from.
    pub source: String,
    /// 中文说明.
    #[serde(default)]
    pub note: String,
    /// Holidays in order.
    pub holidays: Vec<Holiday>,
}
