//! Properties of the book under any sequence of transactions.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use crate::{Account, Applied, Book, LedgerRefusal, Posting, Transaction, TransactionKind, Unit};

/// A small pool, so that generated postings meet one another.
fn accounts() -> Vec<Account> {
    let texts = [
        "honour/h1",
        "spendable/h1",
        "spendable/h2",
        "issuance/370285102000",
        "redeemed/370285102000",
        "stock-source/soap",
        "stock/soap",
        "handed-out/soap",
        "fund-source/f",
        "fund/f",
        "settled/f",
        "hold/r1",
        "hold/r2",
    ];
    texts.map(|t| Account::parse(t).unwrap()).to_vec()
}

fn postings() -> impl Strategy<Value = Posting> {
    let index = any::<prop::sample::Index>;
    let amount = prop_oneof![20 => 1..60_i64, 1 => -2..1_i64, 1 => Just(i64::MAX)];
    (index(), index(), index(), amount, prop::bool::weighted(0.9)).prop_map(
        |(unit, from, to, amount, fitting)| {
            let unit = *unit.get(&Unit::ALL);
            // Mostly accounts that hold the unit, or next to nothing would get past the form.
            let pool: Vec<Account> =
                accounts().into_iter().filter(|a| !fitting || a.holds(unit)).collect();
            Posting { unit, from: from.get(&pool).clone(), to: to.get(&pool).clone(), amount }
        },
    )
}

fn transactions() -> impl Strategy<Value = Transaction> {
    (0..30_u8, prop::collection::vec(postings(), 0..4)).prop_map(|(id, postings)| Transaction {
        id: format!("t{id}"),
        kind: TransactionKind::Award,
        postings,
        corrects: None,
    })
}

/// The balances that are not zero, by text key.
pub(super) fn shown(book: &Book) -> BTreeMap<String, i64> {
    let rows = book.balances().filter(|(_, _, amount)| *amount != 0);
    rows.map(|(account, unit, amount)| (format!("{account} {}", unit.name()), amount)).collect()
}

/// The same from postings alone, added up without the book.
fn folded<'t>(transactions: impl IntoIterator<Item = &'t Transaction>) -> BTreeMap<String, i64> {
    let mut sums: BTreeMap<String, i128> = BTreeMap::new();
    for p in transactions.into_iter().flat_map(|t| &t.postings) {
        *sums.entry(format!("{} {}", p.from, p.unit.name())).or_default() -= i128::from(p.amount);
        *sums.entry(format!("{} {}", p.to, p.unit.name())).or_default() += i128::from(p.amount);
    }
    sums.into_iter()
        .filter(|(_, sum)| *sum != 0)
        .map(|(key, sum)| (key, i64::try_from(sum).unwrap()))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn any_sequence_keeps_zero_sum_floor_and_fold(sequence in prop::collection::vec(transactions(), 0..60)) {
        let (mut book, mut posted) = (Book::new(), vec![]);
        for transaction in &sequence {
            let before = book.clone();
            let foreseen = before.check(transaction);
            let answer = book.apply(transaction);
            prop_assert_eq!(&foreseen, &answer);
            match answer {
                Ok(Applied::Posted) => posted.push(transaction),
                Ok(Applied::Replayed) | Err(_) => prop_assert_eq!(&book, &before),
            }
            prop_assert_eq!(book.verify(), Ok(()));
            for unit in Unit::ALL {
                let sum: i128 = book.balances().filter(|(_, u, _)| *u == unit).map(|(_, _, a)| i128::from(a)).sum();
                prop_assert_eq!(sum, 0);
            }
            let sources = ["issuance/", "stock-source/", "fund-source/"];
            for (key, amount) in shown(&book) {
                prop_assert!(amount >= 0 || sources.iter().any(|s| key.starts_with(s)), "{} {}", key, amount);
            }
        }
        prop_assert_eq!(shown(&book), folded(posted));
    }

    #[test]
    fn a_key_applies_once_under_any_interleaving_of_retries(
        sequence in prop::collection::vec(transactions(), 1..12),
        order in prop::collection::vec(any::<prop::sample::Index>(), 0..60),
        altered in 1..50_i64,
    ) {
        let (mut book, mut first) = (Book::new(), BTreeMap::<String, Transaction>::new());
        for pick in &order {
            let sent = pick.get(&sequence);
            match (first.get(&sent.id), book.apply(sent)) {
                (None, Ok(Applied::Posted)) => { first.insert(sent.id.clone(), sent.clone()); }
                (None, Err(_)) => {}
                (Some(known), Ok(Applied::Replayed)) => prop_assert_eq!(known, sent),
                (Some(known), Err(LedgerRefusal::IdempotencyKeyReused { .. })) => prop_assert_ne!(known, sent),
                other => prop_assert!(false, "{:?}", other),
            }
        }
        prop_assert_eq!(shown(&book), folded(first.values()));
        for known in first.values() {
            let mut other = known.clone();
            other.postings[0].amount = other.postings[0].amount.saturating_sub(altered).max(i64::MIN + 1);
            let reused = LedgerRefusal::IdempotencyKeyReused { id: known.id.clone() };
            prop_assert_eq!(book.apply(&other), Err(reused));
        }
    }

    #[test]
    fn the_order_of_postings_changes_nothing_but_the_digest(
        before in prop::collection::vec(transactions(), 0..20),
        postings in prop::collection::vec(postings(), 2..5).prop_flat_map(|p| (Just(p.clone()), Just(p).prop_shuffle())),
    ) {
        let mut book = Book::new();
        for transaction in &before {
            let _ = book.apply(transaction);
        }
        let make = |postings: &[Posting]| Transaction {
            id: "new".to_owned(), kind: TransactionKind::Award, postings: postings.to_vec(), corrects: None,
        };
        let (mut one, mut two) = (book.clone(), book);
        let answers = (one.apply(&make(&postings.0)), two.apply(&make(&postings.1)));
        prop_assert_eq!(answers.0.is_ok(), answers.1.is_ok());
        prop_assert_eq!(shown(&one), shown(&two));
    }

    #[test]
    fn a_reversal_restores_and_happens_once(
        before in prop::collection::vec(transactions(), 0..20), new in transactions(),
    ) {
        let mut book = Book::new();
        for transaction in &before {
            let _ = book.apply(transaction);
        }
        let (was, new) = (shown(&book), Transaction { id: "new".to_owned(), ..new });
        if book.apply(&new).is_ok() {
            let undo = new.reversal();
            prop_assert_eq!(book.apply(&undo), Ok(Applied::Posted));
            prop_assert_eq!(shown(&book), was);
            prop_assert_eq!(book.apply(&undo), Ok(Applied::Replayed));
            let again = Transaction { id: "undo-again".to_owned(), ..undo };
            let misnamed = LedgerRefusal::ReversalIsMisnamed { id: again.id.clone() };
            prop_assert_eq!(book.apply(&again), Err(misnamed));
        } else {
            prop_assert!(book.apply(&new.reversal()).is_err());
            prop_assert_eq!(shown(&book), was);
        }
    }

    #[test]
    fn stored_forms_read_back(transaction in transactions()) {
        let text = serde_json::to_string(&transaction).unwrap();
        let back: Transaction = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(back.digest(), transaction.digest());
        prop_assert_eq!(back, transaction);
    }
}

#[test]
fn accounts_have_one_text_form() {
    let mut seen = BTreeSet::new();
    for account in accounts() {
        let text = account.to_string();
        assert_eq!(Account::parse(&text), Ok(account));
        assert!(seen.insert(text));
    }
    for bad in [
        "",
        "spendable",
        "spendable/",
        "spendable/a b",
        "purse/h1",
        "issuance/laixi",
        "hold/a\u{7}",
    ] {
        assert!(Account::parse(bad).is_err(), "{bad}");
    }
    assert_eq!(Account::parse("hold/a/b").unwrap().to_string(), "hold/a/b");
}

#[test]
fn form_is_refused_before_anything_is_looked_up() {
    let fund = |from: &str, to: &str, unit, amount| {
        let (from, to) = (Account::parse(from).unwrap(), Account::parse(to).unwrap());
        let postings = vec![Posting { unit, from, to, amount }];
        Transaction { id: "t".to_owned(), kind: TransactionKind::FundIn, postings, corrects: None }
    };
    let good = fund("fund-source/f", "fund/f", Unit::Cents, i64::MAX);
    let mut spaced = good.clone();
    spaced.postings[0].to = Account::Fund("a b".to_owned());
    for (transaction, want) in [
        (Transaction { id: String::new(), ..good.clone() }, "ID_MALFORMED"),
        (Transaction { postings: vec![], ..good.clone() }, "NOTHING_POSTED"),
        (spaced, "ID_MALFORMED"),
        (fund("fund-source/f", "fund/f", Unit::Pieces, 1), "UNIT_MISMATCH"),
        (fund("fund-source/f", "fund/f", Unit::Cents, 0), "AMOUNT_NOT_POSITIVE"),
        (fund("fund/f", "fund/f", Unit::Cents, 1), "SAME_ACCOUNT"),
        (fund("settled/f", "fund/f", Unit::Cents, 1), "BALANCE_BELOW_ZERO"),
        (Transaction { corrects: Some("x".to_owned()), ..good.clone() }, "CORRECTS_UNKNOWN"),
    ] {
        assert_eq!(Book::new().apply(&transaction).unwrap_err().code(), want);
    }
    let mut book = Book::new();
    assert_eq!(book.apply(&good), Ok(Applied::Posted));
    let more =
        Transaction { id: "t2".to_owned(), ..fund("fund-source/f", "fund/f", Unit::Cents, 2) };
    assert_eq!(book.apply(&more).unwrap_err().code(), "AMOUNT_OVERFLOW");
}
