//! The demo district's policies under test, through the same door the engine uses.

mod admission;
mod cases;
mod closed;
mod delegation;
mod edition;
mod fixture;
mod gates;
mod matrix;
mod obligations;
mod policies;
mod powers;
mod seeds;
mod slices;
