//! A task outside the list reaches a village only with both approvals, basis, money, people and an end.

use model::{Entity, EntityRef, Record, Value};
use proptest::prelude::*;

use super::fixture::{
    Ask, DISTRICT, TODAY, TOWNSHIP, VILLAGE, meeting, person, policies, post, record, set,
};

fn task() -> Entity {
    let attrs = record([
        ("department", "民政局".into()),
        ("village", VILLAGE.into()),
        ("township", TOWNSHIP.into()),
        ("item", "AS-99".into()),
        ("basisLaw", "《中华人民共和国社会救助法》".into()),
        ("basisArticle", "第5条".into()),
        ("fundCents", 500_000.into()),
        ("releasedCents", 500_000.into()),
        ("staff", 1.into()),
        ("endDay", (TODAY + 30).into()),
        ("proposedBy", "proposer".into()),
        ("fields", set(&["防汛沙袋数量"])),
        ("urgency", "".into()),
        ("urgencyReason", "".into()),
    ]);
    Entity { id: EntityRef::new("Task", format!("{VILLAGE}-K-2026-001")), attrs }
}

fn approval(organ: &str, record_id: &str, by: &str) -> Value {
    Value::Record(record([
        ("organ", organ.into()),
        ("record", record_id.into()),
        ("day", (TODAY - 5).into()),
        ("toDay", (TODAY + 5).into()),
        ("by", by.into()),
    ]))
}

fn by(role: &str, action: &str) -> Ask {
    let pid = format!("the-{role}");
    let post = post(role, DISTRICT, &pid);
    let ask = Ask::new(action, person(&pid, DISTRICT), task())
        .with("post", post)
        .with("listed", set(&["AS-01", "AS-02"]));
    if action == "AssignTask" { unlimited(ask) } else { ask }
}

/// No quota, and data that departments hold.
pub(super) fn unlimited(ask: Ask) -> Ask {
    ask.with("quota", i64::MAX).with("used", 0).with("heldFields", set(&["户籍人口", "低保人数"]))
}

fn assign() -> Ask {
    by("department-officer", "AssignTask")
        .with("committeeApproval", approval("DC", "dc-1", "p03"))
        .with("governmentApproval", approval("DG", "dg-1", "p04"))
}

#[test]
fn each_missing_group_is_named() {
    assign().allowed_by("laixi/admission/assign");
    assign()
        .with("listed", set(&["AS-99"]))
        .without("committeeApproval")
        .allowed_by("laixi/admission/assign");
    assign().without("committeeApproval").forbidden_by(&["laixi/admission/committee-approval"]);
    assign().without("governmentApproval").forbidden_by(&["laixi/admission/government-approval"]);
    for (name, policy) in
        [("committeeApproval", "committee-approval"), ("governmentApproval", "government-approval")]
    {
        let policy = format!("laixi/admission/{policy}");
        let wanted = [policy.as_str()];
        assign().field(name, "revokedAt", 0).forbidden_by(&wanted);
        assign().field(name, "toDay", TODAY - 1).forbidden_by(&wanted);
        assign().field(name, "day", TODAY + 1).forbidden_by(&wanted);
        assign().field(name, "organ", "TWO").forbidden_by(&wanted);
        assign().field(name, "record", "").forbidden_by(&wanted);
        assign().field(name, "toDay", TODAY).allowed_by("laixi/admission/assign");
    }
    assign()
        .field("governmentApproval", "record", "dc-1")
        .forbidden_by(&["laixi/admission/two-records"]);
    assign()
        .field("governmentApproval", "by", "p03")
        .forbidden_by(&["laixi/admission/two-records"]);
    assign().of("basisLaw", "").forbidden_by(&["laixi/admission/basis"]);
    assign().of("basisArticle", "").forbidden_by(&["laixi/admission/basis"]);
    assign().of("releasedCents", 499_999).forbidden_by(&["laixi/admission/funds"]);
    assign().of("fundCents", 0).forbidden_by(&["laixi/admission/funds"]);
    assign().of("staff", 0).forbidden_by(&["laixi/admission/staff"]);
    assign().of("endDay", TODAY).allowed_by("laixi/admission/assign");
    assign().of("endDay", TODAY - 1).forbidden_by(&["laixi/admission/end-day"]);
    assign().of("department", "农业农村局").forbidden_by(&["laixi/admission/department"]);

    let bare = by("department-officer", "AssignTask")
        .of("basisLaw", "")
        .of("fundCents", 0)
        .of("staff", 0)
        .of("endDay", 0);
    let decision = bare.decide();
    assert_eq!(
        policies(&decision),
        ["basis", "committee-approval", "end-day", "funds", "government-approval", "staff"]
            .map(|name| format!("laixi/admission/{name}"))
    );
    assert_eq!(
        decision.reasons[3].text,
        "清单以外的任务，经费没有落实或者没有足额拨到，不得交给村（居）。请先由财政局把经费拨付到位。"
    );
}

#[test]
fn a_quota_holds_unless_an_accident_or_emergency_is_marked_with_its_reason() {
    let over = ["laixi/admission/over-quota"];
    let full = assign().with("quota", 3).with("used", 3);
    assign().with("quota", 3).with("used", 2).allowed_by("laixi/admission/assign");
    full.clone().forbidden_by(&over);
    assign().with("quota", 0).with("used", 0).forbidden_by(&over);
    full.clone().with("listed", set(&["AS-99"])).forbidden_by(&over);
    let marked =
        |kind: &str, reason: &str| full.clone().of("urgency", kind).of("urgencyReason", reason);
    marked("accident", "仓库起火").allowed_by("laixi/admission/assign");
    marked("emergency", "台风红色预警").allowed_by("laixi/admission/assign");
    marked("emergency", "").forbidden_by(&over);
    marked("", "领导交办").forbidden_by(&over);
    marked("important", "领导交办").forbidden_by(&over);
    for fact in ["quota", "used", "heldFields"] {
        assert!(
            !assign().without(fact).decide().allowed(),
            "without {fact} nothing is handed over"
        );
    }
    assert_eq!(full.decide().reasons[0].code, "OVER_QUOTA");
}

#[test]
fn data_that_a_department_holds_is_not_asked_of_a_village() {
    let held = ["laixi/admission/held-fields"];
    assign().of("fields", set(&[])).allowed_by("laixi/admission/assign");
    assign().of("fields", set(&["低保人数", "防汛沙袋数量"])).forbidden_by(&held);
    assign()
        .of("fields", set(&["低保人数"]))
        .with("listed", set(&["AS-99"]))
        .of("urgency", "emergency")
        .of("urgencyReason", "急")
        .forbidden_by(&held);
}

#[test]
fn the_road_to_an_approval() {
    let propose =
        by("department-officer", "ProposeTask").of("proposedBy", "the-department-officer");
    propose.allowed_by("laixi/admission/propose");
    propose.of("proposedBy", "someone").forbidden_by(&["laixi/admission/proposer"]);
    let dc = meeting("DC", "AS-99", &format!("{VILLAGE}-K-2026-001"), [9, 9, 9, 0, 0]);
    let approve = by("committee-office", "ApproveTask")
        .with("record", dc)
        .field("record", "village", DISTRICT);
    approve.clone().allowed_by("laixi/admission/approve-committee");
    approve.clone().without("record").forbidden_by(&["laixi/admission/approval-record"]);
    approve
        .clone()
        .field("record", "village", VILLAGE)
        .forbidden_by(&["laixi/records/other-district"]);
    approve
        .clone()
        .field("record", "inFavour", 4)
        .field("record", "against", 5)
        .forbidden_by(&["laixi/records/DC"]);
    approve
        .clone()
        .of("proposedBy", "the-committee-office")
        .forbidden_by(&["laixi/admission/approver"]);
    assert!(!approve.field("record", "body", "DG").decide().allowed());
    let release = by("finance-office", "ReleaseFunds");
    release
        .clone()
        .forbidden_by(&["laixi/admission/release-committee", "laixi/admission/release-government"]);
    release
        .with("committeeApproval", approval("DC", "dc-1", "p03"))
        .with("governmentApproval", approval("DG", "dg-1", "p04"))
        .allowed_by("laixi/admission/release");
}

type Key = Option<(bool, i64, i64, bool, bool)>;

fn key() -> impl Strategy<Value = Key> {
    prop::option::weighted(
        0.85,
        (prop::bool::weighted(0.9), -2..2_i64, -1..3_i64, prop::bool::weighted(0.1), any::<bool>()),
    )
}

fn key_facts(key: Key, organ: &str, number: usize) -> Option<Record> {
    let (right_organ, day, to_day, revoked, shared) = key?;
    let id = if shared { "same".to_owned() } else { format!("record-{number}") };
    let Value::Record(mut facts) =
        approval(if right_organ { organ } else { "VS" }, &id, &format!("p{number}"))
    else {
        return None;
    };
    facts.insert("day".to_owned(), (TODAY + day).into());
    facts.insert("toDay".to_owned(), (TODAY + to_day).into());
    if revoked {
        facts.insert("revokedAt".to_owned(), 0.into());
    }
    Some(facts)
}

fn valid(key: Key) -> bool {
    key.is_some_and(|(right_organ, day, to_day, revoked, _)| {
        right_organ && day <= 0 && to_day >= 0 && !revoked
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_unlisted_task_needs_all_groups(
        committee in key(), government in key(), listed in prop::bool::weighted(0.1),
        law in prop::bool::weighted(0.9), article in prop::bool::weighted(0.9),
        fund in prop_oneof![4 => Just(100_i64), 1 => -1..2_i64], released in prop_oneof![4 => Just(100_i64), 1 => 98..102_i64],
        staff in prop_oneof![4 => Just(1_i64), 1 => -1..1_i64], end in prop_oneof![4 => Just(9_i64), 1 => -1..1_i64],
    ) {
        let mut ask = by("department-officer", "AssignTask")
            .of("basisLaw", if law { "《中华人民共和国社会救助法》" } else { "" })
            .of("basisArticle", if article { "第5条" } else { "" })
            .of("fundCents", fund).of("releasedCents", released).of("staff", staff).of("endDay", TODAY + end);
        if listed {
            ask = ask.with("listed", set(&["AS-99"]));
        }
        for (name, facts) in [("committeeApproval", key_facts(committee, "DC", 1)), ("governmentApproval", key_facts(government, "DG", 2))] {
            if let Some(facts) = facts {
                ask = ask.with(name, facts);
            }
        }
        let shared = committee.is_some_and(|k| k.4) && government.is_some_and(|k| k.4);
        let all = valid(committee) && valid(government) && !shared && law && article
            && fund > 0 && released >= fund && staff > 0 && end >= 0;
        let decision = ask.decide();
        prop_assert_eq!(decision.allowed(), listed || all, "{:#?}", decision);
    }
}
