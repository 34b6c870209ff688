//! Living a life: step by step, two at once where it says so, killed where it says so; then everybody catches up, and
//! what is on disk is looked at.

use crate::{
    gates::Walk,
    house::{Ground, House},
    life::{Doing, Life, Loop, Step},
    people::{self, Chosen, Outcome},
    print,
    record::{Acknowledged, Kept},
    street,
};
use linli_casework::{Case, CaseId, FactRecord};
use linli_history::{HistoryQuery, HistoryRow};
use linli_intake::{Message, Principal};
use linli_model::{
    Fault, Finding, FindingId, Instant, LogEntry, Millis, Position, Reading, RegistryChange, RegistryEntry,
    SourceId,
};
use linli_notice::{Notice, NoticeId};
use linli_runtime::{
    engines::{Engines, Timing},
    loops::{self, engine::Follower},
};
use linli_sim::{draw::Dice, life::HOUR};
use linli_store::{Attempt, Change, Commit, Idempotency, PageAsk, QuarantineItem, Store};
use serde_json::json;
use std::{
    collections::BTreeMap,
    mem,
    sync::{Mutex, PoisonError},
};

/// After the last step: so long after it everybody looks again.
const LATER: [i64; 5] = [0, HOUR / 30, HOUR, 5 * HOUR, 13 * HOUR];
/// A pass of all loops that changes nothing ends the catching up; this many never do.
const PASSES_MAX: usize = 60;
/// What stands beside a step draws from numbers of its own.
const BESIDE: u64 = 1 << 32;

/// What is there when all is over, read from disk after one more start.
pub struct Lived {
    pub life: Life,
    pub kept: Kept,
    pub now: Instant,
    pub timing: Timing,
    pub cases: Vec<Case>,
    pub facts: BTreeMap<CaseId, Vec<FactRecord>>,
    pub findings: BTreeMap<FindingId, (Finding, Option<CaseId>)>,
    /// What the cases say they hold.
    pub findings_of_cases: Vec<(CaseId, Finding)>,
    pub notices: Vec<Notice>,
    pub notices_due: usize,
    pub attempts: BTreeMap<NoticeId, Vec<Attempt>>,
    pub log: Vec<(Position, LogEntry)>,
    pub checkpoints: BTreeMap<&'static str, Position>,
    pub history: Vec<HistoryRow>,
    pub quarantine: Vec<QuarantineItem>,
    pub registry: Vec<RegistryEntry>,
    /// What engines without any trouble find in the same log.
    pub undisturbed: Vec<Finding>,
    pub looks_broken_at: Option<u64>,
}

/// What people remember, whatever happens to the house.
#[derive(Default)]
struct Memory {
    chosen: Mutex<BTreeMap<u64, Option<Chosen>>>,
    newest: Mutex<Option<Chosen>>,
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub async fn live(life: &Life, database: String) -> anyhow::Result<Lived> {
    let ground = Ground::of(life, database)?;
    let mut house = ground.open().await?;
    let settled = street::settled(life.began());
    house.ports.store.commit(Commit { at: life.began(), changes: settled, ..Commit::default() }).await?;
    let memory = Memory::default();
    for step in &life.steps {
        ground.clock.advance_to(step.at);
        house = take(&ground, house, step, &memory).await?;
    }
    for later in LATER {
        ground.clock.advance_to(life.end + later);
        catch_up(&ground, &house).await?;
    }
    let house = ground.open_again(house, false).await?;
    look(&ground, &house).await
}

/// What is being done, its number, and how far it has come.
type Walking<'d, 'w> = (u64, &'d Doing, Walk<'w, Result<String, Fault>>);

/// One step, alone or beside another; killed or not. Gives the house it ends with.
async fn take(ground: &Ground, house: House, step: &Step, memory: &Memory) -> anyhow::Result<House> {
    let gates = &*ground.gates;
    gates.hold(step.killed.is_some() || step.beside.is_some());
    let mut dice = Dice::child(ground.life.seed, &format!("step {}", step.n));
    let mut walks: Vec<Walking<'_, '_>> = Vec::new();
    for (n, doing) in doings(step) {
        walks.push((n, doing, Box::pin(act(ground, &house, n, doing, memory))));
    }
    let mut passed = 0;
    let mut unanswered = Vec::new();
    while !walks.is_empty() {
        let next = dice.below(walks.len());
        match gates.walk(&mut walks[next].2).await {
            Some(came) => {
                let (n, doing, _) = walks.remove(next);
                tell(ground, n, doing, came);
            }
            None if step.killed == Some(passed) => break,
            None => passed += 1,
        }
    }
    unanswered.extend(walks.iter().map(|(n, doing, _)| (*n, *doing)));
    drop(walks);
    gates.hold(false);
    if step.killed.is_none() {
        return Ok(house);
    }
    ground.record.say(format!("#{} killed at gate {passed}", step.n));
    let house = ground.open_again(house, step.torn).await?;
    // Who had no answer asks again.
    for (n, doing) in unanswered {
        if !matches!(doing, Doing::Turn(_) | Doing::Stale) {
            let came = act(ground, &house, n, doing, memory).await;
            tell(ground, n, doing, came);
        }
    }
    Ok(house)
}

fn doings(step: &Step) -> impl Iterator<Item = (u64, &Doing)> {
    let beside = step.beside.as_ref().map(|b| (step.n + BESIDE, b));
    std::iter::once((step.n, &step.doing)).chain(beside)
}

fn tell(ground: &Ground, n: u64, doing: &Doing, came: Result<String, Fault>) {
    let (number, beside) = (n % BESIDE, if n >= BESIDE { " beside" } else { "" });
    let came = came.unwrap_or_else(|fault| {
        // Two engines at once: one of them is told so, and starts from the checkpoint.
        if !fault.what.starts_with("another engine has passed") {
            ground.record.kept().faults.push(format!("#{number}{beside} {}: {fault:?}", print::doing(doing)));
        }
        format!("fault: {}", fault.what)
    });
    ground.record.say(format!("#{number}{beside} {} -> {came}", print::doing(doing)));
}

async fn act(ground: &Ground, at: &House, n: u64, doing: &Doing, memory: &Memory) -> Result<String, Fault> {
    let (house, seed) = (&at.house, ground.life.seed);
    match doing {
        Doing::Send { source, readings } => send(ground, at, source, readings).await,
        Doing::Change { effective, what } => change(ground, at, n, *effective, what).await,
        Doing::Turn(which) => turn(at, *which).await,
        Doing::Report => people::report(house, n, seed).await.map(|o| format!("{o:?}")),
        Doing::Person => {
            let known = locked(&memory.chosen).get(&n).cloned();
            let chosen = match known {
                Some(chosen) => chosen,
                None => people::choose(house, n, seed).await?,
            };
            locked(&memory.chosen).insert(n, chosen.clone());
            give(ground, at, chosen, memory).await
        }
        Doing::Again => {
            let newest = locked(&memory.newest).clone();
            give(ground, at, newest, memory).await
        }
        Doing::Stale => {
            let newest = locked(&memory.newest).clone();
            let stale = newest.map(|c| Chosen {
                version: c.version.saturating_sub(1),
                mark: format!("{}stale {n}", c.mark),
                ..c
            });
            give(ground, at, stale, memory).await
        }
    }
}

async fn give(ground: &Ground, at: &House, chosen: Option<Chosen>, memory: &Memory) -> Result<String, Fault> {
    let Some(chosen) = chosen else { return Ok("nothing to do".to_owned()) };
    *locked(&memory.newest) = Some(chosen.clone());
    ground.record.kept().marks.insert(chosen.mark.clone());
    let outcome = people::give(&at.house, &chosen).await?;
    if let Outcome::Done { version } = outcome {
        ground.record.kept().done.push((chosen.case, chosen.mark.clone(), version));
    }
    Ok(format!("{:?} v{} {outcome:?}", chosen.command.kind(), chosen.version))
}

async fn send(ground: &Ground, at: &House, source: &str, readings: &[Reading]) -> Result<String, Fault> {
    let source = SourceId::new(source);
    let rows: Vec<String> = readings.iter().map(|r| row(r).to_string()).collect();
    for reading in readings {
        *ground.record.kept().sent.entry((source.clone(), reading.id.to_string())).or_default() += 1;
    }
    let sender = Principal::gateway("gateway", source.clone());
    let body = rows.join("\n");
    let receipt = match at.house.intake.take(&sender, Message::of(body.as_bytes())).await {
        Ok(receipt) => receipt,
        Err(linli_intake::IntakeError::Fault(fault)) => return Err(fault),
        Err(other) => return Err(Fault::lasting(format!("a good message was refused: {other}"))),
    };
    let refused: Vec<usize> = receipt.rows.iter().map(|r| r.row as usize).collect();
    let accepted = readings.iter().zip(1..).filter(|(_, n)| !refused.contains(n)).map(|(r, _)| r.clone());
    let readings: Vec<Reading> = accepted.collect();
    let told =
        format!("position {}, {} kept, {} quarantined", receipt.position, readings.len(), refused.len());
    ground.record.kept().acknowledged.push(Acknowledged {
        position: receipt.position,
        source,
        readings,
        quarantined: refused.len(),
    });
    Ok(told)
}

fn row(reading: &Reading) -> serde_json::Value {
    let value = match &reading.value {
        linli_model::Value::Number(n) => json!(n),
        linli_model::Value::Flag(b) => json!(b),
        linli_model::Value::Text(t) => json!(t),
    };
    let mut row = json!({
        "id": reading.id,
        "device": reading.device,
        "observed_at": reading.observed_at.to_string(),
        "measure": reading.measure,
        "value": value,
    });
    if let Some(subject) = &reading.subject {
        row["subject"] = json!(subject.to_string());
    }
    row
}

/// The committee learns something: the recipe of the endpoints, under a key.
async fn change(
    ground: &Ground,
    at: &House,
    n: u64,
    effective: i64,
    what: &RegistryChange,
) -> Result<String, Fault> {
    let mut changes = Vec::new();
    if let RegistryChange::DeviceSet(device) = what {
        changes.push(Change::DeviceSet(Box::new(device.clone())));
    }
    if let RegistryChange::DeviceLearned { device, clock_offset_ms, silence_secs } = what {
        let (device, since) = (device.clone(), Instant(effective));
        let (clock_offset_ms, silence_secs) = (*clock_offset_ms, *silence_secs);
        changes.push(Change::DeviceLearned { device, clock_offset_ms, silence_secs, since });
    }
    changes.push(Change::Registry { effective_at: Instant(effective), change: Box::new(what.clone()) });
    let key = Idempotency { key: format!("change {n}"), request: String::new(), body: "done".to_owned() };
    let commit = Commit { at: at.house.clock.now(), guards: Vec::new(), changes, idempotency: Some(key) };
    at.house.store.commit(commit).await.map_err(|e| Fault::lasting(e.to_string()))?;
    ground.record.kept().registry.insert(n, what.clone());
    at.house.directory.renew(&*at.house.store).await?;
    Ok("done".to_owned())
}

async fn turn(at: &House, which: Loop) -> Result<String, Fault> {
    let house = at.house.clone();
    let more = match which {
        Loop::Registry => loops::registry::turn(house).await?,
        Loop::History => loops::history::turn(house).await?,
        Loop::Habits => loops::habits::turn(house).await?,
        Loop::Retain => loops::history::retain(house).await?,
        Loop::Clock => loops::clock::turn(house).await?,
        Loop::Deliver => loops::deliver::turn(house).await?,
        Loop::Calendar => loops::watch::calendar(house).await?,
        Loop::Tick => loops::clock::tick(house).await?,
        Loop::Engine => {
            let taken = locked(&at.follower).take();
            let mut follower = match taken {
                Some(follower) => follower,
                None => Follower::from_checkpoint(&house).await?,
            };
            let more = follower.turn(&house).await?;
            *locked(&at.follower) = Some(follower);
            more
        }
    };
    Ok(if more { "more" } else { "done" }.to_owned())
}

/// Turns of every loop until none changes anything.
async fn catch_up(ground: &Ground, at: &House) -> anyhow::Result<()> {
    turn(at, Loop::Tick).await?;
    for _ in 0..PASSES_MAX {
        let before = stands(ground);
        for which in [Loop::Habits, Loop::Registry, Loop::Engine, Loop::Clock, Loop::Deliver, Loop::History] {
            if let Err(fault) = turn(at, which).await {
                // What one engine left behind another has passed: once, and then it starts anew.
                if !fault.what.starts_with("another engine has passed") {
                    ground.record.kept().faults.push(format!("at the end, {which:?}: {fault:?}"));
                }
            }
        }
        let behind = at.house.store.checkpoint("engine").await?.position < at.house.log.last().await?;
        if stands(ground) == before && !behind {
            return Ok(());
        }
    }
    ground.record.kept().faults.push("the loops never come to rest".to_owned());
    Ok(())
}

fn stands(ground: &Ground) -> (usize, usize, usize) {
    let kept = ground.record.kept();
    (kept.log.len(), kept.commits.len(), kept.attempts.len())
}

/// Everything that is on disk, read past the doors.
/// What anybody was told that is about no case: it lies in the inboxes.
async fn of_no_case(store: &dyn Store) -> anyhow::Result<Vec<Notice>> {
    let mut found = Vec::new();
    for user in store.users().await? {
        let mut page = PageAsk::first(200);
        loop {
            let inbox = store.inbox(user.id, Instant::MAX, &page).await?;
            found.extend(inbox.items.into_iter().map(|i| i.notice).filter(|n| n.case.is_none()));
            let Some(next) = inbox.next else { break };
            page.after = Some(next);
        }
    }
    Ok(found)
}

async fn look(ground: &Ground, at: &House) -> anyhow::Result<Lived> {
    let store = &at.ports.store;
    let now = at.house.clock.now();
    let cases = people::cases(&at.house).await?;
    let (mut facts, mut findings_of_cases) = (BTreeMap::new(), Vec::new());
    for case in &cases {
        facts.insert(case.id, store.facts(case.id).await?);
        findings_of_cases.extend(store.findings_of_case(case.id).await?.into_iter().map(|f| (case.id, f)));
    }
    let mut notices = store.notices_of(&cases.iter().map(|c| c.id).collect::<Vec<_>>()).await?;
    notices.extend(of_no_case(&**store).await?);
    notices.sort_by_key(|n| (n.created_at, n.id));
    let mut attempts = BTreeMap::new();
    for notice in &notices {
        attempts.insert(notice.id, store.attempts(notice.id).await?);
    }
    let mut checkpoints = BTreeMap::new();
    for name in ["engine", "engine_snapshot", "history", "registry"] {
        checkpoints.insert(name, store.checkpoint(name).await?.position);
    }
    let mut kept = mem::take(&mut *ground.record.kept());
    let timing = at.house.timing.clone();
    let areas = at.house.state.areas().await?;
    let mut undisturbed = Vec::new();
    let mut engines = Engines::with_timing(timing.clone());
    for entry in kept.log.values() {
        engines.step(entry, &areas, &mut undisturbed);
    }
    let ids = undisturbed.iter().map(|f| f.id).chain(kept.findings.keys().copied());
    let mut findings = BTreeMap::new();
    for id in ids.collect::<std::collections::BTreeSet<_>>() {
        if let Some(finding) = store.finding(id).await? {
            findings.insert(id, (finding, store.case_of_finding(id).await?.map(|c| c.id)));
        }
    }
    let far = Millis::days(4_000);
    let first = at.house.log.first().await?;
    let lived = Lived {
        life: ground.life.clone(),
        now,
        timing,
        findings,
        findings_of_cases,
        notices_due: store.notices_due(now, 500).await?.len(),
        notices,
        attempts,
        log: at.house.log.read(first - 1, 10_000).await?,
        checkpoints,
        history: at.house.history.read(&HistoryQuery::between(now - far, now + far)).await?,
        quarantine: store.quarantine(None, &PageAsk::first(500)).await?.items,
        registry: store.registry_after(0, 1_000).await?,
        undisturbed,
        looks_broken_at: store.verify_looks().await?.broken_at,
        cases,
        facts,
        kept: Kept::default(),
    };
    kept.transcript.extend(said(&lived));
    Ok(Lived { kept, ..lived })
}

/// The end of the transcript: what is on disk, line by line.
fn said(lived: &Lived) -> Vec<String> {
    let mut lines: Vec<String> = lived.cases.iter().map(|c| format!("case {}", json!(c))).collect();
    lines.extend(lived.facts.values().flatten().map(|f| format!("fact {}", json!(f))));
    lines.extend(lived.findings.values().map(|(f, case)| format!("finding {} {case:?}", json!(f))));
    lines.extend(lived.notices.iter().map(|n| format!("notice {}", json!(n))));
    lines.extend(lived.attempts.values().flatten().map(|a| format!("attempt {a:?}")));
    lines.extend(lived.history.iter().map(|r| format!("row {}", json!(r))));
    lines.extend(lived.quarantine.iter().map(|q| format!("quarantine {q:?}")));
    lines.push(format!("checkpoints {:?}", lived.checkpoints));
    lines
}
