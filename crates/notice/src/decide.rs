//! From facts to notices.

use crate::{Key, Ledger, Notice, NoticeId, NoticePolicy, Recipient};
use linli_casework::{Actor, Case, ClassTable, Fact, FactRecord, Roster};
use linli_model::{AreaTree, IdSeed, Instant, Severity, Text, UserId};

/// What a decision about notices may know besides the facts.
pub struct Situation<'a> {
    pub now: Instant,
    pub seed: IdSeed,
    pub policy: &'a NoticePolicy,
    pub classes: &'a ClassTable,
    pub areas: &'a AreaTree,
    pub roster: &'a Roster,
}

/// The notices that `facts` call for; `case` is the case after them.
pub fn decide(facts: &[FactRecord], case: &Case, ledger: &Ledger, s: &Situation<'_>) -> Vec<Notice> {
    let mut ledger = ledger.clone();
    let mut notices = Vec::new();
    for record in facts {
        for (recipient, reason, text) in told_of(record, case, s) {
            if recipient == acting(&record.actor) {
                continue;
            }
            let Some(to) = recipient else { continue };
            let notice = notice(to, reason, record.seq, text, case, &ledger, s);
            if !ledger.has(&notice.key()) {
                ledger.add(&notice);
                notices.push(notice);
            }
        }
    }
    notices
}

fn acting(actor: &Actor) -> Option<Recipient> {
    match actor {
        Actor::User { user, .. } => Some(Recipient::User(*user)),
        Actor::Reporter { reporter } => Some(Recipient::Reporter(*reporter)),
        Actor::System => None,
    }
}

pub(crate) fn notice(
    to: Recipient,
    reason: &str,
    step: u32,
    title: Text,
    case: &Case,
    ledger: &Ledger,
    s: &Situation<'_>,
) -> Notice {
    let key = Key { case: Some(case.id), reason: reason.to_owned(), recipient: to, step };
    let told = ledger.in_last_hour(&to, s.now);
    let severity = match to {
        Recipient::User(_) => case.severity,
        // A reporter is never woken at night for an answer.
        Recipient::Reporter(_) => Severity::Attention.min(case.severity),
    };
    Notice {
        id: s.seed.id::<NoticeId>(&format!("{key:?}")),
        case: Some(case.id),
        reason: reason.to_owned(),
        recipient: to,
        step,
        title,
        body: Text::new(format!("{}:{}", case.place, case.title), format!("{}: {}", case.place, case.title)),
        severity,
        due_at: s.policy.earliest(s.now, severity, told),
        channel: "in_app".to_owned(),
        created_at: s.now,
    }
}

type Told = (Option<Recipient>, &'static str, Text);

fn told_of(record: &FactRecord, case: &Case, s: &Situation<'_>) -> Vec<Told> {
    let owner = |reason, zh: &str, en: &str| {
        vec![(Some(Recipient::User(case.owner.user)), reason, Text::new(zh, en))]
    };
    match &record.fact {
        Fact::Opened(_) => owner("new_case", "新案件,请受理", "A new case for you to accept"),
        Fact::OwnerSet { .. } => owner("assigned", "案件转到您这里", "A case is yours now"),
        Fact::DoneProposed { .. } => {
            let checker = checker(case, s).map(Recipient::User);
            vec![(checker, "to_verify", Text::new("请核查处置结果", "Please verify what was done"))]
        }
        Fact::VerifiedOk { .. } => {
            owner("to_answer", "已核查通过,请答复反映人", "Verified; please answer the reporter")
        }
        Fact::VerifiedNotOk { .. } => {
            owner("returned", "核查未通过,请继续处置", "Not confirmed; please go on")
        }
        Fact::WaitEnded { by_timer: true } => {
            owner("woke_up", "等待时间已到,请继续处置", "The wait is over; please go on")
        }
        Fact::CameBack { .. } => owner("came_back", "转出案件已退回", "A case that was passed out came back"),
        Fact::FindingJoined { .. } => {
            owner("finding_joined", "同一对象又有新的发现", "Another finding about the same place")
        }
        Fact::FindingRetracted { .. } => {
            owner("retracted", "后到的数据否定了原发现", "Late data disproved the finding")
        }
        Fact::PromiseWarned { percent, .. } if *percent >= 80 => owner("due_soon", "即将超时", "Due soon"),
        Fact::PromiseBroken { .. } => overdue(case, s),
        Fact::Answered { .. } | Fact::ReviewUpheld { .. } | Fact::Rejected { .. } => reporters(case),
        _ => Vec::new(),
    }
}

fn reporters(case: &Case) -> Vec<Told> {
    let text = || {
        Text::new(
            "您反映的问题有了答复,请看看并评价",
            "There is an answer to what you reported; please have a look and rate it",
        )
    };
    case.reporters.iter().map(|r| (Some(Recipient::Reporter(*r)), "answered", text())).collect()
}

/// The owner, and the officer one level up, who answers for it.
fn overdue(case: &Case, s: &Situation<'_>) -> Vec<Told> {
    let mut told = vec![(Some(Recipient::User(case.owner.user)), "overdue", Text::new("已超时", "Overdue"))];
    if let Ok((above, _)) = s.roster.route_above(&case.owner.area, s.areas, &[case.owner.user], s.now) {
        let text = Text::new("辖区内有案件超时", "A case below you is overdue");
        told.push((Some(Recipient::User(above.user)), "overdue_below", text));
    }
    told
}

/// Who should check: the nearest on duty with a checking role who did not handle it, the least loaded first.
pub fn checker(case: &Case, s: &Situation<'_>) -> Option<UserId> {
    let class = s.classes.get_or_other(&case.class);
    s.areas.upward(&case.area).find_map(|area| {
        class.checkers.iter().find_map(|role| {
            let mut fitting: Vec<_> = s
                .roster
                .candidates
                .iter()
                .filter(|c| {
                    c.on_duty && c.post.role == *role && c.post.area == area.id && c.post.holds_at(s.now)
                })
                .filter(|c| !case.handlers.contains(&c.post.user))
                .collect();
            fitting.sort_by_key(|c| (c.open_cases, c.post.id));
            fitting.first().map(|c| c.post.user)
        })
    })
}
