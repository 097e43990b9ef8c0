//! What a folder's questions may reach at most.

/// Entities that one question may read besides principal, action and resource.
pub(crate) const FURTHER_MAX: usize = 10_000;
