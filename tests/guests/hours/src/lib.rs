//! The same rule as `volunteer-hours.rhai`, in version 0.1 of the interface and without any SDK: a component of the
//! first days, which every later host must go on running. Tests ask it and the script and compare the answers.
//!
//! An event of the kind `panic` makes it panic, so that the way of a panic message to the author is tested as well.

wit_bindgen::generate!({ path: "../../../schemas/wit/rules/v0_1", world: "scoring" });

#[cfg(target_arch = "wasm32")]
use xiangyue::rules::diag;
use xiangyue::rules::types::{Claim, Description, Population, Refusal, Row, Scores, Span, Value};

const BANDS: [&str; 3] = ["band1", "band2", "band3"];

/// What one row comes to.
#[derive(PartialEq, Eq, Debug)]
struct Hours {
    minutes: i64,
    hours: i64,
    units: i64,
}

fn refuse(code: &str, text: &str) -> Refusal {
    Refusal { code: code.into(), text: text.into() }
}

fn part<T>(list: &[T], span: Span) -> &[T] {
    let start = span.start as usize;
    list.get(start..start.saturating_add(span.count as usize)).unwrap_or_default()
}

fn named(symbols: &[String], values: &[Value], name: &str) -> Result<i64, Refusal> {
    let value = values.iter().find(|value| symbols[value.name as usize] == name);
    value.map(|value| value.amount).ok_or_else(|| refuse("MISSING", "缺少数值"))
}

/// Minutes of all services, by bands of hours that bring fewer and fewer points.
fn hours(asked: &Population, row: Row) -> Result<Hours, Refusal> {
    let mut minutes = 0;
    for event in part(&asked.events, row.events) {
        let kind = asked.symbols[event.kind as usize].as_str();
        assert!(kind != "panic", "asked to panic");
        if kind != "service" {
            continue;
        }
        let more = named(&asked.symbols, part(&asked.quantities, event.quantities), "minutes")?;
        if more <= 0 {
            let text = "有一次服务的分钟数不是正数，请先更正记录";
            return Err(refuse("MINUTES_INVALID", text));
        }
        minutes += more;
    }
    let setting = |name: String| named(&asked.symbols, &asked.settings, &name);
    let hours = minutes / 60;
    let (mut units, mut from) = (0, 0);
    for band in BANDS {
        let to = setting(format!("{band}_hours"))?;
        units += (hours.min(to) - from).max(0) / setting(format!("{band}_hours_per_point"))?;
        from = to;
    }
    units += (hours - from).max(0) / setting("band4_hours_per_point".into())?;
    Ok(Hours { minutes, hours, units })
}

fn describe() -> Description {
    Description {
        id: "hours".into(),
        title: "志愿服务时长".into(),
        version: "0.1.0".into(),
        settings: Vec::new(),
        kinds: vec!["service".into()],
        quantities: Vec::new(),
    }
}

fn score(asked: &Population) -> Scores {
    let mut symbols = ["volunteer-hours", "志愿服务积分办法：时长折算", "minutes", "hours"]
        .map(String::from)
        .to_vec();
    let (mut rows, mut claims) = (Vec::new(), Vec::new());
    let (mut events, mut facts) = (Vec::new(), Vec::new());
    for row in &asked.rows {
        let given = hours(asked, *row);
        #[cfg(target_arch = "wasm32")]
        diag::log(diag::Level::Info, "scored a row");
        let start = claims.len() as u32;
        rows.push(given.map(|Hours { minutes, hours, units }| {
            if units == 0 {
                return Span { start, count: 0 };
            }
            symbols.push(format!("累计志愿服务{hours}小时，分段折算{units}分"));
            let own = Span { start: events.len() as u32, count: row.events.count };
            events.extend(row.events.start..row.events.start + row.events.count);
            let numbers = Span { start: facts.len() as u32, count: 2 };
            facts.extend([Value { name: 2, amount: minutes }, Value { name: 3, amount: hours }]);
            let reason = symbols.len() as u32 - 1;
            let points = units * 100;
            claims.push(Claim { item: 0, points, reason, clause: 1, events: own, facts: numbers });
            Span { start, count: 1 }
        }));
    }
    Scores { symbols, rows, claims, events, facts }
}

#[cfg(target_arch = "wasm32")]
mod exported {
    use super::{Description, Population, Refusal, Scores, diag, exports};

    struct Rule;

    /// A panic says what and where before the component stops.
    fn report_panics() {
        std::panic::set_hook(Box::new(|info| {
            let message = info.payload_as_str().unwrap_or("panic");
            let (file, line) = info.location().map_or(("", 0), |it| (it.file(), it.line()));
            diag::report_panic(message, file, line);
        }));
    }

    impl exports::xiangyue::rules::scorer::Guest for Rule {
        fn describe() -> Description {
            super::describe()
        }

        fn score(input: Population) -> Result<Scores, Refusal> {
            report_panics();
            Ok(super::score(&input))
        }
    }

    super::export!(Rule with_types_in super);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eighty_three_hours_are_fifty_one_points_and_rows_score_alone() {
        let mut asked = Population {
            day: 1,
            symbols: ["service", "minutes"].map(String::from).to_vec(),
            settings: Vec::new(),
            rows: Vec::new(),
            events: Vec::new(),
            quantities: Vec::new(),
            people: Vec::new(),
        };
        for (name, amount) in [
            ("band1_hours", 20),
            ("band1_hours_per_point", 1),
            ("band2_hours", 80),
            ("band2_hours_per_point", 2),
            ("band3_hours", 200),
            ("band3_hours_per_point", 3),
            ("band4_hours_per_point", 4),
        ] {
            let name_symbol = asked.symbols.len() as u32;
            asked.symbols.push(name.to_owned());
            asked.settings.push(Value { name: name_symbol, amount });
        }
        for (place, minutes) in [(0, 83 * 60), (1, 0)] {
            let one = Span { start: place, count: 1 };
            let event =
                xiangyue::rules::types::Event { kind: 0, day: 1, actor: None, quantities: one };
            asked.events.push(event);
            asked.quantities.push(Value { name: 1, amount: minutes });
            asked.rows.push(Row { excluded: Span { start: 0, count: 0 }, events: one });
        }
        assert_eq!(describe().kinds, ["service"]);
        assert_eq!(
            hours(&asked, asked.rows[0]).unwrap(),
            Hours { minutes: 83 * 60, hours: 83, units: 51 }
        );
        assert_eq!(hours(&asked, asked.rows[1]).unwrap_err().code, "MINUTES_INVALID");
        assert_eq!(score(&asked).claims[0].points, 5_100);
    }
}
