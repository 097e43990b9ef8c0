use super::*;
use crate::citation::citations;

fn day(text: &str) -> CivilDay {
    CivilDay::parse(text).unwrap()
}

fn version(year: u16, from: &str, to: Option<&str>, articles: u16) -> StatuteEdition {
    StatuteEdition {
        year,
        document: String::new(),
        from: day(from),
        to: to.map(day),
        articles: Some(articles),
        topics: Vec::new(),
    }
}

fn table() -> Statutes {
    let law = |title: &str, versions| Statute {
        title: title.to_owned(),
        short: Vec::new(),
        versions,
        renumbered: Vec::new(),
        replaced: None,
        source: String::new(),
    };
    let moved = Renumbering {
        day: day("2026-01-01"),
        old: vec![24],
        new: vec![28],
        about: "由村民会议决定的事项".to_owned(),
        change: String::new(),
    };
    let villagers = Statute {
        short: vec!["村委会组织法".to_owned()],
        renumbered: vec![moved],
        ..law(
            "中华人民共和国村民委员会组织法",
            vec![
                version(2018, "2018-12-29", Some("2025-12-31"), 41),
                version(2026, "2026-01-01", None, 50),
            ],
        )
    };
    let interim = Statute {
        replaced: Some(Replacement {
            day: day("2026-07-01"),
            by: "中华人民共和国社会救助法".to_owned(),
        }),
        ..law("社会救助暂行办法", vec![version(2014, "2014-05-01", None, 70)])
    };
    let relief = law("中华人民共和国社会救助法", vec![version(2026, "2026-07-01", None, 78)]);
    Statutes::new([villagers, interim, relief])
}

fn judge(text: &str, from: &str, written: Option<&str>) -> Vec<BasisProblem> {
    let citation = citations(text).remove(0);
    let holds = Holds { from: day(from), to: None, written: written.map(day), ahead: false };
    table().judge(&citation, holds)
}

#[test]
fn a_number_alone_is_the_number_in_force() {
    assert_eq!(judge("《村民委员会组织法》第24条", "2026-01-01", None), []);
    assert_eq!(judge("《村委会组织法》第28条", "2026-01-01", Some("2026-01-01")), []);
    assert_eq!(judge("《村民委员会组织法》第24条", "2025-06-01", Some("2025-01-01")), []);
}

#[test]
fn an_old_number_is_known_by_its_year_or_by_the_age_of_the_text() {
    for (text, written) in [
        ("《村民委员会组织法》（2018）第24条", None),
        ("《村民委员会组织法》第24条", Some("2024-03-01")),
    ] {
        let found = judge(text, "2026-01-01", written);
        let [problem @ BasisProblem::Renumbered(24, row)] = found.as_slice() else {
            panic!("{found:?}")
        };
        assert_eq!(row.new, [28]);
        assert!(!problem.is_error());
    }
    let text = "《村民委员会组织法》（2026）第24条";
    assert_eq!(judge(text, "2026-01-01", Some("2024-03-01")), [], "the writer says which");
    assert_eq!(
        judge("《村民委员会组织法》（2018）第2条", "2026-01-01", None),
        [BasisProblem::Gone(2, 2018)]
    );
}

#[test]
fn what_does_not_hold_on_the_day_is_an_error() {
    assert_eq!(
        judge("《村民委员会组织法》第51条", "2026-01-01", None),
        [BasisProblem::Beyond(51, 50)]
    );
    assert_eq!(judge("《村民委员会组织法》第50条", "2026-01-01", None), []);
    let relief = || Some("中华人民共和国社会救助法".to_owned());
    for (on, want) in [
        ("2026-06-30", BasisProblem::Ends(day("2026-06-30"), relief())),
        ("2026-07-01", BasisProblem::Ended(day("2026-06-30"), relief())),
    ] {
        assert_eq!(judge("《社会救助暂行办法》第9条", on, None), [want], "{on}");
    }
    assert_eq!(
        judge("《社会救助法》第43条", "2026-06-30", None),
        [BasisProblem::NotYet(day("2026-07-01"))]
    );
    assert_eq!(judge("《社会救助法》第43条", "2026-07-01", None), []);
    assert_eq!(judge("《不存在法》第1条", "2026-07-01", None), [BasisProblem::UnknownLaw]);
    assert_eq!(
        judge("《社会救助法》（1999）第1条", "2026-07-01", None),
        [BasisProblem::UnknownVersion(1999)]
    );
}

#[test]
fn an_edition_that_runs_on_may_cite_ahead() {
    let citation = citations("《社会救助法》第43条").remove(0);
    let holds = |to: Option<&str>| Holds {
        from: day("2026-01-01"),
        to: to.map(day),
        written: None,
        ahead: true,
    };
    assert_eq!(table().judge(&citation, holds(None)), []);
    assert_eq!(
        table().judge(&citation, holds(Some("2026-06-30"))),
        [BasisProblem::NotYet(day("2026-07-01"))],
        "the edition is over before the law begins"
    );
}
