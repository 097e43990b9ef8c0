//! Two plain pages in Chinese: the district, and one township. No script, nothing from elsewhere.

mod html;
mod plain;

use engine::Engine;
use engine::operation::unknown_division;
use model::{DivisionCode, DivisionLevel, Refusal};
use package::{Edition, RuleKind, TownshipEdition};

use html::Page;
pub(crate) use plain::page as plain;

/// What every page and export of a demo district says.
pub(crate) const NOTICE: &str = "演示数据，非真实";

/// The start page.
pub(crate) fn start(engine: &Engine) -> String {
    let snapshot = engine.snapshot();
    let package = &snapshot.package;
    let district = package.district();
    let today = engine.today();
    let mut page = Page::new(&format!("{} · 乡约", district.title), package.demo().map(|_| NOTICE));
    page.heading(&district.title);
    page.line(&format!(
        "村级清单与积分规矩。今天是 {today}{}。",
        if engine.manual_clock() { "（手动时钟）" } else { "" }
    ));
    page.numbers(&counts(engine, engine.district()));
    page.heading2("镇（街道）");
    for division in package.divisions().townships() {
        let edition = snapshot.edition(today, Some(division.code)).ok();
        let own = edition.and_then(|edition| edition.township(division.code));
        let villages = package.divisions().villages_of(division.code).count();
        let summary = match own {
            Some(own) => summary(engine, own),
            None => "执行全市统一规矩".to_owned(),
        };
        page.card(
            &format!("/t/{}", division.code),
            &division.name,
            &format!("{villages} 个村（社区）· {}", kind(&division.kind)),
            &summary,
        );
    }
    page.heading2("有疑问、有异议");
    page.line("对任何一笔积分、任何一次“不能办”，都可以口头或书面向本村（社区）文书提出，由其登记；也可以向镇（街道）反映。提出异议不影响本人其他权利。");
    page.line("其他系统的接口说明见 /openapi.json。");
    page.finish()
}

/// A township's page.
pub(crate) fn township(engine: &Engine, code: DivisionCode) -> Result<String, Refusal> {
    let snapshot = engine.snapshot();
    let package = &snapshot.package;
    let division =
        package.divisions().get(code).filter(|d| d.code.level() == DivisionLevel::Township);
    let division = division.ok_or_else(|| unknown_division(code))?;
    let edition = snapshot.edition(engine.today(), Some(code))?;
    let mut page = Page::new(&format!("{} · 乡约", division.name), package.demo().map(|_| NOTICE));
    page.link("/", &format!("← {}", package.district().title));
    page.heading(&division.name);
    page.numbers(&counts(engine, code));
    if let Some(own) = edition.township(code) {
        rules(engine, own, &mut page);
        items(own, &mut page);
        offers(engine, own, &mut page);
    } else {
        page.line("本镇（街道）没有自己的积分办法和特色清单，执行全市统一规矩。");
    }
    villages(edition, code, &mut page);
    Ok(page.finish())
}

fn counts(engine: &Engine, unit: DivisionCode) -> Vec<(&'static str, String)> {
    let counts = engine.counts(unit);
    vec![
        ("村（社区）", counts.villages.to_string()),
        ("户", counts.households.to_string()),
        ("在办事项", counts.matters.to_string()),
        ("积分事件", counts.events.to_string()),
        ("待复核", counts.proposed.to_string()),
        ("已生效", counts.effective.to_string()),
        ("兑换", counts.redemptions.to_string()),
    ]
}

fn summary(engine: &Engine, own: &TownshipEdition) -> String {
    let faults = engine.snapshot().faults().filter(|(code, _, _)| *code == own.code).count();
    let schemes: Vec<&str> = own.schemes.values().map(|scheme| scheme.title.as_str()).collect();
    let items = own.own_items().count();
    let state =
        if faults == 0 { "正常".to_owned() } else { format!("有 {faults} 个办法不能用") };
    format!("积分办法：{}；特色清单 {items} 项；{state}", schemes.join("、"))
}

fn rules(engine: &Engine, own: &TownshipEdition, page: &mut Page) {
    page.heading2("积分办法");
    let snapshot = engine.snapshot();
    for scheme in own.schemes.values() {
        let kind = match scheme.kind() {
            RuleKind::Component => "组件",
            RuleKind::Script => "脚本",
            RuleKind::Table => "赋分表",
        };
        let fault = snapshot.faults().find(|(code, id, _)| *code == own.code && *id == scheme.id);
        let state = fault.map_or_else(
            || "正常".to_owned(),
            |(_, _, fault)| format!("不能用：{}", fault.error.text),
        );
        let settings: Vec<String> =
            scheme.settings.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        page.facts(
            &scheme.title,
            &[
                ("依据", scheme.clause.clone()),
                ("表决", scheme.decision_record.clone()),
                ("规则", format!("{kind} · 摘要 {} · {state}", scheme.source_digest.short())),
                ("设置", settings.join("，")),
                ("公示", format!("{} 天", scheme.notice_days)),
            ],
        );
    }
}

fn items(own: &TownshipEdition, page: &mut Page) {
    let items: Vec<_> = own.items.values().filter(|item| item.local).collect();
    if items.is_empty() {
        return;
    }
    page.heading2("特色清单");
    for item in items {
        let steps: Vec<&str> = item.steps.iter().map(|step| step.title.as_str()).collect();
        page.facts(
            &item.title,
            &[
                ("编号", item.id.clone()),
                ("步骤", steps.join(" → ")),
                ("监督", item.supervises.join("、")),
                ("依据", item.basis.join("；")),
            ],
        );
    }
}

fn offers(engine: &Engine, own: &TownshipEdition, page: &mut Page) {
    page.heading2("可以兑换");
    let state = engine.read_state();
    let rows = own.offers.values().map(|offer| {
        let left = state.book.stock(&engine::acts::redemptions::stock_id(own.code, &offer.id));
        vec![
            offer.title.clone(),
            format!("{} 分", offer.price_points),
            format!("余 {left} {}", offer.unit),
            format!("每户（人）限 {}", offer.per_subject_max),
        ]
    });
    page.table(&["物品", "积分", "库存", "限量"], rows);
}

fn villages(edition: &Edition, code: DivisionCode, page: &mut Page) {
    page.heading2("村（社区）");
    let rows = edition.divisions().villages_of(code).map(|division| {
        let law = match engine::gather::law(edition, division.code) {
            Some(package::Law::Villagers) => "村民委员会组织法",
            Some(package::Law::Residents) => "城市居民委员会组织法",
            None => "未定",
        };
        vec![
            division.short().to_owned(),
            division.code.to_string(),
            kind(&division.kind).to_owned(),
            law.to_owned(),
        ]
    });
    page.table(&["名称", "代码", "类别", "适用"], rows);
}

fn kind(id: &str) -> &str {
    match id {
        "subdistrict" => "街道",
        "town" => "镇",
        "township" => "乡",
        "villagers-committee" => "村委会",
        "residents-committee" => "居委会",
        "quasi-village" => "类似村委会",
        "quasi-residents" => "类似居委会",
        other => other,
    }
}
