//! Who owns a case: tiers, duty and routing rules as data, and the choice of exactly one post.

mod branch;
pub mod duty;
pub mod replay;
pub mod roster;
pub mod routing;
pub mod tier;
