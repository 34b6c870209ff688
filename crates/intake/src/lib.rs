//! Edge: readings come in. From HTTP, from MQTT (our own broker or somebody else's) and from files, in one
//! documented format (docs/formats.md), into the log.
//!
//! Owns: the format, the judgement of each row ([`judge()`](judge::judge)), the limits of a message, the
//! acknowledgement ([`Intake::take`]), device credentials ([`directory`]), import mappings ([`file`]).
//!
//! Invariants
//! - IK1 What is acknowledged is durable in the log: a receipt, a PUBACK or the end of an import comes after
//!   `Log::append` returned.
//! - IK2 Nothing good is refused for its neighbour: a bad row goes to quarantine with its row number and
//!   reason, the others go on. A message is refused whole only for its credential, its size, a packing that
//!   cannot be undone, or a log that cannot write.
//! - IK3 The judgement of a row is a pure function of the row, the directory's snapshot, the sender and the
//!   time received.
//! - IK4 What the law forbids (a probe's MAC, IMSI or a hash of one; face features) is kept nowhere: the row
//!   is counted as an incident and its text is dropped (G4, G9).
//! - IK5 No reading carries a value that is not finite.
//!
//! Deliberately absent: dedupe (the engine's, inside its correction window; a re-sent row gets the same id),
//! the subject a device stands for when the row names none (read as of the event's time, by the engine), and
//! the quarantine's table (the runtime fills it from the log).

pub mod body;
pub mod directory;
pub mod file;
pub mod forbidden;
pub mod judge;
pub mod mqtt;
pub mod row;
pub mod take;

pub use body::{Encoding, Limits};
pub use directory::{Credential, Directory, MeasureKind, MeasureSpec, Principal, Scope, SecretKey, Snapshot};
pub use judge::{JudgeContext, RawRow, judge};
pub use take::{Intake, IntakeError, Message, Receipt, RowResult, disk_full};
