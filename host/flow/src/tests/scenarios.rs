//! Tables of days, steps and meetings with the answer behind `=>`, run through one `check`.

use model::{CivilDay, Fraction, Tally};

use crate::{Bodies, BodyRule, Denominator, Item, Meeting, Step, Taken, next, validate};

fn day(text: &str) -> CivilDay {
    CivilDay::parse(text).unwrap_or_else(|e| panic!("{e}"))
}

fn rule(
    title: &str,
    quorum: (i64, i64, bool),
    majority: (i64, i64, bool),
    of: Denominator,
) -> BodyRule {
    let share = |(num, den, inclusive)| Fraction { num, den, inclusive };
    let (quorum, majority) = (share(quorum), share(majority));
    BodyRule { title: title.to_owned(), quorum, majority, of, notice_days: 0, stands_for: vec![] }
}

pub(super) fn bodies() -> Bodies {
    let half = (1, 2, false);
    let two_thirds = (2, 3, true);
    let mut assembly = rule("村民会议", half, half, Denominator::Present);
    assembly.notice_days = 10;
    assembly.stands_for = vec!["REP".to_owned()];
    let mut members = rule("成员大会", two_thirds, two_thirds, Denominator::Eligible);
    members.notice_days = 10;
    [
        ("ASM", assembly),
        ("MEM", members),
        ("REP", rule("村民代表会议", two_thirds, half, Denominator::Present)),
        ("TWO", rule("两委联席会", half, half, Denominator::Present)),
        ("PTY", rule("党员大会", two_thirds, half, Denominator::Eligible)),
    ]
    .map(|(id, rule)| (id.to_owned(), rule))
    .into()
}

fn step(line: &str) -> Step {
    let mut words = line.split_whitespace();
    let id = words.next().unwrap().to_owned();
    let mut step =
        Step { title: format!("步骤{id}"), id, who: "文书".to_owned(), ..Step::default() };
    for (key, value) in words.map(|w| w.split_once('=').unwrap()) {
        let list = || value.split(',').map(str::to_owned).collect();
        match key {
            "after" => step.after = list(),
            "after-stay" => step.after_stay = list(),
            "body" => step.body = Some(value.to_owned()),
            "gap" => step.min_gap_days = value.parse().unwrap(),
            "within" => step.within_days = Some(value.parse().unwrap()),
            "notice" => step.notice_days = value.parse().unwrap(),
            "stay" => step.stay_days = value.parse().unwrap(),
            other => panic!("{other}"),
        }
    }
    step
}

/// `REP@2026-01-20<2026-01-15` and `30/24:20-2-2`.
fn meeting<'a>(head: &'a str, counts: &str) -> Meeting<'a> {
    let (body, days) = head.split_once('@').unwrap();
    let (held, notice) = days.split_once('<').unwrap();
    let numbers: Vec<i64> = counts.split(['/', ':', '-']).map(|n| n.parse().unwrap()).collect();
    let [eligible, present, in_favour, against, abstain] = numbers.try_into().unwrap();
    let tally = Tally { eligible, present, in_favour, against, abstain };
    Meeting { body, day: day(held), notice_day: day(notice), tally }
}

fn list(item: &Item, taken: &[Taken], today: CivilDay) -> String {
    let show = |n: crate::NextStep| {
        let (when, late) =
            (if n.ready { "now".to_owned() } else { n.earliest.to_string() }, n.overdue);
        format!("{}@{when}{}", n.step, if late { "!" } else { "" })
    };
    let steps = next(item, taken, &bodies(), &crate::Calendar::default(), today)
        .into_iter()
        .map(show)
        .collect::<Vec<_>>();
    if steps.is_empty() { "done".to_owned() } else { steps.join(" ") }
}

/// Runs a script: `step …` adds a step, `next <day>` lists, anything else is `<day> <step> [meeting]`,
/// taken when the answer is `ok`.
fn check(script: &str) {
    let mut item = Item { id: "P00".to_owned(), ..Item::default() };
    let mut taken: Vec<Taken> = vec![];
    for line in script.lines().map(str::trim).filter(|l| !l.is_empty()) {
        if let Some(rest) = line.strip_prefix("step ") {
            item.steps.push(step(rest));
            continue;
        }
        assert_eq!(validate(&item), vec![], "{line}");
        let (ask, want) = line.split_once("=>").unwrap();
        let words: Vec<&str> = ask.split_whitespace().collect();
        let got = match words.as_slice() {
            ["next", today] => list(&item, &taken, day(today)),
            [today, id, cited @ ..] => {
                let today = day(today);
                let meeting = (!cited.is_empty()).then(|| meeting(cited[0], cited[1]));
                match crate::check(&item, &taken, id, meeting, &bodies(), today) {
                    Ok(facts) => {
                        let own = item.step(id).unwrap();
                        assert_eq!(facts.body, own.body.clone().unwrap_or_default());
                        taken.push(Taken { step: (*id).to_owned(), day: today, record: None });
                        "ok".to_owned()
                    }
                    Err(problems) => {
                        for p in &problems {
                            assert!(p.text().ends_with('。') && p.help().ends_with('。'), "{p:?}");
                            assert_eq!(p.refusal().code, p.code());
                        }
                        problems.iter().map(crate::StepProblem::code).collect::<Vec<_>>().join(" ")
                    }
                }
            }
            _ => panic!("{line}"),
        };
        assert_eq!(got, want.trim(), "{line}");
    }
}

/// 四议两公开, with a gap of seven days before the decision and a stay of fifteen.
const FOUR_TWO: &str = "
    step PRO
    step TWO after=PRO body=TWO
    step PTY after=TWO body=PTY notice=3
    step REP after=PTY body=REP gap=7 notice=3
    step PUB1 after=REP within=3 stay=15
    step EXE after=PUB1
    step PUB2 after=EXE after-stay=PUB1
    step ARC after=PUB2
";

/// Everything up to the party members' meeting, taken on 7 January.
const TO_PTY: &str = "
    2026-01-05 PRO => ok
    2026-01-06 TWO TWO@2026-01-06<2026-01-06 9/8:7-1-0 => ok
    2026-01-07 PTY PTY@2026-01-07<2026-01-04 30/24:20-2-2 => ok
";

#[test]
fn a_lawful_walk_from_proposal_to_archive() {
    check(&format!(
        "{FOUR_TWO} next 2026-01-05 => PRO@now\n {TO_PTY}
         next 2026-01-08 => REP@2026-01-14
         2026-01-15 REP REP@2026-01-14<2026-01-11 33/22:12-10-0 => ok
         next 2026-01-15 => PUB1@now
         next 2026-01-19 => PUB1@now!
         2026-01-19 PUB1 => ok
         2026-01-20 EXE => ok
         2026-02-02 PUB2 => STAY_NOT_OVER
         next 2026-02-02 => PUB2@2026-02-03
         2026-02-03 PUB2 => ok
         2026-02-03 ARC => ok
         next 2026-02-03 => done"
    ));
}

#[test]
fn order_is_kept() {
    check(&format!(
        "{FOUR_TWO}
         2026-01-05 XYZ => STEP_UNKNOWN
         2026-01-05 EXE => STEP_OUT_OF_ORDER
         2026-01-05 PUB2 => STEP_OUT_OF_ORDER
         2026-01-05 TWO TWO@2026-01-05<2026-01-05 9/8:7-1-0 => STEP_OUT_OF_ORDER
         2026-01-05 PRO => ok
         2026-01-05 PRO => STEP_ALREADY_TAKEN
         2026-01-05 REP => STEP_OUT_OF_ORDER NO_MEETING_RECORD"
    ));
}

#[test]
fn a_meeting_must_be_the_right_one_at_the_right_time() {
    check(&format!(
        "{FOUR_TWO} {TO_PTY}
         2026-01-20 REP => NO_MEETING_RECORD
         2026-01-20 REP TWO@2026-01-20<2026-01-10 9/9:9-0-0 => WRONG_BODY
         2026-01-20 REP REP@2026-01-21<2026-01-10 33/33:33-0-0 => MEETING_IN_FUTURE
         2026-01-20 REP REP@2026-01-06<2026-01-01 33/33:33-0-0 => MEETING_BEFORE_PREDECESSOR
         2026-01-20 REP REP@2026-01-13<2026-01-01 33/33:33-0-0 => TOO_EARLY
         2026-01-20 REP REP@2026-01-20<2026-01-18 33/33:33-0-0 => NOTICE_TOO_SHORT
         2026-01-20 REP REP@2026-01-20<2026-01-21 33/33:33-0-0 => NOTICE_TOO_SHORT
         2026-01-10 REP REP@2026-01-12<2026-01-11 33/21:10-11-0 => TOO_EARLY MEETING_IN_FUTURE NOTICE_TOO_SHORT NO_QUORUM NO_MAJORITY"
    ));
}

#[test]
fn counts_decide_at_their_edges() {
    check(&format!(
        "{FOUR_TWO} {TO_PTY}
         2026-01-20 REP REP@2026-01-20<2026-01-17 33/21:21-0-0 => NO_QUORUM
         2026-01-20 REP REP@2026-01-20<2026-01-17 33/22:11-11-0 => NO_MAJORITY
         2026-01-20 REP REP@2026-01-20<2026-01-17 33/22:12-9-0 => BAD_TALLY
         2026-01-20 REP REP@2026-01-20<2026-01-17 33/34:34-0-0 => BAD_TALLY
         2026-01-20 REP REP@2026-01-20<2026-01-17 0/0:0-0-0 => NO_QUORUM NO_MAJORITY
         2026-01-20 REP REP@2026-01-20<2026-01-17 33/22:12-9-1 => ok"
    ));
}

#[test]
fn two_thirds_of_all_members_not_of_those_present() {
    check(
        "step MEM body=MEM
         2026-01-20 MEM MEM@2026-01-20<2026-01-11 300/300:200-100-0 => NOTICE_TOO_SHORT
         2026-01-20 MEM MEM@2026-01-20<2026-01-10 300/201:199-2-0 => NO_MAJORITY
         2026-01-20 MEM MEM@2026-01-20<2026-01-10 300/199:199-0-0 => NO_QUORUM NO_MAJORITY
         2026-01-20 MEM MEM@2026-01-20<2026-01-10 300/200:200-0-0 => ok",
    );
}

#[test]
fn the_assembly_stands_for_the_representatives_but_by_its_own_rule() {
    check(
        "step REP body=REP notice=3
         2026-01-20 REP ASM@2026-01-20<2026-01-11 900/451:226-225-0 => NOTICE_TOO_SHORT
         2026-01-20 REP ASM@2026-01-20<2026-01-10 900/450:450-0-0 => NO_QUORUM
         2026-01-20 REP ASM@2026-01-20<2026-01-10 900/451:226-225-0 => ok",
    );
    check(
        "step ASM body=ASM
         2026-01-20 ASM REP@2026-01-20<2026-01-01 33/33:33-0-0 => WRONG_BODY
         2026-01-20 ASM NOBODY@2026-01-20<2026-01-01 33/33:33-0-0 => WRONG_BODY",
    );
    check(
        "step A body=NOBODY\n 2026-01-20 A NOBODY@2026-01-20<2026-01-01 33/33:33-0-0 => BODY_UNKNOWN",
    );
}

#[test]
fn a_reader_sees_what_is_missing_by_name() {
    let item = Item {
        id: "P01".to_owned(),
        steps: vec![step("PTY"), step("REP after=PTY body=REP")],
        ..Item::default()
    };
    let problems = crate::check(&item, &[], "REP", None, &bodies(), day("2026-01-20")).unwrap_err();
    let words: Vec<String> = problems.iter().map(|p| format!("{}{}", p.text(), p.help())).collect();
    assert_eq!(
        words,
        [
            "“步骤REP”不能提前办，前面还缺“步骤PTY”。请先办“步骤PTY”。",
            "这一步要有村民代表会议的会议记录，没有引用。请先召开村民代表会议，登记会议记录后再办。",
        ]
    );
    let rules = bodies();
    assert_eq!(rules["MEM"].majority_words(), "全体应到人员的三分之二以上");
    assert_eq!(rules["ASM"].quorum_words(), "应到人员的过半数");
}
