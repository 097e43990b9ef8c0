//! Matters: a pure step machine with quorums by integer arithmetic.
