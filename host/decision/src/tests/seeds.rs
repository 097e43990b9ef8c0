//! One allowed request for every action and item, to be bent out of shape by the property tests.

use model::{Entity, EntityRef, Record, Value};

use super::fixture::{
    Ask, DISTRICT, TODAY, TOWNSHIP, UNANIMOUS, VILLAGE, gates, matter, meeting, person, post,
    record, rule, set,
};

fn thing(kind: &str, id: &str, attrs: Record) -> Entity {
    let mut attrs = attrs;
    if !["Village", "Person"].contains(&kind) {
        attrs.insert("village".to_owned(), VILLAGE.into());
        attrs.insert("township".to_owned(), TOWNSHIP.into());
    }
    Entity { id: EntityRef::new(kind, id), attrs }
}

pub(super) fn village() -> Entity {
    let attrs = record([
        ("township", TOWNSHIP.into()),
        ("kind", "villagers-committee".into()),
        ("law", "villagers".into()),
    ]);
    thing("Village", VILLAGE, attrs)
}

/// An officer of the village, the township or the district, with their post.
fn officer(role: &str, unit: &str, action: &str, resource: Entity) -> Ask {
    let pid = format!("the-{role}");
    Ask::new(action, person(&pid, unit), resource).with("post", post(role, unit, &pid))
}

fn approval(organ: &str) -> Value {
    Value::Record(record([
        ("organ", organ.into()),
        ("record", format!("{organ}-1").into()),
        ("day", (TODAY - 5).into()),
        ("toDay", (TODAY + 5).into()),
        ("by", format!("by-{organ}").into()),
    ]))
}

fn task_asks() -> Vec<Ask> {
    let id = format!("{VILLAGE}-K-2026-001");
    let task = || {
        let attrs = record([
            ("department", "民政局".into()),
            ("item", "AS-99".into()),
            ("basisLaw", "《中华人民共和国社会救助法》".into()),
            ("basisArticle", "第5条".into()),
            ("fundCents", 100.into()),
            ("releasedCents", 100.into()),
            ("staff", 1.into()),
            ("endDay", (TODAY + 30).into()),
            ("proposedBy", "the-department-officer".into()),
            ("fields", set(&[])),
            ("urgency", "".into()),
            ("urgencyReason", "".into()),
        ]);
        thing("Task", &id, attrs)
    };
    let ask = |role: &str, action: &str| {
        officer(role, DISTRICT, action, task())
            .with("listed", set(&["AS-01"]))
            .with("committeeApproval", approval("DC"))
            .with("governmentApproval", approval("DG"))
    };
    let dc = meeting("DC", "AS-99", &id, [9, 9, 9, 0, 0]);
    vec![
        ask("department-officer", "ProposeTask"),
        ask("committee-office", "ApproveTask")
            .with("record", dc)
            .field("record", "village", DISTRICT),
        ask("finance-office", "ReleaseFunds"),
        super::admission::unlimited(ask("department-officer", "AssignTask")),
    ]
}

fn delegation_asks() -> Vec<Ask> {
    let id = format!("{VILLAGE}-D-2026-001");
    let attrs = || {
        record([
            ("village", VILLAGE.into()),
            ("role", "director".into()),
            ("items", set(&["P15", "S11"])),
            ("delegate", "deputy".into()),
            ("grantor", "the-director".into()),
            ("fromDay", TODAY.into()),
            ("toDay", (TODAY + 9).into()),
            ("depth", 1.into()),
            ("proposedDay", (TODAY - 12).into()),
            ("decisionBody", "TWO".into()),
        ])
    };
    let candidate = || thing("Delegation", &id, attrs());
    let mut grant = attrs();
    for (name, value) in [
        ("id", Value::from(id.as_str())),
        ("decisionRecord", "r".into()),
        ("grantorFromDay", (TODAY - 99).into()),
        ("grantorToDay", (TODAY + 99).into()),
        ("approvedDay", TODAY.into()),
        ("approvedBy", "clerk".into()),
    ] {
        grant.insert(name.to_owned(), value);
    }
    let spending = matter("P15", "APPROVE", &["VOUCHER", "VERIFY", "STAMP"]);
    vec![
        officer("director", VILLAGE, "Delegate", candidate()).of("proposedDay", TODAY),
        officer("clerk", VILLAGE, "ApproveDelegation", candidate())
            .with("record", meeting("TWO", "", &id, [5, 5, 5, 0, 0])),
        officer("director", VILLAGE, "RevokeDelegation", candidate()),
        Ask::new("TakeStep", person("deputy", VILLAGE), spending)
            .with("rule", rule(&[], ""))
            .with("grant", grant),
    ]
}

fn points_asks() -> Vec<Ask> {
    let account = || {
        thing(
            "Account",
            "a",
            record([("subject", "the-villager".into()), ("kind", "person".into())]),
        )
    };
    let round_of = |closed: bool| {
        record([
            ("scheme", "s".into()),
            ("closed", closed.into()),
            ("closedBy", if closed { "y" } else { "" }.into()),
            ("confirmed", false.into()),
            ("submitters", set(&["x"])),
            ("sourceSubmitters", set(&["z"])),
            ("readers", set(&["clerk"])),
        ])
    };
    let settled = || thing("Round", "q", round_of(true));
    let batch = record([
        ("subjects", set(&["y"])),
        ("submitters", set(&["x"])),
        ("negative", false.into()),
    ]);
    let redemption = |by: &str| {
        let attrs = record([
            ("subject", "the-villager".into()),
            ("offer", "o".into()),
            ("quantity", 1.into()),
            ("state", "reserved".into()),
            ("requestedBy", by.into()),
        ]);
        thing("Redemption", "r", attrs)
    };
    let villager =
        |action: &str, resource| Ask::new(action, person("the-villager", VILLAGE), resource);
    vec![
        officer("panel", VILLAGE, "SubmitEvent", village())
            .with("scheme", "s")
            .with("channel", "web"),
        officer("points-admin", TOWNSHIP, "AmendEvent", village())
            .with("scheme", "s")
            .with("channel", "web"),
        officer("clerk", VILLAGE, "OpenRound", village()),
        officer("points-admin", TOWNSHIP, "CloseRound", thing("Round", "q", round_of(false))),
        officer("points-admin", TOWNSHIP, "ConfirmRound", settled()),
        officer("clerk", VILLAGE, "ReadRound", settled()).with("purpose", "核对"),
        officer("panel", VILLAGE, "ReviewEntries", thing("Batch", "b", batch)),
        villager("ReadStatement", account()).with("purpose", ""),
        officer("clerk", VILLAGE, "ReadStatement", account()).with("purpose", "核对"),
        villager("ReserveRedemption", redemption("the-villager")),
        officer("clerk", VILLAGE, "ReserveRedemption", redemption("the-clerk")),
        officer("shop", VILLAGE, "ConfirmRedemption", redemption("the-clerk")),
        villager("CancelRedemption", redemption("the-clerk")),
    ]
}

fn step_asks() -> Vec<Ask> {
    let step = |role: &str, item: &str, step: &str, done: &[&str]| {
        Ask::step(role, matter(item, step, done))
    };
    let with = |ask: Ask, body: &str, item: &str| {
        ask.with("record", meeting(body, item, &format!("{VILLAGE}-{item}-2026-001"), UNANIMOUS))
    };
    vec![
        with(
            step("director", "P01", "REP", &["PRO", "TWO", "PTY"])
                .with("rule", rule(&["PTY"], "REP")),
            "REP",
            "P01",
        ),
        step("clerk", "P01", "PUB2", &["PUB1"]).of("publishedDay", TODAY - 15),
        step("director", "P15", "APPROVE", &["VERIFY", "STAMP"]).of("amountCents", 99_999),
        with(
            step("director", "P15", "APPROVE", &["VERIFY", "STAMP"]).of("amountCents", 500_000),
            "REP",
            "P15",
        ),
        step("bookkeeper", "P15", "PAY", &["APPROVE"]),
        with(step("board-chair", "S10", "MEM", &["PLAN"]), "MEM", "S10"),
        step("bookkeeper", "S10", "PAY", &["MEM", "PUB1"]),
        step("director", "S11", "APPROVE", &["APPLY"]).of("sealClass", "A"),
        with(step("director", "S11", "APPROVE", &["APPLY"]).of("sealClass", "C"), "REP", "S11"),
        step("custodian", "S11", "STAMP", &["APPROVE"]).of("sealClass", "B"),
        step("director", "370285102-T01", "APPROVE", &["APPLY"]).of("local", true),
    ]
}

/// What happens to a matter beside its steps.
fn mark_asks() -> Vec<Ask> {
    let on =
        |role: &str, unit: &str, action: &str| officer(role, unit, action, matter("P01", "", &[]));
    let mut signing = gates();
    signing.insert("signRoles".to_owned(), set(&["water-office"]));
    vec![
        on("supervisor", VILLAGE, "AskMatter"),
        Ask::new("ObjectToMatter", person("the-villager", VILLAGE), matter("P01", "PUB1", &[])),
        on("director", VILLAGE, "AnswerMatter"),
        on("clerk", VILLAGE, "PublishStep"),
        on("water-office", TOWNSHIP, "SignStep")
            .with("rule", rule(&[], ""))
            .field("rule", "gates", signing),
        on("discipline", TOWNSHIP, "PassHold"),
    ]
}

/// Every one of them is allowed.
pub(super) fn seeds() -> Vec<Ask> {
    let place =
        |kind: &str, id: &str| Entity { id: EntityRef::new(kind, id), attrs: Record::new() };
    let record_meeting = meeting("TWO", "P15", "m", [5, 3, 1, 2, 0]);
    let mut all = vec![
        officer("clerk", VILLAGE, "OpenMatter", village())
            .with("item", "P15")
            .with("local", false)
            .with("variantNeeds", "")
            .with("oneShoulder", false)
            .with("kept", set(&["CE-01"]))
            .with("asked", set(&[]))
            .with("documents", set(&[])),
        officer("clerk", VILLAGE, "RecordMeeting", village()).with("record", record_meeting).field(
            "record",
            "recordedBy",
            "the-clerk",
        ),
        officer("committee-office", DISTRICT, "RecordMeeting", place("District", DISTRICT)),
        Ask::new("ReadMatter", person("the-villager", VILLAGE), matter("P01", "", &[])),
        officer("secretary", VILLAGE, "ReadMatter", matter("S16", "", &[])),
        officer("data-admin", DISTRICT, "PutEntity", village()).with("entityType", "Village"),
        officer("data-admin", DISTRICT, "PutEntity", place("Township", TOWNSHIP))
            .with("entityType", "Township"),
        officer("data-admin", DISTRICT, "PutEntity", place("District", DISTRICT))
            .with("entityType", "District"),
        officer("discipline", TOWNSHIP, "ReadClues", village()),
        officer("discipline", TOWNSHIP, "ReadClues", place("Township", TOWNSHIP)),
        officer("committee-office", DISTRICT, "ReadClues", place("District", DISTRICT)),
        Ask::new("ErasePerson", person("the-villager", VILLAGE), person("the-villager", VILLAGE)),
        officer("data-admin", DISTRICT, "ErasePerson", person("the-villager", VILLAGE)),
    ];
    all.extend(task_asks());
    all.extend(delegation_asks());
    all.extend(points_asks());
    all.extend(step_asks());
    all.extend(mark_asks());
    all
}
