//! Who else owes or decides something of a case beside its owner: co-handlers, the level above that is asked for more
//! time, and the duty desk where a routing rule failed.

use crate::{Recipient, Situation, decide::Told};
use linli_casework::{Case, Fact, FactRecord, Owner, PromiseKind, RuleUsed, TaskNo};
use linli_model::Text;

fn to(owner: &Owner, reason: &'static str, zh: &str, en: &str) -> Told {
    (Some(Recipient::User(owner.user)), reason, Text::new(zh, en))
}

/// None where the fact is the owner's matter alone.
pub(crate) fn told_of(record: &FactRecord, case: &Case, s: &Situation<'_>) -> Option<Vec<Told>> {
    let holder = |n: &TaskNo| case.task(*n).map(|t| &t.holder);
    let told = match &record.fact {
        Fact::ExtensionAsked { decider, .. } => {
            vec![to(decider, "extension_asked", "请审批延期申请", "More time is asked for; please decide")]
        }
        Fact::ExtensionGranted { .. } => {
            vec![to(&case.owner, "extension_granted", "延期已同意", "More time was granted")]
        }
        Fact::ExtensionRefused { .. } => {
            vec![to(&case.owner, "extension_refused", "延期未获同意", "More time was refused")]
        }
        Fact::TaskAsked { holder, .. } => {
            vec![to(holder, "task_asked", "请您协办一件案件", "You are asked to help with a case")]
        }
        Fact::TaskDone { .. } => {
            vec![to(&case.owner, "task_done", "协办任务已完成", "A task of your case was done")]
        }
        Fact::TaskRefused { .. } => {
            vec![to(&case.owner, "task_refused", "协办任务被拒绝", "A task of your case was refused")]
        }
        Fact::TaskDropped { task, .. } => holder(task)
            .map(|h| to(h, "task_dropped", "协办任务已取消", "Your task was dropped"))
            .into_iter()
            .collect(),
        Fact::PromiseWarned { promise: PromiseKind::Task(n), percent: 80 } => holder(n)
            .map(|h| to(h, "task_due_soon", "协办任务即将超时", "Your task is due soon"))
            .into_iter()
            .collect(),
        Fact::PromiseBroken { promise: PromiseKind::Task(n) } => {
            let of_owner = to(&case.owner, "task_overdue", "协办任务已超时", "A task is overdue");
            let of_holder = holder(n).map(|h| to(h, "task_overdue", "协办任务已超时", "A task is overdue"));
            [Some(of_owner), of_holder].into_iter().flatten().collect()
        }
        Fact::PromiseWarned { promise: PromiseKind::Extension, percent: 80 } => decider(case)
            .map(|d| to(d, "extension_due_soon", "延期审批即将超时", "The decision on more time is due soon"))
            .into_iter()
            .collect(),
        Fact::PromiseBroken { promise: PromiseKind::Extension } => decider(case)
            .map(|d| to(d, "extension_overdue", "延期审批已超时", "The decision on more time is overdue"))
            .into_iter()
            .collect(),
        Fact::PromiseWarned { promise: PromiseKind::Task(_) | PromiseKind::Extension, .. } => Vec::new(),
        Fact::ClimbFailed { .. } => desk(case, s)
            .map(|d| {
                to(
                    &d,
                    "climb_failed",
                    "案件应上报,但上级无人在岗",
                    "A case should go up, and nobody is above",
                )
            })
            .into_iter()
            .collect(),
        _ => return None,
    };
    Some(told)
}

fn decider(case: &Case) -> Option<&Owner> {
    case.extension.as_ref().map(|e| &e.decider)
}

/// Somebody of the widest tier over the case, on duty.
fn desk(case: &Case, s: &Situation<'_>) -> Option<Owner> {
    let tiers: Vec<_> = s.areas.upward(&case.area).filter(|a| s.roster.tiers.is_tier(a.level)).collect();
    tiers.iter().rev().find_map(|area| s.roster.officer_at(area, &[], s.now)).map(|(owner, _)| owner)
}

/// The duty desk hears of every rule that gave nobody (RR1).
pub(crate) fn failed_rule(record: &FactRecord, case: &Case, s: &Situation<'_>) -> Option<Told> {
    let why = match &record.fact {
        Fact::Opened(o) => &o.explanation,
        Fact::OwnerSet { explanation, .. } | Fact::TaskAsked { explanation, .. } => explanation,
        _ => return None,
    };
    let rule = why.rule.as_ref()?;
    let because = RuleUsed::failed_because(rule.failed.as_ref()?);
    let desk = desk(case, s)?;
    let text = Text::new(
        format!("分派规则“{}”未能选出人:{}", rule.label.zh, because.zh),
        format!("The routing rule \"{}\" gave nobody: {}", rule.label.en, because.en),
    );
    Some((Some(Recipient::User(desk.user)), "routing_rule_failed", text))
}
