use super::mutations::mistake;
use crate::code;

/// What a rule is shown: facts, other schemes, funds.
#[test]
fn mistakes_in_what_a_rule_is_shown() {
    let at = |town: &str, scheme: &str| {
        format!("townships/{town}/editions/2026-01-01/schemes/{scheme}.toml")
    };
    let (stars, grade) = ("370285001-shuiji", at("370285101-jiangshan", "credit-grade"));
    let (mean, payout) =
        (at("370285104-yuanshang", "household-mean"), at("370285108-dianbu", "fund-payout"));
    let duty = at("370285002-wangcheng", "office-duty");
    for (want, path, from, to, at) in [
        (
            code::UNKNOWN_SCHEME,
            &grade,
            "reads = [\"service-hours\"]",
            "reads = [\"hours\"]",
            "reads = ",
        ),
        (
            code::READS_ITSELF,
            &at(stars, "volunteer-stars"),
            "reads = [\"service-hours\"]",
            "reads = [\"service-hours\", \"volunteer-stars\"]",
            "reads = ",
        ),
        (
            code::UNKNOWN_SCHEME,
            &payout,
            "schemes = [\"village-points\"]",
            "schemes = [\"points\"]",
            "schemes = ",
        ),
        (code::MISSING_KEY, &payout, "schemes = [\"village-points\"]\n", "", "[facts.points]"),
        (code::UNKNOWN_FUND, &payout, "fund = \"payout-fund\"", "fund = \"land\"", "fund = "),
        (code::UNKNOWN_FUND, &payout, "fund = \"payout-fund\"\n", "", "law = "),
        (code::WRONG_SCHEME_LAW, &duty, "law = \"assess\"", "law = \"score\"", "law = "),
        (code::WRONG_FACT, &mean, "of = \"members\"", "of = \"lateness\"", "[facts.members]"),
    ] {
        mistake(want, path, from, to, at);
    }
}
