//! Who may do this step of this power now: Cedar over closed, sliced facts, failing closed.
