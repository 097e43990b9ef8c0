//! Parts of a book: the few accounts a change touches, and balances that come back from an index.

use std::collections::BTreeSet;

use model::Digest;

use crate::{Account, Book, Transaction, Unit};

impl Book {
    /// A book of only the accounts and ids these transactions touch, to see beforehand whether they
    /// apply one after the other and what they leave.
    #[must_use]
    pub fn excerpt<'t>(&self, transactions: impl IntoIterator<Item = &'t Transaction>) -> Self {
        let mut part = Self::new();
        for transaction in transactions {
            let ids = [Some(&transaction.id), transaction.corrects.as_ref()];
            for id in ids.into_iter().flatten() {
                if let Some(digest) = self.known_digest(id) {
                    part.restore_transaction(id.clone(), digest);
                }
            }
            for account in transaction.postings.iter().flat_map(|p| [&p.from, &p.to]) {
                for unit in account.units() {
                    part.restore_balance(account.clone(), *unit, self.balance(account, *unit));
                }
            }
        }
        part
    }

    /// What the accounts of a transaction hold now, in stable order.
    pub fn touched(&self, transaction: &Transaction) -> Vec<(Unit, Account, i64)> {
        let sides = transaction.postings.iter().flat_map(|p| [(p.unit, &p.from), (p.unit, &p.to)]);
        let sides: BTreeSet<(Unit, &Account)> = sides.collect();
        sides
            .into_iter()
            .map(|(unit, account)| (unit, account.clone(), self.balance(account, unit)))
            .collect()
    }

    /// Whether transactions apply one after the other; nothing is changed.
    ///
    /// # Errors
    /// The first refusal.
    pub fn rehearse<'t>(
        &self,
        transactions: impl IntoIterator<Item = &'t Transaction> + Clone,
    ) -> Result<Self, crate::LedgerRefusal> {
        let mut part = self.excerpt(transactions.clone());
        for transaction in transactions {
            part.apply(transaction)?;
        }
        Ok(part)
    }

    /// Puts back a balance that an index kept.
    pub fn restore_balance(&mut self, account: Account, unit: Unit, amount: i64) {
        self.set_balance(account, unit, amount);
    }

    /// Puts back the digest of an applied transaction that an index kept.
    pub fn restore_transaction(&mut self, id: String, digest: Digest) {
        self.set_known(id, digest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Unit;

    #[test]
    fn a_rehearsal_says_what_applying_would_and_changes_nothing() {
        let mut book = Book::new();
        book.apply(&Transaction::stock_in("in/1", "soap", 3)).unwrap();
        let second = Transaction::stock_in("in/2", "soap", 4);
        let part = book.rehearse([&second]).unwrap();
        assert_eq!((part.stock("soap"), book.stock("soap")), (7, 3));
        assert!(!book.knows("in/2"));
        let back = second.reversal();
        assert!(book.rehearse([&back]).is_err());
        assert_eq!(book.rehearse([&second, &back]).unwrap().stock("soap"), 3);
    }

    #[test]
    fn a_book_put_back_from_its_rows_is_the_same_book() {
        let mut book = Book::new();
        let first = Transaction::stock_in("in/1", "soap", 3);
        book.apply(&first).unwrap();
        book.apply(&first.reversal()).unwrap();
        let mut again = Book::new();
        for (account, unit, amount) in book.balances() {
            again.restore_balance(account.clone(), unit, amount);
        }
        for id in ["in/1", "reversal/in/1"] {
            again.restore_transaction(id.to_owned(), book.known_digest(id).unwrap());
        }
        assert_eq!(again, book);
        assert_eq!(
            again.touched(&first),
            vec![
                (Unit::Pieces, Account::StockSource("soap".to_owned()), 0),
                (Unit::Pieces, Account::Stock("soap".to_owned()), 0),
            ]
        );
    }
}
