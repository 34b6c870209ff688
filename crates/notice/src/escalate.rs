//! The ladder: an urgent case that nobody has taken climbs, rung by rung, to the level above.

use crate::{Ledger, Notice, Recipient, Situation, decide::notice};
use linli_casework::{Case, PromiseKind, StageCode};
use linli_model::{Instant, Millis, Text};

/// The most rungs a ladder has: the levels above a committee, and once more at the top.
const RUNGS_MAX: u32 = 4;

/// Notices for every rung whose time has come.
pub fn escalate(case: &Case, ledger: &Ledger, s: &Situation<'_>) -> Vec<Notice> {
    let Some(rung) = climbing(case, s) else { return Vec::new() };
    let mut notices = Vec::new();
    for step in 1..=RUNGS_MAX {
        if since(case) + Millis(rung.0 * i64::from(step)) > s.now {
            break;
        }
        let Some(to) = officer(case, step, s) else { break };
        let minutes = (s.now - since(case)).0 / 60_000;
        let text = Text::new(
            format!("紧急案件 {minutes} 分钟无人受理,请立即处理"),
            format!("An urgent case was not taken for {minutes} minutes; please act now"),
        );
        // Each time the case is given to somebody else the ladder is climbed anew.
        let notice = notice(to, "not_taken", case.moves * RUNGS_MAX + step, text, case, ledger, s);
        if !ledger.has(&notice.key()) {
            notices.push(notice);
        }
    }
    notices
}

/// Whether a rung's time has come, told already or not.
pub fn has_climbed(case: &Case, policy: &crate::NoticePolicy, now: Instant) -> bool {
    let rung = policy.rung(case.severity).filter(|_| case.stage.code() == StageCode::Received);
    rung.is_some_and(|rung| since(case) + rung <= now)
}

/// When the ladder next has something to say, given how many rungs it has climbed.
pub fn escalation_at(case: &Case, policy: &crate::NoticePolicy, now: Instant) -> Option<Instant> {
    if case.stage.code() != StageCode::Received {
        return None;
    }
    let rung = policy.rung(case.severity)?;
    (1..=RUNGS_MAX).map(|step| since(case) + Millis(rung.0 * i64::from(step))).find(|at| *at > now)
}

/// Since when the owner of now could have taken it.
fn since(case: &Case) -> Instant {
    case.promise(PromiseKind::Accept).map_or(case.opened_at, |p| p.made_at)
}

fn climbing(case: &Case, s: &Situation<'_>) -> Option<Millis> {
    if case.stage.code() != StageCode::Received { None } else { s.policy.rung(case.severity) }
}

/// The officer `step` tiers above the owner; at the top of the tree, the top's again.
fn officer(case: &Case, step: u32, s: &Situation<'_>) -> Option<Recipient> {
    let climbed: Vec<_> = s
        .areas
        .upward(&case.owner.area)
        .filter(|a| a.id == case.owner.area || s.roster.tiers.is_tier(a.level))
        .collect();
    let below = climbed.get((step as usize - 1).min(climbed.len().saturating_sub(2)))?;
    // Who has it was told already, and has let it lie in whatever post.
    let found = s.roster.route_above(&below.id, s.areas, &[case.owner.user], s.now);
    found.ok().map(|(owner, _)| Recipient::User(owner.user))
}
