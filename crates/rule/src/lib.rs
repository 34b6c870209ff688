//! Rule text to a typed, checked plan with diagnostics.
pub mod catalogue;
mod nearest;
pub use catalogue::{Catalogue, MeasureDef, ValueKind};
