//! How people want to be told, and what has not come through.
//!
//! Invariants
//! - DE1 One's ways are one's own: nobody else reads or sets them.
//! - DE2 Who looks after delivery sees that a notice had trouble, with whom and why, and never what it says.

pub mod troubled;
pub mod ways;
