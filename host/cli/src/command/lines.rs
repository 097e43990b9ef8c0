//! The curl lines of the demo: pasted into a terminal, each does what it says.

use engine::Engine;
use serde_json::{Value, json};

use crate::command::demo::Roles;
use crate::render::Printer;

/// Prints URLs, roles and lines.
pub(crate) fn print(printer: Printer, engine: &Engine, roles: &Roles, url: &str) {
    let snapshot = engine.snapshot();
    let Some(demo) = snapshot.package.demo() else { return };
    let village = demo.matters_village;
    let (year, _, _) = demo.matters_day.ymd();
    let matter = format!("{village}-S10-{year}-001");
    printer.line(&format!("{}{url}/openapi.json", printer.say("接口说明：", "interface: ")));
    printer.line(&format!(
        "{}{}/demo-tokens.json",
        printer.say("演示岗位的令牌：", "tokens of the demo roles: "),
        engine.dir().display()
    ));
    printer.line("");
    let person = |role: &str| roles.get(role).map_or("", |role| role.person.as_str());
    let evaluate = |record: &str, extra: Value| {
        let mut body = json!({
            "subject": {"type": "Person", "id": person("secretary")},
            "action": {"name": "TakeStep"},
            "resource": {"type": "Matter", "id": matter, "properties": {"step": "MEM"}},
            "context": {"record": format!("{village}-{record}-{year}-001"), "explain": true},
        });
        if let (Some(context), Some(extra)) = (body["context"].as_object_mut(), extra.as_object()) {
            context.extend(extra.clone());
        }
        post(url, "/access/v1/evaluation", "", &body)
    };
    let tally = json!({"tally": {"eligible": 612, "present": 612, "in_favour": 612, "against": 0, "abstain": 0}});
    section(
        printer,
        "1. 征地补偿费分配：书记凭村民代表会议的记录，不能办（自带票数也没有用）",
        &evaluate("REP", tally),
    );
    section(printer, "2. 同一件事，凭成员大会的记录，可以办", &evaluate("MEM", Value::Null));
    let token = |role: &str| roles.get(role).map_or("", |role| role.token.as_str());
    let task = json!({"village": village.to_string(), "title": "入户核对台账"});
    section(
        printer,
        "3. 市级部门要交给村里一项清单外的任务：先登记，再交办，被拒绝",
        &format!(
            "{}\n{}",
            post(url, "/v1/admissions", token("department"), &task),
            post(
                url,
                &format!("/v1/admissions/{village}-K-{}-001/assignment", this_year(engine)),
                token("department"),
                &json!({})
            ),
        ),
    );
    let round = format!("{village}-household-sanitation-{}", demo.period);
    section(
        printer,
        "4. 结束一轮户容户貌评比：由本镇的组件规则给全村打分，先公示，再复核",
        &post(url, &format!("/v1/rounds/{round}/closing"), token("points_admin"), &json!({})),
    );
    let own = roles.get("resident").map(|role| role.person.clone()).unwrap_or_default();
    let household =
        engine.read_state().persons.get(&own).map(|p| p.household.clone()).unwrap_or_default();
    section(
        printer,
        "5. 村民看自己家的积分账单",
        &get(url, &format!("/v1/accounts/{household}/statement"), token("resident")),
    );
    let township = engine.read_state().households.get(&household).map(|h| h.village.township());
    let offer = township.and_then(|code| {
        let edition = snapshot.edition(engine.today(), Some(code)).ok()?;
        edition.township(code)?.offers.keys().next().cloned()
    });
    let order = json!({"subject": household, "offer": offer, "quantity": 1});
    section(
        printer,
        "6. 兑换：先问价，再预留（同一个 Idempotency-Key 重发不会多扣）",
        &format!(
            "{}\n{}",
            post(url, "/v1/redemptions/quote", token("resident"), &order),
            with_key(&post(url, "/v1/redemptions", token("resident"), &order), "demo-redeem-1"),
        ),
    );
    if engine.manual_clock() {
        section(
            printer,
            "7. 手动时钟：走过15天公示期",
            &post(url, "/v1/clock", "", &json!({"days": 15})),
        );
    }
    printer.line(printer.say("就绪。按 Ctrl-C 停止。", "就绪 · ready, Ctrl-C stops"));
}

fn section(printer: Printer, title: &str, lines: &str) {
    printer.line(&format!("# {title}\n{lines}\n"));
}

fn this_year(engine: &Engine) -> i16 {
    engine.today().ymd().0
}

fn post(url: &str, path: &str, token: &str, body: &Value) -> String {
    format!("curl -s {url}{path} {}-H 'Content-Type: application/json' -d '{body}'", bearer(token))
}

fn get(url: &str, path: &str, token: &str) -> String {
    format!("curl -s {}{url}{path}", bearer(token))
}

fn bearer(token: &str) -> String {
    if token.is_empty() { String::new() } else { format!("-H 'Authorization: Bearer {token}' ") }
}

fn with_key(line: &str, key: &str) -> String {
    line.replacen("-H 'Content-Type", &format!("-H 'Idempotency-Key: {key}' -H 'Content-Type"), 1)
}
