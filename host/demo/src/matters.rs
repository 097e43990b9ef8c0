//! Three matters in one village unit: land compensation before the member assembly, a payment
//! before the supervisors' stamp, and a seal request before approval.

use model::{CivilDay, Tally};

use crate::DemoError;
use crate::people::Village;
use crate::rows::{DemoData, Matter, Meeting, Taken};
use crate::settings::Settings;

struct Story<'a> {
    village: &'a Village,
    today: CivilDay,
}

impl Story<'_> {
    fn ago(&self, days: i64) -> Result<CivilDay, DemoError> {
        Ok(self.today.plus_days(days.saturating_neg())?)
    }

    fn id(&self, what: &str) -> String {
        format!("{}-{what}-{}-001", self.village.code, self.today.ymd().0)
    }

    fn taken(
        &self,
        step: &str,
        days_ago: i64,
        officer: u32,
        record: &str,
    ) -> Result<Taken, DemoError> {
        let by = self.village.officer(officer);
        Ok(Taken { step: step.to_owned(), day: self.ago(days_ago)?, by, record: record.to_owned() })
    }

    fn meeting(
        &self,
        body: &str,
        item: &str,
        days_ago: i64,
        notice: i64,
        tally: Tally,
    ) -> Result<Meeting, DemoError> {
        Ok(Meeting {
            id: self.id(body),
            body: body.to_owned(),
            village: self.village.code,
            item: item.to_owned(),
            matter: self.id(item),
            day: self.ago(days_ago)?,
            notice_day: self.ago(days_ago.saturating_add(notice))?,
            tally,
            recorded_by: self.village.clerk(),
        })
    }
}

/// Opens the three matters.
pub(crate) fn open(
    village: &Village,
    settings: &Settings,
    data: &mut DemoData,
) -> Result<(), DemoError> {
    let story = Story { village, today: settings.matters_day };
    land(&story, data)?;
    payment(&story, data)?;
    seal(&story, data)
}

/// Stands before `MEM`. The representatives met too, and may not decide; the member assembly
/// reached two thirds of all members, so its record carries the step.
fn land(story: &Story<'_>, data: &mut DemoData) -> Result<(), DemoError> {
    let branch = Tally { eligible: 5, present: 5, in_favour: 5, against: 0, abstain: 0 };
    let representatives =
        Tally { eligible: 40, present: 38, in_favour: 36, against: 1, abstain: 1 };
    let members = Tally { eligible: 612, present: 468, in_favour: 431, against: 20, abstain: 17 };
    data.meetings.push(story.meeting("BRANCH", "S10", 40, 1, branch)?);
    data.meetings.push(story.meeting("MEM", "S10", 5, 12, members)?);
    data.meetings.push(story.meeting("REP", "S10", 30, 5, representatives)?);
    data.matters.push(Matter {
        id: story.id("S10"),
        item: "S10".to_owned(),
        village: story.village.code,
        title: "道路拓宽征地补偿费分配方案".to_owned(),
        amount_cents: 126_000_000,
        seal_class: String::new(),
        opened_by: story.village.clerk(),
        opened: story.ago(49)?,
        taken: vec![
            story.taken("PLAN", 47, 11, "")?,
            story.taken("PTY", 40, 1, &story.id("BRANCH"))?,
        ],
    });
    Ok(())
}

/// Stands before `STAMP`, within the director's band.
fn payment(story: &Story<'_>, data: &mut DemoData) -> Result<(), DemoError> {
    data.matters.push(Matter {
        id: story.id("P15"),
        item: "P15".to_owned(),
        village: story.village.code,
        title: "购买保洁工具".to_owned(),
        amount_cents: 86_000,
        seal_class: String::new(),
        opened_by: story.village.clerk(),
        opened: story.ago(4)?,
        taken: vec![story.taken("VOUCHER", 4, 4, "")?, story.taken("VERIFY", 3, 3, "")?],
    });
    Ok(())
}

/// Stands before `APPROVE`.
fn seal(story: &Story<'_>, data: &mut DemoData) -> Result<(), DemoError> {
    data.matters.push(Matter {
        id: story.id("S11"),
        item: "S11".to_owned(),
        village: story.village.code,
        title: "向镇里报送自来水维修申请".to_owned(),
        amount_cents: 0,
        seal_class: "A".to_owned(),
        opened_by: story.village.clerk(),
        opened: story.ago(1)?,
        taken: vec![story.taken("APPLY", 1, 5, "")?],
    });
    Ok(())
}
