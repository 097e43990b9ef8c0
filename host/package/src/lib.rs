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
mod calendar;
mod carriers;
mod case;
mod check;
pub mod citation;
mod core_schema;
mod data_field;
mod diagnostic;
mod district;
mod divisions;
mod document;
mod due;
mod edition;
mod gates;
mod gather;
pub mod guards;
mod item;
mod layout;
mod list;
mod list_files;
mod load;
mod marks;
mod overlay;
mod pack;
mod parameter;
mod permits;
pub mod plain;
mod policies;
mod proof;
mod publication;
mod read;
mod registry;
mod rollout;
mod scheme;
mod shape;
mod sign_off;
mod source;
mod spot_check;
mod statute;
mod variant;
mod wording;

pub use calendar::{CalendarYear, Holiday};
pub use carriers::Carrier;
pub use case::{
    ApprovalFact, Case, CaseAction, CaseBody, CaseRequest, CaseSubject, KinFact, MatterFact,
    MeetingFact, PostFact, Standing, TakenFact,
};
pub use check::{owners, table_scheme};
pub use core_schema::{CORE_SCHEMA, schema_text};
pub use data_field::{DataField, DataFields};
pub use diagnostic::{Diagnostic, Severity, code};
pub use district::{
    BodyRule, CommitteeKind, Denominator, District, Law, ProxyRule, Role, RoleLevel,
};
pub use divisions::{Division, Divisions};
pub use due::{DueRule, DueTable, Each};
pub use edition::{Edition, Package, TownshipEdition};
pub use gates::{Band, Bound, Days, ItemBands, Joint, Organ, Price, StepGates};
pub use item::{Amounts, Item, May, Number, Step, Unit};
pub use list::{Every, ListEntry, ListKind, WorkList};
pub use list_files::{read_lists, read_scheme, read_wording};
pub use load::{Files, Loaded, load};
pub use overlay::LOCAL_ACTIONS;
pub use pack::{Pack, Packs, without_pack};
pub use parameter::{Parameter, ParameterValue, Tighter};
pub use proof::{Certificate, PolicyPlace, ProofState};
pub use publication::{
    Classified, Collection, Publication, PublicationClass, Shown, Withheld, WithholdingReason,
};
pub use read::{DemoEvent, DemoFilled, DemoOfficer, DemoSettings};
pub use registry::{Row, rows};
pub use rollout::{Cohort, Rollout, Stage, at_stage};
pub use scheme::{
    Cap, CapPer, Covenant, EventKind, FactSource, Fund, FundKind, Offer, Quantity, RuleKind,
    RuleLaw, RuleLimits, Scheme, Subject,
};
pub use shape::json_schemas;
pub use sign_off::{
    Charged, Review, SignOff, SignOffFault, SignOffRows, SignOffStanding, SignOffs,
};
pub use spot_check::{SpotChecks, Stratum};
pub use statute::{
    BasisProblem, Holds, Renumbering, Replacement, Statute, StatuteEdition, Statutes,
};
pub use variant::{Needs, Variant};
pub use wording::{Wording, folded, half_width};

#[cfg(test)]
mod tests;
