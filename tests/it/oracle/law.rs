//! A second, small reading of the law for two items, written from the list and the statutes and not
//! from the policies: when nobody may take a step. It knows raw facts only.

use std::collections::BTreeSet;

/// A post as the record has it, in day numbers.
#[derive(Clone, Debug)]
pub(super) struct Post {
    pub(super) role: &'static str,
    /// Held in the village; else in its township.
    pub(super) village: bool,
    pub(super) from: i64,
    pub(super) to: i64,
}

/// A person.
#[derive(Clone, Debug, Default)]
pub(super) struct Person {
    pub(super) id: String,
    pub(super) posts: Vec<Post>,
    pub(super) suspended: bool,
}

/// A meeting of a body about one thing.
#[derive(Clone, Debug)]
pub(super) struct Meeting {
    pub(super) id: String,
    pub(super) body: &'static str,
    pub(super) about: String,
    pub(super) day: i64,
    pub(super) notice: i64,
    pub(super) eligible: i64,
    pub(super) present: i64,
    pub(super) in_favour: i64,
}

/// A power handed on.
#[derive(Clone, Debug)]
pub(super) struct Grant {
    pub(super) id: String,
    pub(super) grantor: usize,
    pub(super) delegate: usize,
    pub(super) item: &'static str,
    pub(super) from: i64,
    pub(super) to: i64,
    pub(super) proposed: i64,
    /// The grantor held the director's post when it was proposed.
    pub(super) held: bool,
    /// Approved on a good record by somebody else.
    pub(super) approved: bool,
    pub(super) revoked: bool,
}

/// A matter: what was done when and by whom.
#[derive(Clone, Debug, Default)]
pub(super) struct Matter {
    pub(super) id: String,
    pub(super) item: &'static str,
    pub(super) cents: i64,
    pub(super) taken: Vec<(&'static str, i64, usize)>,
}

/// One way in which a step may be taken.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "plain facts of a step, each looked at alone")]
pub(super) struct Step {
    pub(super) id: &'static str,
    pub(super) roles: &'static [&'static str],
    pub(super) village: bool,
    pub(super) signed: bool,
    pub(super) publishes: bool,
    /// Waits for a notice that has been up for fifteen days (村民委员会组织法 35).
    pub(super) after_stay: bool,
}

const fn step(id: &'static str, roles: &'static [&'static str]) -> Step {
    Step { id, roles, village: true, signed: false, publishes: false, after_stay: false }
}

/// 村级日常开支.
pub(super) const SPENDING: [Step; 8] = [
    step("VOUCHER", &["director", "deputy", "member", "clerk", "bookkeeper"]),
    Step { signed: true, ..step("VERIFY", &["deputy", "member", "clerk"]) },
    Step { signed: true, ..step("STAMP", &["supervisor"]) },
    Step { signed: true, ..step("APPROVE", &["director"]) },
    Step { signed: true, village: false, ..step("AUDIT", &["auditor"]) },
    step("PAY", &["bookkeeper"]),
    Step { publishes: true, ..step("PUB2", &["clerk"]) },
    Step { after_stay: true, ..step("ARC", &["clerk"]) },
];

/// 征地补偿费的使用和分配.
pub(super) const LAND: [Step; 7] = [
    step("PLAN", &["board-chair"]),
    step("PTY", &["secretary"]),
    step("MEM", &["board-chair", "secretary"]),
    Step { publishes: true, ..step("PUB1", &["clerk", "board-member"]) },
    step("PAY", &["bookkeeper"]),
    Step { publishes: true, after_stay: true, ..step("PUB2", &["clerk", "board-member"]) },
    Step { after_stay: true, ..step("ARC", &["clerk"]) },
];

/// The steps of an item in their order.
pub(super) fn steps(item: &str) -> &'static [Step] {
    if item == "S10" { &LAND } else { &SPENDING }
}

/// Bodies that may decide a step, by amount: the district's ladder (1,000 and 5,000 yuan), the
/// township's stricter one (3,000 yuan to the representatives); none where no meeting is needed.
pub(super) fn bodies(matter: &Matter, step: &str) -> &'static [&'static str] {
    match (matter.item, step, matter.cents) {
        ("S10", "PTY", _) => &["BRANCH"],
        ("S10", "MEM", _) => &["MEM"],
        ("P15", "APPROVE", 300_000..) => &["REP", "ASM"],
        ("P15", "APPROVE", 100_000..) => &["TWO", "REP", "ASM"],
        _ => &[],
    }
}

/// From here on a payment is no daily spending in this township.
pub(super) const LARGE: i64 = 1_500_000;

/// Whether a meeting decided: quorum and majority by the denominators of the law, called in time.
pub(super) fn decided(meeting: &Meeting) -> bool {
    let Meeting { eligible, present, in_favour, .. } = *meeting;
    let most = |part: i64, whole: i64| part * 2 > whole;
    // of a body without members no part is two thirds
    let thirds = |part: i64, whole: i64| whole > 0 && part * 3 >= whole * 2;
    let counted = match meeting.body {
        "ASM" | "TWO" => most(present, eligible) && most(in_favour, present),
        "REP" => thirds(present, eligible) && most(in_favour, present),
        "BRANCH" => most(present, eligible) && most(in_favour, eligible),
        "MEM" => thirds(present, eligible) && thirds(in_favour, eligible),
        _ => false,
    };
    let ahead = if meeting.body == "MEM" { 10 } else { 0 };
    counted && meeting.notice + ahead <= meeting.day
}

/// Whether a person holds one of some roles on a day.
pub(super) fn holds(person: &Person, roles: &[&str], village: bool, today: i64) -> bool {
    let good = |post: &Post| {
        roles.contains(&post.role)
            && post.village == village
            && post.from <= today
            && today <= post.to
    };
    person.posts.iter().any(good)
}

/// What a person cites.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cites<'a> {
    pub(super) meeting: Option<&'a Meeting>,
    pub(super) grant: Option<&'a Grant>,
}

/// Why this person has no authority to take this step today; none when they have.
pub(super) fn unlawful(
    matter: &Matter,
    people: &[Person],
    who: usize,
    step: &Step,
    cites: Cites<'_>,
    today: i64,
) -> Option<&'static str> {
    let person = &people[who];
    let delegated = matter.item == "P15"
        && step.id == "APPROVE"
        && cites.grant.is_some_and(|grant| live(grant, who, today));
    let own = holds(person, step.roles, step.village, today);
    let signers: BTreeSet<usize> = steps(matter.item)
        .iter()
        .filter(|step| step.signed)
        .filter_map(|step| {
            matter.taken.iter().find(|taken| taken.0 == step.id).map(|taken| taken.2)
        })
        .collect();
    let before = steps(matter.item).iter().take_while(|other| other.id != step.id);
    let bodies = bodies(matter, step.id);
    let met = |meeting: &Meeting| {
        bodies.contains(&meeting.body)
            && meeting.about == matter.id
            && meeting.day <= today
            && decided(meeting)
    };
    let published = steps(matter.item)
        .iter()
        .filter(|step| step.publishes)
        .filter_map(|step| {
            matter.taken.iter().find(|taken| taken.0 == step.id).map(|taken| taken.1)
        })
        .max();
    let approver = matter.taken.iter().find(|taken| taken.0 == "APPROVE").map(|taken| taken.2);
    if person.suspended {
        return Some("suspended");
    }
    if !own && !delegated {
        return Some("no post and no live delegation");
    }
    if before.clone().any(|other| matter.taken.iter().all(|taken| taken.0 != other.id)) {
        return Some("a step is skipped");
    }
    if matter.taken.iter().any(|taken| taken.0 == step.id) {
        return Some("taken before");
    }
    if !bodies.is_empty() && !cites.meeting.is_some_and(met) {
        return Some("no decision of the body");
    }
    let handler = matter.taken.first().map(|taken| taken.2);
    if step.signed && (signers.contains(&who) || handler == Some(who)) {
        return Some("signs twice");
    }
    if matter.item == "P15" && step.id == "PAY" && approver == Some(who) {
        return Some("pays what they approved");
    }
    if step.after_stay && published.is_some_and(|day| today < day + 15) {
        return Some("fifteen days");
    }
    (matter.item == "P15" && matter.cents >= LARGE).then_some("too much for daily spending")
}

/// Whether a grant gives this person the director's power over daily spending today.
pub(super) fn live(grant: &Grant, who: usize, today: i64) -> bool {
    grant.approved
        && !grant.revoked
        && grant.held
        && grant.item == "P15"
        && grant.delegate == who
        && grant.grantor != who
        && grant.proposed <= today
        && grant.from <= today
        && today <= grant.to
}
