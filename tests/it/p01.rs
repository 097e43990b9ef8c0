//! 四议两公开 walked to its end on the manual clock, with a wrong step refused at each stage.

use serde_json::json;

use crate::api::{demo, matter_step};

/// Step, who takes it, and the body that decides with its entitled, present and in favour.
type Stage = (&'static str, &'static str, Option<(&'static str, i64, i64, i64)>);

const VILLAGE: &str = "370285102259";

#[test]
fn a_major_decision_goes_step_by_step() {
    let server = demo("p01");
    let opened = server.post(
        "clerk",
        "/v1/matters",
        &json!({"item": "P01", "village": VILLAGE, "title": "修建文化广场"}),
    );
    assert_eq!(opened.status, 201, "{}", opened.body);
    let matter = opened.body["id"].as_str().unwrap_or_default().to_owned();
    let today =
        || server.get("", "/v1/clock").body["today"].as_str().unwrap_or_default().to_owned();
    let plan: [Stage; 9] = [
        ("PRO", "secretary", Some(("BRANCH", 5, 5, 5))),
        ("TWO", "secretary", Some(("TWO", 7, 6, 6))),
        // The township's own addition to the district's item.
        ("LEG", "township_leader", None),
        ("PTY", "secretary", Some(("PTY", 40, 30, 28))),
        ("REP", "director", Some(("REP", 45, 36, 30))),
        ("PUB1", "clerk", None),
        ("EXE", "director", None),
        ("PUB2", "clerk", None),
        ("ARC", "clerk", None),
    ];
    for (index, (step, who, meeting)) in plan.iter().enumerate() {
        // The step after the next is refused at every stage, with the reason in Chinese.
        if let Some((wrong, wrong_who, _)) = plan.get(index + 1) {
            let refused = matter_step(&server, wrong_who, &matter, &json!({"step": wrong}));
            assert!(
                [403, 422].contains(&refused.status),
                "{wrong} before {step}: {}",
                refused.body
            );
            assert!(
                refused.body["text"].as_str().is_some_and(|t| !t.is_empty()),
                "{}",
                refused.body
            );
        }
        // Wait for the gap, call the meeting, let the notice run, meet, record.
        server.days_pass(8);
        let mut body = json!({"step": step});
        if let Some((organ, eligible, present, in_favour)) = meeting {
            let notice = today();
            server.days_pass(12);
            let day = today();
            let record = json!({"body": organ, "village": VILLAGE, "item": "P01", "matter": matter, "day": day,
                "notice_day": notice, "eligible": eligible, "present": present, "in_favour": in_favour,
                "against": present - in_favour, "abstain": 0});
            let recorded = server.post("clerk", "/v1/meetings", &record);
            assert_eq!(recorded.status, 201, "{step}: {}", recorded.body);
            let without = matter_step(&server, who, &matter, &body);
            assert!(
                [403, 422].contains(&without.status),
                "{step} without its record: {}",
                without.body
            );
            body["record"] = recorded.body["id"].clone();
        }
        if *step == "PUB2" || *step == "ARC" {
            let early = matter_step(&server, who, &matter, &body);
            if early.status >= 400 {
                println!("{step} too early: {}", early.body["text"]);
                server.days_pass(16);
            } else {
                continue;
            }
        }
        let taken = matter_step(&server, who, &matter, &body);
        assert!(taken.status < 300, "{step}: {}", taken.body);
    }
    let end = server.get("clerk", &format!("/v1/matters/{matter}"));
    assert_eq!(end.body["next"], json!([]), "{}", end.body);
    assert_eq!(end.body["taken"].as_array().map(Vec::len), Some(9));
}
