//! Full histories: two editions in one period, what a rule keeps from month to month, and the host's own guards.

use std::path::Path;

use serde_json::{Value, json};
use tests::district;
use tests::server::{Answer, Server};

const TOWNSHIP: &str = "townships/370285106-nanshu/editions";

fn served(scratch: &Path, policies: &Path) -> Server {
    Server::demo(policies, &scratch.join("data"), &["--clock", "manual", "--allow-unproved"])
}

/// A person of the volunteer's village without any hours yet, and the village.
fn somebody(server: &Server) -> (String, String) {
    let volunteer = server.person("volunteer");
    let village = volunteer.split('-').next().unwrap().to_owned();
    let none = |n: &u32| {
        let told = statement(server, &format!("{village}-r{n:04}"));
        told["entries"].as_array().is_some_and(Vec::is_empty)
    };
    let n = (1..=60).find(none).unwrap();
    (format!("{village}-r{n:04}"), village)
}

fn statement(server: &Server, subject: &str) -> Value {
    let path = format!("/v1/accounts/{subject}/statement?purpose=check");
    server.get("volunteer_clerk", &path).body
}

fn send(server: &Server, scheme: &str, person: &str, events: &[(&str, &str, Value)]) -> Answer {
    let village = person.split('-').next().unwrap();
    let kind = if scheme == "xuexi" { "import" } else { "service" };
    let rows: Vec<Value> = events
        .iter()
        .map(|(id, day, quantities)| {
            json!({"id": format!("{person}-{id}"), "type": kind, "subject": person, "day": day,
                   "quantities": quantities})
        })
        .collect();
    let body = json!({"village": village, "scheme": scheme, "events": rows});
    server.post("volunteer_clerk", "/v1/events", &body)
}

fn hours(server: &Server, person: &str, events: &[(&str, &str, i64)]) -> Answer {
    let events: Vec<(&str, &str, Value)> =
        events.iter().map(|(id, day, h)| (*id, *day, json!({"minutes": h * 60}))).collect();
    send(server, "volunteer-hours", person, &events)
}

/// What stands of a period: item and points of each claim that is proposed or effective.
fn standing(server: &Server, person: &str, period: &str) -> Vec<(String, i64)> {
    let told = statement(server, person);
    let mut sums = std::collections::BTreeMap::<String, i64>::new();
    for entry in told["entries"].as_array().into_iter().flatten() {
        let counts = entry["state"] == "proposed" || entry["state"] == "effective";
        if counts && entry["period"] == period {
            let item = entry["item"].as_str().unwrap().to_owned();
            *sums.entry(item).or_default() += entry["points"].as_i64().unwrap();
        }
    }
    sums.into_iter().filter(|(_, points)| *points != 0).collect()
}

#[test]
fn each_event_is_scored_by_the_edition_in_force_on_its_day() {
    let scratch = district::scratch("editions");
    let policies = district::small(&scratch, 24);
    // From 1 August the first twenty hours bring a point for every two hours instead of every one.
    let (old, new) = ("2026-01-01", "2026-08-01");
    district::copy(&policies.join(TOWNSHIP).join(old), &policies.join(TOWNSHIP).join(new));
    let scheme = policies.join(TOWNSHIP).join(new).join("schemes/volunteer-hours.toml");
    let text = std::fs::read_to_string(&scheme).unwrap();
    let changed = text.replace("band1_hours_per_point = 1", "band1_hours_per_point = 2");
    assert_ne!(text, changed);
    district::write(&scheme, &changed);
    let server = served(&scratch, &policies);
    let (person, village) = somebody(&server);

    assert_eq!(hours(&server, &person, &[("a", "2026-07-10", 10)]).status, 201);
    let july = standing(&server, &person, "2026");
    assert_eq!(july.iter().map(|(_, p)| p).sum::<i64>(), 1_000, "{july:?}");
    assert_eq!(hours(&server, &person, &[("b", "2026-08-01", 6)]).status, 201);
    let both = standing(&server, &person, "2026");
    // sixteen hours are 8 points by the new rates, the ten before would have been 5
    assert_eq!(both.len(), 2, "{both:?}");
    assert_eq!(both[0], july[0], "what the old edition gave stays given");
    assert_eq!(both[1], (format!("{}@2026-08-01", july[0].0), 300));

    // A late event of July: the old edition gives its part, the new one starts from more hours.
    assert_eq!(hours(&server, &person, &[("late", "2026-07-31", 2)]).status, 201);
    let late = standing(&server, &person, "2026");
    assert_eq!((late[0].1, late[1].1), (1_200, 300), "{late:?}");
    let state = json!({"state": "reversed", "reason": "重复登记"});
    let path = format!("/v1/events/{village}/{person}-late/state");
    assert_eq!(server.post("volunteer_clerk", &path, &state).status, 200);
    assert_eq!(standing(&server, &person, "2026"), both, "and back again");

    let early = hours(&server, &person, &[("early", "2025-12-31", 1)]);
    assert_eq!((early.status, &early.body["code"]), (422, &json!("SCHEME_NOT_YET")));
}

fn study(policies: &Path, more: &str) {
    let edition = policies.join(TOWNSHIP).join("2026-01-01");
    let from = district::root().join("plugins/study-import/study-import.wasm");
    std::fs::copy(from, edition.join("rules/study-import.wasm")).unwrap();
    let text = format!(
        "id = \"xuexi\"\ntitle = \"学习积分\"\nsubject = \"person\"\nlaw = \"score\"\n\
         rule = \"rules/study-import.wasm\"\nclause = \"《南墅镇志愿服务积分办法（演示）》第3条\"\ndecision_record = \"会议记录\"\n\
         notice_days = 7\nperiod = \"month\"\n[settings]\nper_point = 100\ncap = 500\n{more}\n\
         [[events]]\ntype = \"import\"\ntitle = \"月度累计\"\n\
         quantities = {{ total = {{ min = 0, max = 1000000, unit = \"分\" }} }}\n"
    );
    district::write(&edition.join("schemes/xuexi.toml"), &text);
}

fn imports(server: &Server, person: &str, events: &[(&str, &str, i64)]) -> Answer {
    let events: Vec<(&str, &str, Value)> =
        events.iter().map(|(id, day, total)| (*id, *day, json!({"total": total}))).collect();
    send(server, "xuexi", person, &events)
}

fn months(server: &Server, person: &str) -> Vec<i64> {
    ["2026-07", "2026-08", "2026-09"]
        .map(|month| standing(server, person, month).iter().map(|(_, points)| points).sum())
        .to_vec()
}

#[test]
fn what_a_rule_keeps_reaches_the_months_behind() {
    let scratch = district::scratch("kept");
    let policies = district::small(&scratch, 24);
    study(&policies, "");
    let server = served(&scratch, &policies);
    let (person, village) = somebody(&server);
    for (id, day, total) in
        [("7", "2026-07-31", 300), ("8", "2026-08-31", 500), ("9", "2026-09-30", 900)]
    {
        let sent = imports(&server, &person, &[(id, day, total)]);
        assert_eq!(sent.status, 201, "{}", sent.body);
    }
    assert_eq!(months(&server, &person), [300, 200, 400], "only what grew counts");

    // A late July figure moves July, and August begins from it; September is as it was.
    assert_eq!(imports(&server, &person, &[("7b", "2026-07-31", 400)]).status, 201);
    assert_eq!(months(&server, &person), [400, 100, 400]);
    let path = format!("/v1/events/{village}/{person}-8/state");
    let state = json!({"state": "disputed", "reason": "本人有异议"});
    assert_eq!(server.post("volunteer_clerk", &path, &state).status, 200);
    assert_eq!(months(&server, &person), [400, 0, 500], "without August, September grew by five");
    let again = json!({"state": "accepted", "reason": "核实无误"});
    assert_eq!(server.post("volunteer_clerk", &path, &again).status, 200);
    assert_eq!(months(&server, &person), [400, 100, 400]);

    let down = imports(&server, &person, &[("9b", "2026-09-30", 100)]);
    assert_eq!(down.status, 201);
    let refused = &down.body["without_result"][0];
    assert_eq!(refused["code"], "TOTAL_WENT_DOWN", "{}", down.body);
    // a month without a result is no beginning: October grows from what September had
    assert_eq!(imports(&server, &person, &[("10", "2026-10-31", 1_000)]).status, 201);
    let october = standing(&server, &person, "2026-10");
    assert_eq!(october.iter().map(|(_, points)| points).sum::<i64>(), 100, "{october:?}");
}

#[test]
fn the_host_holds_the_caps_whatever_the_rule_says() {
    let scratch = district::scratch("caps");
    let policies = district::small(&scratch, 24);
    study(
        &policies,
        "[[caps]]\nper = \"year\"\npoints = 600\n[[caps]]\nitem = \"study\"\nper = \"entry\"\npoints = 450\n",
    );
    let server = served(&scratch, &policies);
    let (person, _) = somebody(&server);
    let too_much = imports(&server, &person, &[("7", "2026-07-31", 500)]);
    let refused = &too_much.body["without_result"][0];
    assert_eq!(refused["code"], "CAP_EXCEEDED", "{}", too_much.body);
    assert!(refused["text"].as_str().unwrap().contains("最多4.50分"), "{refused}");
    assert_eq!(months(&server, &person), [0, 0, 0]);

    let (_, village) = somebody(&server);
    let path = format!("/v1/events/{village}/{person}-7/state");
    let state = json!({"state": "reversed", "reason": "导入有误"});
    assert_eq!(server.post("volunteer_clerk", &path, &state).status, 200);
    for (id, day, total) in
        [("7b", "2026-07-31", 300), ("8", "2026-08-31", 500), ("9", "2026-09-30", 900)]
    {
        assert_eq!(imports(&server, &person, &[(id, day, total)]).status, 201);
    }
    assert_eq!(months(&server, &person), [300, 200, 100], "six points a year and no more");
    let told = statement(&server, &person);
    let text = told.to_string();
    assert!(text.contains("全年最多6.00分，其他各期已有5.00分，本期计1.00分"), "{text}");
}

#[test]
fn nobodys_own_word_counts_for_them() {
    let scratch = district::scratch("own-word");
    let policies = district::small(&scratch, 24);
    let server = served(&scratch, &policies);
    let (person, village) = somebody(&server);
    let body = json!({"village": village, "scheme": "volunteer-hours", "events": [{
        "id": "own", "type": "service", "subject": person, "day": "2026-08-01", "actor": person,
        "quantities": {"minutes": 600},
    }]});
    let sent = server.post("volunteer_clerk", "/v1/events", &body);
    assert_eq!(sent.status, 201, "{}", sent.body);
    assert_eq!(sent.body["without_result"][0]["code"], "OWN_WORD", "{}", sent.body);
    assert_eq!(standing(&server, &person, "2026"), []);

    let stranger = json!({"village": village, "scheme": "volunteer-hours", "events": [{
        "id": "m", "type": "service", "subject": person, "day": "2026-08-01", "member": "370285102259-r0001",
        "quantities": {"minutes": 600},
    }]});
    let refused = server.post("volunteer_clerk", "/v1/events", &stranger);
    assert_eq!((refused.status, &refused.body["code"]), (400, &json!("INVALID_INPUT")));
}
