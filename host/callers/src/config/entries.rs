//! One caller, one issuer: from a table whose keys are known to values that fit.

use jsonwebtoken::Algorithm;

use super::Seen;
use super::fields::{Fields, Found};
use crate::Rate;
use crate::error::{ConfigError, JwksError, quoted};
use crate::hashes::Caller;
use crate::issuer::{Issuer, is_role, is_township, sorted};
use crate::jwks::{self, ALGORITHMS};
use crate::limits::{
    ID_CHARS_MAX, LEEWAY_SECONDS, LEEWAY_SECONDS_MAX, RATE_MAX, ROLES_MAX, TEXT_CHARS_MAX,
    TOWNSHIPS_MAX,
};

/// One of `[[keys]]` or `[[certificates]]`.
pub(super) fn caller(
    fields: &Fields<'_>,
    default: Rate,
    hash_key: &'static str,
    seen: &mut Seen,
) -> Result<([u8; 32], Caller), ConfigError> {
    let id = fields.needed_text("id")?;
    if !is_id(id.value) {
        return Err(fields.bad("id", &id, "1 to 64 of the characters a-z, 0-9, `.`, `_`, `-`"));
    }
    seen.add(fields, "id", &id)?;
    let sha256 = fields.needed_text("sha256")?;
    let hex = sha256.value.bytes().all(|b| b.is_ascii_hexdigit());
    let hash = model::Digest::parse(sha256.value)
        .filter(|_| hex)
        .ok_or_else(|| fields.bad("sha256", &sha256, "64 hex digits"))?;
    seen.add(fields, hash_key, &sha256)?;
    let caller = Caller {
        id: id.value.to_owned(),
        roles: words(fields, "roles", ROLES_MAX, is_role, "at most 64 words without spaces")?,
        townships: townships(fields)?,
        rate: rate(fields, default)?,
        not_after: fields.day("not_after")?,
    };
    Ok((hash.0, caller))
}

/// One of `[[issuers]]`, and what is to be said of its keys.
pub(super) fn issuer(
    fields: &Fields<'_>,
    default: Rate,
    read: &dyn Fn(&str) -> Result<Vec<u8>, String>,
    seen: &mut Seen,
) -> Result<(Issuer, Vec<String>), ConfigError> {
    let issuer = line_of_text(fields, "issuer")?;
    seen.add(fields, "issuer", &issuer)?;
    // An audience that is not set would have to mean "any"; so it has to be set.
    let audience = line_of_text(fields, "audience")?;
    let name = match fields.text("name")? {
        Some(name) if is_id(name.value) => name,
        Some(name) => {
            return Err(fields.bad("name", &name, "1 to 64 of a-z, 0-9, `.`, `_`, `-`"));
        }
        None => {
            let host = host(issuer.value).ok_or_else(|| {
                fields.bad("issuer", &issuer, "an address with a host name, or a `name` beside it")
            })?;
            Found { value: host, at: issuer.at }
        }
    };
    // Two issuers of one name could give two persons one id.
    seen.add(fields, "name", &name)?;
    let algorithms = algorithms(fields)?;
    let file = line_of_text(fields, "jwks_file")?;
    let keys = read(file.value)
        .map_err(|why| JwksError::Unreadable(quoted(&why)))
        .and_then(|bytes| jwks::parse(&bytes, &algorithms))
        .map_err(|source| ConfigError::Jwks {
            line: fields.line(file.at),
            file: quoted(file.value),
            source,
        })?;
    let roles_claim = optional_text(fields, "roles_claim")?;
    let townships_claim = optional_text(fields, "townships_claim")?;
    let townships = townships(fields)?;
    if let Some(claim) = townships_claim.as_ref().filter(|_| !townships.is_empty()) {
        return Err(fields.bad("townships_claim", claim, "either this or `townships`"));
    }
    let leeway = fields.number("leeway_seconds", 0, LEEWAY_SECONDS_MAX, "0 to 300 seconds")?;
    let issuer = Issuer {
        iss: issuer.value.to_owned(),
        audience: audience.value.to_owned(),
        name: name.value.to_ascii_lowercase(),
        algorithms,
        keys: keys.keys,
        roles_claim: roles_claim.map_or("roles", |it| it.value).to_owned(),
        townships,
        townships_claim: townships_claim.map(|it| it.value.to_owned()),
        leeway_seconds: i64::from(leeway.unwrap_or(LEEWAY_SECONDS)),
        rate: rate(fields, default)?,
    };
    Ok((issuer, keys.notes))
}

fn algorithms(fields: &Fields<'_>) -> Result<Vec<Algorithm>, ConfigError> {
    let Some(list) = fields.texts("algorithms")? else {
        return Ok(ALGORITHMS.iter().map(|(_, algorithm)| *algorithm).collect());
    };
    let expected = "one of `RS256`, `ES256`, `EdDSA`; secrets shared with an issuer are not taken";
    let known = |it: &Found<&str>| {
        let found = ALGORITHMS.iter().find(|(name, _)| *name == it.value);
        found.map(|(_, algorithm)| *algorithm).ok_or_else(|| fields.bad("algorithms", it, expected))
    };
    let list = list.iter().map(known).collect::<Result<Vec<_>, _>>()?;
    if list.is_empty() { Err(fields.missing("algorithms")) } else { Ok(list) }
}

/// `burst` alone changes the burst; `rate_per_second` alone brings a burst of twice itself.
pub(super) fn rate(fields: &Fields<'_>, default: Rate) -> Result<Rate, ConfigError> {
    let expected = "a whole number from 1 to 1000000";
    let per_second = fields.number("rate_per_second", 1, RATE_MAX, expected)?;
    let burst = fields.number("burst", 1, RATE_MAX, expected)?;
    let rate = per_second.map_or(default, Rate::of);
    Ok(burst.map_or(rate, |burst| rate.with_burst(burst)))
}

fn townships(fields: &Fields<'_>) -> Result<Vec<String>, ConfigError> {
    let expected = "at most 500 codes of townships: twelve digits that end with 000";
    words(fields, "townships", TOWNSHIPS_MAX, is_township, expected)
}

fn words(
    fields: &Fields<'_>,
    key: &'static str,
    max: usize,
    fits: fn(&str) -> bool,
    expected: &'static str,
) -> Result<Vec<String>, ConfigError> {
    let list = fields.texts(key)?.unwrap_or_default();
    match list.iter().enumerate().find(|(index, it)| *index >= max || !fits(it.value)) {
        Some((_, wrong)) => Err(fields.bad(key, wrong, expected)),
        None => Ok(sorted(list.iter().map(|it| it.value.to_owned()).collect())),
    }
}

fn line_of_text<'t>(fields: &Fields<'t>, key: &'static str) -> Result<Found<&'t str>, ConfigError> {
    optional_text(fields, key)?.ok_or_else(|| fields.missing(key))
}

fn optional_text<'t>(
    fields: &Fields<'t>,
    key: &'static str,
) -> Result<Option<Found<&'t str>>, ConfigError> {
    match fields.text(key)? {
        Some(it) if !is_line(it.value) => {
            Err(fields.bad(key, &it, "1 to 512 characters in one line, no space at either end"))
        }
        found => Ok(found),
    }
}

fn is_line(text: &str) -> bool {
    let count = text.chars().count();
    (1..=TEXT_CHARS_MAX).contains(&count)
        && text.trim() == text
        && !text.chars().any(char::is_control)
}

fn is_id(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b);
    (1..=ID_CHARS_MAX).contains(&text.len()) && text.bytes().all(plain)
}

/// The host of an address, without port; `None` when it has none that can stand in an id.
fn host(issuer: &str) -> Option<&str> {
    let (_, rest) = issuer.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'.' || b == b'-';
    (!host.is_empty() && host.len() <= TEXT_CHARS_MAX && host.bytes().all(plain)).then_some(host)
}
