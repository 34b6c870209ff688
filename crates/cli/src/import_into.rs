//! `linli import --into`: takes a file's rows into an installation, through the doors everything else goes through.
//!
//! Invariants
//! - II1 Readings go through intake: judged, durable, the bad ones in quarantine; the same file twice changes nothing the
//!   rules hear (ids are the mapping's).
//! - II2 A case is stored once: its id comes from the mapping and its number in the other system. A newer export adds what
//!   happened there since; what people did here stands (CI2).
//! - II3 The folder must be free: a running installation is not written to behind its back.

use crate::import::{reading_line, to_casework};
use anyhow::{Context, bail};
use linli_casework::{ActorKind, Case, Decided, Owner, apply, decide, due, import as casework, timer_at};
use linli_intake::{
    Message, Principal,
    file::{CaseReport, Imported, ImportedCase, Mapping, Outcome},
};
use linli_model::{AreaId, Reading};
use linli_runtime::{Config, Installation, Options, SystemClock};
use linli_server::cases::carry::consequences;
use linli_store::{Change, Commit, Guard};
use serde_json::{Value, json};
use std::{collections::HashMap, sync::Arc};

/// Rows of one message to intake.
const ROWS: usize = 2_000;
/// Cases of one commit.
const CASES: usize = 200;
const IMPORTED: &str = "other";

pub(crate) async fn open(config: Config) -> anyhow::Result<Arc<Installation>> {
    let options = Options {
        config,
        clock: Arc::new(SystemClock::default()),
        demo_accounts: Vec::new(),
        ticks_from: Arc::new(|| false),
        office: String::new(),
        phone: None,
    };
    Ok(Installation::open(options).await?)
}

/// Clean and flagged rows as one message after another, rows the mapping refused straight into quarantine.
pub(crate) async fn readings(house: &Installation, imported: &Imported) -> anyhow::Result<Value> {
    let importer = Principal::installation("import", imported.source.clone());
    // A device that is registered here speaks through the source it is registered under.
    let devices = house.store.all_devices().await?;
    let sources: HashMap<_, _> = devices.iter().map(|r| (&r.device.id, &r.device.source)).collect();
    let source = |r: &Reading| sources.get(&r.device).map_or(imported.source.as_str(), |s| s.as_str());
    let lines: Vec<String> = imported.readings().map(|(r, _)| reading_line(r, source(r))).collect();
    let (mut accepted, mut quarantined) = (0, 0);
    for message in lines.chunks(ROWS) {
        let body = message.join("\n");
        let receipt = house.intake.take(&importer, Message::of(body.as_bytes())).await?;
        accepted += receipt.accepted;
        quarantined += receipt.quarantined;
    }
    for row in &imported.rows {
        if let Outcome::Quarantined(q) = &row.outcome {
            let diagnostic = q.diagnostic.clone();
            house.intake.quarantine_whole(&imported.source, q.raw.as_bytes(), diagnostic).await?;
            quarantined += 1;
        }
    }
    Ok(json!({ "accepted": accepted, "quarantined": quarantined }))
}

/// Cases as facts of their own, owned by who would be given them at `area`; those that are there already get what is new.
pub(crate) async fn cases(
    house: &Installation,
    mapping: &Mapping,
    report: &CaseReport,
    area: Option<&str>,
) -> anyhow::Result<Value> {
    let Some(area) = area else { bail!("--area is needed: the area the cases belong to") };
    let fallback = AreaId::new(area);
    let mut owners = HashMap::from([(area.to_owned(), owner_at(house, &fallback).await?)]);
    let areas = house.state.areas().await?;
    // An area the mapping names and nobody has here falls to the one of the arguments, and is counted.
    let (named, elsewhere): (Vec<&str>, Vec<&str>) = report
        .cases
        .iter()
        .filter_map(|c| c.area.as_deref())
        .partition(|code| areas.find(&AreaId::new(*code)).is_some());
    for code in named {
        if !owners.contains_key(code) {
            owners.insert(code.to_owned(), owner_at(house, &AreaId::new(code)).await?);
        }
    }
    let owner =
        |case: &ImportedCase| case.area.as_ref().and_then(|code| owners.get(code)).unwrap_or(&owners[area]);
    let mut taken = Taken::default();
    let roster = house.state.roster().await?;
    let context = house.state.context(&areas, &roster, house.state.fresh.seed());
    for some in to_casework(mapping, &report.cases, owner).chunks(CASES) {
        let (mut guards, mut changes) = (Vec::new(), Vec::new());
        for imported in some {
            match house.store.case(imported.id).await? {
                None => changes.push(first_told(house, imported, &context)?),
                Some(case) => {
                    let Some(more) = told_again(house, imported, &case, &mut taken).await? else { continue };
                    guards.push(Guard::CaseVersion(case.id, case.version));
                    changes.extend(more);
                }
            }
        }
        taken.stored += changes.iter().filter(|c| opens(c)).count();
        let commit = Commit { at: house.clock.now(), guards, changes, ..Commit::default() };
        house.store.commit(commit).await.map_err(|e| anyhow::anyhow!("{e}"))?;
    }
    let Taken { stored, same, newer, contradicting } = taken;
    Ok(json!({
        "stored": stored,
        "there_already": same + newer + contradicting.len(),
        "with_news": newer,
        "not_done": contradicting,
        "area_unknown": elsewhere.len(),
    }))
}

/// What became of the rows.
#[derive(Default)]
struct Taken {
    stored: usize,
    same: usize,
    newer: usize,
    /// Number and reasons of what was told and not done.
    contradicting: Vec<Value>,
}

fn opens(change: &Change) -> bool {
    matches!(change, Change::CaseFacts { facts, .. } if facts.first().is_some_and(|f| f.seq == 1))
}

/// A case that is not there yet. What is over already is written down and wakes nobody; what is still to come does.
fn first_told(
    house: &Installation,
    imported: &casework::ImportedCase,
    context: &linli_casework::Context<'_>,
) -> anyhow::Result<Change> {
    let mut facts = casework::facts(imported);
    let mut case = facts.iter().fold(None, apply).context("facts without an opening")?;
    for command in due(&case, context) {
        let Ok(decided) = decide(&case, &command, &ActorKind::System, context) else { continue };
        case = decided.facts.iter().fold(Some(case), apply).context("a case stays one")?;
        facts.extend(decided.facts);
    }
    let timer_at = timer_at(&case, &house.state.classes, &house.state.tiers);
    Ok(Change::CaseFacts { case: Box::new(case), facts, timer_at })
}

/// What a row adds to the case that is there; none if nothing.
async fn told_again(
    house: &Installation,
    imported: &casework::ImportedCase,
    case: &Case,
    taken: &mut Taken,
) -> anyhow::Result<Option<Vec<Change>>> {
    let stored = house.store.facts(case.id).await?;
    let newer = casework::newer(case, &stored, imported, house.clock.now());
    if newer.contradicts.is_empty() {
        *(if newer.facts.is_empty() { &mut taken.same } else { &mut taken.newer }) += 1;
    } else {
        taken.contradicting.push(json!({ "number": case.number, "why": newer.contradicts }));
    }
    if newer.facts.is_empty() {
        return Ok(None);
    }
    let (decided, seed) = (Decided { facts: newer.facts }, house.state.fresh.seed());
    let carried = consequences(&house.state, Some(case), decided, seed).await?;
    Ok(Some(carried.changes))
}

async fn owner_at(house: &Installation, area: &AreaId) -> anyhow::Result<Owner> {
    let (areas, roster) = (house.state.areas().await?, house.state.roster().await?);
    if areas.find(area).is_none() {
        bail!("--area {area}: there is no such area / 没有这个区域");
    }
    let class = house.state.classes.get_or_other(IMPORTED);
    let now = house.clock.now();
    let (owner, _) =
        roster.route(class, area, &areas, &[], now).map_err(|r| anyhow::anyhow!(r.message.en))?;
    Ok(owner)
}
