//! The same rule as `volunteer-hours.rhai`, through the SDK's scorer: tests ask both and compare the answers.
//!
//! An event of the kind `panic` makes it panic, so that the way of a panic message to the author is tested as well.

use xiangyue_sdk::{Claim, Description, Population, Refusal, Row, Scorer, export_scorer, log};

/// The rule.
#[derive(Debug)]
pub struct Hours;

impl Scorer for Hours {
    fn describe() -> Description {
        Description {
            id: "hours",
            title: "志愿服务时长",
            version: "0.1.0",
            settings: &[],
            kinds: &["service"],
            quantities: &[],
        }
    }

    fn score(population: &Population, row: Row<'_>) -> Result<Vec<Claim>, Refusal> {
        assert!(row.events_of(population.name("panic")).next().is_none(), "asked to panic");
        let mut minutes = 0;
        for event in row.events_of(population.name("service")) {
            let more = event.quantity("minutes")?;
            if more <= 0 {
                let text = "有一次服务的分钟数不是正数，请先更正记录";
                return Err(Refusal::new("MINUTES_INVALID", text));
            }
            minutes += more;
        }
        let hours = minutes / 60;
        log("scored a row");
        let (mut units, mut from) = (0, 0);
        for band in ["band1", "band2", "band3"] {
            let to = population.setting(&format!("{band}_hours"))?;
            units += (hours.min(to) - from).max(0)
                / population.setting(&format!("{band}_hours_per_point"))?;
            from = to;
        }
        units += (hours - from).max(0) / population.setting("band4_hours_per_point")?;
        if units == 0 {
            return Ok(Vec::new());
        }
        let claim = Claim::new("volunteer-hours", units * 100, "志愿服务积分办法：时长折算")
            .because(format!("累计志愿服务{hours}小时，分段折算{units}分"))
            .fact("minutes", minutes)
            .fact("hours", hours);
        Ok(vec![row.events().fold(claim, |claim, event| claim.resting_on(&event))])
    }
}

export_scorer!(Hours);

#[cfg(test)]
mod tests {
    use xiangyue_sdk::testing;

    use super::*;

    #[test]
    fn eighty_three_hours_are_fifty_one_points_and_rows_score_alone() {
        let mut population = testing::population(1);
        for (name, value) in [
            ("band1_hours", 20),
            ("band1_hours_per_point", 1),
            ("band2_hours", 80),
            ("band2_hours_per_point", 2),
            ("band3_hours", 200),
            ("band3_hours_per_point", 3),
            ("band4_hours_per_point", 4),
        ] {
            population = population.setting(name, value);
        }
        let population = population
            .row(&[])
            .event("service", 1, None, &[("minutes", 83 * 60)])
            .row(&[])
            .event("service", 1, None, &[("minutes", 0)]);
        let scores = testing::score::<Hours>(&population.build());
        assert_eq!(scores[0].as_ref().unwrap()[0].points(), 5_100);
        assert_eq!(scores[1].as_ref().unwrap_err().code(), "MINUTES_INVALID");
    }
}
