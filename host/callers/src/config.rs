//! The callers file: keys, certificates, issuers and limits, read once and complete.

mod entries;
mod fields;

use std::collections::BTreeMap;

use crate::Rate;
use crate::error::{ConfigError, quoted};
use crate::hashes::Hashes;
use crate::issuer::Issuer;
use entries::{caller, issuer, rate};
use fields::{Fields, Found};

/// The tables of the file.
pub(crate) const ROOT: &[&str] = &["certificates", "issuers", "keys", "limits"];
/// What a `[[keys]]` or a `[[certificates]]` may hold.
pub(crate) const CALLER: &[&str] =
    &["burst", "id", "not_after", "rate_per_second", "roles", "sha256", "townships"];
/// What an `[[issuers]]` may hold.
pub(crate) const ISSUER: &[&str] = &[
    "algorithms",
    "audience",
    "burst",
    "issuer",
    "jwks_file",
    "leeway_seconds",
    "name",
    "rate_per_second",
    "roles_claim",
    "townships",
    "townships_claim",
];
/// What `[limits]` may hold.
pub(crate) const LIMITS: &[&str] = &["burst", "rate_per_second"];

/// A callers file in which everything fits.
#[derive(Clone, Debug)]
pub struct Config {
    pub(crate) keys: Hashes,
    pub(crate) certificates: Hashes,
    pub(crate) issuers: Vec<Issuer>,
    notes: Vec<String>,
}

/// Where ids, hashes, names and issuers were first used.
#[derive(Default)]
struct Seen(BTreeMap<(&'static str, String), usize>);

impl Config {
    /// Reads a callers file. `read` brings the bytes of a `jwks_file`, whose path is relative to
    /// the callers file, or says in one line why it cannot.
    ///
    /// # Errors
    /// [`ConfigError`], with the line.
    pub fn parse(
        text: &str,
        read: &dyn Fn(&str) -> Result<Vec<u8>, String>,
    ) -> Result<Self, ConfigError> {
        let root = fields::parse(text)?;
        let root = Fields::new(text, root.get_ref(), 0, "callers file", ROOT)?;
        let default = match root.table("limits", "limits", LIMITS)? {
            Some(limits) => rate(&limits, Rate::default())?,
            None => Rate::default(),
        };
        let mut seen = Seen::default();
        let mut config = Self {
            keys: Hashes::default(),
            certificates: Hashes::default(),
            issuers: Vec::new(),
            notes: Vec::new(),
        };
        for fields in root.tables("keys", "keys", CALLER)? {
            let (hash, caller) = caller(&fields, default, "sha256 of keys", &mut seen)?;
            config.keys.insert(hash, caller);
        }
        for fields in root.tables("certificates", "certificates", CALLER)? {
            let (hash, caller) = caller(&fields, default, "sha256 of certificates", &mut seen)?;
            config.certificates.insert(hash, caller);
        }
        for fields in root.tables("issuers", "issuers", ISSUER)? {
            let (issuer, notes) = issuer(&fields, default, read, &mut seen)?;
            let named = |note: String| format!("issuer `{}`: {note}", issuer.iss);
            config.notes.extend(notes.into_iter().map(named));
            config.issuers.push(issuer);
        }
        Ok(config)
    }

    /// What is not wrong but should be in the log: published keys that nothing will use.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// How many keys, certificates and issuers there are.
    pub fn counts(&self) -> (usize, usize, usize) {
        (self.keys.len(), self.certificates.len(), self.issuers.len())
    }
}

impl Seen {
    fn add(
        &mut self,
        fields: &Fields<'_>,
        key: &'static str,
        value: &Found<&str>,
    ) -> Result<(), ConfigError> {
        match self.0.insert((key, value.value.to_ascii_lowercase()), value.at) {
            None => Ok(()),
            Some(first) => Err(ConfigError::Duplicate {
                line: fields.line(value.at),
                key,
                value: quoted(value.value),
                first: fields.line(first),
            }),
        }
    }
}

#[cfg(test)]
mod tests;
