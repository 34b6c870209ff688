//! The fold: a case and one more fact. Total; never refuses (CW4).

use crate::{
    case::{CONTACT_CHANNEL, Case, Exclusion, ExtensionAsk, Origin, Rating, ReporterId},
    command::Actor,
    due::WARNED_AT,
    fact::{Fact, FactRecord, Opened},
    promise::{Outcome, Promise},
    stage::{ClosedHow, Stage, StageCode},
    task::{Task, TaskNo, TaskState},
};
use linli_model::{Instant, UserId};
use std::collections::{BTreeMap, BTreeSet};

/// The case after `record`. The first fact opens it; a first fact of another kind has nothing to apply to
/// and gives none, as a later opening changes nothing.
pub fn apply(case: Option<Case>, record: &FactRecord) -> Option<Case> {
    let Some(mut case) = case else {
        return match &record.fact {
            Fact::Opened(opened) => Some(opened_case(record, opened)),
            _ => None,
        };
    };
    let at = record.at;
    change(&mut case, record, at);
    case.version = record.seq;
    case.updated_at = at;
    if case.stage.is_open() {
        case.closed_at = None;
    } else if case.closed_at.is_none() {
        case.closed_at = Some(at);
    }
    Some(case)
}

/// The case of a whole history.
pub fn fold<'a>(records: impl IntoIterator<Item = &'a FactRecord>) -> Option<Case> {
    records.into_iter().fold(None, apply)
}

fn opened_case(record: &FactRecord, o: &Opened) -> Case {
    let findings = match &o.origin {
        Origin::Finding { finding, .. } => vec![*finding],
        _ => Vec::new(),
    };
    Case {
        id: record.case,
        number: o.number.clone(),
        class: o.class.clone(),
        class_version: o.class_version,
        title: o.title.clone(),
        text: o.text.clone(),
        place: o.place.clone(),
        area: o.area.clone(),
        area_path: o.area_path.clone(),
        lon: o.lon,
        lat: o.lat,
        severity: o.severity,
        origin: o.origin.clone(),
        subject: o.subject.clone(),
        findings,
        reporters: o.reporters.clone(),
        channels: channels(o),
        withdrew: Vec::new(),
        stage: Stage::Received,
        owner: o.owner.clone(),
        routing: o.explanation.clone(),
        handlers: Vec::new(),
        handlers_ever: Vec::new(),
        round: 1,
        promises: Vec::new(),
        photos: o.photos.clone(),
        outcome: None,
        answer: None,
        ratings: Vec::new(),
        answered_at: None,
        accepted_at: None,
        proof_from: 0,
        merged_from: None,
        own: BTreeMap::new(),
        calls: BTreeMap::new(),
        unreached: BTreeSet::new(),
        passed_to: None,
        links: Vec::new(),
        concentrated_at: None,
        signal_ended_at: None,
        opened_at: record.at,
        updated_at: record.at,
        closed_at: None,
        exclusion: None,
        moves: 0,
        extension: None,
        tasks: Vec::new(),
        climbed: 0,
        refusals: 0,
        climb_failed: false,
        bounces: 0,
        handled_at: None,
        version: record.seq,
    }
}

fn channels(o: &Opened) -> BTreeMap<ReporterId, String> {
    let channel = match &o.origin {
        Origin::Finding { .. } => CONTACT_CHANNEL,
        Origin::Report { channel, .. } => channel,
        Origin::Imported { system, .. } => system,
    };
    o.reporters.iter().map(|r| (*r, channel.to_owned())).collect()
}

fn worked(case: &mut Case, actor: &Actor) {
    if let Actor::User { user, .. } = actor {
        remember(&mut case.handlers, *user);
    }
    took_part(case, actor);
}

/// Checked, answered or rejected it: did not handle it, but shall not review it either.
fn took_part(case: &mut Case, actor: &Actor) {
    if let Actor::User { user, .. } = actor {
        remember(&mut case.handlers_ever, *user);
    }
}

/// Late data disproved the last finding, and nobody reported the matter besides.
fn retracts(case: &Case) -> bool {
    let unanswered =
        !matches!(case.stage.code(), StageCode::Answered | StageCode::Disputed | StageCode::Review);
    case.findings.is_empty()
        && case.stage.is_open()
        && unanswered
        && case.reporters.iter().all(|r| case.is_contact(*r))
}

fn remember(list: &mut Vec<UserId>, user: UserId) {
    if !list.contains(&user) {
        list.push(user);
    }
}

/// A new round of work: other handlers may come, those of the last round may check.
fn begin_round(case: &mut Case) {
    case.round += 1;
    case.handlers.clear();
    case.outcome = None;
    case.climbed = 0;
    case.bounces = 0;
    case.refusals = 0;
    case.passed_to = None;
    case.accepted_at = None;
    case.proof_from = case.photos.len();
}

fn change(case: &mut Case, record: &FactRecord, at: Instant) {
    match &record.fact {
        Fact::Opened(_) | Fact::PromiseMade { .. } | Fact::Imported { .. } | Fact::ReporterJoined { .. } => {
            add(case, record)
        }
        Fact::ExclusionAsked { .. } | Fact::ExclusionGranted { .. } | Fact::ExclusionRefused { .. } => {
            exclude(case, record)
        }
        Fact::ReporterWithdrew { .. }
        | Fact::Linked { .. }
        | Fact::CalledBack { .. }
        | Fact::AnswerUndelivered { .. } => add(case, record),
        Fact::ReporterLeft { .. } | Fact::FindingLeft { .. } => take_away(case, &record.fact),
        Fact::Concentrated { .. } => case.concentrated_at = case.concentrated_at.or(Some(at)),
        Fact::OwnerSet { owner, explanation } => {
            case.owner = owner.clone();
            case.routing = explanation.clone();
            case.climb_failed = false;
        }
        Fact::PromisePaused { .. }
        | Fact::PromiseResumed { .. }
        | Fact::PromiseRecounted { .. }
        | Fact::PromiseWarned { .. }
        | Fact::PromiseKept { .. }
        | Fact::PromiseBroken { .. }
        | Fact::PromiseVoided { .. } => change_promise(case, &record.fact, at),
        Fact::ExtensionAsked { .. }
        | Fact::ExtensionGranted { .. }
        | Fact::ExtensionRefused { .. }
        | Fact::ExtensionLapsed => change_extension(case, record, at),
        Fact::TaskAsked { .. }
        | Fact::TaskAccepted { .. }
        | Fact::TaskDone { .. }
        | Fact::TaskRefused { .. }
        | Fact::TaskDropped { .. } => change_task(case, record),
        Fact::ClimbFailed { .. } => case.climb_failed = true,
        Fact::Noted { photos, .. } => case.photos.extend(photos.iter().cloned()),
        Fact::Rated { reporter, solved, satisfied, treated_well, words, by_call } => {
            let rating = Rating {
                reporter: *reporter,
                at,
                solved: *solved,
                satisfied: *satisfied,
                treated_well: *treated_well,
                words: words.clone(),
                by_call: *by_call,
            };
            // More words about the same closing are the same rating: counted once.
            let same = case.closed_at.and_then(|closed| {
                case.ratings.iter_mut().rev().find(|r| r.reporter == *reporter && r.at >= closed)
            });
            match same {
                Some(given) => *given = rating,
                None => case.ratings.push(rating),
            }
        }
        Fact::FindingJoined { finding, severity, .. } => {
            case.severity = severity.map_or(case.severity, |s| s.max(case.severity));
            if !case.findings.contains(finding) {
                case.findings.push(*finding);
            }
            case.signal_ended_at = None;
        }
        Fact::SignalEnded { ended_at, .. } => case.signal_ended_at = Some(*ended_at),
        Fact::FindingRetracted { finding } => {
            case.findings.retain(|f| f != finding);
            if retracts(case) {
                case.stage = Stage::Closed { how: ClosedHow::Retracted };
            }
        }
        _ => change_stage(case, record, at),
    }
}

fn add(case: &mut Case, record: &FactRecord) {
    match &record.fact {
        Fact::PromiseMade { promise } => case.promises.push(promise.clone()),
        Fact::ReporterJoined { reporter, channel, own } if !case.reporters.contains(reporter) => {
            case.reporters.push(*reporter);
            case.own.extend(own.as_ref().map(|own| (*reporter, (**own).clone())));
            case.channels.insert(*reporter, channel.clone());
        }
        Fact::ReporterWithdrew { reporter, .. } if !case.withdrew.contains(reporter) => {
            case.withdrew.push(*reporter)
        }
        Fact::Linked { link } if !case.links.contains(link) => case.links.push(link.clone()),
        Fact::AnswerUndelivered { reporter } => {
            case.unreached.insert(*reporter);
        }
        Fact::CalledBack { reporter, result, given_up, .. } => {
            let calls = case.calls.entry(*reporter).or_default();
            calls.attempts += 1;
            calls.last = Some(*result);
            calls.given_up = *given_up;
        }
        Fact::Imported { closed_at: Some(closed), .. } => {
            case.stage = Stage::Closed { how: ClosedHow::Imported };
            case.closed_at = Some(*closed);
        }
        _ => {}
    }
}

fn exclude(case: &mut Case, record: &FactRecord) {
    let Actor::User { user, .. } = record.actor else { return };
    match &record.fact {
        Fact::ExclusionAsked { reason } => {
            let (reason, asked_at) = (reason.clone(), record.at);
            case.exclusion = Some(Exclusion { reason, asked_by: user, asked_at, granted_by: None });
        }
        Fact::ExclusionGranted { .. } => {
            if let Some(exclusion) = &mut case.exclusion {
                exclusion.granted_by = Some(user);
            }
        }
        _ => case.exclusion = None,
    }
}

/// What came with a case that was merged into this one goes with it again.
fn take_away(case: &mut Case, fact: &Fact) {
    match fact {
        Fact::ReporterLeft { reporter, .. } => {
            case.reporters.retain(|r| r != reporter);
            case.withdrew.retain(|r| r != reporter);
            case.channels.remove(reporter);
            case.own.remove(reporter);
            case.calls.remove(reporter);
        }
        Fact::FindingLeft { finding, .. } => case.findings.retain(|f| f != finding),
        _ => {}
    }
}

/// An answer is told anew, to everybody.
fn answered(case: &mut Case, at: Instant, text: &str) {
    case.answered_at = Some(at);
    case.answer = Some(text.to_owned());
    case.calls.clear();
}

fn close(case: &mut Case, how: ClosedHow) {
    case.stage = Stage::Closed { how };
}

/// Up, down, or to another post. Before it is handled it starts anew; later the step that is owed stays what it is.
fn change_level(case: &mut Case, fact: &Fact) {
    case.moves += 1;
    match fact {
        Fact::PassedUp { .. } => case.climbed += 1,
        Fact::PassedDown { bounce: true, .. } | Fact::Reassigned { bounce: true, .. } => case.bounces += 1,
        _ => {}
    }
    let begun = matches!(case.stage.code(), StageCode::Received | StageCode::Accepted | StageCode::Working);
    if matches!(fact, Fact::Reassigned { .. }) && !begun {
        return;
    }
    // Another level judges anew; another post at the same level has not solved it either.
    if !matches!(fact, Fact::Reassigned { .. }) {
        case.refusals = 0;
    }
    if case.stage != Stage::Disputed {
        case.stage = Stage::Received;
    }
}

/// Into another case, and back to where it stood.
fn change_merge(case: &mut Case, fact: &Fact) {
    if let Fact::MergedInto { into, .. } = fact {
        case.merged_from = Some(case.stage.code());
        case.stage = Stage::Merged { into: *into };
        return;
    }
    case.stage = match case.merged_from.take() {
        Some(StageCode::Accepted) => Stage::Accepted,
        Some(StageCode::Working) => Stage::Working,
        _ => Stage::Received,
    };
}

fn change_stage(case: &mut Case, record: &FactRecord, at: Instant) {
    match &record.fact {
        Fact::Accepted => {
            worked(case, &record.actor);
            case.accepted_at = Some(at);
            case.stage = Stage::Accepted;
        }
        Fact::Started => {
            worked(case, &record.actor);
            case.stage = Stage::Working;
        }
        Fact::WaitBegan { reason, until, .. } => {
            worked(case, &record.actor);
            case.stage = Stage::Waiting { reason: *reason, until: *until };
        }
        Fact::WaitEnded { .. } | Fact::CameBack { .. } => case.stage = Stage::Working,
        Fact::DoneProposed { outcome, photos, passed_to, .. } => {
            worked(case, &record.actor);
            case.passed_to = passed_to.clone();
            case.outcome = Some(*outcome);
            case.handled_at = Some(case.owner.area.clone());
            case.photos.extend(photos.iter().cloned());
            case.stage = Stage::ProposedDone;
        }
        Fact::VerifiedOk { photos, .. } => {
            took_part(case, &record.actor);
            case.photos.extend(photos.iter().cloned());
            case.stage = Stage::Verified;
        }
        Fact::VerifiedNotOk { photos, .. } => {
            took_part(case, &record.actor);
            case.photos.extend(photos.iter().cloned());
            case.outcome = None;
            case.refusals += 1;
            case.passed_to = None;
            // What did not convince the checker does not prove the next try.
            case.proof_from = case.photos.len();
            case.stage = Stage::Working;
        }
        Fact::Answered { text } => {
            took_part(case, &record.actor);
            answered(case, at, text);
            case.stage = Stage::Answered { since: at };
        }
        Fact::Confirmed => close(case, ClosedHow::Confirmed),
        Fact::ClosedSilent => close(case, ClosedHow::Silent),
        Fact::ClosedUnheard { tried: true } => close(case, ClosedHow::Unreached),
        Fact::ClosedUnheard { tried: false } => close(case, ClosedHow::Unasked),
        Fact::Disputed { .. } => case.stage = Stage::Disputed,
        Fact::ReviewBegan => case.stage = Stage::Review,
        Fact::ReviewReturned { .. } => {
            begin_round(case);
            case.stage = Stage::Received;
        }
        Fact::ReviewUpheld { text } => {
            answered(case, at, text);
            case.stage = Stage::Closed { how: ClosedHow::Upheld };
        }
        Fact::PassedUp { .. } | Fact::PassedDown { .. } | Fact::Reassigned { .. } => {
            change_level(case, &record.fact)
        }
        Fact::PassedOut { to, until, .. } => {
            case.moves += 1;
            case.stage = Stage::PassedOut { to: to.clone(), until: *until };
        }
        Fact::MergedInto { .. } | Fact::Unmerged { .. } => change_merge(case, &record.fact),
        Fact::Withdrawn { .. } => case.stage = Stage::Withdrawn,
        Fact::Rejected { reason } => {
            took_part(case, &record.actor);
            answered(case, at, reason);
            case.stage = Stage::Rejected;
        }
        _ => {}
    }
}

fn change_promise(case: &mut Case, fact: &Fact, at: Instant) {
    let kind = match fact {
        Fact::PromisePaused { promise, .. }
        | Fact::PromiseResumed { promise, .. }
        | Fact::PromiseRecounted { promise, .. }
        | Fact::PromiseWarned { promise, .. }
        | Fact::PromiseKept { promise }
        | Fact::PromiseBroken { promise }
        | Fact::PromiseVoided { promise }
        | Fact::ExtensionGranted { promise, .. } => *promise,
        _ => return,
    };
    // Only an open promise changes: kept or broken is written once (PR2).
    let Some(promise) = case.promises.iter_mut().rev().find(|p| p.kind == kind && p.is_open()) else {
        return;
    };
    match fact {
        Fact::PromisePaused { .. } => promise.paused_since = Some(at),
        Fact::PromiseResumed { due_at, provisional, warn_at, .. } => {
            promise.paused_since = None;
            promise.warn_at = warn_at.clone();
            promise.due_at = *due_at;
            promise.provisional |= *provisional;
        }
        Fact::PromiseRecounted { due_at, warn_at, .. } => {
            promise.due_at = *due_at;
            promise.provisional = false;
            promise.warn_at = warn_at.clone();
            warn_again(promise, at);
        }
        Fact::ExtensionGranted { amount, due_at, provisional, warn_at, .. } => {
            promise.due_at = *due_at;
            promise.provisional |= *provisional;
            promise.warn_at = warn_at.clone();
            promise.extended += amount;
            promise.extensions += 1;
            warn_again(promise, at);
        }
        Fact::PromiseWarned { percent, .. } => promise.warned = promise.warned.max(*percent),
        Fact::PromiseKept { .. } => promise.outcome = Outcome::Kept { at },
        Fact::PromiseBroken { .. } => promise.outcome = Outcome::Broken { at },
        Fact::PromiseVoided { .. } => promise.outcome = Outcome::Void { at },
        _ => {}
    }
}

/// Of a promise that falls due later, what is no longer so is said again when it is.
fn warn_again(promise: &mut Promise, at: Instant) {
    let told = promise.warned;
    let holds = |p: &u8| *p <= told && promise.at_percent(*p) <= at;
    promise.warned = WARNED_AT.into_iter().rev().find(holds).unwrap_or(0);
}

fn change_extension(case: &mut Case, record: &FactRecord, at: Instant) {
    match &record.fact {
        Fact::ExtensionAsked { promise, amount, reason, decider } => {
            let by = match record.actor {
                Actor::User { user, .. } => Some(user),
                _ => None,
            };
            case.extension = Some(ExtensionAsk {
                promise: *promise,
                asked_at: at,
                by,
                amount: *amount,
                reason: reason.clone(),
                decider: decider.clone(),
            });
        }
        Fact::ExtensionGranted { .. } => {
            change_promise(case, &record.fact, at);
            case.extension = None;
        }
        _ => case.extension = None,
    }
}

fn change_task(case: &mut Case, record: &FactRecord) {
    if let Fact::TaskAsked { task, holder, explanation, text } = &record.fact {
        case.tasks.push(Task {
            n: *task,
            holder: holder.clone(),
            explanation: explanation.clone(),
            text: text.clone(),
            asked_at: record.at,
            state: TaskState::Asked,
            words: String::new(),
        });
        return;
    }
    let mut end = |n: TaskNo, state: TaskState, words: &str| {
        if let Some(task) = case.tasks.iter_mut().find(|t| t.n == n) {
            task.state = state;
            task.words = words.to_owned();
        }
    };
    match &record.fact {
        Fact::TaskAccepted { task } => {
            end(*task, TaskState::Accepted, "");
            worked(case, &record.actor);
        }
        Fact::TaskDone { task, text, photos } => {
            end(*task, TaskState::Done, text);
            case.photos.extend(photos.iter().cloned());
            worked(case, &record.actor);
        }
        Fact::TaskRefused { task, reason } => {
            end(*task, TaskState::Refused, reason);
            case.refusals += 1;
        }
        Fact::TaskDropped { task, reason } => end(*task, TaskState::Dropped, reason),
        _ => {}
    }
}
