//! One table of the whole list: which role may take which step of which item, everything else being in
//! order. The table is a file that people review; a change of the policies shows as a change of it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use package::{Edition, Item, RoleLevel, Step};

use super::edition::demo_package;
use super::fixture::{
    Ask, DISTRICT, OTHER_VILLAGE, TODAY, TOWNSHIP, UNANIMOUS, VILLAGE, matter, meeting, person,
    post, rule, set,
};
use crate::Decider;

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/powers.txt");

/// The amounts at which anything changes for an item: its edges, and one cent to each side.
fn amounts(edition: &Edition, item: &Item) -> BTreeSet<i64> {
    let parameters = edition.parameters_at(None, edition.from());
    let own = item.amounts.iter().flat_map(|amounts| [&amounts.from, &amounts.below]);
    let ways = item.steps.iter().flat_map(|step| &step.may).flat_map(|may| [&may.from, &may.below]);
    let edges = own.chain(ways).flatten().filter_map(|edge| edge.value(&parameters));
    edges.flat_map(|edge| [edge - 1, edge, edge + 1]).chain([0]).collect()
}

/// A body and those that may decide in its place.
fn will_do<'a>(edition: &'a Edition, body: &'a str) -> Vec<&'a str> {
    let others = edition.bodies().values().filter(|rule| rule.stands_for.iter().any(|b| b == body));
    let own = (!body.is_empty()).then_some(body);
    own.into_iter().chain(others.map(|rule| rule.id.as_str())).collect()
}

/// Everything a step waits for is done, and the meeting it needs was held by everybody.
fn ready(edition: &Edition, item: &Item, step: &Step, role: &package::Role, body: &str) -> Ask {
    let before: Vec<&str> =
        item.steps.iter().map(|other| other.id.as_str()).take_while(|id| *id != step.id).collect();
    let unit = match role.level {
        RoleLevel::Village => VILLAGE,
        RoleLevel::Township => TOWNSHIP,
        RoleLevel::District => DISTRICT,
    };
    let pid = format!("the-{}", role.id);
    let thing = matter(&item.id, &step.id, &before);
    let id = thing.id.id.clone();
    let ask = Ask::new("TakeStep", person(&pid, OTHER_VILLAGE), thing)
        .with("district", DISTRICT)
        .with("post", post(&role.id, unit, &pid))
        .with("rule", rule(&before, &step.body))
        .field("rule", "bodies", set(&will_do(edition, &step.body)))
        .field("rule", "signature", step.signature)
        .of("publishedDay", TODAY - 400);
    if body.is_empty() {
        return ask;
    }
    ask.with("record", meeting(body, &item.id, &id, UNANIMOUS))
}

/// The amounts (as bands) and records with which a role may take a step; none when it never may.
fn ways(
    edition: &Edition,
    decider: &Decider,
    item: &Item,
    step: &Step,
    role: &package::Role,
) -> Vec<String> {
    let classes: &[&str] = if item.id == "S11" { &["A", "B", "C", "X"] } else { &[""] };
    let bodies = std::iter::once("").chain(edition.bodies().keys().map(String::as_str));
    let bodies: Vec<&str> = bodies.collect();
    let (within, beyond): (Vec<i64>, Vec<i64>) =
        amounts(edition, item).into_iter().partition(|amount| in_range(edition, item, *amount));
    let mut ways = Vec::new();
    for class in classes {
        // with no record at all; a record too many does not matter where none is needed
        let mut bare: Vec<i64> = Vec::new();
        for body in &bodies {
            let ask = ready(edition, item, step, role, body).of("sealClass", *class);
            let allows = |amount: &&i64| {
                let ask = ask.clone().of("amountCents", **amount);
                decider.decide(None, &ask.request(), &ask.facts).allowed()
            };
            assert_eq!(
                beyond.iter().find(allows),
                None,
                "{}/{}: beyond its range",
                item.id,
                step.id
            );
            let allowed: Vec<i64> = within.iter().filter(allows).copied().collect();
            let (Some(least), Some(most)) = (allowed.first(), allowed.last()) else { continue };
            if allowed.iter().all(|amount| bare.contains(amount)) {
                continue;
            }
            let band = (allowed.len() < within.len()).then(|| format!("{least}–{most}分"));
            let said = [*class, *body].into_iter().filter(|said| !said.is_empty());
            ways.push(
                band.into_iter().chain(said.map(str::to_owned)).collect::<Vec<_>>().join("·"),
            );
            if body.is_empty() {
                bare = allowed;
            }
        }
    }
    ways
}

/// Whether an item is meant for an amount.
fn in_range(edition: &Edition, item: &Item, amount: i64) -> bool {
    let parameters = edition.parameters_at(None, edition.from());
    let value = |edge: &Option<package::Number>| edge.as_ref().and_then(|n| n.value(&parameters));
    item.amounts.as_ref().is_none_or(|amounts| {
        value(&amounts.from).is_none_or(|from| from <= amount)
            && value(&amounts.below).is_none_or(|below| amount < below)
    })
}

fn table(edition: &Edition) -> String {
    let decider = Decider::new(edition).unwrap();
    let mut out = String::from(
        "# 每个事项的每一步，谁可以办（其他条件都满足时）。〔〕里是金额范围（分）、用印类别和要有的会议记录。\n# 由测试生成；规矩一变，这张表就变，要有人看过。\n",
    );
    for item in edition.items().values() {
        let parameters = edition.parameters_at(None, edition.from());
        let edge = |number: Option<&package::Number>| number.and_then(|n| n.value(&parameters));
        let range = item.amounts.as_ref().map(|amounts| {
            let from = edge(amounts.from.as_ref()).unwrap_or(0);
            let below =
                edge(amounts.below.as_ref()).map_or("无上限".to_owned(), |n| n.to_string());
            format!("（金额从{from}分起，含；到{below}分止，不含）")
        });
        let _ = writeln!(out, "\n{} {}{}", item.id, item.title, range.unwrap_or_default());
        for step in &item.steps {
            let mut who = Vec::new();
            for role in edition.district().roles.values() {
                let ways = ways(edition, &decider, item, step, role);
                match ways.as_slice() {
                    [] => {}
                    [only] if only.is_empty() => who.push(role.id.clone()),
                    many => who.push(format!("{}〔{}〕", role.id, many.join(" "))),
                }
            }
            let _ = writeln!(out, "  {:<8} {} ← {}", step.id, step.title, who.join("、"));
        }
    }
    out
}

#[expect(clippy::disallowed_methods, reason = "the table is a file, written anew when asked for")]
#[test]
fn the_table_of_powers_is_the_reviewed_one() {
    let package = demo_package();
    let edition = package.editions().last().unwrap();
    let now = table(edition);
    if std::env::var_os("XIANGYUE_WRITE_TABLES").is_some() {
        std::fs::write(TABLE, &now).unwrap();
    }
    let reviewed = std::fs::read_to_string(TABLE).unwrap_or_default();
    // each step of the list can be taken by somebody, and none by everybody
    let roles = edition.district().roles.len();
    for line in now.lines().filter(|line| line.starts_with("  ")) {
        let (_, who) = line.split_once(" ← ").unwrap();
        let many = who.split('、').filter(|role| !role.is_empty()).count();
        assert!(many >= 1 && many < roles / 2, "{line}");
    }
    let differs = now.lines().zip(reviewed.lines()).find(|(now, then)| now != then);
    assert!(
        now == reviewed,
        "tests/golden/powers.txt is not what the policies say; first difference: {differs:?}; \
         write it anew with XIANGYUE_WRITE_TABLES=1 and read what changed"
    );
}
