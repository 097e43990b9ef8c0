//! Work that was to reach a village past the lists leaves a clue that the village can neither read nor
//! remove.

use serde_json::{Value, json};

use crate::api::demo;

const VILLAGE: &str = "370285102259";

#[test]
fn work_past_the_lists_leaves_a_clue_that_the_village_cannot_touch() {
    let server = demo("clues");
    let clues = |role: &str, query: &str| server.get(role, &format!("/v1/clues?{query}"));
    let village = format!("village={VILLAGE}&type=unauthorized_delegation");
    assert_eq!(clues("discipline", &village).body["clues"], json!([]), "nothing was tried yet");

    let proposed = server.post(
        "department",
        "/v1/admissions",
        &json!({"village": VILLAGE, "title": "入户核对台账"}),
    );
    assert_eq!(proposed.status, 201, "{}", proposed.body);
    let task = proposed.body["id"].as_str().unwrap().to_owned();
    let hand_over = || {
        let path = format!("/v1/admissions/{task}/assignment");
        let refused = server.post("department", &path, &json!({}));
        assert_eq!(refused.status, 403, "{}", refused.body);
    };
    hand_over();
    let found = clues("discipline", &village);
    assert_eq!(found.status, 200, "{}", found.body);
    let all = found.body["clues"].as_array().unwrap().clone();
    assert_eq!(all.len(), 1, "{}", found.body);
    let clue = &all[0];
    assert_eq!(clue["by"], server.person("department"));
    assert_eq!(
        (clue["action"].as_str(), clue["thing"].as_str()),
        (Some("AssignTask"), Some(task.as_str()))
    );
    let policies: Vec<&str> =
        clue["policies"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(policies.contains(&"laixi/admission/committee-approval"), "{clue}");

    hand_over();
    assert_eq!(
        clues("discipline", &village).body["clues"].as_array().unwrap().len(),
        1,
        "once a day"
    );
    server.days_pass(1);
    hand_over();
    assert_eq!(clues("discipline", &village).body["clues"].as_array().unwrap().len(), 2);

    // the township and the district's offices see it, other kinds are told apart
    for (role, query) in [
        ("discipline", "village=370285102000"),
        ("committee_office", "village=370285000000"),
        ("government_office", village.as_str()),
    ] {
        assert_eq!(clues(role, query).body["clues"].as_array().unwrap().len(), 2, "{role} {query}");
    }
    assert_eq!(
        clues("discipline", &format!("village={VILLAGE}&type=other")).body["clues"],
        json!([])
    );
    // the village, the department that tried and another level do not
    for role in [
        "secretary",
        "director",
        "clerk",
        "supervisor",
        "department",
        "data_admin",
        "township_leader",
    ] {
        let refused = clues(role, &village);
        assert_eq!(refused.status, 403, "{role}: {}", refused.body);
    }
    assert_eq!(clues("discipline", "village=370285000000").status, 403, "only the own township");
    assert_eq!(clues("", &village).status, 401);
    // and there is no way to change one
    let id = clue["id"].as_str().unwrap();
    for path in [format!("/v1/clues/{id}"), format!("/v1/entities/Clue/{id}")] {
        let put = server.put("data_admin", &path, &json!({"unit": VILLAGE}));
        assert!([404, 405, 422, 400].contains(&put.status), "{path}: {} {}", put.status, put.body);
    }
    assert_eq!(clues("discipline", &village).body["clues"].as_array().unwrap().len(), 2);
}
