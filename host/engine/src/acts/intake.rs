//! What an event must be to be taken in.

use model::{DivisionCode, Refusal, RefusalKind};
use package::{RuleLaw, Scheme, Subject};

use crate::acts::events::{EventInput, round_id};
use crate::acts::{id, invalid, not_found, same_township};
use crate::limits;
use crate::operation::View;

/// Holds one event against its scheme as it stood on the event's day.
pub(super) fn check_event(
    view: &View<'_>,
    village: DivisionCode,
    scheme: &Scheme,
    event: &EventInput,
) -> Result<(), Refusal> {
    id("id", &event.id)?;
    let then = view.snapshot.scheme(event.day, village, &scheme.id).ok_or_else(|| {
        Refusal::new(
            RefusalKind::Unprocessable,
            "SCHEME_NOT_YET",
            format!("scheme `{}` was not in force on {}", scheme.id, event.day),
            format!("{}这一天还没有“{}”这个办法，不能记分。", event.day, scheme.title),
            "请核对日期；办法生效以前的事不记分。",
        )
    })?;
    let scheme = then.1;
    let kind = scheme.event(&event.kind).ok_or_else(|| {
        invalid(
            "type",
            &format!("scheme `{}` has no event `{}`", scheme.id, event.kind),
            "本办法没有这种记录。",
        )
    })?;
    if event.day > view.today() {
        return Err(invalid("day", "an event lies in the past", "日期不能晚于今天。"));
    }
    if event.note.chars().count() > limits::NOTE_CHARS_MAX {
        return Err(invalid("note", "at most 500 characters", "备注最多500字。"));
    }
    check_subject(view, village, scheme, &event.subject)?;
    check_words(view, event)?;
    for (name, range) in &kind.quantities {
        let value = event.quantities.get(name).copied();
        if !value.is_some_and(|value| (range.min..=range.max).contains(&value)) {
            return Err(invalid(
                name,
                &format!("a whole number from {} to {} is needed", range.min, range.max),
                &format!("应为{}到{}之间的整数（{}）。", range.min, range.max, range.unit),
            ));
        }
    }
    if let Some(extra) = event.quantities.keys().find(|name| !kind.quantities.contains_key(*name)) {
        return Err(invalid(
            extra,
            "the scheme names no such quantity",
            "本办法没有这一项，不收集。",
        ));
    }
    if scheme.law == RuleLaw::Settle {
        let round = round_id(village, scheme, event.day);
        if view.state.rounds.get(&round).is_none() {
            return Err(not_found("round", "评分轮次", &round));
        }
    }
    Ok(())
}

/// Who of the household did it, how it came in and what it rests on: short words, and a member who lives there.
fn check_words(view: &View<'_>, event: &EventInput) -> Result<(), Refusal> {
    let word = |text: &str| {
        text.len() <= 40
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    for (name, text) in [("channel", &event.channel), ("evidence", &event.evidence)] {
        if !word(text) {
            return Err(invalid(
                name,
                "one short word in small letters, such as `photo`",
                "请写一个小写的短词，例如 photo。",
            ));
        }
    }
    let lives_there = event.member.is_empty()
        || event.member == event.subject
        || view.state.persons.get(&event.member).is_some_and(|row| row.household == event.subject);
    if lives_there {
        return Ok(());
    }
    Err(invalid("member", "no person of this household", "这个人不是本户的成员。"))
}

fn check_subject(
    view: &View<'_>,
    village: DivisionCode,
    scheme: &Scheme,
    subject: &str,
) -> Result<(), Refusal> {
    let place = match scheme.subject {
        Subject::Household => view.state.households.get(subject).map(|row| row.village),
        Subject::Person => view.state.persons.get(subject).map(|row| row.unit),
        Subject::Office => {
            crate::scoring::office(view.edition, subject).map(|(village, _)| village)
        }
    };
    match place {
        Some(place) if place == village => Ok(()),
        Some(place) if same_township(place, village) => {
            Err(invalid("subject", "lives in another village", "该户（人）不在本村（社区）。"))
        }
        Some(_) => Err(Refusal::new(
            RefusalKind::Unprocessable,
            "EVENT_FOR_ANOTHER_TOWNSHIP",
            format!(
                "subject `{subject}` belongs to another township than `{village}`; send the event there"
            ),
            "该户（人）属于其他镇街，不能记入本镇街。",
            "请提交到其所在镇街。",
        )),
        None => Err(not_found("subject", "户（人）", subject)),
    }
}

/// Says which of the events sent is meant.
pub(super) fn at_event(index: usize, refusal: Refusal) -> Refusal {
    Refusal {
        message: format!("events[{index}]: {}", refusal.message),
        text: format!("第{}条：{}", index.saturating_add(1), refusal.text),
        ..refusal
    }
}
