//! The nouns of Linli: typed ids, instants, areas, devices, readings, findings, posts.
//!
//! Owns: the words every other crate shares, and how each is written down (serde).
//!
//! Invariants
//! - MD1 Nothing here reads a clock, draws a random number or does I/O.
//! - MD2 Every code that reaches a database, the wire or a log is English snake_case.
//! - MD3 Whatever a person reads is a [`text::Text`] in both languages.
//!
//! Deliberately absent: names of people. A subject is a pseudonymous id; identities live in the
//! registry, encrypted, and are joined at the edge.

pub mod area;
pub mod device;
pub mod finding;
pub mod format;
pub mod id;
pub mod log_entry;
pub mod numbered;
pub mod overrides;
pub mod own_rule;
pub mod post;
pub mod problem;
pub mod reading;
pub mod registry;
pub mod subject;
pub mod succession;
pub mod suspension;
pub mod term;
pub mod text;
pub mod time;

pub use area::{Area, AreaId, AreaLevel, AreaPath, AreaTree};
pub use device::{Device, DeviceClass, DeviceId, DeviceState};
pub use finding::{Evidence, EvidenceReading, Finding, FindingChange, FindingId, FindingKind, Severity};
pub use id::IdSeed;
pub use log_entry::{LogEntry, Position};
pub use numbered::{Block, Names, Row};
pub use overrides::{OverrideContent, OverrideDifference, OverrideVersion, override_versions};
pub use own_rule::{Hand, OwnCode, OwnMove, OwnRule, OwnRun, OwnStage, OwnVersion, own_code};
pub use post::{Post, PostId, Role, UserId};
pub use problem::{Diagnostic, Fault, Refusal, Span as TextSpan};
pub use reading::{
    Measure, QuarantineReason, Quarantined, Reading, ReadingBatch, ReadingId, SourceId, Value,
};
pub use registry::{RegistryChange, RegistryEntry};
pub use subject::{Subject, SubjectKind};
pub use succession::{Extent, Succession, check_succession};
pub use suspension::{RuleStanding, SuspensionStep, standings};
pub use term::{Days, Hours, Term};
pub use text::{Lang, Text};
pub use time::{Instant, LocalDay, Millis};
