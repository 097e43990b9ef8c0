//! From a trait to the exported functions of a component.

use crate::answer::{Tables, position};
use crate::bindings::types;
use crate::{Population, Quoter, Redemption, Scorer, Settler};

/// A panic says what and where before the component stops; without it the host only sees `unreachable`.
pub fn report_panics() {
    #[cfg(target_arch = "wasm32")]
    {
        static ONCE: std::sync::Once = std::sync::Once::new();
        ONCE.call_once(|| {
            std::panic::set_hook(Box::new(|info| {
                let message = info.payload_as_str().unwrap_or("panic");
                let (file, line) =
                    info.location().map_or(("", 0), |place| (place.file(), place.line()));
                crate::bindings::diag::report_panic(message, file, line);
            }));
        });
    }
}

/// Asks a scorer row by row.
pub fn score<S: Scorer>(input: types::Population) -> Result<types::Scores, types::Refusal> {
    report_panics();
    let population = Population(input);
    let mut tables = Tables::default();
    let (mut rows, mut claims) = (Vec::with_capacity(population.len()), Vec::new());
    for row in population.rows() {
        rows.push(S::score(&population, row).map_err(types::Refusal::from).map(|given| {
            let span = types::Span { start: position(claims.len()), count: position(given.len()) };
            claims.extend(given.into_iter().map(|claim| tables.claim(claim)));
            span
        }));
    }
    Ok(types::Scores {
        symbols: tables.symbols,
        rows,
        claims,
        events: tables.events,
        facts: tables.facts,
    })
}

/// Asks a settler once.
pub fn settle<S: Settler>(input: types::Population) -> Result<types::Settlement, types::Refusal> {
    report_panics();
    let settlement = S::settle(&Population(input))?;
    let mut tables = Tables::default();
    let claims = settlement.claims.into_iter();
    let claims =
        claims.map(|(row, claim)| types::Settled { row, claim: tables.claim(claim) }).collect();
    let refused = settlement.refused.into_iter();
    let refused =
        refused.map(|(row, refusal)| types::Unsettled { row, reason: refusal.into() }).collect();
    Ok(types::Settlement {
        symbols: tables.symbols,
        claims,
        refused,
        events: tables.events,
        facts: tables.facts,
    })
}

/// Asks a quoter once.
pub fn quote<Q: Quoter>(
    input: types::RedemptionRequest,
) -> Result<types::RedemptionQuote, types::Refusal> {
    report_panics();
    let quote = Q::quote(&Redemption(input))?;
    Ok(types::RedemptionQuote {
        eligible: quote.eligible,
        points: quote.points,
        cents: quote.cents,
        quantity_max: quote.quantity_max,
        reason: quote.reason,
    })
}

/// Exports a [`Scorer`] as the component's rule.
#[macro_export]
macro_rules! export_scorer {
    ($rule:ty) => {
        $crate::__export_rule!($rule, scoring, scorer, score, Population, Scores);
    };
}

/// Exports a [`Settler`] as the component's rule.
#[macro_export]
macro_rules! export_settler {
    ($rule:ty) => {
        $crate::__export_rule!($rule, settlement, settler, settle, Population, Settlement);
    };
}

/// Exports a [`Quoter`] as the component's rule.
#[macro_export]
macro_rules! export_quoter {
    ($rule:ty) => {
        $crate::__export_rule!(
            $rule,
            redemption,
            quoter,
            quote,
            RedemptionRequest,
            RedemptionQuote
        );
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __export_rule {
    ($rule:ty, $world:ident, $interface:ident, $function:ident, $question:ident, $answer:ident) => {
        // Only in a component: natively the same crate is an ordinary library.
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            use world::exports::xiangyue::rules::$interface as interface;
            use $crate::glue::$world as world;

            struct Exported;

            impl interface::Guest for Exported {
                fn describe() -> interface::Description {
                    $crate::glue::report_panics();
                    $crate::glue::describe(<$rule>::describe())
                }

                fn $function(
                    input: interface::$question,
                ) -> Result<interface::$answer, interface::Refusal> {
                    $crate::glue::$function::<$rule>(input)
                }
            }

    world::export!(Exported with_types_in world);
        };
    };
}
