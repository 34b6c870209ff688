//! The recipe of a command: load, decide, decide notices, commit, tell open pages. Used by the endpoints, by the
//! resident pages and by the runtime's clock.

use crate::{
    events::PageEvent,
    problem::{Answer, ApiError},
    state::ServerState,
};
use linli_casework::{
    ActorKind, Case, CaseId, Command, Decided, Fact, FactRecord, Opening, Stage, apply, decide, decide_join,
    decide_merge, decide_open, decide_unmerge, due::timer_at,
};
use linli_model::{Fault, IdSeed, Instant, Millis, Refusal};
use linli_notice::{Ledger, Notice, Recipient, Situation};
use linli_store::{Change, Commit, CommitError, Guard, Idempotency, Reporter};

/// Facts decided, with everything that must be committed beside them.
pub struct Carried {
    pub case: Case,
    pub notices: Vec<Notice>,
    pub changes: Vec<Change>,
}

/// What facts bring with them: the case after them, notices, the next timer.
pub async fn consequences(
    state: &ServerState,
    before: Option<&Case>,
    decided: Decided,
    seed: IdSeed,
) -> Result<Carried, Fault> {
    let case = decided
        .facts
        .iter()
        .fold(before.cloned(), apply)
        .ok_or_else(|| Fault::lasting("facts without an opening"))?;
    let (areas, roster) = (state.areas().await?, state.roster().await?);
    let now = state.now();
    let lately = state.store.told_since(now - Millis::hours(1)).await?;
    let ledger = Ledger::counted(&state.store.notices_of(&[case.id]).await?, lately);
    let situation = Situation {
        now,
        seed: seed.child("notices"),
        policy: &state.policy,
        classes: &state.classes,
        areas: &areas,
        roster: &roster,
    };
    let notices = linli_notice::decide(&decided.facts, &case, &ledger, &situation);
    let mut changes = vec![case_change(state, &case, decided.facts)];
    changes.extend(notices.iter().cloned().map(Change::NoticeAdd));
    Ok(Carried { case, notices, changes })
}

/// The change that stores facts, with the photos they bring and the time the clock must look again.
fn case_change(state: &ServerState, case: &Case, facts: Vec<FactRecord>) -> Change {
    Change::CaseFacts {
        case: Box::new(case.clone()),
        timer_at: timer_at(case, &state.classes, &state.tiers),
        facts,
    }
}

pub(crate) fn photos_of(facts: &[FactRecord]) -> Vec<String> {
    let of = |fact: &Fact| match fact {
        Fact::Opened(o) => o.photos.clone(),
        Fact::Noted { photos, .. }
        | Fact::DoneProposed { photos, .. }
        | Fact::TaskDone { photos, .. }
        | Fact::VerifiedOk { photos, .. }
        | Fact::VerifiedNotOk { photos, .. } => photos.clone(),
        _ => Vec::new(),
    };
    facts.iter().flat_map(|f| of(&f.fact)).map(|p| p.blob).collect()
}

/// Tells open pages what has been committed.
pub fn tell(state: &ServerState, case: &Case, notices: &[Notice]) {
    state.events.tell(PageEvent::Case {
        id: case.id.to_string(),
        version: case.version,
        stage: case.stage.code().code(),
        area: case.area_path.clone(),
        owner: case.owner.user,
    });
    for notice in notices {
        if let Recipient::User(user) = notice.recipient
            && notice.due_at <= state.now()
        {
            state.events.tell(PageEvent::Notice { id: notice.id.to_string(), user });
        }
    }
}

/// Gives a command to a case that was seen at `version`.
pub async fn carry_command(
    state: &ServerState,
    id: CaseId,
    command: &Command,
    version: u32,
    who: &ActorKind,
    idempotency: Option<Idempotency>,
) -> Answer<Case> {
    let case = state.store.case(id).await?.ok_or(ApiError::NotFound)?;
    if case.version != version {
        // Sent twice: the first answer stands, whatever the version is now.
        return match replay(state, idempotency).await? {
            true => Ok(case),
            false => Err(ApiError::Stale),
        };
    }
    let seed = state.fresh.seed();
    let (areas, roster) = (state.areas().await?, state.roster().await?);
    let context = state.context(&areas, &roster, seed);
    if let Command::Merge { into, reason } = command {
        let target = merge_target(state, &case, *into).await?;
        let both = decide_merge(&case, &target, reason, who, &context)?;
        return together(state, vec![(case, both.0), (target, both.1)], seed, idempotency).await;
    }
    if let Command::Unmerge { reason } = command {
        let chain = went_on_in(state, &case).await?;
        let (own, rest) = decide_unmerge(&case, &chain, reason, who, &context)?;
        let all = [(case, own)].into_iter().chain(chain.into_iter().zip(rest)).collect();
        return together(state, all, seed, idempotency).await;
    }
    let decided = decide(&case, command, who, &context)?;
    let photos = photos_of(&decided.facts);
    let mut carried = consequences(state, Some(&case), decided, seed).await?;
    if !photos.is_empty() {
        carried.changes.push(Change::PhotosOfCase { case: id, photos });
    }
    let commit = Commit {
        at: state.now(),
        guards: vec![Guard::CaseVersion(id, version)],
        changes: carried.changes,
        idempotency,
    };
    let committed = state.store.commit(commit).await?;
    if committed.replayed.is_some() {
        return state.store.case(id).await?.ok_or(ApiError::NotFound);
    }
    tell(state, &carried.case, &carried.notices);
    Ok(carried.case)
}

async fn merge_target(state: &ServerState, case: &Case, into: CaseId) -> Answer<Case> {
    let wrong = |zh: &str, en: &str| linli_model::Diagnostic::new("merge_target_wrong", "into", zh, en);
    if into == case.id {
        return Err(wrong("不能并入自己", "a case cannot be merged into itself").into());
    }
    let target = state.store.case(into).await?;
    target.ok_or_else(|| wrong("没有这个案件", "there is no such case").into())
}

/// How many cases a merged one may have gone on in, one after the other.
const CHAIN_MAX: usize = 32;

/// The cases a merged case went on in, to the last, which is merged into none.
pub async fn went_on_in(state: &ServerState, case: &Case) -> Result<Vec<Case>, Fault> {
    let mut chain: Vec<Case> = Vec::new();
    let mut last = case.stage.clone();
    while let Stage::Merged { into } = last {
        let Some(next) = state.store.case(into).await?.filter(|_| chain.len() < CHAIN_MAX) else { break };
        last = next.stage.clone();
        chain.push(next);
    }
    Ok(chain)
}

/// Commits what happened to several cases together, or none of it; gives the first.
pub async fn together(
    state: &ServerState,
    all: Vec<(Case, Decided)>,
    seed: IdSeed,
    idempotency: Option<Idempotency>,
) -> Answer<Case> {
    let (mut guards, mut changes, mut told) = (Vec::new(), Vec::new(), Vec::new());
    for (before, decided) in all {
        let carried = consequences(state, Some(&before), decided, seed.child(&before.number)).await?;
        guards.push(Guard::CaseVersion(before.id, before.version));
        changes.extend(carried.changes);
        told.push((carried.case, carried.notices));
    }
    let committed = state.store.commit(Commit { at: state.now(), guards, changes, idempotency }).await?;
    let ended = told[0].0.clone();
    if committed.replayed.is_some() {
        return state.store.case(ended.id).await?.ok_or(ApiError::NotFound);
    }
    told.iter().for_each(|(case, notices)| tell(state, case, notices));
    Ok(ended)
}

/// Whether a key was used already, for the same request.
async fn replay(state: &ServerState, key: Option<Idempotency>) -> Answer<bool> {
    let Some(key) = key else { return Ok(false) };
    // A commit of nothing under the key: replayed when it was used, refused by its guard when not.
    let guards = vec![Guard::CaseVersion(CaseId(uuid::Uuid::nil()), 0)];
    let commit = Commit { at: state.now(), guards, changes: Vec::new(), idempotency: Some(key) };
    match state.store.commit(commit).await {
        Ok(done) => Ok(done.replayed.is_some()),
        Err(CommitError::Stale(_)) => Ok(false),
        Err(e) => Err(e.into()),
    }
}

/// The next number of cases: `310104011-20261123-0007`, counted by street and local day.
pub async fn next_case_number(state: &ServerState, area: &linli_model::AreaId) -> Result<String, Fault> {
    let areas = state.areas().await?;
    let street = areas
        .find_at_level(area, linli_model::AreaLevel::Street)
        .or_else(|| areas.upward(area).last())
        .map_or_else(|| "0".to_owned(), |a| a.id.to_string());
    let day = state.now().day_in(state.zone()).to_string().replace('-', "");
    let series = format!("{street}-{day}");
    let n = state.store.next_number(&series).await?;
    Ok(format!("{series}-{n:04}"))
}

/// Opens a case and commits it with what else belongs to it (its reporter). Gives the case; when the key was used
/// already, the case of then.
pub async fn open_case(
    state: &ServerState,
    opening: &Opening,
    who: &ActorKind,
    beside: Vec<Change>,
    idempotency: Option<Idempotency>,
) -> Answer<(Case, bool)> {
    let seed = state.fresh.seed();
    let (areas, roster) = (state.areas().await?, state.roster().await?);
    let decided = decide_open(opening, who, &state.context(&areas, &roster, seed))?;
    let photos = photos_of(&decided.facts);
    let mut carried = consequences(state, None, decided, seed).await?;
    carried.changes.extend(beside);
    if !photos.is_empty() {
        carried.changes.push(Change::PhotosOfCase { case: opening.id, photos });
    }
    // What has an id of its own making may be there already.
    let guards = carried.case.order().map(|_| Guard::NewCase(opening.id)).into_iter().collect();
    let commit = Commit { at: state.now(), guards, changes: carried.changes, idempotency };
    let committed = state.store.commit(commit).await?;
    if let Some(body) = committed.replayed {
        let id: CaseId = body.parse().map_err(|_| ApiError::NotFound)?;
        let case = state.store.case(id).await?.ok_or(ApiError::NotFound)?;
        return Ok((case, true));
    }
    tell(state, &carried.case, &carried.notices);
    Ok((carried.case, false))
}

/// Somebody joins a case instead of filing it anew, with a number of their own, and says what they know of it.
pub async fn join_case(
    state: &ServerState,
    found: &Case,
    reporter: Option<Reporter>,
    note: Option<(Command, ActorKind)>,
    idempotency: Option<Idempotency>,
) -> Answer<(Case, String)> {
    let number = next_case_number(state, &found.area).await?;
    let seed = state.fresh.seed();
    let (areas, roster) = (state.areas().await?, state.roster().await?);
    let context = state.context(&areas, &roster, seed);
    let mut decided = Decided::default();
    if let Some(reporter) = &reporter {
        decided = decide_join(found, reporter.id, &reporter.channel, &number, &context)?;
    }
    if let Some((command, who)) = &note {
        let so_far = decided.facts.iter().fold(Some(found.clone()), apply);
        decided.facts.extend(decide(so_far.as_ref().unwrap_or(found), command, who, &context)?.facts);
    }
    let photos = photos_of(&decided.facts);
    let mut carried = consequences(state, Some(found), decided, seed).await?;
    if !photos.is_empty() {
        carried.changes.push(Change::PhotosOfCase { case: found.id, photos });
    }
    carried.changes.extend(reporter.map(Change::ReporterAdd));
    let guards = vec![Guard::CaseVersion(found.id, found.version)];
    let idempotency = idempotency.map(|key| Idempotency { body: number.clone(), ..key });
    let commit = Commit { at: state.now(), guards, changes: carried.changes, idempotency };
    let committed = state.store.commit(commit).await?;
    if let Some(number) = committed.replayed {
        return Ok((state.store.case(found.id).await?.ok_or(ApiError::NotFound)?, number));
    }
    tell(state, &carried.case, &carried.notices);
    Ok((carried.case, number))
}

/// How often a decision is made anew when somebody was faster.
pub const TRIES_MAX: u32 = 5;

/// Gives a command of the clock's; a case that changed meanwhile is left for the next look.
pub async fn carry_by_clock(
    state: &ServerState,
    case: &Case,
    command: &Command,
) -> Result<Option<Case>, Fault> {
    match carry_command(state, case.id, command, case.version, &ActorKind::System, None).await {
        Ok(case) => Ok(Some(case)),
        Err(ApiError::Fault(f)) => Err(f),
        Err(_) => Ok(None),
    }
}

/// A refusal for callers that have no other word for an error.
pub fn as_refusal(e: &ApiError) -> Refusal {
    match e {
        ApiError::Refused(r) | ApiError::Forbidden(r) | ApiError::Conflict(r) => r.clone(),
        _ => Refusal::new("not_done", "未能完成,请稍后再试", "it could not be done; try again later"),
    }
}

/// The instant the promise of completion that runs ends, for telling the reporter.
pub fn promised_by(case: &Case) -> Option<Instant> {
    let kinds = [linli_casework::PromiseKind::ThreeDay, linli_casework::PromiseKind::Complete];
    let running = kinds.into_iter().filter_map(|k| case.promise(k)).filter(|p| p.is_open());
    running.map(|p| p.due_at).min()
}
