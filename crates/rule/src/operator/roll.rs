//! roll: over the members of an area.

use crate::{
    expr::Type,
    fields::Fields,
    node,
    plan::{Node, Quantity},
    print::Printer,
};

/// Most members an area's roll remembers.
pub const MEMBERS_MAX: usize = 4096;

#[derive(Clone, Debug, PartialEq)]
pub struct Roll {
    pub aggregate: OverMembers,
    /// What is watched of each device in the area.
    pub member: Box<Node>,
    /// A member silent for longer says nothing.
    pub fresh: Quantity,
    /// With fewer members that say something, nothing is known.
    pub least: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OverMembers {
    /// Members for which it holds.
    Count,
    /// The share of members for which it holds, of those that say something.
    Share,
    Sum,
    Mean,
    Min,
    Max,
}

impl OverMembers {
    pub const ALL: [(&'static str, OverMembers); 6] = [
        ("count", OverMembers::Count),
        ("share", OverMembers::Share),
        ("sum", OverMembers::Sum),
        ("mean", OverMembers::Mean),
        ("min", OverMembers::Min),
        ("max", OverMembers::Max),
    ];
    /// It counts members for which something holds.
    pub fn counts(self) -> bool {
        matches!(self, OverMembers::Count | OverMembers::Share)
    }
}

impl Roll {
    pub(crate) fn read(f: &Fields<'_, '_, '_, '_>) -> Option<Roll> {
        let aggregate = f.section.word("aggregate", &OverMembers::ALL);
        if f.section.table.get("aggregate").is_none() {
            f.section.missing("aggregate", "count、share、mean 等。", "count, share, mean and so on.");
        }
        let fresh = f.duration("fresh", Some(Quantity::Fixed(86_400_000.0)));
        let least = f.whole("least", 1, 1, MEMBERS_MAX as u32);
        let Some(section) = f.section.table("member") else {
            if f.section.table.get("member").is_none() {
                f.section.missing(
                    "member",
                    "每个设备要看什么:[signal.member]。",
                    "what is watched of each device: [signal.member].",
                );
            }
            return None;
        };
        let member = node::read(&section, "member", &[], f.context)?;
        f.names.heard.set(f.names.heard.get() | member.hears);
        let aggregate = aggregate?;
        let holds = member.operator.is_level();
        let numbers = member.operator.says() == Type::Number;
        if aggregate.counts() && !holds || !aggregate.counts() && !numbers {
            let at = f.section.find("aggregate").map_or(f.section.start, |a| a.span().start);
            f.section.tell(
                "aggregate",
                at,
                "wrong_type",
                "count 和 share 数成立的成员,member 要能成立;其余对数做,member 要给出数。".to_owned(),
                "count and share count members for which it holds; the others need a member that gives a number."
                    .to_owned(),
            );
        }
        Some(Roll { aggregate, member: Box::new(member), fresh: fresh?, least: least? })
    }

    pub(crate) fn print(&self, p: &mut Printer<'_>) {
        p.word("aggregate", &OverMembers::ALL, self.aggregate);
        p.duration("fresh", self.fresh);
        p.line("least", self.least.to_string());
        p.nested("member", &self.member);
    }
}
