//! Casework: a case, a command and the time come to facts or a refusal.
//!
//! Owns: the stages and the table of moves, promises and the calendar they are counted by, routing to
//! exactly one owner, what may be done next and why not, what the clock must do.
//!
//! Invariants
//! - CW1 Every open stage has exactly one owner.
//! - CW2 Nobody checks a case they worked on in the same round, and nobody reviews one they had a part in.
//! - CW3 Every stage is reachable, every stage that is not final has a way out, every waiting stage a timer.
//! - CW4 `decide` may refuse, `apply` may not; the case is the fold of its facts and nothing else.
//! - CW5 A promise is kept or broken once; reopening makes a new one.
//! - CW6 What `available` offers is what `decide` accepts: both read [`moves::MOVES`].
//! - CW8 A case ends under the class table it began with ([`class::versions`]).
//! - CW7 Whoever reported is owed an answer until there is one; silence after it is not satisfaction.
//!
//! Deliberately absent: names of people, storage, the clock, and any ranking of those who work.

pub mod alike;
pub mod apply;
pub mod available;
pub mod case;
pub mod class;
pub mod command;
pub mod decide;
pub mod due;
pub mod fact;
pub mod import;
pub mod moves;
pub mod order;
pub mod owner;
pub mod promise;
pub mod stage;
pub mod steps;
pub mod task;

pub use alike::{Spot, alike, metres};
pub use apply::apply;
pub use available::{AvailableAction, Field, FieldKind, available};
pub use case::{Case, CaseId, LinkKind, Origin, Owner, Photo, PhotoWhen, ReporterId, Shot};
pub use class::{Class, ClassTable, ExtensionRule, Limit, LimitUnit};
pub use command::{Actor, ActorKind, Command, CommandKind, Context};
pub use decide::{
    Decided, FindingOutcome, Opening, decide, decide_concentrated, decide_finding, decide_join, decide_merge,
    decide_open, decide_root_cause, decide_unmerge, may_join,
};
pub use due::{due, timer_at, wants_a_recount, wants_an_owner};
pub use fact::{Audience, Fact, FactRecord};
pub use order::{HOTLINE, Order, order_number};
pub use owner::duty::Duty;
pub use owner::roster::{Candidate, Considered, Explanation, Roster};
pub use owner::routing::{RoutingRule, RoutingRules, RuleUsed};
pub use owner::tier::{ClimbReason, Tier, TierTable};
pub use promise::calendar::Calendar;
pub use promise::{Outcome, Promise, PromiseKind};
pub use stage::{ClosedHow, DoneOutcome, Stage, StageCode, WaitReason};
pub use task::{Task, TaskNo, TaskState};
