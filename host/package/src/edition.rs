//! The validated package: one edition for each stretch of time in which nothing changes.

use std::collections::BTreeMap;
use std::sync::Arc;

use cedar_policy::{PolicySet, Schema};
use model::{CivilDay, Digest, DivisionCode};

use crate::proof::{Certificate, PolicyPlace, ProofState};
use crate::read::DemoSettings;
use crate::rollout;
use crate::sign_off::SignOffs;
use crate::{
    BodyRule, CalendarYear, Case, Covenant, DataFields, District, Divisions, DueRule, DueTable,
    Fund, Item, ListEntry, ListKind, Offer, Packs, Parameter, Publication, Rollout, Scheme,
    SpotChecks, Standing, Statutes, Stratum, Tighter, Variant, WorkList,
};

/// A package without errors.
#[derive(Clone, Debug)]
pub struct Package {
    pub(crate) district: Arc<District>,
    pub(crate) divisions: Arc<Divisions>,
    pub(crate) editions: Vec<Edition>,
    pub(crate) cases: Vec<Case>,
    pub(crate) standing: Standing,
    pub(crate) demo: Option<DemoSettings>,
    pub(crate) callers: Vec<(String, String)>,
}

impl Package {
    /// Administrative policies for calling systems, by path and text; none when the built-in ones hold.
    pub fn callers(&self) -> &[(String, String)] {
        &self.callers
    }

    /// The district and its vocabulary.
    pub fn district(&self) -> &District {
        &self.district
    }

    /// The edition in force on a day for the district as a whole; `None` before the first.
    pub fn edition(&self, day: CivilDay) -> Option<&Edition> {
        self.editions.get(self.chosen(day, None)?)
    }

    /// Which of [`Package::editions`] answers on a day at a place: the latest begun that has come so far
    /// there. It hangs on day and place alone. Without a place: for the district as a whole.
    pub fn chosen(&self, day: CivilDay, place: Option<DivisionCode>) -> Option<usize> {
        let all = self.editions.iter().enumerate();
        rollout::choose(all.map(|(i, e)| (i, e.from(), e.rollout())), day, place)
    }

    /// Where each edition that is not in force for all answers, one text each; none where all are. Two
    /// packages with the same editions and the same stages select alike.
    pub fn stages(&self) -> impl Iterator<Item = String> {
        let staged = self.editions.iter().filter(|e| e.rollout().stage != rollout::Stage::All);
        staged.map(|edition| {
            let units = edition.rollout().piloted().map(|cohort| cohort.units.clone());
            let mut units: Vec<String> =
                units.unwrap_or_default().iter().map(ToString::to_string).collect();
            units.sort();
            format!("{} {} {}", edition.from(), edition.rollout().stage.id(), units.join(","))
        })
    }

    /// The latest edition begun by a day, however far it has come.
    pub fn begun(&self, day: CivilDay) -> Option<usize> {
        self.editions.iter().rposition(|edition| edition.from() <= day)
    }

    /// Every edition, oldest first. Never empty.
    pub fn editions(&self) -> &[Edition] {
        &self.editions
    }

    /// The division list.
    pub fn divisions(&self) -> &Divisions {
        &self.divisions
    }

    /// Cases of the district and its townships, by path.
    pub fn cases(&self) -> &[Case] {
        &self.cases
    }

    /// People and things every case may name.
    pub fn standing(&self) -> &Standing {
        &self.standing
    }

    /// How large the demo district is, when the package brings one.
    pub fn demo(&self) -> Option<&DemoSettings> {
        self.demo.as_ref()
    }
}

/// Variants by item and id.
pub(crate) type Variants = BTreeMap<String, BTreeMap<String, Variant>>;

/// The rules in force from a day until the next edition; cheap to clone.
#[derive(Clone, Debug)]
pub struct Edition(pub(crate) Arc<EditionData>);

#[derive(Debug)]
pub(crate) struct EditionData {
    pub(crate) from: CivilDay,
    pub(crate) rollout: Rollout,
    pub(crate) digest: Digest,
    pub(crate) schema: Arc<Schema>,
    pub(crate) schema_text: Arc<str>,
    pub(crate) base: PolicySet,
    pub(crate) invariants: PolicySet,
    pub(crate) places: BTreeMap<String, PolicyPlace>,
    pub(crate) proved: Digest,
    pub(crate) certificate: Option<Certificate>,
    pub(crate) items: BTreeMap<String, Item>,
    pub(crate) variants: Variants,
    pub(crate) calendar: Arc<BTreeMap<i16, CalendarYear>>,
    pub(crate) lists: BTreeMap<ListKind, WorkList>,
    pub(crate) signs: SignOffs,
    pub(crate) publication: Publication,
    pub(crate) packs: Packs,
    pub(crate) dues: DueTable,
    pub(crate) spot_checks: SpotChecks,
    pub(crate) statutes: Arc<Statutes>,
    pub(crate) fields: Arc<DataFields>,
    pub(crate) bodies: BTreeMap<String, BodyRule>,
    pub(crate) parameters: Arc<BTreeMap<String, Parameter>>,
    pub(crate) district: Arc<District>,
    pub(crate) divisions: Arc<Divisions>,
    pub(crate) townships: BTreeMap<DivisionCode, TownshipEdition>,
}

impl Edition {
    /// The first day it is in force.
    pub fn from(&self) -> CivilDay {
        self.0.from
    }

    /// How far it has come. No part of its digest or its proof: the same rules answer, only not yet for all.
    pub fn rollout(&self) -> &Rollout {
        &self.0.rollout
    }

    /// Digest over the sorted paths and bytes of every file the edition is made of; its stage is none of them.
    pub fn digest(&self) -> Digest {
        self.0.digest
    }

    /// The Cedar schema all its policies were validated against.
    pub fn schema(&self) -> &Schema {
        &self.0.schema
    }

    /// The schema's text, generated part included.
    pub fn schema_text(&self) -> &str {
        &self.0.schema_text
    }

    /// The district's policies; a policy's id is its `@id`.
    pub fn base(&self) -> &PolicySet {
        &self.0.base
    }

    /// The texts of the policies whose id starts so, in the order of their ids: the district's and, for
    /// a township, its own.
    pub fn policy_texts(&self, township: Option<DivisionCode>, start: &str) -> Vec<String> {
        let own = township.and_then(|code| self.township(code)).map(|t| &t.overlay);
        let sets = std::iter::once(&self.0.base).chain(own);
        let mut found: Vec<(String, String)> = sets
            .flat_map(PolicySet::policies)
            .map(|policy| (policy.id().to_string(), policy))
            .filter(|(id, _)| id.starts_with(start))
            .filter_map(|(id, policy)| Some((id, policy.to_cedar()?)))
            .collect();
        found.sort();
        found.into_iter().map(|(_, text)| text).collect()
    }

    /// What must never be allowed: each a `permit` that describes the acts which the law forbids.
    pub fn invariants(&self) -> &PolicySet {
        &self.0.invariants
    }

    /// Where a policy or an invariant is written, by its id.
    pub fn place(&self, policy: &str) -> Option<&PolicyPlace> {
        self.0.places.get(policy)
    }

    /// Digest of what a proof is about: the schema, every policy without its words, the invariants
    /// and the townships' own items. Texts, parameters' values and demo data leave it as it is.
    pub fn proof_digest(&self) -> Digest {
        self.0.proved
    }

    /// The certificate that lies in the package for this edition, whether or not it still holds.
    pub fn certificate(&self) -> Option<&Certificate> {
        self.0.certificate.as_ref()
    }

    /// Whether the edition's invariants are proved as it stands.
    pub fn proof(&self) -> ProofState {
        match self.certificate() {
            _ if self.invariants().is_empty() => ProofState::Nothing,
            None => ProofState::Missing,
            Some(held) if held.digest == self.proof_digest() => ProofState::Holds,
            Some(_) => ProofState::Stale,
        }
    }

    /// What the public is shown of matters; nothing where the edition does not say.
    pub fn publication(&self) -> &Publication {
        &self.0.publication
    }

    /// The rule packs; none where the edition does not group its rules.
    pub fn packs(&self) -> &Packs {
        &self.0.packs
    }

    /// Which record has to be there by when; nothing where the edition does not say.
    pub fn dues(&self) -> &[DueRule] {
        &self.0.dues.dues
    }

    /// Strata of the spot checks, from the riskiest; nothing where the edition does not say.
    pub fn spot_checks(&self) -> &[Stratum] {
        &self.0.spot_checks.strata
    }

    /// The district's items by id.
    pub fn items(&self) -> &BTreeMap<String, Item> {
        &self.0.items
    }

    /// An item as it stands in a township: its own, the district's with added steps, or the district's.
    pub fn item(&self, township: Option<DivisionCode>, id: &str) -> Option<&Item> {
        township
            .and_then(|code| self.township(code))
            .and_then(|t| t.items.get(id))
            .or_else(|| self.0.items.get(id))
    }

    /// A variant of an item, as it stands in a township; what the township adds to the item it adds to
    /// each variant.
    pub fn variant(
        &self,
        township: Option<DivisionCode>,
        item: &str,
        variant: &str,
    ) -> Option<&Variant> {
        let own = township.and_then(|code| self.township(code)).map(|t| &t.variants);
        let found = own.and_then(|own| own.get(item)).or_else(|| self.0.variants.get(item));
        found.and_then(|variants| variants.get(variant))
    }

    /// The district's variants by item and id.
    pub fn variants(&self) -> &BTreeMap<String, BTreeMap<String, Variant>> {
        &self.0.variants
    }

    /// Published holidays by year.
    pub fn calendar(&self) -> &BTreeMap<i16, CalendarYear> {
        &self.0.calendar
    }

    /// The lists by kind.
    pub fn lists(&self) -> &BTreeMap<ListKind, WorkList> {
        &self.0.lists
    }

    /// Ids of what a village may be asked for on a day: entries of the duty, assist, ledger and inspection
    /// lists that are in force. What stands on another list, the negative one before all, does not count.
    pub fn listed(&self, day: CivilDay) -> impl Iterator<Item = &str> {
        self.asked(day).map(|entry| entry.id.as_str())
    }

    /// Of [`Edition::listed`], what a department is in charge of: another one's entry is no leave to hand it out.
    pub fn listed_for(&self, day: CivilDay, department: &str) -> impl Iterator<Item = &str> {
        let own = self.asked(day).filter(move |entry| entry.department == department);
        own.map(|entry| entry.id.as_str())
    }

    fn asked(&self, day: CivilDay) -> impl Iterator<Item = &ListEntry> {
        let lists = self.0.lists.values().filter(|list| list.id.asks());
        lists.flat_map(|list| list.entries.values()).filter(move |entry| entry.in_force(day))
    }

    /// An entry of any list that is in force on a day, with its list's kind.
    pub fn entry(&self, id: &str, day: CivilDay) -> Option<(ListKind, &ListEntry)> {
        let mut all = self.0.lists.values();
        all.find_map(|list| {
            list.entries.get(id).filter(|entry| entry.in_force(day)).map(|entry| (list.id, entry))
        })
    }

    /// Data that forms ask for, and which department holds it already.
    pub fn fields(&self) -> &DataFields {
        &self.0.fields
    }

    /// Laws and documents that may be cited.
    pub fn statutes(&self) -> &Statutes {
        &self.0.statutes
    }

    /// How bodies decide, by body id.
    pub fn bodies(&self) -> &BTreeMap<String, BodyRule> {
        &self.0.bodies
    }

    /// The district and its vocabulary.
    pub fn district(&self) -> &District {
        &self.0.district
    }

    /// The division list.
    pub fn divisions(&self) -> &Divisions {
        &self.0.divisions
    }

    /// What a township adds; `None` for one without a folder. Any code within the township will do.
    pub fn township(&self, code: DivisionCode) -> Option<&TownshipEdition> {
        self.0.townships.get(&code.township())
    }

    /// Townships that add something, by code.
    pub fn townships(&self) -> &BTreeMap<DivisionCode, TownshipEdition> {
        &self.0.townships
    }

    /// The district's parameters with their history and sources.
    pub fn parameters(&self) -> &BTreeMap<String, Parameter> {
        &self.0.parameters
    }

    /// Parameter values on a day, with the township's tighter ones in place.
    ///
    /// Complete for every day from [`Edition::from`] on; the loader refuses gaps. Of the two values
    /// the stricter one counts even if a later edit should ever loosen the township's.
    pub fn parameters_at(
        &self,
        township: Option<DivisionCode>,
        day: CivilDay,
    ) -> BTreeMap<String, i64> {
        let own = township.and_then(|code| self.township(code)).map(|t| &t.parameters);
        let mut values = BTreeMap::new();
        for (id, parameter) in self.parameters() {
            let Some(base) = parameter.at(day).map(|v| v.value) else { continue };
            let local = own.and_then(|p| p.get(id)).and_then(|p| p.at(day)).map(|v| v.value);
            let value = match (parameter.tighter, local) {
                (Some(Tighter::Lower), Some(local)) => base.min(local),
                (Some(Tighter::Higher), Some(local)) => base.max(local),
                _ => base,
            };
            values.insert(id.clone(), value);
        }
        values
    }
}

/// What one township adds to the district.
#[derive(Clone, Debug)]
pub struct TownshipEdition {
    /// Twelve digits of the township.
    pub code: DivisionCode,
    /// Folder name without the code, e.g. `xiagezhuang`; its policy ids start with it.
    pub slug: String,
    /// 中文名称.
    pub title: String,
    /// The township's own edition day.
    pub from: CivilDay,
    /// Its policies; ids never meet the district's.
    pub overlay: PolicySet,
    /// Its own items (特色清单) and the district's items it adds steps to.
    pub items: BTreeMap<String, Item>,
    /// The district's variants of items it adds steps to, with those steps.
    pub variants: BTreeMap<String, BTreeMap<String, Variant>>,
    /// Its tighter parameters.
    pub parameters: BTreeMap<String, Parameter>,
    /// Its schemes by id.
    pub schemes: BTreeMap<String, Scheme>,
    /// Schemes for trial runs only: nothing but the tools knows them.
    pub trials: BTreeMap<String, Scheme>,
    /// Its offers by id.
    pub offers: BTreeMap<String, Offer>,
    /// Its funds by id.
    pub funds: BTreeMap<String, Fund>,
    /// Covenants and methods that were voted and filed.
    pub covenants: Vec<Covenant>,
}

impl TownshipEdition {
    /// Its schemes, with those for trial runs.
    pub fn all_schemes(&self) -> impl Iterator<Item = &Scheme> {
        self.schemes.values().chain(self.trials.values())
    }

    /// Ids of the township's own items.
    pub fn own_items(&self) -> impl Iterator<Item = &str> {
        self.items.values().filter(|item| item.local).map(|item| item.id.as_str())
    }
}
