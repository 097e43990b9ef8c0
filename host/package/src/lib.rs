//! Package folder to validated edition: lists, flows, parameters, policies and rule sources, with every diagnostic in one pass.
//!
//! Stands before the request path: bytes come in, an [`Edition`] goes out, and from then on
//! `decision`, `flow` and `engine` only read it. Reading the folder is left to `engine` and `cli`,
//! compiling a rule to `rules`, evaluating a policy to `decision`.
#![forbid(unsafe_code)]
#![warn(clippy::disallowed_methods, clippy::disallowed_types, clippy::float_arithmetic)]
#![warn(clippy::arithmetic_side_effects, clippy::as_conversions, clippy::indexing_slicing)]

pub mod annotated;
pub mod limits;

mod assemble;
mod case;
mod check;
mod core_schema;
mod diagnostic;
mod district;
mod divisions;
mod document;
mod edition;
mod gather;
mod item;
mod layout;
mod load;
mod marks;
mod overlay;
mod parameter;
pub mod plain;
mod policies;
mod proof;
mod read;
mod scheme;
mod shape;
mod source;

pub use case::{
    ApprovalFact, Case, CaseAction, CaseBody, CaseRequest, CaseSubject, KinFact, MatterFact,
    MeetingFact, PostFact, Standing, TakenFact,
};
pub use core_schema::{CORE_SCHEMA, schema_text};
pub use diagnostic::{Diagnostic, Severity, code};
pub use district::{BodyRule, CommitteeKind, Denominator, District, Law, Role, RoleLevel};
pub use divisions::{Division, Divisions};
pub use edition::{Edition, Package, TownshipEdition};
pub use item::{Item, ListEntry, Number, Step, WorkList};
pub use load::{Files, Loaded, load};
pub use overlay::LOCAL_ACTIONS;
pub use parameter::{Parameter, ParameterValue, Tighter};
pub use proof::{Certificate, PolicyPlace, ProofState};
pub use read::DemoSettings;
pub use scheme::{
    EventKind, Fund, Offer, Quantity, RuleKind, RuleLaw, RuleLimits, Scheme, Subject,
};
pub use shape::json_schemas;

#[cfg(test)]
mod tests;
