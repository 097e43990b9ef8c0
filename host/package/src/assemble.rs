//! Puts checked parts together into editions: one for each day on which anything changes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cedar_policy::{PolicySet, Schema};
use model::{CivilDay, Digest, DivisionCode};

use crate::diagnostic::{Findings, code};
use crate::edition::{EditionData, Variants};
use crate::gather::{Folder, Gathered, Level};
use crate::layout::Kind;
use crate::load::Files;
use crate::sign_off::SignOffs;
use crate::source::Place;
use crate::{
    CalendarYear, DataFields, District, Divisions, Edition, Item, ListKind, Package, Packs,
    Parameter, PolicyPlace, Scheme, Standing, Statutes, TownshipEdition, Variant, WorkList, check,
    core_schema, overlay, permits, policies, proof,
};

struct Shared {
    district: Arc<District>,
    divisions: Arc<Divisions>,
    parameters: Arc<BTreeMap<String, Parameter>>,
    calendar: Arc<BTreeMap<i16, CalendarYear>>,
    statutes: Arc<Statutes>,
    fields: Arc<DataFields>,
    schema: Arc<Schema>,
    schema_text: Arc<str>,
}

/// Checks the policies and, when nothing is wrong anywhere, builds the package.
pub(crate) fn package(
    files: &Files,
    all: Gathered<'_>,
    divisions: Divisions,
    statutes: Statutes,
    findings: &mut Findings,
) -> Option<Package> {
    let text = core_schema::schema_text(parameter_ids(&all));
    let schema = match Schema::from_cedarschema_str(&text) {
        Ok((schema, _)) => schema,
        Err(error) => {
            let words = policies::internal(&format!("the cedar schema cannot be used: {error}"));
            findings.error(code::INTERNAL, Place::top("core.cedarschema"), words);
            return None;
        }
    };
    let sets = policy_sets(&all, &schema, &statutes, findings);
    if findings.has_errors() {
        return None;
    }
    let shared = Shared {
        district: Arc::new(district(&all)?),
        divisions: Arc::new(divisions),
        parameters: Arc::new(
            all.base.parameters.values().map(|r| (r.value.id.clone(), r.value.clone())).collect(),
        ),
        calendar: Arc::new(all.calendar.iter().map(|r| (r.value.year, r.value.clone())).collect()),
        statutes: Arc::new(statutes),
        fields: Arc::new(DataFields::new(all.fields.iter().flat_map(|r| r.value.fields.clone()))),
        schema: Arc::new(schema),
        schema_text: text.into(),
    };
    let editions = days(&all)
        .into_iter()
        .filter_map(|day| edition(day, files, &all, &sets, &shared))
        .collect();
    let mut cases = all.cases;
    cases.sort_by(|a, b| a.file.cmp(&b.file));
    let posts = all.posts.into_iter().flat_map(|read| read.value.posts).collect();
    let callers = files
        .iter()
        .filter(|(path, _)| crate::layout::place(path).kind == Kind::Callers)
        .filter_map(|(path, bytes)| {
            Some((path.clone(), std::str::from_utf8(bytes).ok()?.to_owned()))
        })
        .collect();
    Some(Package {
        callers,
        district: shared.district,
        divisions: shared.divisions,
        editions,
        cases,
        standing: Standing { entities: all.entities, posts },
        demo: all.demo,
    })
}

/// Ids of the district's parameters, in order; an unreadable file's id counts, or every policy that
/// reads it would be called wrong too.
fn parameter_ids<'a>(all: &'a Gathered<'_>) -> BTreeSet<&'a str> {
    all.base.parameters.keys().chain(&all.base.broken).map(String::as_str).collect()
}

type BaseSets = BTreeMap<CivilDay, PolicySet>;
type OverlaySets<'a> = BTreeMap<(&'a str, CivilDay), PolicySet>;

/// Every Cedar text of the package, read and validated.
struct Sets<'a> {
    base: BaseSets,
    overlays: OverlaySets<'a>,
    invariants: BaseSets,
    /// Where each one is written, by the folder's day and the policy's id.
    places: BTreeMap<(Option<&'a str>, CivilDay), Places>,
}

type Places = BTreeMap<String, PolicyPlace>;

fn policy_sets<'a>(
    all: &Gathered<'a>,
    schema: &Schema,
    statutes: &Statutes,
    findings: &mut Findings,
) -> Sets<'a> {
    let mut base = BaseSets::new();
    let mut invariants = BaseSets::new();
    let mut places: BTreeMap<_, Places> = BTreeMap::new();
    let mut base_ids = BTreeSet::new();
    let district = all.district.as_ref().map_or("", |read| read.value.id.as_str());
    for (day, folder) in &all.base.editions {
        let prefix = format!("{district}/");
        let mut read = policies::read(&folder.policies, &prefix, findings);
        permits::add(&folder.items, all, (&prefix, ""), &mut read, findings);
        permits::add_variants(&folder.variants, &folder.items, all, &prefix, &mut read, findings);
        check::policies(&read, check::window(&all.base.editions, *day), statutes, findings);
        base_ids.extend(read.keys().cloned());
        base.insert(*day, policies::validated(&read, schema, Some(policies::LEVEL), findings));
        let never = policies::invariants(&folder.invariants, district, findings);
        let here = places.entry((None, *day)).or_default();
        here.extend(written(&read).chain(written(&never)));
        let set = policies::validated(&never, schema, Some(policies::LEVEL), findings);
        invariants.insert(*day, set);
    }
    let mut overlays = OverlaySets::new();
    for (slug, level) in &all.townships {
        let prefix = format!("{}/", slug_name(slug));
        for (day, folder) in &level.editions {
            let mut read = policies::read(&folder.policies, &prefix, findings);
            let start = format!("{}-", slug.split('-').next().unwrap_or(slug));
            permits::add(&folder.items, all, (&prefix, &start), &mut read, findings);
            check::policies(&read, check::window(&level.editions, *day), statutes, findings);
            let own: BTreeSet<&str> = folder
                .items
                .iter()
                .map(|r| r.value.id.as_str())
                .filter(|id| id.starts_with(&start))
                .collect();
            // with an own item unreadable, nothing can be said about permits for it
            if !folder.broken.contains(&Kind::Item) {
                for id in overlay::check(&read, &own, &base_ids, findings) {
                    read.remove(&id);
                }
            }
            places.entry((Some(*slug), *day)).or_default().extend(written(&read));
            overlays.insert(
                (slug, *day),
                policies::validated(&read, schema, Some(policies::LEVEL), findings),
            );
        }
    }
    Sets { base, overlays, invariants, places }
}

/// Where each policy stands.
fn written(
    read: &BTreeMap<String, policies::Placed<'_>>,
) -> impl Iterator<Item = (String, PolicyPlace)> {
    read.iter().map(|(id, placed)| {
        let place = placed.place();
        (id.clone(), PolicyPlace { file: place.file, line: place.line })
    })
}

/// The folder name behind the code.
fn slug_name(slug: &str) -> &str {
    slug.split_once('-').map_or(slug, |(_, name)| name)
}

fn district(all: &Gathered<'_>) -> Option<District> {
    let file = &all.district.as_ref()?.value;
    let kinds = all.kinds.iter().flat_map(|read| read.value.kinds.iter());
    let roles = all.roles.iter().flat_map(|read| read.value.roles.iter());
    Some(District {
        id: file.id.clone(),
        code: file.code,
        title: file.title.clone(),
        note: file.note.clone(),
        kinds: kinds.map(|kind| (kind.id.clone(), kind.clone())).collect(),
        roles: roles.map(|role| (role.id.clone(), role.clone())).collect(),
    })
}

/// Days on which the district or a township changes, from the district's first on.
fn days(all: &Gathered<'_>) -> BTreeSet<CivilDay> {
    let Some(first) = all.base.editions.keys().next().copied() else { return BTreeSet::new() };
    let local = all.townships.values().flat_map(|level| level.editions.keys().copied());
    all.base.editions.keys().copied().chain(local.map(|day| day.max(first))).collect()
}

fn edition(
    from: CivilDay,
    files: &Files,
    all: &Gathered<'_>,
    sets: &Sets<'_>,
    shared: &Shared,
) -> Option<Edition> {
    let (day, folder) = all.base.editions.range(..=from).next_back()?;
    let mut paths: BTreeSet<&str> = all.base.paths.iter().chain(&folder.paths).copied().collect();
    let items: BTreeMap<String, Item> =
        folder.items.iter().map(|r| (r.value.id.clone(), r.value.clone())).collect();
    let variants = variants(folder, &items);
    let mut townships = BTreeMap::new();
    let mut places = sets.places.get(&(None, *day)).cloned().unwrap_or_default();
    for (slug, level) in &all.townships {
        let Some((own, local)) = level.editions.range(..=from).next_back() else { continue };
        let overlay = sets.overlays.get(&(*slug, *own))?.clone();
        places.extend(sets.places.get(&(Some(*slug), *own)).cloned().unwrap_or_default());
        let here = Local { slug, from: *own, level, folder: local };
        let township = township(&here, overlay, &items, &variants, files)?;
        paths.extend(level.paths.iter().chain(&local.paths));
        townships.insert(township.code, township);
    }
    let parts = paths
        .iter()
        .flat_map(|path| [path.as_bytes(), files.get(*path).map_or(&[][..], Vec::as_slice)]);
    let bodies = all.bodies.iter().flat_map(|read| read.value.bodies.iter());
    let base = sets.base.get(day)?.clone();
    let invariants = sets.invariants.get(day)?.clone();
    let own = |t: &TownshipEdition| t.own_items().map(str::to_owned).collect::<Vec<_>>();
    let local = townships.iter().map(|(code, t)| (*code, (&t.overlay, own(t)))).collect();
    let proved = proof::digest(&shared.schema_text, &base, &invariants, &local);
    let rollout = all.rollouts.get(day).map(|read| read.value.clone()).unwrap_or_default();
    Some(Edition(Arc::new(EditionData {
        from,
        rollout,
        digest: Digest::of(parts),
        schema: Arc::clone(&shared.schema),
        schema_text: Arc::clone(&shared.schema_text),
        base,
        invariants,
        places,
        proved,
        certificate: all.proofs.get(&from).cloned(),
        items,
        variants,
        calendar: Arc::clone(&shared.calendar),
        lists: lists(folder),
        packs: packs(folder),
        signs: SignOffs::read(*day, folder),
        dues: folder.dues.first().map(|r| r.value.clone()).unwrap_or_default(),
        spot_checks: folder.spot_checks.first().map(|r| r.value.clone()).unwrap_or_default(),
        publication: folder.publication.first().map(|r| r.value.clone()).unwrap_or_default(),
        statutes: Arc::clone(&shared.statutes),
        fields: Arc::clone(&shared.fields),
        bodies: bodies.map(|body| (body.id.clone(), body.clone())).collect(),
        parameters: Arc::clone(&shared.parameters),
        district: Arc::clone(&shared.district),
        divisions: Arc::clone(&shared.divisions),
        townships,
    })))
}

fn variants(folder: &Folder<'_>, items: &BTreeMap<String, Item>) -> Variants {
    let mut all = Variants::new();
    for file in folder.variants.iter().map(|read| &read.value) {
        let Some(base) = items.get(&file.extends) else { continue };
        let of_item = all.entry(file.extends.clone()).or_default();
        of_item.insert(file.id.clone(), file.applied_to(base));
    }
    all
}

fn packs(folder: &Folder<'_>) -> Packs {
    let all = folder.packs.iter().flat_map(|read| &read.value.packs);
    Packs(all.map(|pack| (pack.id.clone(), pack.clone())).collect())
}

fn lists(folder: &Folder<'_>) -> BTreeMap<ListKind, WorkList> {
    let lists = folder.lists.iter();
    lists.map(|read| (read.value.id, WorkList::from(&read.value))).collect()
}

/// A township's folder with the edition that is in force.
struct Local<'a, 'f> {
    slug: &'a str,
    from: CivilDay,
    level: &'a Level<'f>,
    folder: &'a Folder<'f>,
}

fn township(
    local: &Local<'_, '_>,
    overlay: PolicySet,
    base: &BTreeMap<String, Item>,
    base_variants: &Variants,
    files: &Files,
) -> Option<TownshipEdition> {
    let Local { slug, from, level, folder } = *local;
    let file = &level.township.as_ref()?.value;
    let code: DivisionCode = file.code;
    let mut items: BTreeMap<String, Item> = BTreeMap::new();
    for read in &folder.items {
        items.insert(read.value.id.clone(), Item { local: true, ..read.value.clone() });
    }
    let mut variants = Variants::new();
    for read in &folder.added {
        let id = &read.value.extends;
        let Some(target) = items.get(id).or_else(|| base.get(id)) else { continue };
        let whole = read.value.applied_to(target);
        items.insert(id.clone(), whole);
        let of_item = variants.get(id).or_else(|| base_variants.get(id)).cloned();
        let widened = of_item.into_iter().flatten().map(|(name, variant)| {
            let item = read.value.applied_to(&variant.item);
            (name, Variant { item, ..variant })
        });
        let widened: BTreeMap<String, Variant> = widened.collect();
        if !widened.is_empty() {
            variants.insert(id.clone(), widened);
        }
    }
    let scheme = |scheme: &Scheme| {
        let path = format!("townships/{slug}/editions/{from}/{}", scheme.rule);
        let source = files.get(&path).cloned().unwrap_or_default();
        let source_digest = Digest::of([source.as_slice()]);
        (scheme.id.clone(), Scheme { source, source_digest, ..scheme.clone() })
    };
    let (trials, schemes): (BTreeMap<_, _>, BTreeMap<_, _>) = folder
        .schemes
        .iter()
        .map(|read| scheme(&read.value))
        .partition(|(_, scheme): &(String, Scheme)| scheme.trial);
    Some(TownshipEdition {
        code,
        slug: slug_name(slug).to_owned(),
        title: file.title.clone(),
        from,
        overlay,
        items,
        variants,
        parameters: level
            .parameters
            .values()
            .map(|r| (r.value.id.clone(), r.value.clone()))
            .collect(),
        schemes,
        trials,
        offers: folder.offers.iter().map(|r| (r.value.id.clone(), r.value.clone())).collect(),
        funds: file.funds.iter().map(|fund| (fund.id.clone(), fund.clone())).collect(),
        covenants: file.covenants.clone(),
    })
}
