//! What holds a matter beside the order of its steps: each gate closes alone, opens at its edge, and a
//! number that cannot be right holds the matter rather than lets it go.

use model::{Effect, Value};

use super::fixture::{
    Ask, TODAY, TOWNSHIP, UNANIMOUS, VILLAGE, gates, matter, meeting, person, policies, post, rule,
    set,
};

const MATTER: &str = "370285102259-P01-2026-001";

fn publish() -> Ask {
    Ask::step("clerk", matter("P01", "PUB1", &["PRO", "TWO", "PTY", "REP"]))
}

/// The question with these gates changed.
fn gated(ask: Ask, changes: &[(&str, Value)]) -> Ask {
    let mut own = gates();
    own.extend(changes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    ask.field("rule", "gates", own)
}

/// Whether any forbid of this family speaks; permits are another matter.
#[track_caller]
fn open(ask: &Ask) {
    let decision = ask.decide();
    let closed = policies(&decision).iter().any(|id| id.starts_with("laixi/gates/"));
    assert!(decision.effect == Effect::Allow || !closed, "{decision:#?}");
}

#[test]
fn each_gate_closes_alone() {
    open(&publish());
    let max = i64::MAX;
    for (changes, policy) in [
        (vec![("unpublished", set(&["TWO"]))], "stage-unpublished"),
        (vec![("windowEnd", (TODAY + 1).into())], "window"),
        (vec![("windowEnd", (-1).into())], "window"),
        (vec![("openObjections", 1.into())], "objection-open"),
        (vec![("reviewMissing", true.into())], "price-review-first"),
        (vec![("signsNeeded", 5.into()), ("signsGiven", 4.into())], "signatures"),
        (vec![("signsMissing", set(&["water-office"]))], "signatures"),
        (vec![("linkedCents", 10.into()), ("bandBelowCents", 10.into())], "split"),
        (vec![("linkedCents", max.into())], "split"),
        (vec![("lateDays", 1.into())], "late-ratification"),
        (vec![("variantFits", false.into())], "variant-fits"),
    ] {
        let policy = format!("laixi/gates/{policy}");
        gated(publish(), &changes).forbidden_by(&[&policy]);
    }
    for changes in [
        vec![("windowEnd", TODAY.into())],
        vec![("signsNeeded", 5.into()), ("signsGiven", 5.into())],
        vec![("linkedCents", 9.into()), ("bandBelowCents", 10.into())],
        vec![
            ("linkedCents", 10.into()),
            ("bandBelowCents", 10.into()),
            ("passed", set(&["SPLIT_SUSPECTED"])),
        ],
        vec![("lateDays", 9.into()), ("passed", set(&["RATIFIED_LATE"]))],
    ] {
        open(&gated(publish(), &changes));
    }
    // What lets one hold pass does nothing for another.
    gated(publish(), &[("lateDays", 9.into()), ("passed", set(&["SPLIT_SUSPECTED"]))])
        .forbidden_by(&["laixi/gates/late-ratification"]);
    publish().of("openQuestions", 1).forbidden_by(&["laixi/gates/question-open"]);
}

#[test]
fn prices_are_stated_and_stay_within_what_was_reviewed() {
    let ask = |more: &[(&str, Value)]| {
        let mut changes = vec![("priced", true.into())];
        changes.extend(more.iter().cloned());
        gated(publish(), &changes)
    };
    ask(&[]).forbidden_by(&["laixi/gates/price-stated"]);
    ask(&[]).with("cents", -1).forbidden_by(&[
        "laixi/gates/change-body",
        "laixi/gates/price-floor",
        "laixi/gates/price-stated",
    ]);
    open(&ask(&[]).with("cents", 0));
    let ceiling = |cents: i64| ask(&[("ceilingCents", 500.into())]).with("cents", cents);
    open(&ceiling(500));
    ceiling(501).forbidden_by(&["laixi/gates/price-ceiling"]);
    let floor = |cents: i64| ask(&[("floorCents", 500.into())]).with("cents", cents);
    open(&floor(500));
    floor(499).forbidden_by(&["laixi/gates/price-floor"]);
    let change = |cents: i64| {
        let room = [
            ("freeFromCents", 900.into()),
            ("freeToCents", 1_100.into()),
            ("changeBodies", set(&["REP", "ASM"])),
        ];
        ask(&room).with("cents", cents)
    };
    for cents in [900, 1_100] {
        open(&change(cents));
    }
    for cents in [899, 1_101] {
        change(cents).forbidden_by(&["laixi/gates/change-body"]);
        let two = meeting("TWO", "P01", MATTER, [5, 5, 5, 0, 0]);
        change(cents).with("record", two).forbidden_by(&["laixi/gates/change-body"]);
        open(&change(cents).with("record", meeting("REP", "P01", MATTER, UNANIMOUS)));
    }
}

#[test]
fn whoever_proposed_does_not_review_the_price() {
    let review =
        gated(publish().with("cents", 1), &[("priced", true.into()), ("reviews", true.into())]);
    open(&review);
    review.of("proposers", set(&["the-clerk"])).forbidden_by(&["laixi/gates/reviewer"]);
}

/// A signature for joint supervision by an officer of the township.
fn sign(role: &str, pid: &str, changes: &[(&str, Value)]) -> Ask {
    let roles = ("signRoles", set(&["discipline", "water-office"]));
    let ask = Ask::new("SignStep", person(pid, TOWNSHIP), matter("P03", "NOT", &[]))
        .with("post", post(role, TOWNSHIP, pid))
        .with("rule", rule(&[], ""));
    let mut all = vec![roles];
    all.extend(changes.iter().cloned());
    gated(ask, &all)
}

#[test]
fn an_organ_and_a_person_sign_once() {
    sign("water-office", "a", &[]).allowed_by("laixi/gates/sign");
    sign("auditor", "a", &[]).forbidden_by(&["laixi/gates/sign-organ"]);
    let signed = [("signedRoles", set(&["water-office"])), ("signedBy", set(&["a"]))];
    sign("water-office", "b", &signed).forbidden_by(&["laixi/gates/sign-once"]);
    sign("discipline", "a", &signed).forbidden_by(&["laixi/gates/sign-once"]);
    sign("discipline", "b", &signed).allowed_by("laixi/gates/sign");
    sign("discipline", "b", &[]).without("rule").forbidden_by(&["laixi/gates/sign-organ"]);
}

#[test]
fn questions_are_the_supervision_committees_and_nobody_answers_their_own() {
    let act = |action: &str, role: &str| {
        let pid = format!("the-{role}");
        Ask::new(action, person(&pid, VILLAGE), matter("P01", "", &["PRO"]))
            .with("post", post(role, VILLAGE, &pid))
    };
    act("AskMatter", "supervisor").allowed_by("laixi/gates/ask");
    assert!(!act("AskMatter", "clerk").decide().allowed());
    act("AnswerMatter", "director").allowed_by("laixi/gates/answer");
    act("AnswerMatter", "director")
        .of("askers", set(&["the-director"]))
        .forbidden_by(&["laixi/gates/answer-own"]);
    assert!(!act("AnswerMatter", "supervisor").decide().allowed());
    act("PassHold", "supervisor").allowed_by("laixi/gates/pass");
    for name in ["proposers", "signers", "hands"] {
        act("PassHold", "supervisor")
            .of(name, set(&["the-supervisor"]))
            .forbidden_by(&["laixi/gates/pass-own"]);
    }
    assert!(!act("PassHold", "director").decide().allowed());
    act("ObjectToMatter", "member").without("post").allowed_by("laixi/gates/object");
    act("PublishStep", "clerk").allowed_by("laixi/gates/publish");
    assert!(!act("PublishStep", "director").decide().allowed());
}

#[test]
fn a_meeting_counted_by_household_needs_two_thirds_of_them() {
    let ask = |counts, counted: &str| {
        let met = meeting("ASM", "P01", MATTER, counts);
        publish().with("record", met).field("record", "counted", counted)
    };
    open(&ask([300, 200, 101, 99, 0], "households"));
    ask([300, 199, 101, 98, 0], "households").forbidden_by(&["laixi/gates/households"]);
    open(&ask([300, 199, 101, 98, 0], ""));
    ask([300, 300, 300, 0, 0], "heads").forbidden_by(&["laixi/gates/households"]);
}

#[test]
fn the_one_person_variant_needs_one_person() {
    let village = super::seeds::village();
    let ask = |needs: &str, one: bool| {
        Ask::new("OpenMatter", person("the-clerk", VILLAGE), village.clone())
            .with("post", post("clerk", VILLAGE, "the-clerk"))
            .with("item", "P01")
            .with("local", false)
            .with("variantNeeds", needs)
            .with("oneShoulder", one)
            .with("kept", set(&["CE-01"]))
            .with("asked", set(&[]))
            .with("documents", set(&[]))
    };
    ask("", false).allowed_by("laixi/matters/open");
    ask("one-shoulder", true).allowed_by("laixi/matters/open");
    ask("one-shoulder", false).forbidden_by(&["laixi/gates/one-shoulder"]);
    ask("unknown", true).forbidden_by(&["laixi/gates/one-shoulder"]);
}
