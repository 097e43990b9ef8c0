//! Officers, households and residents.

use std::collections::BTreeSet;

use model::DivisionCode;

use crate::dice::Dice;
use crate::rows::{DemoData, Household, Person, Post};
use crate::settings::{Settings, Unit};

/// Roles before the panel, with their officer number.
const VILLAGE_ROLES: [(u32, &str); 13] = [
    (1, "secretary"),
    (2, "director"),
    (3, "deputy"),
    (4, "member"),
    (5, "clerk"),
    (6, "bookkeeper"),
    (7, "custodian"),
    (8, "supervisor"),
    (9, "supervisor"),
    (10, "supervisor"),
    (11, "board-chair"),
    (12, "board-member"),
    (13, "board-member"),
];
/// Number of the first panel member.
const PANEL_FROM: u32 = 14;
const TOWNSHIP_ROLES: [(u32, &str); 3] =
    [(1, "auditor"), (2, "points-admin"), (3, "township-leader")];
const DISTRICT_ROLES: [(u32, &str, &str); 6] = [
    (1, "department-officer", "民政局"),
    (2, "department-officer", "农业农村局"),
    (3, "committee-office", "市委办"),
    (4, "government-office", "市政府办"),
    (5, "finance-office", "财政局"),
    (6, "data-admin", ""),
];

/// What the event generators need of a village unit.
#[derive(Debug)]
pub(crate) struct Village {
    pub(crate) code: DivisionCode,
    pub(crate) households: Vec<(String, BTreeSet<String>)>,
    pub(crate) panel: Vec<Panel>,
}

/// A panel member.
#[derive(Debug)]
pub(crate) struct Panel {
    pub(crate) id: String,
    pub(crate) household: String,
}

impl Village {
    /// Officer number `n`.
    pub(crate) fn officer(&self, n: u32) -> String {
        officer(self.code, n)
    }

    /// 文书, who types everything.
    pub(crate) fn clerk(&self) -> String {
        self.officer(5)
    }
}

fn officer(code: DivisionCode, n: u32) -> String {
    format!("{code}-p{n:02}")
}

fn household(code: DivisionCode, n: u32) -> String {
    format!("{code}-h{n:04}")
}

fn post(
    holder: String,
    role: &str,
    unit: DivisionCode,
    department: &str,
    settings: &Settings,
) -> Post {
    Post {
        holder,
        role: role.to_owned(),
        unit,
        department: department.to_owned(),
        from: settings.term_from,
        to: settings.term_to,
    }
}

/// The further posts of a unit's level, from officer number `from` on.
fn others(
    unit: DivisionCode,
    from: u32,
    settings: &Settings,
    home: &dyn Fn(u32) -> String,
    data: &mut DemoData,
) {
    let here = settings.officers.iter().filter(|officer| officer.level == unit.level());
    for (n, more) in (from..).zip(here) {
        let id = officer(unit, n);
        data.persons.push(Person { id: id.clone(), unit, household: home(n) });
        data.posts.push(post(id, &more.role, unit, &more.department, settings));
    }
}

/// The number behind the last of some fixed posts.
fn behind(fixed: usize) -> u32 {
    u32::try_from(fixed).unwrap_or(u32::MAX).saturating_add(1)
}

/// District officers.
pub(crate) fn district(unit: &Unit, settings: &Settings, data: &mut DemoData) {
    for (n, role, department) in DISTRICT_ROLES {
        let id = officer(unit.code, n);
        data.persons.push(Person { id: id.clone(), unit: unit.code, household: String::new() });
        data.posts.push(post(id, role, unit.code, department, settings));
    }
    others(unit.code, behind(DISTRICT_ROLES.len()), settings, &|_| String::new(), data);
}

/// Township officers.
pub(crate) fn township(unit: &Unit, settings: &Settings, data: &mut DemoData) {
    for (n, role) in TOWNSHIP_ROLES {
        let id = officer(unit.code, n);
        data.persons.push(Person { id: id.clone(), unit: unit.code, household: String::new() });
        data.posts.push(post(id, role, unit.code, "", settings));
    }
    others(unit.code, behind(TOWNSHIP_ROLES.len()), settings, &|_| String::new(), data);
}

/// A village unit's officers, households and one resident for each household.
pub(crate) fn village(
    unit: &Unit,
    settings: &Settings,
    dice: &mut Dice,
    data: &mut DemoData,
) -> Village {
    let shop = PANEL_FROM.saturating_add(settings.panel_members);
    let merged = dice.hits(settings.one_shoulder_permille) && unit.code != settings.matters_village;
    let home = |n: u32| {
        let number = n.saturating_sub(1).checked_rem(settings.households_per_village).unwrap_or(0);
        household(unit.code, number.saturating_add(1))
    };
    let mut panel = Vec::new();
    let mut seat = |n: u32, role: &str, data: &mut DemoData| {
        let merged_director = merged && role == "director";
        let id = officer(unit.code, if merged_director { 1 } else { n });
        if !merged_director {
            data.persons.push(Person { id: id.clone(), unit: unit.code, household: home(n) });
        }
        data.posts.push(post(id.clone(), role, unit.code, "", settings));
        if role == "panel" {
            panel.push(Panel { id, household: home(n) });
        }
    };
    for (n, role) in roles(&unit.kind) {
        seat(n, role, data);
    }
    for n in PANEL_FROM..shop {
        seat(n, "panel", data);
    }
    seat(shop, "shop", data);
    others(unit.code, shop.saturating_add(1), settings, &home, data);
    let households = households(unit.code, &panel, settings, dice, data);
    Village { code: unit.code, households, panel }
}

/// Units that are like a committee (farm quarters and such) have no collective economy of their own.
fn roles(kind: &str) -> impl Iterator<Item = (u32, &'static str)> {
    let collective = matches!(kind, "villagers-committee" | "residents-committee");
    VILLAGE_ROLES.into_iter().filter(move |(_, role)| collective || !role.starts_with("board-"))
}

fn households(
    code: DivisionCode,
    panel: &[Panel],
    settings: &Settings,
    dice: &mut Dice,
    data: &mut DemoData,
) -> Vec<(String, BTreeSet<String>)> {
    let count = settings.households_per_village;
    // Each panel member's own house and the houses of two or three near relatives.
    let mut kin: Vec<(String, String)> = Vec::new();
    for member in panel {
        kin.push((member.household.clone(), member.id.clone()));
        for _ in 0..dice.between(2, 3) {
            kin.push((household(code, dice.below(count).saturating_add(1)), member.id.clone()));
        }
    }
    let mut all = Vec::new();
    for n in 1..=count {
        let id = household(code, n);
        let (adults, children) = (dice.between(1, 4), dice.below(3));
        let near: BTreeSet<String> =
            kin.iter().filter(|(house, _)| *house == id).map(|(_, who)| who.clone()).collect();
        data.persons.push(Person {
            id: format!("{code}-r{n:04}"),
            unit: code,
            household: id.clone(),
        });
        data.households.push(Household {
            id: id.clone(),
            village: code,
            members: i64::from(adults.saturating_add(children)),
            adults: i64::from(adults),
            kin: near.clone(),
        });
        all.push((id, near));
    }
    all
}
