//! Each power's permits and forbids: bands, seal classes, bodies, signatures and the wording of key denials.

use model::{Effect, ReasonKind};

use super::fixture::{
    Ask, FAR_TOWNSHIP, FAR_VILLAGE, OTHER_VILLAGE, TODAY, UNANIMOUS, VILLAGE, matter, meeting,
    person, policies, post, rule, set,
};

const P15: &str = "370285102259-P15-2026-001";
const S10: &str = "370285102259-S10-2026-001";

fn approve(cents: i64) -> Ask {
    let matter = matter("P15", "APPROVE", &["VOUCHER", "VERIFY", "STAMP"]);
    let mut ask = Ask::step("director", matter).of("amountCents", cents);
    // the base's bands, without the township's tighter rule
    ask = ask.of("village", FAR_VILLAGE).of("township", FAR_TOWNSHIP);
    ask.field("post", "unit", FAR_VILLAGE)
}

fn with_meeting(ask: Ask, body: &str, item: &str, matter: &str, counts: [i64; 5]) -> Ask {
    let village = ask.facts.resource.attrs["village"].clone();
    ask.with("record", meeting(body, item, matter, counts)).field("record", "village", village)
}

#[test]
fn spending_bands_include_their_lower_and_exclude_their_upper_edge() {
    let none = |cents| approve(cents);
    let two = |cents| with_meeting(approve(cents), "TWO", "P15", P15, [5, 5, 5, 0, 0]);
    let rep = |cents| with_meeting(approve(cents), "REP", "P15", P15, UNANIMOUS);
    for cents in [0, 1, 99_999] {
        none(cents).allowed_by("laixi/P15/approve-director");
    }
    for cents in [100_000, 100_001, 499_999] {
        none(cents).forbidden_by(&["laixi/P15/committees-record"]);
        two(cents).allowed_by("laixi/P15/approve-committees");
        rep(cents).allowed_by("laixi/P15/approve-committees");
    }
    for cents in [500_000, 500_001, 1_999_999] {
        none(cents).forbidden_by(&["laixi/P15/representatives-record"]);
        two(cents).forbidden_by(&["laixi/P15/representatives-record"]);
        rep(cents).allowed_by("laixi/P15/approve-representatives");
    }
    for cents in [2_000_000, 2_000_001, i64::MAX] {
        none(cents).forbidden_by(&["laixi/P15/large"]);
        rep(cents).forbidden_by(&["laixi/P15/large"]);
    }
    none(-1).forbidden_by(&["laixi/P15/negative"]);
}

#[test]
fn one_person_with_two_posts_signs_once_and_never_approves_their_own_spending() {
    let ask = approve(50_000);
    ask.clone().of("signers", set(&["the-director"])).forbidden_by(&["laixi/order/one-signature"]);
    ask.clone().of("handler", "the-director").forbidden_by(&["laixi/order/handler"]);
    ask.clone()
        .of("relatives", set(&["the-director"]))
        .forbidden_by(&["laixi/order/near-relative"]);
    ask.of("done", set(&["VOUCHER", "VERIFY"])).forbidden_by(&["laixi/P15/controls-first"]);
    let stamp = Ask::step("supervisor", matter("P15", "STAMP", &["VOUCHER", "VERIFY"]));
    stamp.clone().allowed_by("laixi/P15/supervise");
    stamp.of("signers", set(&["the-supervisor"])).forbidden_by(&["laixi/order/one-signature"]);
    let pay =
        Ask::step("bookkeeper", matter("P15", "PAY", &["VOUCHER", "VERIFY", "STAMP", "APPROVE"]));
    pay.clone().allowed_by("laixi/P15/pay");
    pay.clone().of("approver", "the-bookkeeper").forbidden_by(&["laixi/P15/payer"]);
    pay.of("done", set(&["VOUCHER", "VERIFY", "STAMP"]))
        .forbidden_by(&["laixi/P15/pay-approved-only"]);
}

#[test]
fn a_township_may_only_tighten_and_only_at_home() {
    let home = Ask::step("director", matter("P15", "APPROVE", &["VOUCHER", "VERIFY", "STAMP"]))
        .of("amountCents", 300_000)
        .with("record", meeting("TWO", "P15", P15, [5, 5, 5, 0, 0]));
    home.clone().forbidden_by(&["xiagezhuang/P15/three-thousand"]);
    home.clone().of("amountCents", 299_999).allowed_by("laixi/P15/approve-committees");
    home.with("record", meeting("REP", "P15", P15, UNANIMOUS))
        .allowed_by("laixi/P15/approve-committees");
    with_meeting(approve(300_000), "TWO", "P15", P15, [5, 5, 5, 0, 0])
        .allowed_by("laixi/P15/approve-committees");

    let apply = matter("370285102-T01", "APPLY", &[]);
    let villager = Ask::new("TakeStep", person("v", VILLAGE), apply).with("rule", rule(&[], ""));
    villager.clone().allowed_by("xiagezhuang/T01/apply");
    let away = villager
        .of("village", FAR_VILLAGE)
        .of("township", FAR_TOWNSHIP)
        .by("unit", FAR_VILLAGE)
        .decide();
    assert!(!away.allowed());
}

fn member_assembly(counts: [i64; 5]) -> Ask {
    Ask::step("board-chair", matter("S10", "MEM", &["PLAN", "PTY"]))
        .with("record", meeting("MEM", "S10", S10, counts))
}

#[test]
fn land_compensation_needs_two_thirds_of_all_members() {
    member_assembly([300, 300, 200, 100, 0]).allowed_by("laixi/S10/decide");
    member_assembly([300, 200, 200, 0, 0]).allowed_by("laixi/S10/decide");
    member_assembly([300, 300, 199, 101, 0]).forbidden_by(&["laixi/records/MEM"]);
    member_assembly([300, 199, 199, 0, 0]).forbidden_by(&["laixi/records/MEM"]);
    // two thirds of those present are not two thirds of all
    member_assembly([300, 240, 160, 80, 0]).forbidden_by(&["laixi/records/MEM"]);
    let good = member_assembly([300, 300, 300, 0, 0]);
    good.clone()
        .field("record", "noticeDay", TODAY - 19)
        .forbidden_by(&["laixi/records/MEM-notice"]);
    good.field("record", "noticeDay", TODAY - 20).allowed_by("laixi/S10/decide");
}

#[test]
fn representatives_never_decide_land_compensation() {
    for body in ["REP", "MRP", "ASM", "COUNCIL", "BOARD", "TWO"] {
        let ask = member_assembly(UNANIMOUS).field("record", "body", body);
        let decision = ask.decide();
        assert_eq!(policies(&decision), ["laixi/S10/member-assembly-only"], "{body}");
        let reason = &decision.reasons[0];
        assert_eq!(
            reason.text,
            "征地补偿费分配必须由成员大会（全体成员三分之二以上）决定，不能由村民代表会议代替。\
             请由理事会提前十日通知，召开成员大会表决后再办。"
        );
        assert_eq!(reason.title, "征地补偿费分配只能由成员大会决定");
        assert_eq!(
            reason.basis,
            [
                "《中华人民共和国农村集体经济组织法》第26条",
                "《中华人民共和国农村集体经济组织法》第27条",
                "《中华人民共和国农村集体经济组织法》第28条"
            ]
        );
    }
    member_assembly(UNANIMOUS).without("record").forbidden_by(&["laixi/S10/member-assembly-only"]);
    let pay = Ask::step("bookkeeper", matter("S10", "PAY", &["PLAN", "PTY", "MEM", "PUB1"]));
    pay.clone().allowed_by("laixi/S10/pay");
    pay.of("done", set(&["PLAN", "PTY", "PUB1"])).forbidden_by(&["laixi/S10/decision-first"]);
}

#[test]
fn each_body_has_its_own_denominator() {
    // body, just enough, just too few: entitled, present, for, against, abstaining
    let table: [(&str, [i64; 5], [i64; 5]); 20] = [
        ("ASM", [100, 51, 26, 25, 0], [100, 50, 50, 0, 0]),
        ("ASM", [100, 100, 51, 49, 0], [100, 100, 50, 50, 0]),
        ("REP", [30, 20, 11, 9, 0], [30, 19, 19, 0, 0]),
        ("REP", [30, 30, 16, 14, 0], [30, 30, 15, 15, 0]),
        ("MEM", [300, 300, 200, 100, 0], [300, 300, 199, 101, 0]),
        ("MEM", [3, 2, 2, 0, 0], [300, 199, 199, 0, 0]),
        ("MRP", [30, 20, 20, 0, 0], [30, 30, 19, 11, 0]),
        ("MRP", [30, 30, 20, 10, 0], [30, 19, 19, 0, 0]),
        ("BOARD", [5, 4, 3, 1, 0], [5, 3, 3, 0, 0]),
        ("BOARD", [7, 7, 4, 3, 0], [7, 7, 3, 4, 0]),
        ("PTY", [30, 20, 16, 4, 0], [30, 20, 15, 5, 0]),
        ("PTY", [30, 30, 16, 14, 0], [30, 19, 19, 0, 0]),
        ("BRANCH", [5, 3, 3, 0, 0], [5, 3, 2, 1, 0]),
        ("BRANCH", [5, 5, 3, 2, 0], [4, 4, 2, 2, 0]),
        ("TWO", [7, 4, 3, 1, 0], [8, 4, 4, 0, 0]),
        ("TWO", [7, 7, 4, 3, 0], [6, 6, 3, 3, 0]),
        ("VS", [3, 2, 2, 0, 0], [3, 1, 1, 0, 0]),
        ("COUNCIL", [9, 5, 3, 2, 0], [8, 4, 4, 0, 0]),
        ("DC", [9, 5, 3, 2, 0], [9, 5, 2, 3, 0]),
        ("DG", [9, 5, 3, 2, 0], [9, 4, 4, 0, 0]),
    ];
    for (body, enough, few) in table {
        let ask = |counts| {
            let matter = matter("P01", "PUB1", &["PRO", "TWO", "PTY", "REP"]);
            Ask::step("clerk", matter)
                .with("record", meeting(body, "P01", "370285102259-P01-2026-001", counts))
        };
        ask(enough).allowed_by("laixi/P01/publish-decision");
        ask(few).forbidden_by(&[format!("laixi/records/{body}").as_str()]);
        ask([0, 0, 0, 0, 0]).forbidden_by(&[format!("laixi/records/{body}").as_str()]);
    }
}

#[test]
fn counts_that_cannot_be_are_refused_before_any_share_is_taken() {
    for counts in [
        [30, 31, 31, 0, 0],
        [30, 30, 29, 0, 0],
        [30, 30, 31, -1, 0],
        [30, 30, 40, -10, 0],
        [-1, -1, -1, 0, 0],
        [i64::MAX, i64::MAX, i64::MAX, 0, 0],
        [i64::MAX, 1, i64::MAX, i64::MAX, 2],
        [i64::MIN, i64::MIN, i64::MIN, 0, 0],
        [10_000_001, 10_000_001, 10_000_001, 0, 0],
    ] {
        let decision = member_assembly(counts).decide();
        assert_eq!(decision.effect, Effect::Deny, "{counts:?}");
        assert!(policies(&decision).contains(&"laixi/records/counts"), "{counts:?} {decision:#?}");
        assert!(
            decision.reasons.iter().all(|reason| reason.effect == ReasonKind::Forbid),
            "{decision:#?}"
        );
    }
}

#[test]
fn a_record_of_another_village_item_matter_or_time_does_not_count() {
    let good = member_assembly(UNANIMOUS);
    good.clone()
        .field("record", "village", OTHER_VILLAGE)
        .forbidden_by(&["laixi/records/other-village"]);
    good.clone().field("record", "item", "P01").forbidden_by(&["laixi/records/other-item"]);
    good.clone()
        .field("record", "matter", "370285102259-S10-2026-002")
        .forbidden_by(&["laixi/records/other-matter"]);
    good.clone().field("record", "day", TODAY + 1).forbidden_by(&["laixi/records/days"]);
    good.field("record", "noticeDay", TODAY - 9).forbidden_by(&[
        "laixi/order/notice",
        "laixi/records/MEM-notice",
        "laixi/records/days",
    ]);
}

#[test]
fn seal_classes_and_the_two_hands() {
    let id = "370285102259-S11-2026-001";
    let approve = |class: &str| {
        Ask::step("director", matter("S11", "APPROVE", &["APPLY"])).of("sealClass", class)
    };
    approve("A").allowed_by("laixi/S11/approve-a");
    approve("B").forbidden_by(&["laixi/S11/committees-record"]);
    approve("C").forbidden_by(&["laixi/S11/representatives-record"]);
    approve("X").forbidden_by(&["laixi/S11/forbidden-class"]);
    approve("").forbidden_by(&["laixi/S11/unknown-class"]);
    let two = meeting("TWO", "S11", id, [5, 5, 5, 0, 0]);
    approve("B").with("record", two.clone()).allowed_by("laixi/S11/approve-b");
    approve("C").with("record", two.clone()).forbidden_by(&["laixi/S11/representatives-record"]);
    approve("C")
        .with("record", meeting("REP", "S11", id, UNANIMOUS))
        .allowed_by("laixi/S11/approve-c");
    approve("X")
        .with("record", meeting("REP", "S11", id, UNANIMOUS))
        .forbidden_by(&["laixi/S11/forbidden-class"]);
    let stamp =
        Ask::step("custodian", matter("S11", "STAMP", &["APPLY", "APPROVE"])).of("sealClass", "A");
    stamp.clone().allowed_by("laixi/S11/stamp");
    stamp.clone().of("approver", "the-custodian").forbidden_by(&["laixi/S11/custodian-approver"]);
    stamp.of("done", set(&["APPLY"])).forbidden_by(&["laixi/S11/approved-first"]);
    let director =
        Ask::step("director", matter("S11", "STAMP", &["APPLY", "APPROVE"])).of("sealClass", "A");
    director.forbidden_by(&["laixi/S11/custodian-not-leader"]);
}

#[test]
fn four_discussions_in_order_and_two_publications() {
    let id = "370285102259-P01-2026-001";
    let step = |role: &str, step: &str, done: &[&str], body: &str| {
        let ask = Ask::step(role, matter("P01", step, done)).with("rule", rule(done, body));
        if body.is_empty() { ask } else { ask.with("record", meeting(body, "P01", id, UNANIMOUS)) }
    };
    let all = ["PRO", "TWO", "PTY", "REP", "PUB1", "EXE"];
    step("secretary", "PRO", &[], "BRANCH").allowed_by("laixi/P01/propose");
    step("secretary", "TWO", &all[..1], "TWO").allowed_by("laixi/P01/discuss");
    step("secretary", "PTY", &all[..2], "PTY").allowed_by("laixi/P01/party-review");
    step("director", "REP", &all[..3], "REP").allowed_by("laixi/P01/decide");
    step("director", "REP", &all[..3], "REP")
        .field("record", "body", "ASM")
        .allowed_by("laixi/P01/decide");
    step("clerk", "PUB1", &all[..4], "").allowed_by("laixi/P01/publish-decision");
    step("director", "EXE", &all[..5], "").allowed_by("laixi/P01/carry-out");
    let publish = step("clerk", "PUB2", &all, "");
    publish.clone().of("publishedDay", TODAY - 15).allowed_by("laixi/P01/publish-result");
    publish.clone().of("publishedDay", TODAY - 14).forbidden_by(&["laixi/order/stay"]);
    publish.forbidden_by(&["laixi/order/stay"]);
    let archive =
        Ask::step("clerk", matter("P15", "ARC", &["PUB2"])).of("publishedDay", TODAY - 15);
    archive.clone().allowed_by("laixi/P15/archive");
    archive.of("publishedDay", TODAY - 14).forbidden_by(&["laixi/order/stay"]);
    // skipping the party members' meeting
    let skipped = step("director", "REP", &all[..3], "REP").of("done", set(&all[..2]));
    skipped.forbidden_by(&["laixi/P01/party-first", "laixi/order/after"]);
    step("clerk", "PUB1", &all[..4], "").of("done", set(&all)).forbidden_by(&["laixi/order/done"]);
    step("clerk", "PUB1", &all[..4], "")
        .without("rule")
        .forbidden_by(&["laixi/order/no-such-step"]);
    let body = step("secretary", "TWO", &all[..1], "TWO").field("record", "body", "BRANCH");
    body.forbidden_by(&["laixi/P01/own-record", "laixi/order/body"]);
    let gap = step("director", "EXE", &all[..5], "").field("rule", "minGapDays", 11);
    gap.clone().forbidden_by(&["laixi/order/gap"]);
    gap.field("rule", "lastDay", TODAY - 11).allowed_by("laixi/P01/carry-out");
}

#[test]
fn a_post_must_be_ones_own_in_force_and_of_the_place() {
    let good = || member_assembly(UNANIMOUS);
    good().field("post", "holder", "someone").forbidden_by(&["laixi/people/post-holder"]);
    good().field("post", "toDay", TODAY).allowed_by("laixi/S10/decide");
    good().field("post", "toDay", TODAY - 1).forbidden_by(&["laixi/people/post-term"]);
    good().field("post", "fromDay", TODAY + 1).forbidden_by(&["laixi/people/post-term"]);
    good().field("post", "unit", OTHER_VILLAGE).forbidden_by(&["laixi/people/post-unit-matter"]);
    good().by("suspendedFrom", TODAY).forbidden_by(&["laixi/people/suspended"]);
    good().by("suspendedFrom", TODAY + 1).allowed_by("laixi/S10/decide");
    good()
        .by("suspendedFrom", TODAY - 9)
        .by("suspendedTo", TODAY - 1)
        .allowed_by("laixi/S10/decide");
    good()
        .by("suspendedFrom", TODAY - 9)
        .by("suspendedTo", TODAY)
        .forbidden_by(&["laixi/people/suspended"]);
}

#[test]
fn a_deny_without_a_forbid_names_who_could_do_it() {
    let decision = Ask::step("clerk", matter("S10", "MEM", &["PLAN", "PTY"]))
        .with("record", meeting("MEM", "S10", S10, UNANIMOUS))
        .decide();
    assert_eq!(policies(&decision), ["laixi/S10/decide"]);
    assert_eq!(decision.reasons[0].effect, ReasonKind::Absent);
    assert_eq!(
        decision.reasons[0].text,
        "您现在不能办这一项。可以由本村集体经济组织理事长或者村党组织书记凭成员大会记录（全体成员三分之二以上同意）办理。"
    );
    // an item no policy knows: the step alone matches nothing
    let unknown = Ask::step("clerk", matter("P99", "DANCE", &[])).decide();
    assert_eq!(policies(&unknown), ["no-permit"]);
    assert!(unknown.reasons[0].text.contains("法无授权不可为"));
}

#[test]
fn posts_are_tried_one_at_a_time_so_a_second_post_lends_no_power() {
    // a custodian who is also a member acts as what they cite
    let ask = Ask::step("director", matter("P15", "VERIFY", &["VOUCHER"]));
    let post = post("member", VILLAGE, "the-director");
    ask.clone().with("post", post).allowed_by("laixi/P15/verify");
    assert!(!ask.decide().allowed());
}
