use super::*;

fn known() -> Description {
    let figure = |name: &str, unit, labels: &[&str]| FigureKind {
        name: name.to_owned(),
        title: name.to_owned(),
        unit,
        labels: labels.iter().map(|label| (*label).to_owned()).collect(),
    };
    let weight = crate::Declared {
        name: "w".to_owned(),
        title: "权重".to_owned(),
        unit: Unit::Permille,
        min: 0,
        max: 1_000,
    };
    Description {
        settings: vec![weight],
        figures: vec![
            figure("raw", Unit::Points, &[]),
            figure("stars", Unit::Label, &["未评星", "一星"]),
            figure("time", Unit::Minutes, &[]),
            figure("day", Unit::Date, &[]),
        ],
        ..Description::default()
    }
}

fn said(text: &str, figures: &[(u32, i64)]) -> Result<String, String> {
    let known = known();
    let sentence = Sentence { code: "S".to_owned(), text: text.to_owned(), text_en: String::new() };
    let sentences = Sentences::new("reasons", &[sentence], &known)?;
    let figures: Vec<_> = figures
        .iter()
        .map(|(name, amount)| types::Figure { name: *name, amount: *amount })
        .collect();
    let settings = BTreeMap::from([("w".to_owned(), 200)]);
    let numbers = Numbers { figures: &figures, kinds: &known.figures, settings: &settings };
    let written = sentences.write(0, &numbers).map_err(|error| error.to_string())?;
    Ok(written.1)
}

#[test]
fn each_unit_is_written_for_people() {
    assert_eq!(said("原始分{raw}，按{w}折算", &[(0, 9_250)]).unwrap(), "原始分92.50，按200‰折算");
    assert_eq!(said("{raw}", &[(0, -5)]).unwrap(), "-0.05");
    assert_eq!(said("{raw}", &[(0, i64::MIN)]).unwrap(), "-92233720368547758.08");
    assert_eq!(said("{stars}户", &[(1, 1)]).unwrap(), "一星户");
    for (minutes, want) in [(60, "1小时"), (59, "59分钟"), (61, "1小时1分钟"), (0, "0小时")]
    {
        assert_eq!(said("{time}", &[(2, minutes)]).unwrap(), want);
    }
    assert_eq!(said("{day}", &[(3, 20_454)]).unwrap(), "2026年1月1日");
}

#[test]
fn what_cannot_be_written_is_an_error() {
    for (text, figures, want) in [
        ("{raw}", &[][..], "needs the figure `raw`"),
        ("{stars}", &[(1, 2)], "2 has no label; there are 2"),
        ("{stars}", &[(1, -1)], "-1 has no label"),
        ("{day}", &[(3, i64::MAX)], "no civil day"),
        ("{nobody}", &[], "neither a figure nor a setting"),
        ("{raw", &[], "without `}`"),
        ("raw}", &[], "without `{`"),
    ] {
        let error = said(text, figures).unwrap_err();
        assert!(error.contains(want), "{text}: {error}");
    }
}
