//! The petty-power items, open to all: one by one with steps, amounts and flow chart.

use engine::Engine;
use engine::explanation::Language;
use engine::flows::{Chart, chart};
use engine::public::classification;
use model::{DivisionCode, Refusal, RefusalKind};
use package::{Edition, Item};
use serde_json::{Value, json};

/// How one item is answered.
#[derive(Debug)]
pub(crate) enum Shown {
    /// As data.
    Data(Value),
    /// Its flow chart, an SVG document.
    Chart(String),
}

/// Every item of the district, then the own items of one township or of all.
pub(crate) fn items(
    engine: &Engine,
    township: Option<DivisionCode>,
    language: Language,
) -> Result<Value, Refusal> {
    let snapshot = engine.snapshot();
    let edition = snapshot.edition(engine.today(), township)?;
    let here = township.map(DivisionCode::township);
    let mut all: Vec<Value> =
        edition.items().values().map(|item| short(edition, item, None, language)).collect();
    for (code, own) in
        edition.townships().iter().filter(|(code, _)| here.is_none_or(|h| h == **code))
    {
        let local = own.items.values().filter(|item| item.local);
        all.extend(local.map(|item| short(edition, item, Some(*code), language)));
    }
    Ok(json!({
        "edition": edition.from(), "day": engine.today(), "count": all.len(), "items": all,
    }))
}

/// One item; a township's own one is found by its id alone.
pub(crate) fn item(
    engine: &Engine,
    asked: &str,
    township: Option<DivisionCode>,
    svg: bool,
    language: Language,
) -> Result<Shown, Refusal> {
    let (id, drawn) = match asked.strip_suffix(".svg") {
        Some(id) => (id, true),
        None => (asked, svg),
    };
    let snapshot = engine.snapshot();
    let edition = snapshot.edition(engine.today(), township)?;
    let owner = edition
        .townships()
        .iter()
        .find(|(_, own)| own.items.get(id).is_some_and(|item| item.local))
        .map(|(code, _)| *code);
    let place = owner.or(township.map(DivisionCode::township));
    let Some(item) = edition.item(place, id) else { return Err(unknown(id)) };
    if drawn {
        let drawing = chart(edition, place, id, engine.today(), language, Chart::Svg);
        return drawing.map(Shown::Chart).ok_or_else(|| unknown(id));
    }
    let mut value = short(edition, item, owner, language);
    if let Some(map) = value.as_object_mut() {
        map.insert("edition".to_owned(), json!(edition.from()));
        map.insert("steps".to_owned(), json!(steps(edition, item, language)));
        map.insert("note".to_owned(), json!(item.note));
        map.insert("bands".to_owned(), json!(item.ladder.bands));
        map.insert("amounts".to_owned(), json!(item.amounts));
        let values = edition.parameters_at(place, engine.today());
        map.insert("parameters".to_owned(), json!(values));
    }
    Ok(Shown::Data(value))
}

fn short(
    edition: &Edition,
    item: &Item,
    township: Option<DivisionCode>,
    language: Language,
) -> Value {
    let title = named(language, &item.title, &item.title_en);
    json!({
        "id": item.id, "title": title, "area": item.area, "basis": item.basis,
        "decides": item.decides, "executes": item.executes, "supervises": item.supervises,
        "disclosure": item.disclosure, "township": township,
        "publication": classification(edition, item, language),
        "chart": format!("/public/items/{}.svg", item.id),
    })
}

fn steps(edition: &Edition, item: &Item, language: Language) -> Vec<Value> {
    let body = |id: &str| {
        let rule = edition.bodies().get(id)?;
        Some(named(language, &rule.title, &rule.title_en).to_owned())
    };
    let step = |step: &package::Step| {
        json!({
            "id": step.id, "title": named(language, &step.title, &step.title_en),
            "who": named(language, &step.who, &step.who_en), "after": step.after,
            "body": step.body, "body_title": body(&step.body), "within_days": step.within_days,
            "days": step.gates.days, "stay_days": step.stay_days, "notice_days": step.notice_days,
            "discloses": step.gates.discloses, "control": step.control, "basis": step.basis,
        })
    };
    item.steps.iter().map(step).collect()
}

fn named<'a>(language: Language, chinese: &'a str, english: &'a str) -> &'a str {
    language.pick(chinese, if english.is_empty() { chinese } else { english })
}

fn unknown(id: &str) -> Refusal {
    Refusal::new(
        RefusalKind::NotFound,
        "ITEM_UNKNOWN",
        format!("no item `{}` on the list", crate::problem::quoted(id)),
        "清单上没有这个事项。",
        "全部事项见 /public/items。",
    )
}
