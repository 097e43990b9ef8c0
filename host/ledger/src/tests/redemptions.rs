//! Properties of redemptions against a funded, stocked book.

use std::collections::BTreeMap;

use model::Cents;
use proptest::prelude::*;

use super::books::shown;
use super::scenarios::{day, order};
use crate::{
    Account, Book, LedgerRefusal, Posting, Redemption, RedemptionState, Transaction,
    TransactionKind, Unit,
};

fn funded(stock: i64, cents: i64, points: &[(&str, i64)]) -> Book {
    let mut book = Book::new();
    if stock > 0 {
        book.apply(&Transaction::stock_in("s", "soap", stock)).unwrap();
    }
    if cents > 0 {
        book.apply(&Transaction::fund_in("f", "welfare", Cents(cents))).unwrap();
    }
    for (subject, amount) in points.iter().filter(|(_, amount)| *amount > 0) {
        let from = Account::parse("issuance/370285102000").unwrap();
        let to = Account::Spendable((*subject).to_owned());
        let postings = vec![Posting { unit: Unit::SpendablePoints, from, to, amount: *amount }];
        let id = format!("award/{subject}");
        book.apply(&Transaction { id, kind: TransactionKind::Award, postings, corrects: None })
            .unwrap();
    }
    book
}

/// What a clerk does with one of several orders.
#[derive(Clone, Copy, Debug)]
enum Act {
    Reserve,
    Confirm,
    Cancel,
    Expire,
}

/// One unit of an order.
type Part = fn(&Redemption) -> i64;

fn acts() -> impl Strategy<Value = Vec<(usize, Act)>> {
    let act = prop_oneof![
        4 => Just(Act::Reserve), 2 => Just(Act::Confirm), 2 => Just(Act::Cancel), 1 => Just(Act::Expire),
    ];
    prop::collection::vec((0..4_usize, act), 0..40)
}

fn step(redemption: &Redemption, act: Act) -> Result<(Redemption, Transaction), LedgerRefusal> {
    match act {
        Act::Reserve => redemption.reserve(day("2026-10-11")),
        Act::Confirm => redemption.confirm("p09", day("2026-10-11")),
        Act::Cancel => redemption.cancel("p09", day("2026-10-11")),
        Act::Expire => redemption.expire("p09", day("2026-11-11")),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn reserve_then_cancel_or_expire_is_identity(
        stock in 0..5_i64, cents in 0..500_i64, points in 0..500_i64,
        (quantity, price, pay) in (1..5_i64, 0..400_i64, 0..400_i64), expire in any::<bool>(),
    ) {
        let mut book = funded(stock, cents, &[("h1", points)]);
        let before = shown(&book);
        let quoted = Redemption::quote(order("r1", "h1", quantity, price, pay)).unwrap();
        let (reserved, hold) = quoted.reserve(day("2026-10-11")).unwrap();
        let enough = quantity <= stock && pay <= cents && price <= points;
        prop_assert_eq!(book.apply(&hold).is_ok(), enough);
        if enough {
            prop_assert_eq!(book.stock("soap"), stock - quantity);
            prop_assert_eq!(book.fund("welfare").0, cents - pay);
            prop_assert_eq!(book.spendable("h1").0, points - price);
            let (_, back) = step(&reserved, if expire { Act::Expire } else { Act::Cancel }).unwrap();
            book.apply(&back).unwrap();
        }
        prop_assert_eq!(shown(&book), before);
    }

    #[test]
    fn of_two_reserves_on_the_last_piece_exactly_one_succeeds(first_is_h1 in any::<bool>(), price in 0..400_i64, pay in 0..100_i64) {
        let mut book = funded(1, 1_000, &[("h1", 400), ("h2", 400)]);
        let orders = [order("r1", "h1", 1, price, pay), order("r2", "h2", 1, price, pay)];
        let holds = orders.map(|o| Redemption::quote(o).unwrap().reserve(day("2026-10-11")).unwrap().1);
        let (winner, loser) = if first_is_h1 { (&holds[0], &holds[1]) } else { (&holds[1], &holds[0]) };
        prop_assert!(book.apply(winner).is_ok());
        let after = shown(&book);
        let refusal = LedgerRefusal::StockDoesNotSuffice { offer: "soap".to_owned(), left: 0, asked: 1 };
        prop_assert_eq!(book.apply(loser), Err(refusal));
        prop_assert_eq!(shown(&book), after);
    }

    #[test]
    fn whatever_clerks_do_everything_is_on_the_shelf_in_a_hold_or_handed_over(
        acts in acts(), stock in 0..6_i64, cents in 0..900_i64, points in 0..900_i64,
        orders in prop::collection::vec((1..4_i64, 0..400_i64, 0..400_i64), 4),
    ) {
        let mut book = funded(stock, cents, &[("h1", points)]);
        let quote = |(n, (q, p, c)): (usize, &(i64, i64, i64))| {
            Redemption::quote(order(&format!("r{n}"), "h1", *q, *p, *c)).unwrap()
        };
        let mut redemptions: Vec<Redemption> = orders.iter().enumerate().map(quote).collect();
        for (at, act) in acts {
            let now = redemptions[at].clone();
            let reached = step(&now, act).and_then(|(next, transaction)| book.apply(&transaction).map(|_| next));
            if let Ok(next) = reached {
                redemptions[at] = next;
            }
        }
        let sum = |state: RedemptionState, part: Part| -> i64 {
            redemptions.iter().filter(|r| r.state == state).map(part).sum()
        };
        let parts: [(Part, &str, &str, i64); 3] = [
            (|r| r.order.quantity, "stock/soap pieces", "handed-out/soap pieces", stock),
            (|r| r.order.cents.0, "fund/welfare cents", "settled/welfare cents", cents),
            (|r| r.order.points.0, "spendable/h1 spendable-points", "redeemed/370285102000 spendable-points", points),
        ];
        let shown: BTreeMap<String, i64> = shown(&book);
        let at = |key: &str| shown.get(key).copied().unwrap_or(0);
        for (part, free, gone, all) in parts {
            let (held, given) = (sum(RedemptionState::Reserved, part), sum(RedemptionState::Confirmed, part));
            prop_assert_eq!((at(free), at(gone)), (all - held - given, given));
        }
        let holds: i64 = shown.iter().filter(|(k, _)| k.starts_with("hold/") && k.ends_with("pieces")).map(|(_, n)| n).sum();
        prop_assert_eq!(holds, sum(RedemptionState::Reserved, |r| r.order.quantity));
    }
}

#[test]
fn only_four_ways_lead_on() {
    use RedemptionState::{Cancelled, Confirmed, Expired, Quoted, Reserved};
    let quoted = Redemption::quote(order("r1", "h1", 1, 100, 100)).unwrap();
    let lawful = [
        (Quoted, Act::Reserve, Reserved),
        (Reserved, Act::Confirm, Confirmed),
        (Reserved, Act::Cancel, Cancelled),
        (Reserved, Act::Expire, Expired),
    ];
    for state in [Quoted, Reserved, Confirmed, Cancelled, Expired] {
        for act in [Act::Reserve, Act::Confirm, Act::Cancel, Act::Expire] {
            let now = Redemption { state, ..quoted.clone() };
            let want = lawful
                .iter()
                .find(|(from, by, _)| *from == state && format!("{by:?}") == format!("{act:?}"));
            let got = step(&now, act).map(|(next, _)| next.state).map_err(|r| r.code());
            assert_eq!(
                got,
                want.map(|(_, _, to)| *to).ok_or("REDEMPTION_STATE"),
                "{state:?} {act:?}"
            );
        }
    }
    let text = serde_json::to_string(&quoted).unwrap();
    assert_eq!(serde_json::from_str::<Redemption>(&text).unwrap(), quoted);
}
