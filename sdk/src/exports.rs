//! From a trait to the exported functions of a component.

use crate::answer::{Shares, Sheet, entitlements, grades, quotes};
use crate::bindings::types;
use crate::{
    Assessor, Converter, Distributor, Grader, Population, Qualifier, Quoter, Requests, Rule,
    Scorer, Settler,
};

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

/// The question with the names of the rule looked up.
fn asked(input: types::Population, rule: &Rule) -> Population {
    report_panics();
    Population::new(input, rule)
}

/// Asks row by row; a refused row has no claims.
macro_rules! rows {
    ($rule:ty, $function:ident, $population:expr) => {{
        let population = $population;
        let mut sheet = Sheet::new(population.len());
        for row in population.rows() {
            if let Err(refused) = <$rule>::$function(population, row, &mut sheet) {
                sheet.refuse(row, refused);
            }
        }
        sheet.finish()
    }};
}

/// Scores row by row.
pub fn score<S: Scorer>(input: types::Population) -> Result<types::Scores, types::Refused> {
    Ok(scored::<S>(&asked(input, S::RULE)))
}

pub(crate) fn scored<S: Scorer>(population: &Population) -> types::Scores {
    rows!(S, score, population)
}

/// Settles once.
pub fn settle<S: Settler>(input: types::Population) -> Result<types::Scores, types::Refused> {
    settled::<S>(&asked(input, S::RULE))
}

pub(crate) fn settled<S: Settler>(
    population: &Population,
) -> Result<types::Scores, types::Refused> {
    let mut sheet = Sheet::new(population.len());
    S::settle(population, &mut sheet).map_err(crate::Refused::whole)?;
    Ok(sheet.finish())
}

/// Grades row by row.
pub fn grade<G: Grader>(input: types::Population) -> Result<types::Grades, types::Refused> {
    Ok(graded::<G>(&asked(input, G::RULE)))
}

pub(crate) fn graded<G: Grader>(population: &Population) -> types::Grades {
    grades(population.rows().map(|row| G::grade(population, row)))
}

/// Converts row by row.
pub fn convert<C: Converter>(input: types::Population) -> Result<types::Scores, types::Refused> {
    Ok(converted::<C>(&asked(input, C::RULE)))
}

pub(crate) fn converted<C: Converter>(population: &Population) -> types::Scores {
    rows!(C, convert, population)
}

/// Shares out once.
pub fn distribute<D: Distributor>(
    input: types::Population,
    cents: i64,
) -> Result<types::Shares, types::Refused> {
    distributed::<D>(&asked(input, D::RULE), cents)
}

pub(crate) fn distributed<D: Distributor>(
    population: &Population,
    cents: i64,
) -> Result<types::Shares, types::Refused> {
    let mut shares = Shares::new(population.len(), cents);
    D::distribute(population, &mut shares).map_err(crate::Refused::whole)?;
    Ok(shares.finish())
}

/// Prices each request.
pub fn quote<Q: Quoter>(input: types::Requests) -> Result<types::Quotes, types::Refused> {
    report_panics();
    let requests = Requests::new(input, Q::RULE);
    let given = quotes(requests.requests().map(|request| Q::quote(&requests, request)));
    given.map_err(crate::Refused::whole)
}

/// Looks at each row.
pub fn qualify<Q: Qualifier>(
    input: types::Population,
) -> Result<types::Entitlements, types::Refused> {
    Ok(qualified::<Q>(&asked(input, Q::RULE)))
}

pub(crate) fn qualified<Q: Qualifier>(population: &Population) -> types::Entitlements {
    entitlements(population.rows().map(|row| Q::qualify(population, row)))
}

/// Assesses row by row.
pub fn assess<A: Assessor>(input: types::Population) -> Result<types::Scores, types::Refused> {
    Ok(assessed::<A>(&asked(input, A::RULE)))
}

pub(crate) fn assessed<A: Assessor>(population: &Population) -> types::Scores {
    rows!(A, assess, population)
}

macro_rules! exporters {
    ($dollar:tt $($macro:ident $trait:ident $world:ident $interface:ident $function:ident
        ($($argument:ident: $type:ident),*) $answer:ident;)*) => {$(
        #[doc = concat!("Exports a [`", stringify!($trait), "`](crate::", stringify!($trait), ") as the component's rule.")]
        #[macro_export]
        macro_rules! $macro {
            ($dollar rule:ty) => {
                // Only in a component: natively the same crate is an ordinary library.
                #[cfg(target_arch = "wasm32")]
                const _: () = {
                    use world::exports::xiangyue::rules::$interface as interface;
                    use $dollar crate::glue::$world as world;

                    struct Exported;

                    impl interface::Guest for Exported {
                        fn describe() -> interface::Description {
                            $dollar crate::glue::report_panics();
                            <$dollar rule as $dollar crate::$trait>::RULE.describe()
                        }

                        fn $function(
                            $($argument: $dollar crate::glue::$type),*
                        ) -> Result<interface::$answer, interface::Refused> {
                            $dollar crate::glue::$function::<$dollar rule>($($argument),*)
                        }
                    }

                    world::export!(Exported with_types_in world);
                };
            };
        }
    )*};
}

exporters! { $
    export_scorer Scorer scoring scorer score (input: Population) Scores;
    export_settler Settler settlement settler settle (input: Population) Scores;
    export_grader Grader grading grader grade (input: Population) Grades;
    export_converter Converter conversion converter convert (input: Population) Scores;
    export_distributor Distributor distribution distributor distribute (input: Population, cents: Cents) Shares;
    export_quoter Quoter redemption quoter quote (input: Requests) Quotes;
    export_qualifier Qualifier eligibility qualifier qualify (input: Population) Entitlements;
    export_assessor Assessor assessment assessor assess (input: Population) Scores;
}
