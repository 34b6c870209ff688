//! From a case and its facts to what its reporter sees.
//!
//! Invariants
//! - VP1 No name, no internal note, nobody else's rating: a step is shown only if it is for the reporter.
//! - VP2 After [`LINK_DAYS`] from closing a code shows nothing any more.

use super::{
    claim::ClaimCode,
    desk::Claimed,
    follow_pages::{Followed, State, Step, face_word},
    words::{self as w, Say},
};
use jiff::tz::TimeZone;
use linli_casework::{
    Audience, Case, Fact, FactRecord, PromiseKind, ReporterId, Stage, StageCode, available::satisfied_label,
    command::Actor, decide::heard,
};
use linli_model::{Instant, Lang, Millis, Role, Text};

/// Claim links work this long after a case is closed.
pub(super) const LINK_DAYS: i64 = 90;

/// When the code stops working; none while the case is open.
pub(super) fn until(case: &Case) -> Option<Instant> {
    case.closed_at.map(|at| at + Millis::days(LINK_DAYS))
}

/// `11月26日 17:30`, in the installation's zone; the year where it is another one.
pub(super) fn day_and_time(at: Instant, now: Instant, zone: &TimeZone, lang: Lang) -> String {
    let local = zone.to_datetime(at.timestamp());
    let same_year = zone.to_datetime(now.timestamp()).year() == local.year();
    let format = match (lang, same_year) {
        (Lang::Zh, true) => "%-m月%-d日 %H:%M",
        (Lang::Zh, false) => "%Y年%-m月%-d日 %H:%M",
        (Lang::En, true) => "%-d %b %H:%M",
        (Lang::En, false) => "%-d %b %Y %H:%M",
    };
    local.strftime(format).to_string()
}

pub(super) fn role_text(role: Role) -> Text {
    let (zh, en) = match role {
        Role::Administrator => ("管理员", "the administrator"),
        Role::DutyDesk => ("街道值守", "the street's duty desk"),
        Role::GridLeader => ("网格长", "the grid leader"),
        Role::Cadre => ("居委干部", "a committee cadre"),
        Role::Police => ("社区民警", "the community police"),
        Role::PopulationAssistant => ("人口协管员", "a population assistant"),
        Role::PropertyStaff => ("物业", "the property staff"),
        Role::OwnersCommittee => ("业委会", "the owners' committee"),
        Role::Patrol => ("巡查员", "a patrol"),
        Role::Volunteer => ("志愿者", "a volunteer"),
        Role::Guard => ("门卫", "the gate guard"),
        Role::DataOfficer => ("数据保护专员", "the data officer"),
        Role::DeviceAdmin => ("设备管理员", "the device administrator"),
        Role::Resident => ("居民", "a resident"),
    };
    Text::new(zh, en)
}

pub(super) fn state(stage: StageCode, has_rated: bool) -> State {
    match stage {
        StageCode::Received => State::Received,
        StageCode::Accepted
        | StageCode::Working
        | StageCode::Waiting
        | StageCode::ProposedDone
        | StageCode::Verified
        | StageCode::Disputed
        | StageCode::Review
        | StageCode::PassedOut => State::Working,
        StageCode::Answered if has_rated => State::Done,
        StageCode::Answered => State::Rate,
        StageCode::Closed | StageCode::Merged | StageCode::Withdrawn | StageCode::Rejected => State::Done,
    }
}

/// What a view needs to know besides the case.
pub(super) struct Seen<'a> {
    pub(super) now: Instant,
    pub(super) zone: &'a TimeZone,
    pub(super) lang: Lang,
    pub(super) class: Text,
    pub(super) rating_days: u32,
}

pub(super) fn followed(claimed: &Claimed, code: &ClaimCode, seen: &Seen<'_>) -> Followed {
    let own = &claimed.case;
    // A merged case goes on in the other one: its progress, answer and rating are what counts.
    let case = claimed.goes_on();
    // A new answer is rated anew.
    let rated = heard(case, claimed.reporter).map(|r| r.satisfied);
    let mine = case.own.get(&claimed.reporter);
    let when = |at: Instant| day_and_time(at, seen.now, seen.zone, seen.lang);
    let promise = [PromiseKind::ThreeDay, PromiseKind::Complete, PromiseKind::Joined, PromiseKind::Review]
        .into_iter()
        .filter_map(|kind| case.promise(kind))
        .filter(|p| p.is_open() || matches!(p.outcome, linli_casework::Outcome::Broken { .. }))
        .min_by_key(|p| p.due_at)
        // What was promised to this reporter is what counts for them, as long as it is being handled.
        .map(|p| {
            (mine.and_then(|o| o.promise.as_ref()).filter(|_| p.kind != PromiseKind::Review).unwrap_or(p), p)
        });
    let promise_due = promise.map(|(given, _)| given.due_at);
    let stage = case.stage.code();
    let open_to_rate = may_still_rate(case, seen);
    Followed {
        code: code.grouped(),
        number: mine.map_or_else(|| own.number.clone(), |o| o.number.clone()),
        class: seen.class.clone(),
        place: own.place.clone(),
        place_id: own.area.as_str().to_owned(),
        state: state(stage, rated.is_some()),
        handler: role_text(case.owner.role),
        promised: promise_due.map(when),
        promised_at: promise_due,
        is_late: promise.is_some_and(|(given, runs)| given.due_at < seen.now && runs.paused_since.is_none()),
        delay: delay(case),
        answer: answer_of(case),
        steps: claimed.facts.iter().filter_map(|f| step(f, claimed, &when)).collect(),
        neighbours: u32::try_from(case.reporters.len().saturating_sub(1)).unwrap_or(u32::MAX),
        merged_into: claimed.merged.as_ref().map(|c| c.number.clone()),
        rated,
        can_rate: open_to_rate && rated.is_none(),
        can_tell_more: open_to_rate && rated.is_some(),
        can_dispute: open_to_rate && matches!(stage, StageCode::Answered | StageCode::Closed),
        until: until(case).map(|at| day_and_time(at, Instant::MIN, seen.zone, seen.lang)),
        version: case.version,
    }
}

/// A rating is open from the answer until the days of the class table are over.
fn may_still_rate(case: &Case, seen: &Seen<'_>) -> bool {
    let since = match &case.stage {
        Stage::Answered { since } => *since,
        Stage::Closed { .. } => case.closed_at.unwrap_or(case.updated_at),
        _ => return false,
    };
    !case.reporters.is_empty() && seen.now < since + Millis::days(i64::from(seen.rating_days))
}

/// The answer belongs to the round it was given in; while a case is worked on again there is none.
fn answer_of(case: &Case) -> Option<String> {
    match case.stage.code() {
        StageCode::Answered | StageCode::Closed => case.answer.clone(),
        _ => None,
    }
}

fn delay(case: &Case) -> Option<Text> {
    match &case.stage {
        Stage::Waiting { reason, .. } => Some(reason.label()),
        Stage::PassedOut { to, .. } => Some(Text::new(
            format!("已转给{to}，等对方答复"),
            format!("passed to {to}, waiting for their answer"),
        )),
        _ => None,
    }
}

fn step(record: &FactRecord, claimed: &Claimed, when: &dyn Fn(Instant) -> String) -> Option<Step> {
    let text = told(&record.fact, claimed.reporter)?;
    Some(Step { at: record.at, when: when(record.at), role: role_of(&record.actor, claimed), text })
}

fn role_of(actor: &Actor, claimed: &Claimed) -> Text {
    match actor {
        Actor::Reporter { reporter } if *reporter == claimed.reporter => both(w::YOU),
        Actor::Reporter { .. } => role_text(Role::Resident),
        Actor::System => both(w::SYSTEM),
        Actor::User { post, .. } => {
            let role = post.and_then(|p| claimed.roles.get(&p).copied());
            role_text(role.unwrap_or(claimed.case.owner.role))
        }
    }
}

fn both(say: Say) -> Text {
    Text::new(say.get(Lang::Zh), say.get(Lang::En))
}

fn with(say: Say, value: &str) -> Text {
    Text::new(say.fill(Lang::Zh, &[value]), say.fill(Lang::En, &[value]))
}

/// What a fact says to this reporter; none where it is not for the reporter's eyes (VP1).
fn told(fact: &Fact, me: ReporterId) -> Option<Text> {
    Some(match fact {
        Fact::Opened(_) => both(w::DID_OPEN),
        Fact::ReporterJoined { reporter, .. } if *reporter == me => both(w::DID_JOIN),
        Fact::Unmerged { .. } => both(w::DID_UNMERGE),
        Fact::CalledBack { reporter, .. } if *reporter == me => both(w::DID_CALL),
        Fact::ClosedUnheard { .. } => both(w::DID_CLOSE),
        Fact::Accepted => both(w::DID_ACCEPT),
        Fact::Started => both(w::DID_START),
        Fact::Noted { text, audience: Audience::Reporter, .. } => Text::new(text, text),
        Fact::WaitBegan { reason, .. } => {
            let label = reason.label();
            Text::new(w::DID_WAIT.fill(Lang::Zh, &[&label.zh]), w::DID_WAIT.fill(Lang::En, &[&label.en]))
        }
        Fact::WaitEnded { .. } | Fact::CameBack { .. } => both(w::DID_RESUME),
        Fact::DoneProposed { .. } => both(w::DID_PROPOSE),
        Fact::VerifiedOk { .. } => both(w::DID_VERIFY),
        Fact::VerifiedNotOk { .. } => both(w::DID_NOT_VERIFY),
        Fact::Answered { text } => with(w::DID_ANSWER, text),
        Fact::Rated { reporter, satisfied, .. } if *reporter == me => {
            let label = satisfied_label(*satisfied);
            Text::new(
                w::DID_RATE.fill(Lang::Zh, &[&label.zh]),
                w::DID_RATE.fill(Lang::En, &[face_word(*satisfied).get(Lang::En)]),
            )
        }
        Fact::Confirmed | Fact::ClosedSilent => both(w::DID_CLOSE),
        Fact::Disputed { .. } => both(w::DID_DISPUTE),
        Fact::ReviewBegan => both(w::DID_REVIEW),
        Fact::ReviewReturned { text } => with(w::DID_RETURN, text),
        Fact::ReviewUpheld { text } => with(w::DID_UPHOLD, text),
        Fact::PassedUp { .. } => both(w::DID_PASS_UP),
        Fact::PassedDown { .. } => both(w::DID_PASS_DOWN),
        Fact::Reassigned { .. } => both(w::DID_REASSIGN),
        Fact::PassedOut { to, .. } => with(w::DID_PASS_OUT, to),
        Fact::MergedInto { .. } => both(w::DID_MERGE),
        Fact::Withdrawn { .. } => both(w::DID_WITHDRAW),
        Fact::Rejected { reason } => with(w::DID_REJECT, reason),
        Fact::PromiseBroken { .. } => both(w::DID_BREAK),
        _ => return None,
    })
}
