//! Where pure and IO meet: select edition, gather facts, decide, record.
