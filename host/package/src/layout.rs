//! What a path in a package means.

use model::{CivilDay, Effect};

/// The kind of a file, by its place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Kind {
    District,
    Divisions,
    Bodies,
    Kinds,
    Roles,
    Demo,
    Entities,
    Posts,
    Parameter,
    Calendar,
    Policy,
    Invariant,
    Proof,
    Item,
    AddedSteps,
    Variant,
    List,
    Publication,
    Rollout,
    Packs,
    SignOffs,
    Dues,
    SpotChecks,
    Laws,
    Wording,
    Fields,
    Guards,
    Case,
    /// A case of a scheme; read by the program that runs it, part of no edition.
    RuleCase,
    Township,
    Scheme,
    Rule,
    Table,
    Offer,
    Callers,
    Readme,
    Unknown,
}

/// A path, taken apart.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Placed<'a> {
    pub(crate) kind: Kind,
    /// Folder name below `townships/`.
    pub(crate) township: Option<&'a str>,
    /// Edition folder; `Err` when its name is not a date.
    pub(crate) edition: Option<Result<CivilDay, &'a str>>,
    /// What a case must come to.
    pub(crate) expect: Option<Effect>,
}

/// The file's name without folders and ending.
pub(crate) fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

fn ends(path: &str, ending: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, end)| end.eq_ignore_ascii_case(ending))
}

/// Says what a path means. Never fails; what has no meaning is [`Kind::Unknown`].
pub(crate) fn place(path: &str) -> Placed<'_> {
    let mut parts: Vec<&str> = path.split('/').collect();
    let mut placed = Placed { kind: Kind::Unknown, township: None, edition: None, expect: None };
    if let ["townships", slug, _, ..] = parts.as_slice() {
        placed.township = Some(slug);
        parts.drain(..2);
    }
    let local = placed.township.is_some();
    match parts.as_slice() {
        ["editions", date, rest @ ..] => {
            placed.edition = Some(CivilDay::parse(date).map_err(|_| *date));
            placed.kind = in_edition(rest, path, local);
        }
        ["cases", folder @ ("allow" | "deny"), .., _] if ends(path, "toml") => {
            placed.kind = Kind::Case;
            placed.expect = Some(if *folder == "allow" { Effect::Allow } else { Effect::Deny });
        }
        ["cases", "schemes", _, _] if ends(path, "json") && local => placed.kind = Kind::RuleCase,
        ["parameters", _] if ends(path, "toml") => placed.kind = Kind::Parameter,
        ["calendar", _] if ends(path, "toml") && !local => placed.kind = Kind::Calendar,
        ["laws", _] if ends(path, "toml") => placed.kind = Kind::Laws,
        ["callers", _] if ends(path, "cedar") && !local => placed.kind = Kind::Callers,
        ["proofs", _] if ends(path, "toml") && !local => placed.kind = Kind::Proof,
        [name] => placed.kind = at_root(name, local),
        _ => {}
    }
    placed
}

fn in_edition(rest: &[&str], path: &str, local: bool) -> Kind {
    match rest {
        ["authorization", .., _] if ends(path, "cedar") => Kind::Policy,
        ["invariants", .., _] if ends(path, "cedar") && !local => Kind::Invariant,
        ["items", _] if ends(path, "toml") && path.ends_with(".added.toml") => {
            if local {
                Kind::AddedSteps
            } else {
                Kind::Unknown
            }
        }
        ["items", _] if ends(path, "toml") && path.ends_with(".variant.toml") => {
            if local {
                Kind::Unknown
            } else {
                Kind::Variant
            }
        }
        ["items", _] if ends(path, "toml") => Kind::Item,
        ["lists", _] if ends(path, "toml") && !local => Kind::List,
        ["publication.toml"] if !local => Kind::Publication,
        ["rollout.toml"] if !local => Kind::Rollout,
        ["packs.toml"] if !local => Kind::Packs,
        ["signoff.toml"] if !local => Kind::SignOffs,
        ["dues.toml"] if !local => Kind::Dues,
        ["spot-checks.toml"] if !local => Kind::SpotChecks,
        ["schemes", _] if ends(path, "toml") && local => Kind::Scheme,
        ["offers", _] if ends(path, "toml") && local => Kind::Offer,
        ["rules", .., _] if local && path.ends_with(".table.toml") => Kind::Table,
        ["rules", .., _] if local => Kind::Rule,
        [.., name] if is_readme(name) => Kind::Readme,
        _ => Kind::Unknown,
    }
}

fn at_root(name: &str, local: bool) -> Kind {
    match (name, local) {
        ("district.toml", false) => Kind::District,
        ("divisions.csv", false) => Kind::Divisions,
        ("bodies.toml", false) => Kind::Bodies,
        ("kinds.toml", false) => Kind::Kinds,
        ("roles.toml", false) => Kind::Roles,
        ("wording.toml", false) => Kind::Wording,
        ("fields.toml", false) => Kind::Fields,
        ("guards.toml", false) => Kind::Guards,
        ("demo.toml", false) => Kind::Demo,
        ("township.toml", true) => Kind::Township,
        ("entities.json", _) => Kind::Entities,
        ("posts.toml", _) => Kind::Posts,
        (name, _) if is_readme(name) => Kind::Readme,
        _ => Kind::Unknown,
    }
}

fn is_readme(name: &str) -> bool {
    ends(name, "md")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_say_what_a_file_is() {
        let day = CivilDay::parse("2026-01-01").unwrap();
        for (path, kind, township, edition) in [
            ("district.toml", Kind::District, None, None),
            ("editions/2026-01-01/authorization/S10.cedar", Kind::Policy, None, Some(Ok(day))),
            ("editions/2026-01-01/items/P01.toml", Kind::Item, None, Some(Ok(day))),
            ("editions/januar/items/P01.toml", Kind::Item, None, Some(Err("januar"))),
            ("editions/2026-01-01/invariants/money.cedar", Kind::Invariant, None, Some(Ok(day))),
            ("proofs/2026-01-01.toml", Kind::Proof, None, None),
            (
                "townships/370285102-x/editions/2026-01-01/invariants/own.cedar",
                Kind::Unknown,
                Some("370285102-x"),
                Some(Ok(day)),
            ),
            ("townships/370285102-x/proofs/a.toml", Kind::Unknown, Some("370285102-x"), None),
            (
                "townships/370285102-x/editions/2026-01-01/rules/a/b.wasm",
                Kind::Rule,
                Some("370285102-x"),
                Some(Ok(day)),
            ),
            (
                "townships/370285102-x/editions/2026-01-01/rules/b.table.toml",
                Kind::Table,
                Some("370285102-x"),
                Some(Ok(day)),
            ),
            (
                "townships/370285102-x/editions/2026-01-01/items/P01.added.toml",
                Kind::AddedSteps,
                Some("370285102-x"),
                Some(Ok(day)),
            ),
            ("editions/2026-01-01/items/P01-five.variant.toml", Kind::Variant, None, Some(Ok(day))),
            ("editions/2026-01-01/signoff.toml", Kind::SignOffs, None, Some(Ok(day))),
            ("signoff.toml", Kind::Unknown, None, None),
            ("calendar/2026.toml", Kind::Calendar, None, None),
            ("editions/2026-01-01/rollout.toml", Kind::Rollout, None, Some(Ok(day))),
            ("editions/2026-01-01/packs.toml", Kind::Packs, None, Some(Ok(day))),
            (
                "townships/370285102-x/editions/2026-01-01/rollout.toml",
                Kind::Unknown,
                Some("370285102-x"),
                Some(Ok(day)),
            ),
            ("fields.toml", Kind::Fields, None, None),
            ("townships/370285102-x/fields.toml", Kind::Unknown, Some("370285102-x"), None),
            ("townships/370285102-x/township.toml", Kind::Township, Some("370285102-x"), None),
            ("townships/370285102-x/district.toml", Kind::Unknown, Some("370285102-x"), None),
            ("editions/2026-01-01/schemes/a.toml", Kind::Unknown, None, Some(Ok(day))),
            ("cases/maybe/a.toml", Kind::Unknown, None, None),
            (
                "townships/370285102-x/cases/schemes/exchange/a.json",
                Kind::RuleCase,
                Some("370285102-x"),
                None,
            ),
            ("cases/schemes/exchange/a.json", Kind::Unknown, None, None),
            ("", Kind::Unknown, None, None),
        ] {
            let placed = place(path);
            assert_eq!(
                (placed.kind, placed.township, placed.edition),
                (kind, township, edition),
                "{path}"
            );
        }
        assert_eq!(place("cases/allow/a.toml").expect, Some(Effect::Allow));
    }
}
