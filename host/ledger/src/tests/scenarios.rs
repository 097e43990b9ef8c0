//! Tables of acts with the answer behind `=>`, run through one `check`.

use std::collections::BTreeMap;

use model::{Cents, CivilDay, DivisionCode, Points};

use crate::{
    Account, Book, Entry, EntryChange, EntryState, LedgerRefusal, Order, Redemption, Scored,
    Transaction, Unit, claim_id, difference,
};

pub(super) fn day(text: &str) -> CivilDay {
    CivilDay::parse(text).unwrap()
}

pub(super) fn village() -> DivisionCode {
    DivisionCode::parse("370285102259").unwrap()
}

pub(super) fn scored(subject: &str, item: &str, points: i64, events: &[&str]) -> Scored {
    Scored {
        subject: subject.to_owned(),
        village: village(),
        scheme: "sanitation".to_owned(),
        period: "2026Q3".to_owned(),
        item: item.to_owned(),
        points: Points(points),
        reason: "庭院整洁".to_owned(),
        clause: "村规民约第5条".to_owned(),
        events: events.iter().map(|e| (*e).to_owned()).collect(),
        submitters: ["p05".to_owned()].into(),
        day: day("2026-10-01"),
        platform: false,
    }
}

pub(super) fn order(id: &str, subject: &str, quantity: i64, points: i64, cents: i64) -> Order {
    Order {
        id: id.to_owned(),
        subject: subject.to_owned(),
        village: village(),
        offer: "soap".to_owned(),
        fund: "welfare".to_owned(),
        quantity,
        points: Points(points),
        cents: Cents(cents),
        requested_by: "r0001".to_owned(),
        day: day("2026-10-01"),
        until: day("2026-10-31"),
    }
}

/// `5.00` or `-0.50` in hundredths; a bare number as it is.
fn amount(text: &str) -> i64 {
    text.replace('.', "").parse().unwrap()
}

#[derive(Default)]
struct Desk {
    book: Book,
    claims: BTreeMap<String, Vec<Entry>>,
    redemptions: BTreeMap<String, Redemption>,
}

impl Desk {
    fn act(&mut self, words: &[&str]) -> Result<String, LedgerRefusal> {
        let ok = |_| "ok".to_owned();
        match words {
            ["fund", id, cents] => {
                self.book.apply(&Transaction::fund_in(*id, "welfare", Cents(amount(cents)))).map(ok)
            }
            ["stock", id, pieces] => {
                self.book.apply(&Transaction::stock_in(*id, "soap", amount(pieces))).map(ok)
            }
            ["score", subject, item, points, events @ ..] => {
                self.score(&scored(subject, item, amount(points), events))
            }
            ["approve", subject, item] => self.review(subject, item, true),
            ["reject", subject, item] => self.review(subject, item, false),
            ["order", id, subject, quantity, points, cents] => {
                let order = order(id, subject, amount(quantity), amount(points), amount(cents));
                self.redemptions.insert((*id).to_owned(), Redemption::quote(order)?);
                Ok("ok".to_owned())
            }
            [act @ ("reserve" | "confirm" | "cancel" | "expire"), id, on] => {
                let (now, on) = (&self.redemptions[*id], day(on));
                let (next, transaction) = match *act {
                    "reserve" => now.reserve(on)?,
                    "confirm" => now.confirm("p09", on)?,
                    "cancel" => now.cancel("p09", on)?,
                    _ => now.expire("p09", on)?,
                };
                self.book.apply(&transaction)?;
                self.redemptions.insert((*id).to_owned(), next);
                Ok("ok".to_owned())
            }
            ["balance", account] => {
                let account = Account::parse(account).unwrap();
                let show = |u: &Unit| self.book.balance(&account, *u).to_string();
                Ok(account.units().iter().map(show).collect::<Vec<_>>().join(" "))
            }
            other => panic!("{other:?}"),
        }
    }

    fn score(&mut self, now: &Scored) -> Result<String, LedgerRefusal> {
        let history = self.claims.entry(now.claim()).or_default();
        let changes = difference(history, now)?;
        for change in &changes {
            match history.iter_mut().find(|e| e.id == change.entry().id) {
                Some(known) => *known = change.entry().clone(),
                None => history.push(change.entry().clone()),
            }
        }
        let show = |c: &EntryChange| match c {
            EntryChange::Supersede(e) => format!("supersede {}", e.points),
            EntryChange::Propose(e) => format!("propose {}", e.points),
        };
        let words: Vec<String> = changes.iter().map(show).collect();
        Ok(if words.is_empty() { "nothing".to_owned() } else { words.join(", ") })
    }

    /// Reviews the oldest proposal of the claim.
    fn review(
        &mut self,
        subject: &str,
        item: &str,
        approve: bool,
    ) -> Result<String, LedgerRefusal> {
        let claim = claim_id("sanitation", "2026Q3", subject, item);
        let entry = self
            .claims
            .get_mut(&claim)
            .and_then(|h| h.iter_mut().find(|e| e.state == EntryState::Proposed));
        let entry = entry.unwrap();
        if !approve {
            *entry = entry.reject("p20", day("2026-10-10"))?;
            return Ok("rejected".to_owned());
        }
        let (next, transaction) =
            entry.approve("p20", day("2026-10-10"), self.book.spendable(subject))?;
        self.book.apply(&transaction)?;
        assert_eq!(next.transaction()?, transaction);
        *entry = next;
        Ok(entry.clawback.map_or_else(
            || format!("awarded {}", entry.points),
            |c| format!("took {} of {}, {} uncollected", c.collected, c.requested, c.uncollected),
        ))
    }
}

fn check(script: &str) {
    let mut desk = Desk::default();
    for line in script.lines().map(str::trim).filter(|l| !l.is_empty()) {
        let (ask, want) = line.split_once("=>").unwrap();
        let before = desk.book.clone();
        let got = desk.act(&ask.split_whitespace().collect::<Vec<_>>()).unwrap_or_else(|refusal| {
            assert_eq!(desk.book, before, "a refusal changed the book: {line}");
            assert!(
                refusal.text().ends_with('。') && refusal.help().ends_with('。'),
                "{refusal:?}"
            );
            assert_eq!(refusal.refusal().code, refusal.code());
            refusal.code().to_owned()
        });
        assert_eq!(got, want.trim(), "{line}");
        assert_eq!(desk.book.verify(), Ok(()), "{line}");
    }
}

#[test]
fn points_are_earned_and_spent() {
    check(
        "fund f1 100.00 => ok
         stock s1 5 => ok
         score h1 yard 8.00 e1 e2 => propose 8.00
         balance spendable/h1 => 0
         approve h1 yard => awarded 8.00
         order r1 h1 2 3.00 10.00 => ok
         reserve r1 2026-10-11 => ok
         balance spendable/h1 => 500
         balance hold/r1 => 300 1000 2
         confirm r1 2026-10-31 => ok
         balance hold/r1 => 0 0 0
         balance honour/h1 => 800
         balance redeemed/370285102000 => 300
         balance handed-out/soap => 2
         balance settled/welfare => 1000
         balance fund/welfare => 9000
         balance issuance/370285102000 => -800 -800",
    );
}

#[test]
fn what_does_not_suffice_is_refused_shelf_first_then_fund_then_points() {
    check(
        "score h1 yard 8.00 e1 => propose 8.00
         approve h1 yard => awarded 8.00
         order r1 h1 2 9.00 10.00 => ok
         reserve r1 2026-10-11 => OUT_OF_STOCK
         stock s1 2 => ok
         reserve r1 2026-10-11 => FUND_EXHAUSTED
         fund f1 10.00 => ok
         reserve r1 2026-10-11 => NOT_ENOUGH_POINTS
         score h1 yard 9.00 e1 e2 => propose 1.00
         approve h1 yard => awarded 1.00
         reserve r1 2026-10-11 => ok
         order r2 h1 1 0.00 0.00 => ok
         reserve r2 2026-10-11 => OUT_OF_STOCK
         cancel r1 2026-10-11 => ok
         reserve r2 2026-10-11 => ok
         balance spendable/h1 => 900",
    );
}

#[test]
fn a_redemption_goes_forward_only() {
    check(
        "stock s1 9 => ok
         order bad h1 0 0.00 0.00 => ORDER_MALFORMED
         order r1 h1 1 0.00 0.00 => ok
         confirm r1 2026-10-11 => REDEMPTION_STATE
         cancel r1 2026-10-11 => REDEMPTION_STATE
         reserve r1 2026-11-01 => REDEMPTION_STATE
         reserve r1 2026-10-11 => ok
         reserve r1 2026-10-11 => REDEMPTION_STATE
         expire r1 2026-10-31 => REDEMPTION_STATE
         confirm r1 2026-11-01 => REDEMPTION_STATE
         expire r1 2026-11-01 => ok
         cancel r1 2026-11-01 => REDEMPTION_STATE
         expire r1 2026-11-01 => REDEMPTION_STATE
         balance stock/soap => 9",
    );
}

#[test]
fn the_same_id_is_one_payment() {
    check(
        "fund f1 1.00 => ok
         fund f1 1.00 => ok
         balance fund/welfare => 100
         fund f1 2.00 => IDEMPOTENCY_KEY_REUSED
         fund f2 0.00 => AMOUNT_NOT_POSITIVE
         balance fund/welfare => 100",
    );
}

#[test]
fn a_late_event_posts_the_difference() {
    check(
        "score h1 yard 5.00 e1 => propose 5.00
         score h1 yard 5.00 e1 => nothing
         score h1 yard 6.50 e1 e2 => propose 1.50
         approve h1 yard => awarded 5.00
         approve h1 yard => awarded 1.50
         score h1 yard 6.50 e1 e2 => nothing
         balance spendable/h1 => 650",
    );
}

#[test]
fn a_lower_result_replaces_what_waits_and_corrects_what_stands() {
    check(
        "score h1 yard 5.00 e1 => propose 5.00
         approve h1 yard => awarded 5.00
         score h1 yard 9.00 e1 e2 => propose 4.00
         score h1 yard 6.00 e1 e2 => supersede 4.00, propose 1.00
         score h1 yard 3.00 e1 e2 => supersede 1.00, propose -2.00
         score h1 yard 4.00 e1 e2 => supersede -2.00, propose -1.00
         balance spendable/h1 => 500
         approve h1 yard => took 1.00 of 1.00, 0.00 uncollected
         balance honour/h1 => 400
         score h1 yard 4.00 e1 e2 => nothing",
    );
}

#[test]
fn what_was_spent_stays_uncollected_and_on_record() {
    check(
        "fund f1 100.00 => ok
         stock s1 5 => ok
         score h1 yard 5.00 e1 => propose 5.00
         approve h1 yard => awarded 5.00
         order r1 h1 1 3.00 1.00 => ok
         reserve r1 2026-10-11 => ok
         confirm r1 2026-10-11 => ok
         score h1 yard 0.00 => propose -5.00
         approve h1 yard => took 2.00 of 5.00, 3.00 uncollected
         balance spendable/h1 => 0
         balance honour/h1 => 0
         balance issuance/370285102000 => 0 -300
         score h1 yard 5.00 e3 => propose 5.00
         approve h1 yard => awarded 5.00
         balance spendable/h1 => 500",
    );
}

#[test]
fn a_disputed_event_takes_its_proposal_along_even_at_the_same_amount() {
    check(
        "score h1 yard 5.00 e1 => propose 5.00
         score h1 yard 5.00 e2 => supersede 5.00, propose 5.00
         score h1 yard 0.00 => supersede 5.00
         score h1 yard 0.00 => nothing",
    );
}

#[test]
fn what_a_reviewer_rejected_comes_back_only_on_other_events() {
    check(
        "score h1 yard 5.00 e1 => propose 5.00
         reject h1 yard => rejected
         score h1 yard 5.00 e1 => nothing
         score h1 yard 5.00 e1 e2 => propose 5.00
         approve h1 yard => awarded 5.00",
    );
}

#[test]
fn less_than_nothing_has_no_basis() {
    check("score h1 yard -0.01 e1 => NO_BASIS");
}
