//! `linli import --into`: takes a file's rows into an installation, through the doors everything else goes through.
//!
//! Invariants
//! - II1 Readings go through intake: judged, durable, the bad ones in quarantine; the same file twice changes nothing the
//!   rules hear (ids are the mapping's).
//! - II2 A case is stored once: its id comes from the mapping and its number in the other system.
//! - II3 The folder must be free: a running installation is not written to behind its back.

use crate::import::{reading_line, to_casework};
use anyhow::{Context, bail};
use linli_casework::{Owner, apply, import as casework};
use linli_intake::{
    Message, Principal,
    file::{CaseReport, Imported, ImportedCase, Mapping, Outcome},
};
use linli_model::{AreaId, Reading};
use linli_runtime::{Config, Installation, Options, SystemClock};
use linli_store::{Change, Commit};
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

/// Cases as facts of their own, owned by who would be given them at `area`; those that are there already are left.
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
    let (mut stored, mut there) = (0, 0);
    for some in to_casework(mapping, &report.cases, owner).chunks(CASES) {
        let mut changes = Vec::new();
        for imported in some {
            if house.store.case(imported.id).await?.is_some() {
                there += 1;
                continue;
            }
            let facts = casework::facts(imported);
            let case = facts.iter().fold(None, apply).context("facts without an opening")?;
            // Its clocks ran in the other system; they are shown, and ring no bell here.
            changes.push(Change::CaseFacts { case: Box::new(case), facts, timer_at: None });
            stored += 1;
        }
        let commit = Commit { at: house.clock.now(), changes, ..Commit::default() };
        house.store.commit(commit).await.map_err(|e| anyhow::anyhow!("{e}"))?;
    }
    Ok(json!({ "stored": stored, "there_already": there, "area_unknown": elsewhere.len() }))
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
