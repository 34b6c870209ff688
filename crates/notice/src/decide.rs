//! From facts to notices.

use crate::{Key, Ledger, Notice, NoticeId, NoticePolicy, Recipient, shared};
use linli_casework::{
    Actor, Candidate, Case, ClassTable, Fact, FactRecord, PromiseKind, ReporterId, Roster, StageCode,
};
use linli_model::{AreaTree, IdSeed, Instant, Role, Severity, Text, UserId};
use std::collections::BTreeSet;

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
        let told = shared::told_of(record, case, s).unwrap_or_else(|| told_of(record, case, s));
        for (recipient, reason, text) in told.into_iter().chain(shared::failed_rule(record, case, s)) {
            // Who wrote an answer still has the call to make.
            if recipient == acting(&record.actor) && !CALLS.contains(&reason) {
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

/// What somebody has to say aloud stays to be done, whoever brought it about.
const CALLS: [&str; 3] = ["call_back", "tell_merged", "tell_unmerged"];

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
    let key = Key { case: Some(case.id), push: None, reason: reason.to_owned(), recipient: to, step };
    let told = ledger.in_last_hour(&to, s.now);
    let severity = match to {
        Recipient::User(_) => case.severity,
        // A reporter is never woken at night for an answer.
        Recipient::Reporter(_) => Severity::Attention.min(case.severity),
    };
    Notice {
        id: s.seed.id::<NoticeId>(&format!("{key:?}")),
        case: Some(case.id),
        push: None,
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

pub(crate) type Told = (Option<Recipient>, &'static str, Text);

fn told_of(record: &FactRecord, case: &Case, s: &Situation<'_>) -> Vec<Told> {
    let owner = |reason, zh: &str, en: &str| {
        vec![(Some(Recipient::User(case.owner.user)), reason, Text::new(zh, en))]
    };
    match &record.fact {
        Fact::Opened(_) => owner("new_case", "新案件,请受理", "A new case for you to accept"),
        Fact::OwnerSet { .. } if case.stage.code() == StageCode::Disputed => {
            owner("to_review", "反映人有异议,请复核", "The reporter disagrees; please review")
        }
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
        // At the end itself, where the clock is in time to say so; a moment later it is overdue, and told as that.
        Fact::PromiseWarned { promise, percent: 100 } => match case.promise(*promise) {
            Some(p) if s.now <= p.due_at => owner("due_now", "时限已到", "Due now"),
            _ => Vec::new(),
        },
        Fact::PromiseWarned { percent, .. } if *percent >= 80 => {
            let below = ("due_soon_below", "辖区内有案件即将超时", "A case below you is due soon");
            with_level_above(owner("due_soon", "即将超时", "Due soon"), below, case, s)
        }
        Fact::PromiseBroken { .. } => {
            let below = ("overdue_below", "辖区内有案件超时", "A case below you is overdue");
            with_level_above(owner("overdue", "已超时", "Overdue"), below, case, s)
        }
        Fact::ReporterWithdrew { .. } => {
            owner("reporter_withdrew", "一位反映人已撤回,案件继续", "One reporter withdrew; the case goes on")
        }
        Fact::Withdrawn { .. } => {
            owner("withdrawn", "反映人已撤回,无需再办", "The reporter withdrew; nothing more to do")
        }
        Fact::MergedInto { .. } => merged(case),
        Fact::Unmerged { .. } => taken_apart(case),
        Fact::Concentrated { .. } => match case.promise(PromiseKind::ThreeDay).filter(|p| p.is_open()) {
            Some(_) => owner(
                "concentrated",
                "已成集中诉求,三天承诺计时中",
                "A concentrated matter by now: the three-day promise runs",
            ),
            None => owner("concentrated", "已成集中诉求", "A concentrated matter by now"),
        },
        // Who came along with a merged case is told of with the merge.
        Fact::ReporterJoined { own, .. } if own.as_ref().is_none_or(|o| o.from.is_none()) => {
            owner("reporter_joined", "又有一位居民反映同一问题", "One more resident reports the same matter")
        }
        Fact::AnswerUndelivered { .. } => owner(
            "answer_undelivered",
            "答复没有送到反映人,请电话告知并询问是否满意",
            "The answer did not reach a reporter; please tell them by phone and ask whether they are satisfied",
        ),
        Fact::ExclusionAsked { .. } => to_decide(case, s),
        Fact::ExclusionGranted { .. } => {
            owner("exclusion_granted", "已同意剔除考核", "Left out of the assessment")
        }
        Fact::ExclusionRefused { .. } => {
            owner("exclusion_refused", "未同意剔除考核,请看说明", "It stays in the assessment; see why")
        }
        Fact::Answered { .. } | Fact::ReviewUpheld { .. } | Fact::Rejected { .. } => answered(case),
        _ => Vec::new(),
    }
}

/// The officers of the desk who may decide on leaving the case out, without who asked for it.
fn to_decide(case: &Case, s: &Situation<'_>) -> Vec<Told> {
    let asked_by = case.exclusion.as_ref().map(|e| e.asked_by);
    let here = s.areas.where_today(&case.area_path);
    let decides = |c: &&Candidate| {
        c.post.role == Role::DutyDesk
            && c.post.holds_at(s.now)
            && here.within(&c.post.area_path)
            && Some(c.post.user) != asked_by
    };
    let text =
        || Text::new("有一件申请剔除考核,请决定", "Somebody asks to leave a case out of the assessment");
    let desks: BTreeSet<UserId> = s.roster.candidates.iter().filter(decides).map(|c| c.post.user).collect();
    desks.into_iter().map(|user| (Some(Recipient::User(user)), "exclusion_asked", text())).collect()
}

fn still_here(case: &Case) -> impl Iterator<Item = ReporterId> + '_ {
    case.reporters.iter().filter(|r| !case.withdrew.contains(r)).copied()
}

fn reporters(case: &Case, reason: &'static str, zh: &str, en: &str) -> Vec<Told> {
    still_here(case).map(|r| (Some(Recipient::Reporter(r)), reason, Text::new(zh, en))).collect()
}

/// Everybody whose case it is hears of it, both times.
fn merged(case: &Case) -> Vec<Told> {
    let told = reporters(
        case,
        "merged",
        "您反映的问题已与同一问题的案件合并办理",
        "What you reported is now handled together with another report of the same matter",
    );
    let calls =
        ("tell_merged", "案件已合并,请电话或当面告知反映人", "The case was merged; please tell by voice");
    with_calls(case, told, calls)
}

fn taken_apart(case: &Case) -> Vec<Told> {
    let told = reporters(
        case,
        "unmerged",
        "您反映的问题已与另一案件分开,单独办理",
        "What you reported is handled on its own again",
    );
    let calls = (
        "tell_unmerged",
        "案件已拆分,请电话或当面告知反映人",
        "The case was taken apart; please tell by voice",
    );
    let mut told = with_calls(case, told, calls);
    let text = Text::new("案件已拆分,由您继续办理", "A case was taken apart; it is yours again");
    told.push((Some(Recipient::User(case.owner.user)), "taken_apart", text));
    told
}

/// Also the owner, where somebody has no page to read it on.
fn with_calls(case: &Case, mut told: Vec<Told>, (reason, zh, en): (&'static str, &str, &str)) -> Vec<Told> {
    let calls = still_here(case).filter(|r| case.told_by_voice(*r)).count();
    if calls > 0 {
        let text = Text::new(format!("{zh}({calls} 人)"), format!("{en} ({calls} to reach)"));
        told.push((Some(Recipient::User(case.owner.user)), reason, text));
    }
    told
}

/// Why a reporter is told that there is an answer.
pub const ANSWERED: &str = "answered";

/// The reporters, each on their follow page; and the owner, once, where somebody has to be called (NO4).
fn answered(case: &Case) -> Vec<Told> {
    let mut told = reporters(
        case,
        ANSWERED,
        "您反映的问题有了答复,请看看并评价",
        "There is an answer to what you reported; please have a look and rate it",
    );
    let calls = still_here(case).filter(|r| case.told_by_voice(*r)).count();
    if calls > 0 {
        let text = Text::new(
            format!("请把答复电话或当面告知反映人或家属({calls} 人),并询问是否满意"),
            format!(
                "Please tell the answer by phone or in person ({calls} to reach), and ask whether they are satisfied"
            ),
        );
        told.push((Some(Recipient::User(case.owner.user)), "call_back", text));
    }
    told
}

/// Also the officer one level up, who answers for it.
fn with_level_above(
    mut told: Vec<Told>,
    (reason, zh, en): (&'static str, &str, &str),
    case: &Case,
    s: &Situation<'_>,
) -> Vec<Told> {
    if let Ok((above, _)) = s.roster.route_above(&case.owner.area, s.areas, &[case.owner.user], s.now) {
        told.push((Some(Recipient::User(above.user)), reason, Text::new(zh, en)));
    }
    told
}

/// Who should check: the nearest with a checking role who did not handle it, the least loaded first; those on
/// duty before those who are not, so that what was done is never left to nobody.
pub fn checker(case: &Case, s: &Situation<'_>) -> Option<UserId> {
    let class = s.classes.of(case);
    let nearest = |on_duty: bool| {
        s.areas.upward(&case.area).find_map(|area| {
            class.checkers.iter().find_map(|role| {
                let fits = |c: &&Candidate| {
                    (c.on_duty || !on_duty)
                        && c.post.role == *role
                        && c.post.area == area.id
                        && c.post.holds_at(s.now)
                        && !case.handlers.contains(&c.post.user)
                };
                let found = s.roster.candidates.iter().filter(fits);
                found.min_by_key(|c| (c.open_cases, c.post.id)).map(|c| c.post.user)
            })
        })
    };
    nearest(true).or_else(|| nearest(false))
}
