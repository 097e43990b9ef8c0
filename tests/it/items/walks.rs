//! Every item of the list walked to its end over HTTP on the manual clock, by the people its steps
//! name, with a wrong step and a wrong person refused on the way.

use std::collections::BTreeSet;

use model::DivisionCode;
use package::{Edition, Item, May, Step};
use serde_json::{Value, json};
use tests::server::Server;

use super::{edition, package};
use crate::api::{demo, matter_step};

const VILLAGE: &str = "370285102259";
/// Kind of project of all walks.
const PROJECT: &str = "water";

/// Roles of the demo with a token, by role id.
fn token(role: &str) -> String {
    match role {
        "department-officer" => "department".to_owned(),
        "finance-office" => "finance".to_owned(),
        other => other.replace('-', "_"),
    }
}

/// A matter on its way.
struct Walk<'a> {
    server: &'a Server,
    edition: &'a Edition,
    item: &'a Item,
    matter: String,
    amount: i64,
    class: &'a str,
    handler: String,
    signed: BTreeSet<String>,
}

impl Walk<'_> {
    fn today(&self) -> Value {
        self.server.get("", "/v1/clock").body["today"].clone()
    }

    fn values(&self) -> std::collections::BTreeMap<String, i64> {
        let township = DivisionCode::parse(VILLAGE).unwrap().township();
        self.edition.parameters_at(Some(township), self.edition.from())
    }

    /// The way that fits the amount and the seal class.
    fn way<'s>(&self, step: &'s Step) -> Option<&'s May> {
        let values = self.values();
        step.may.iter().find(|may| {
            let from = may.from.as_ref().and_then(|n| n.value(&values)).unwrap_or(i64::MIN);
            let below = may.below.as_ref().and_then(|n| n.value(&values)).unwrap_or(i64::MAX);
            let class = may.classes.is_empty() || may.classes.iter().any(|c| c == self.class);
            from <= self.amount && self.amount < below && class
        })
    }

    /// Somebody the step names, who has not signed yet where it is a signature.
    fn who(&self, step: &Step) -> String {
        // the township's own addition: who takes it stands in the district's Cedar
        let Some(may) = self.way(step) else { return "township_leader".to_owned() };
        let free = |role: &String| {
            let token = token(role);
            let person = self.server.person(&token);
            !step.signature || (person != self.handler && !self.signed.contains(&person))
        };
        let mut able = may.roles.iter().filter(|role| free(role));
        // who begins a matter may not sign in it later: the one with least to do begins
        let role = if self.handler.is_empty() { able.next_back() } else { able.next() };
        let role = role.unwrap_or_else(|| panic!("nobody for {}/{}", self.item.id, step.id));
        token(role)
    }

    /// A meeting of the body the step needs, called in time, everybody in favour.
    fn meeting(&self, step: &Step) -> Option<Value> {
        let own = self.way(step).and_then(|may| may.bodies.first());
        let body = own.or_else(|| Some(&step.body).filter(|body| !body.is_empty()))?;
        let notice = self.today();
        self.server.days_pass(12);
        let record = json!({"body": body, "village": VILLAGE, "item": self.item.id, "matter": self.matter,
            "day": self.today(), "notice_day": notice, "eligible": 45, "present": 45, "in_favour": 45,
            "against": 0, "abstain": 0});
        let recorded = self.server.post("clerk", "/v1/meetings", &record);
        assert_eq!(recorded.status, 201, "{}/{}: {}", self.item.id, step.id, recorded.body);
        Some(recorded.body["id"].clone())
    }

    fn refused(&self, who: &str, body: &Value, why: &str) {
        let answer = matter_step(self.server, who, &self.matter, body);
        let text = answer.body["text"].as_str().unwrap_or_default();
        assert!([403, 422].contains(&answer.status), "{} {why}: {}", self.item.id, answer.body);
        assert!(!text.is_empty(), "{} {why}: {}", self.item.id, answer.body);
    }

    fn step(&mut self, step: &Step, later: Option<&Step>) {
        if let Some(later) = later {
            self.refused(&self.who(later), &json!({"step": later.id}), "a step too early");
        }
        let values = self.values();
        let gap = step.min_gap_days.value(&values).unwrap_or(0);
        let waits = !step.after_stay.is_empty() || ["PUB2", "ARC"].contains(&step.id.as_str());
        self.server.days_pass(gap.max(if waits { 16 } else { 1 }));
        let who = self.who(step);
        let mut body = json!({"step": step.id});
        let stranger = if who == "auditor" { "custodian" } else { "auditor" };
        if let Some(record) = self.meeting(step) {
            self.refused(&who, &body, "without its record");
            body["record"] = record;
        }
        if step.gates.price.is_some() {
            self.refused(&who, &body, "without a price");
            body["cents"] = json!(self.amount);
        }
        self.sign(step);
        self.refused(stranger, &body, "by somebody else");
        let taken = matter_step(self.server, &who, &self.matter, &body);
        assert!(taken.status < 300, "{}/{} by {who}: {}", self.item.id, step.id, taken.body);
        let person = self.server.person(&who);
        if self.handler.is_empty() {
            self.handler.clone_from(&person);
        }
        if step.signature {
            self.signed.insert(person);
        }
        if step.gates.discloses {
            let path = format!("/v1/matters/{}/publications", self.matter);
            let published = self.server.post("clerk", &path, &json!({"step": step.id}));
            assert_eq!(published.status, 200, "{}/{}: {}", self.item.id, step.id, published.body);
        }
    }

    /// Every organ of joint supervision signs; with one missing the step is refused.
    fn sign(&self, step: &Step) {
        let Some(joint) = &step.gates.joint else { return };
        let path = format!("/v1/matters/{}/signatures", self.matter);
        let department = joint.by_project.get(PROJECT);
        for organ in joint.mandatory.iter().chain(department) {
            self.refused(&self.who(step), &json!({"step": step.id}), "before all have signed");
            let signed = self.server.post(&token(&organ.role), &path, &json!({"step": step.id}));
            assert_eq!(signed.status, 200, "{}/{}: {}", self.item.id, organ.role, signed.body);
        }
    }
}

/// The steps in an order in which they can be taken.
fn ordered(item: &Item) -> Vec<&Step> {
    let mut done: BTreeSet<&str> = BTreeSet::new();
    let mut order = Vec::new();
    while order.len() < item.steps.len() {
        let next = item.steps.iter().find(|step| {
            let waits = step.after.iter().chain(&step.after_stay);
            !done.contains(step.id.as_str()) && waits.clone().all(|id| done.contains(id.as_str()))
        });
        let next = next.unwrap_or_else(|| panic!("{} goes in a circle", item.id));
        done.insert(&next.id);
        order.push(next);
    }
    order
}

fn walk(server: &Server, edition: &Edition, id: &str, amount: i64, class: &str) {
    let township = DivisionCode::parse(VILLAGE).unwrap().township();
    let item = edition.item(Some(township), id).unwrap();
    let certificate = if id == "S12" { "CE-01" } else { "" };
    let opened = server.post(
        "clerk",
        "/v1/matters",
        &json!({"item": id, "village": VILLAGE, "title": item.title, "amount_cents": amount,
            "seal_class": class, "site": format!("walk-{id}-{amount}"), "project": PROJECT,
            "certificate": certificate}),
    );
    assert_eq!(opened.status, 201, "{id}: {}", opened.body);
    let matter = opened.body["id"].as_str().unwrap().to_owned();
    let (handler, signed) = (String::new(), BTreeSet::new());
    let mut walk = Walk { server, edition, item, matter, amount, class, handler, signed };
    let order = ordered(item);
    for (at, step) in order.iter().enumerate() {
        walk.step(step, order.get(at + 1).copied());
    }
    let reader = if id == "S16" { "secretary" } else { "clerk" };
    let end = server.get(reader, &format!("/v1/matters/{}", walk.matter));
    assert_eq!(end.body["next"], json!([]), "{id}: {}", end.body);
    assert_eq!(end.body["taken"].as_array().map(Vec::len), Some(order.len()), "{id}");
}

/// The smallest amount an item is meant for.
fn smallest(edition: &Edition, item: &Item) -> i64 {
    let township = DivisionCode::parse(VILLAGE).unwrap().township();
    let values = edition.parameters_at(Some(township), edition.from());
    let from = item.amounts.as_ref().and_then(|amounts| amounts.from.as_ref());
    from.and_then(|from| from.value(&values)).unwrap_or(100)
}

#[test]
fn every_item_goes_step_by_step_to_its_end() {
    let package = package();
    let edition = edition(&package);
    let items: Vec<(&String, &Item)> = edition.items().iter().collect();
    // posts end in 2030, and a few items take their year
    for (round, some) in items.chunks(4).enumerate() {
        let server = demo(&format!("walks-{round}"));
        for (id, item) in some {
            let class = if *id == "S11" { "A" } else { "" };
            walk(&server, &edition, id, smallest(&edition, item), class);
        }
    }
    println!("{} items walked to their end", items.len());
    // the bands of daily spending and the classes of the seal, each with its own record
    let server = demo("walks-bands");
    for amount in [100_000, 250_000] {
        walk(&server, &edition, "P15", amount, "");
    }
    for class in ["B", "C"] {
        walk(&server, &edition, "S11", 0, class);
    }
}

/// An amount outside an item's range is refused with the item to use instead.
#[test]
fn amounts_belong_to_one_item_each() {
    let package = package();
    let edition = edition(&package);
    let server = demo("amounts");
    let first = |id: &str, amount: i64| {
        let opened = server.post(
            "clerk",
            "/v1/matters",
            &json!({"item": id, "village": VILLAGE, "title": "铺路", "amount_cents": amount,
                "site": format!("road-{id}-{amount}"), "project": PROJECT}),
        );
        let matter = opened.body["id"].as_str().unwrap().to_owned();
        let step = &edition.items()[id].steps[0];
        let body = if step.body.is_empty() { Value::Null } else { json!(step.body) };
        let day = server.get("", "/v1/clock").body["today"].clone();
        let mut ask = json!({"step": step.id});
        if !body.is_null() {
            let record = json!({"body": body, "village": VILLAGE, "item": id, "matter": matter, "day": day,
                "notice_day": day, "eligible": 5, "present": 5, "in_favour": 5, "against": 0, "abstain": 0});
            ask["record"] = server.post("clerk", "/v1/meetings", &record).body["id"].clone();
        }
        let who = token(&step.may[0].roles[0]);
        matter_step(&server, &who, &matter, &ask)
    };
    // works: P06 below 50,000 yuan, P05 from there, P04 from 500,000, P03 from 4,000,000
    for (id, amount, fits) in [
        ("P06", 4_999_999, true),
        ("P06", 5_000_000, false),
        ("P05", 4_999_999, false),
        ("P05", 5_000_000, true),
        ("P05", 49_999_999, true),
        ("P05", 50_000_000, false),
        ("P04", 49_999_999, false),
        ("P04", 50_000_000, true),
        ("P04", 399_999_999, true),
        ("P04", 400_000_000, false),
        ("P03", 399_999_999, false),
        ("P03", 400_000_000, true),
        ("P03", 400_000_001, true),
        ("P09", 999_999, true),
        ("P09", 1_000_000, false),
        ("P08", 999_999, false),
        ("P08", 1_000_000, true),
    ] {
        let answer = first(id, amount);
        assert_eq!(answer.status < 300, fits, "{id} {amount}: {}", answer.body);
        if !fits {
            let text = answer.body["text"].as_str().unwrap_or_default();
            assert!(text.contains("（P0"), "{id} {amount}: {}", answer.body);
        }
    }
}
