//! What of a case is somebody else's than the owner's: tasks of co-handlers, a request for more time; and how long each
//! step took.

use super::view::{Users, area, by_the_clock, promise};
use crate::labels::{self, say};
use linli_api::{Coded, case::*};
use linli_casework::{Case, Fact, FactRecord, Owner, PromiseKind, TaskNo, steps};
use linli_model::{AreaTree, Instant, Text};

fn owner(owner: &Owner, areas: &AreaTree, users: &Users) -> OwnerView {
    OwnerView {
        id: owner.user.to_string(),
        name: users.get(&owner.user).map(|u| u.name.clone()).unwrap_or_default(),
        role: labels::role(owner.role),
        area: area(areas, &owner.area),
    }
}

pub(super) fn extension(case: &Case, areas: &AreaTree, users: &Users) -> Option<ExtensionView> {
    let asked = case.extension.as_ref()?;
    let limit = case.promise(asked.promise)?.limit;
    let (zh, en) = limit.unit.label();
    Some(ExtensionView {
        amount: asked.amount,
        unit: say(&Text::new(zh, en)),
        reason: asked.reason.clone(),
        asked_at: asked.asked_at.to_string(),
        asked_by: asked.by.and_then(|u| users.get(&u)).map(|u| u.name.clone()).unwrap_or_default(),
        decider: owner(&asked.decider, areas, users),
        decide_by: case.promise(PromiseKind::Extension).map(|p| p.due_at.to_string()).unwrap_or_default(),
    })
}

pub(super) fn tasks(case: &Case, areas: &AreaTree, users: &Users, now: Instant) -> Vec<TaskView> {
    let view = |t: &linli_casework::Task| TaskView {
        task: t.n,
        holder: owner(&t.holder, areas, users),
        routing: say(&t.explanation.sentence),
        text: t.text.clone(),
        state: Coded::new(t.state.code(), say(&t.state.label())),
        words: t.words.clone(),
        asked_at: t.asked_at.to_string(),
        promise: case.promise(PromiseKind::Task(t.n)).map(|p| promise(p, now)),
    };
    case.tasks.iter().map(view).collect()
}

pub(super) fn steps(facts: &[FactRecord], areas: &AreaTree, now: Instant) -> Vec<StepView> {
    let view = |s: &steps::Step| StepView {
        stage: Coded::new(s.stage.code(), say(&s.stage.label())),
        role: labels::role(s.owner.role),
        area: area(areas, &s.owner.area),
        from: s.from.to_string(),
        to: s.to.map(|t| t.to_string()),
        minutes: (s.took(now).0 / 60_000).max(0) as u64,
    };
    steps::steps(facts).iter().map(view).collect()
}

pub(super) fn numbered(task: TaskNo, text: &str) -> String {
    let no = say(&Text::new(format!("任务 {task}"), format!("Task {task}")));
    [no, text.to_owned()].into_iter().filter(|s| !s.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// What the timeline says of these facts.
pub(super) fn told(fact: &Fact, users: &Users) -> Option<String> {
    let name = |o: &Owner| users.get(&o.user).map(|u| u.name.clone()).unwrap_or_default();
    Some(match fact {
        Fact::ExtensionAsked { amount, reason, decider, .. } => {
            format!("+{amount} · {reason} → {}", name(decider))
        }
        Fact::ExtensionGranted { due_at, text, .. } => {
            [by_the_clock(*due_at), text.clone()].join(" ").trim().to_owned()
        }
        Fact::ExtensionRefused { reason } => reason.clone(),
        Fact::TaskAsked { task, holder, text, explanation } => {
            format!("{} → {} · {}", numbered(*task, text), name(holder), say(&explanation.sentence))
        }
        Fact::TaskAccepted { task } => numbered(*task, ""),
        Fact::TaskRefused { task, reason } | Fact::TaskDropped { task, reason } => numbered(*task, reason),
        Fact::ClimbFailed { code } => say(&code.label()),
        Fact::PromiseVoided { promise } => say(&promise.label()),
        _ => return None,
    })
}
