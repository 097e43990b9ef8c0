//! The ladder of everyday spending at its edges, each approval through the real engine.

use engine::acts::marks;
use engine::acts::matters::{OpenMatter, TakeStep};
use engine::acts::meetings::RecordMeeting;
use engine::{Caller, Engine};
use model::Refusal;
use serde_json::Value;
use tests::district;

/// A village of a township without rules of its own, where secretary and director are two people.
const VILLAGE: &str = "370285106276";

fn officer(engine: &Engine, role: &str) -> Option<Caller> {
    let state = engine.read_state();
    let village: model::DivisionCode = VILLAGE.parse().unwrap();
    let post = state.posts.iter().find(|post| post.unit == village && post.role == role);
    post.map(|post| Caller { person: post.holder.clone() })
}

fn spend(engine: &Engine, cents: i64, body: Option<(&str, i64)>) -> Result<Value, Refusal> {
    let who = |role: &str| officer(engine, role).unwrap();
    let open = OpenMatter {
        item: "P15".to_owned(),
        village: VILLAGE.parse().unwrap(),
        title: "购买保洁工具".to_owned(),
        amount_cents: cents,
        seal_class: String::new(),
        variant: String::new(),
        site: String::new(),
        project: String::new(),
        certificate: String::new(),
        service: String::new(),
        documents: Vec::new(),
    };
    let opened = engine.act(&who("clerk"), None, &open)?.body;
    let matter = opened["id"].as_str().unwrap_or_default().to_owned();
    let step = |step: &str, record: Option<String>| TakeStep {
        matter: matter.clone(),
        step: step.to_owned(),
        record,
        grant: None,
        post: None,
        cents: None,
    };
    engine.act(&who("bookkeeper"), None, &step("VOUCHER", None))?;
    engine.act(&who("deputy"), None, &step("VERIFY", None))?;
    engine.act(&who("supervisor"), None, &step("STAMP", None))?;
    let record = match body {
        None => None,
        Some((body, notice)) => {
            let today = engine.today();
            let meeting = RecordMeeting {
                body: body.to_owned(),
                village: VILLAGE.parse().unwrap(),
                item: "P15".to_owned(),
                matter: matter.clone(),
                day: today,
                notice_day: today.plus_days(-notice).unwrap(),
                eligible: 30,
                present: 30,
                in_favour: 30,
                against: 0,
                abstain: 0,
                counted: String::new(),
                method: String::new(),
                roll: Vec::new(),
                attending: Vec::new(),
                proxies: std::collections::BTreeMap::new(),
                written: false,
                candidates: Vec::new(),
                published: None,
                motion: String::new(),
                content: String::new(),
                opinion: String::new(),
            };
            let kept = engine.act(&who("clerk"), None, &meeting)?.body;
            kept["id"].as_str().map(str::to_owned)
        }
    };
    engine.act(&who("director"), None, &step("APPROVE", record)).map(|reply| reply.body)
}

#[test]
fn each_band_has_its_lower_edge_and_not_its_upper_one() {
    let scratch = district::scratch("bands");
    let policies = district::small(&scratch, 24);
    let engine = crate::smoke::open(&policies, &scratch.join("data"), "2026-11-23");
    engine.load_demo(&mut |_, _| {}).unwrap();
    assert_ne!(officer(&engine, "secretary"), officer(&engine, "director"));
    let (none, two, rep) = (None, Some(("TWO", 0)), Some(("REP", 3)));
    // Amount in cents; whether it goes without a record, with the committees', with the representatives'.
    for (cents, alone, committees, representatives) in [
        (99_999, true, true, true),
        (100_000, false, true, true),
        (100_001, false, true, true),
        (499_999, false, true, true),
        (500_000, false, false, true),
        (500_001, false, false, true),
        (1_999_999, false, false, true),
        (2_000_000, false, false, false),
    ] {
        for (body, goes) in [(none, alone), (two, committees), (rep, representatives)] {
            let answer = spend(&engine, cents, body);
            println!("{cents} {body:?}: {}", answer.as_ref().map_or_else(|r| &*r.text, |_| "ok"));
            assert_eq!(answer.is_ok(), goes, "{cents} {body:?}: {answer:?}");
            let refused = answer.err().map(|refusal| refusal.code);
            assert!(refused.is_none_or(|code| code == "DENIED"), "{cents} {body:?}");
        }
    }
}

#[test]
fn an_act_on_a_matter_that_is_not_there_is_not_found() {
    let scratch = district::scratch("absent");
    let policies = district::small(&scratch, 24);
    let engine = crate::smoke::open(&policies, &scratch.join("data"), "2026-11-23");
    engine.load_demo(&mut |_, _| {}).unwrap();
    let ask = marks::AskMatter {
        matter: format!("{VILLAGE}-P15-2026-999"),
        text: "为什么".to_owned(),
        post: None,
    };
    let supervisor = officer(&engine, "supervisor").unwrap();
    assert_eq!(engine.act(&supervisor, None, &ask).unwrap_err().code, "NOT_FOUND");
}
