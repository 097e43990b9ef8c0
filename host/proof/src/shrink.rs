//! From a solver's facts to a clerk's: the same case with everyday values and nothing it does not need.
//!
//! A solver answers with whatever fits: year 584542046, a village called `A`. Each change here is kept only
//! when the case still shows the same thing, so the result is as good a counterexample as the first one.

use std::collections::{BTreeMap, BTreeSet};

use model::{CivilDay, DivisionCode, Value};
use package::Edition;

use crate::names::{Names, Sort};
use crate::scene::{Path, Scene};

/// Passes over all facts; the second one finds what the first one made possible.
const PASSES: usize = 2;

/// What replaces a solver's values.
#[derive(Debug)]
pub(crate) struct Everyday<'a> {
    pub(crate) edition: &'a Edition,
    pub(crate) names: &'a Names,
    /// The day on which the case is told.
    pub(crate) today: CivilDay,
    /// A village unit of the district, in which the case happens.
    pub(crate) village: DivisionCode,
    /// Texts that policies name; they stay.
    pub(crate) named: BTreeSet<String>,
}

/// Shrinks a case; `keeps` tells how good a case still is: `None` when it shows nothing any more, and never
/// less than it was.
pub(crate) fn shrink(
    scene: Scene,
    with: &Everyday<'_>,
    keeps: &dyn Fn(&Scene) -> Option<u8>,
) -> Scene {
    let Some(worth) = keeps(&scene) else { return scene };
    let mut best = Best { scene, worth, keeps };
    with.name(&mut best);
    with.move_days(&mut best);
    with.current_parameters(&mut best);
    small_meeting(&mut best);
    for _ in 0..PASSES {
        leave_out(&mut best);
        with.one_by_one(&mut best);
        with.place_in_the_village(&mut best);
    }
    best.scene
}

/// The best case so far.
struct Best<'k> {
    scene: Scene,
    worth: u8,
    keeps: &'k dyn Fn(&Scene) -> Option<u8>,
}

impl Best<'_> {
    /// Takes a case when it is no worse than the best one.
    fn try_take(&mut self, next: Scene) -> bool {
        if next == self.scene {
            return true;
        }
        match (self.keeps)(&next) {
            Some(worth) if worth >= self.worth => {
                (self.scene, self.worth) = (next, worth);
                true
            }
            _ => false,
        }
    }

    fn try_set(&mut self, path: &[String], value: Option<Value>) -> bool {
        let mut next = self.scene.clone();
        next.set(path, value);
        self.try_take(next)
    }
}

impl Everyday<'_> {
    /// Gives persons, places and records everyday names, the same one to each that was the same; first all
    /// at once, then one after another.
    fn name(&self, best: &mut Best<'_>) {
        let mut given: BTreeMap<(Sort, String), String> = BTreeMap::new();
        let mut counts: BTreeMap<Sort, usize> = BTreeMap::new();
        let mut next = best.scene.clone();
        let mut changes = Vec::new();
        for path in self.in_order(&best.scene) {
            let sort = self.names.sort(&path);
            let Some(old) = best.scene.get(&path).cloned() else { continue };
            let new = map_texts(&old, &mut |text| {
                // a post's unit may be a village, a township or the district
                let known = [sort, Sort::Place, Sort::Township, Sort::District]
                    .into_iter()
                    .take(if sort == Sort::Place { 4 } else { 1 })
                    .find_map(|sort| given.get(&(sort, text.to_owned())));
                if let Some(known) = known {
                    return known.clone();
                }
                let count = counts.entry(sort).or_default();
                let Some(fresh) = self.fresh(sort, *count) else { return text.to_owned() };
                *count = count.saturating_add(1);
                given.insert((sort, text.to_owned()), fresh.clone());
                fresh
            });
            if new != old {
                next.set(&path, Some(new.clone()));
                changes.push((path, new));
            }
        }
        if !best.try_take(next) {
            for (path, new) in changes {
                best.try_set(&path, Some(new));
            }
        }
    }

    /// Texts and sets of texts; who acts and where it happens come first.
    fn in_order(&self, scene: &Scene) -> Vec<Path> {
        let mut paths = scene.paths();
        let first = |path: &Path| match self.names.sort(path) {
            Sort::District => 0,
            Sort::Township => 1,
            Sort::Place if path.first().is_some_and(|root| root == "resource") => 2,
            Sort::Person if path.first().is_some_and(|root| root == "principal") => 3,
            _ => 4,
        };
        paths.sort_by_key(first);
        paths
    }

    /// The everyday value of a sort, the first of its kind, the second and so on.
    fn fresh(&self, sort: Sort, number: usize) -> Option<String> {
        let ordinal = number.saturating_add(1);
        let village = self.village;
        Some(match sort {
            Sort::Person => format!("{village}-p{ordinal:02}"),
            Sort::Household => format!("{village}-h{ordinal:04}"),
            Sort::Place => self
                .edition
                .divisions()
                .villages_of(village.township())
                .map(|d| d.code)
                .filter(|code| *code != village)
                .nth(number.checked_sub(1).unwrap_or(usize::MAX))
                .unwrap_or(village)
                .to_string(),
            Sort::Township => self
                .edition
                .divisions()
                .townships()
                .map(|d| d.code)
                .filter(|code| *code != village.township())
                .nth(number.checked_sub(1).unwrap_or(usize::MAX))
                .unwrap_or(village.township())
                .to_string(),
            Sort::District => village.county().to_string(),
            Sort::Record => format!("{village}-REP-{}-{ordinal:03}", year(self.today)),
            Sort::Thing => format!("{village}-M-{}-{ordinal:03}", year(self.today)),
            _ => return None,
        })
    }

    /// Moves all days and minutes together, so that today is today and all else stays as far from it.
    fn move_days(&self, best: &mut Best<'_>) {
        let now = vec!["context".to_owned(), "today".to_owned()];
        let Some(Value::Long(today)) = best.scene.get(&now).cloned() else { return };
        let Some(by) = self.today.number().checked_sub(today) else { return };
        let mut next = best.scene.clone();
        for path in best.scene.paths() {
            if let (Sort::Day, Some(Value::Long(day))) =
                (self.names.sort(&path), best.scene.get(&path))
                && let Some(moved) = day.checked_add(by)
            {
                next.set(&path, Some(Value::Long(moved)));
            }
        }
        best.try_take(next);
    }

    /// The district's parameters as they are.
    fn current_parameters(&self, best: &mut Best<'_>) {
        let mut next = best.scene.clone();
        for (name, value) in self.edition.parameters_at(None, self.today) {
            let path = vec!["context".to_owned(), "parameters".to_owned(), name];
            if best.scene.get(&path).is_some() {
                next.set(&path, Some(Value::Long(value)));
            }
        }
        best.try_take(next);
    }

    /// Each number and each free text on its own.
    fn one_by_one(&self, best: &mut Best<'_>) {
        for path in best.scene.paths() {
            let Some(old) = best.scene.get(&path).cloned() else { continue };
            for candidate in self.candidates(&path, &old) {
                if candidate == old || best.try_set(&path, Some(candidate)) {
                    break;
                }
            }
        }
    }

    /// What stands at a place in everyday cases, the best first.
    fn candidates(&self, path: &[String], old: &Value) -> Vec<Value> {
        let longs = |all: &[i64]| all.iter().map(|number| Value::Long(*number)).collect();
        let texts = |all: Vec<String>| all.into_iter().map(Value::Text).collect();
        let today = self.today.number();
        let days = |all: &[i64]| -> Vec<Value> {
            all.iter().filter_map(|by| today.checked_add(*by)).map(Value::Long).collect()
        };
        match (old, self.names.sort(path)) {
            (Value::Bool(_), _) => vec![Value::Bool(false)],
            (Value::Long(_), Sort::Day) => match path.last().map(String::as_str) {
                Some("today") => days(&[0]),
                Some("fromDay" | "grantorFromDay" | "suspendedFrom") => days(&[-100, -1, 0, 1, 30]),
                Some("toDay" | "grantorToDay" | "suspendedTo" | "endDay") => {
                    days(&[265, 1, 0, -1, -30])
                }
                _ => days(&[0, -1, -2, -10, -11, -30, 1, 15, 30]),
            },
            (Value::Long(_), Sort::Minute) => vec![Value::Long(self.today.start().0)],
            (Value::Long(_), Sort::Money) => {
                longs(&[80_000, 300_000, 99_999, 100_000, 1_000_000, 2_500_000, 0, -100])
            }
            (Value::Long(_), Sort::Count) => longs(&[0, 1, 2, 3, 5, 7, 10, 20, 30, 31, 40, 45, 60]),
            (Value::Text(text), sort) if !self.named.contains(text) || text.is_empty() => {
                match sort {
                    Sort::Role => texts(self.edition.district().roles.keys().cloned().collect()),
                    Sort::Item => texts(self.edition.items().keys().cloned().collect()),
                    Sort::Body => texts(self.edition.bodies().keys().cloned().collect()),
                    Sort::Step => texts(["EXE", "PUB1", "PAY"].map(str::to_owned).to_vec()),
                    Sort::Text => texts(vec![String::new()]),
                    _ => Vec::new(),
                }
            }
            _ => Vec::new(),
        }
    }

    /// The engine refuses a place that is described twice, differently; so the thing lies in the village.
    fn place_in_the_village(&self, best: &mut Best<'_>) {
        let mut next = best.scene.clone();
        let village = Value::Text(self.village.to_string());
        for (name, value) in [
            ("village", village.clone()),
            ("township", Value::Text(self.village.township().to_string())),
        ] {
            let path = vec!["resource".to_owned(), name.to_owned()];
            if next.get(&path).is_some() {
                next.set(&path, Some(value));
            }
        }
        let code = vec!["resource".to_owned(), "code".to_owned()];
        if next.resource.id.kind == "Village" {
            next.set(&code, Some(village));
        }
        let district = vec!["context".to_owned(), "district".to_owned()];
        if next.get(&district).is_some() {
            next.set(&district, Some(Value::Text(self.village.county().to_string())));
        }
        best.try_take(next);
    }
}

/// Leaves out what the case does not need: whole records, optional facts, members of sets.
fn leave_out(best: &mut Best<'_>) {
    for path in best.scene.paths() {
        if best.scene.get(&path).is_none() || best.try_set(&path, None) {
            continue;
        }
        if let Some(Value::Set(all)) = best.scene.get(&path).cloned() {
            let mut left = all.clone();
            for one in &all {
                let fewer: Vec<Value> = left.iter().filter(|it| *it != one).cloned().collect();
                if best.try_set(&path, Some(Value::Set(fewer.clone()))) {
                    left = fewer;
                }
            }
        }
    }
}

/// Meetings of thirty: all there and agreed, then ever fewer; eligible, present, in favour, against, abstain.
const MEETINGS: [[i64; 5]; 12] = [
    [30, 30, 30, 0, 0],
    [30, 30, 20, 10, 0],
    [30, 30, 18, 12, 0],
    [30, 30, 15, 15, 0],
    [30, 30, 10, 20, 0],
    [30, 20, 20, 0, 0],
    [30, 20, 15, 5, 0],
    [30, 20, 10, 10, 0],
    [30, 18, 18, 0, 0],
    [30, 15, 15, 0, 0],
    [30, 10, 10, 0, 0],
    [30, 0, 0, 0, 0],
];

/// Counts hang together, so they are replaced together.
fn small_meeting(best: &mut Best<'_>) {
    let path = |name: &str| ["context", "record", name].map(str::to_owned);
    if best.scene.get(&path("eligible")).is_none() {
        return;
    }
    for counts in MEETINGS {
        let mut next = best.scene.clone();
        let names = ["eligible", "present", "inFavour", "against", "abstain"];
        for (name, count) in names.into_iter().zip(counts) {
            next.set(&path(name), Some(Value::Long(count)));
        }
        if best.try_take(next) {
            return;
        }
    }
}

fn year(day: CivilDay) -> i16 {
    day.ymd().0
}

/// A value with each text in it replaced.
fn map_texts(value: &Value, change: &mut dyn FnMut(&str) -> String) -> Value {
    match value {
        Value::Text(text) => Value::Text(change(text)),
        Value::Set(all) => {
            let mut new: Vec<Value> = all.iter().map(|one| map_texts(one, change)).collect();
            new.sort();
            new.dedup();
            Value::Set(new)
        }
        // what a record holds is looked at by itself
        other => other.clone(),
    }
}
