//! The past of a partition as the engine is to see it: readings in event time, the registry as of its time. Whole partitions
//! are walked through by `linli_past`; here is gathered what a question about one subject plays from.

use crate::state::ServerState;
use linli_engine::EngineConfig;
use linli_history::{History, HistoryQuery, HistoryRow};
use linli_model::{
    AreaId, AreaPath, AreaTree, Diagnostic, Fault, Instant, Millis, OwnCode, ReadingId, RegistryChange,
    RegistryEntry, SourceId,
};
use linli_pack::backtest::{Past, Variant};
use linli_past::{Clocks, Witnesses};
pub use linli_past::{Cores, GoesOn, Tried, partitions, text_in_force};
use linli_rule::{Catalogue, RulePlan};
use linli_store::Store;
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

/// Most readings one question goes through; a narrower one is asked for beyond it.
pub const READINGS_MAX: usize = 5_000_000;

/// A partition with everything its engine is told.
pub struct Partition {
    pub config: EngineConfig,
    pub registry: Vec<RegistryEntry>,
    pub readings: Vec<Past>,
}

/// All registry changes, in the order of their numbers.
pub async fn registry(store: &dyn Store) -> Result<Vec<RegistryEntry>, Fault> {
    let (mut all, mut after) = (Vec::new(), 0);
    loop {
        let entries = store.registry_after(after, 1000).await?;
        let Some(last) = entries.last().map(|e| e.seq) else { return Ok(all) };
        after = last;
        all.extend(entries);
    }
}

/// The server's past, to be walked through.
pub(crate) fn of(
    state: &ServerState,
    areas: Arc<AreaTree>,
    registry: Vec<RegistryEntry>,
) -> linli_past::Past {
    linli_past::Past {
        history: state.history.clone(),
        areas,
        registry,
        catalogue: state.catalogue.clone(),
        zone: state.zone().clone(),
        cores: state.runs.cores.clone(),
    }
}

/// The rule in force, the street's or an area's own; None where there is none.
pub fn variant_in_force(
    registry: &[RegistryEntry],
    rule: &str,
    catalogue: &Catalogue,
) -> Option<Result<Variant, Vec<Diagnostic>>> {
    let Some(code) = OwnCode::read(rule).filter(|c| !c.shadow) else {
        return text_in_force(registry, rule).map(|text| Variant::in_force(&text, catalogue));
    };
    let found = registry.iter().fold(None, |found, entry| match &entry.change {
        RegistryChange::AreaRuleSet { area, area_path, rule, text, shadow: false, .. }
            if (area, rule) == (&code.area, &code.rule) =>
        {
            Some((area, area_path, text))
        }
        RegistryChange::AreaRuleRemoved { area, rule, shadow: false, .. }
            if (area, rule) == (&code.area, &code.rule) =>
        {
            None
        }
        _ => found,
    });
    found.map(|(area, path, text)| Variant::of_area(text, (area, path), catalogue))
}

/// Why the past could not be put together.
pub enum NotGathered {
    TooMuch(Diagnostic),
    Fault(Fault),
}
impl From<Fault> for NotGathered {
    fn from(fault: Fault) -> Self {
        NotGathered::Fault(fault)
    }
}

/// What `plans` hear in a partition from their look-back before `from` on, up to `to`.
pub async fn gather(
    history: &dyn History,
    areas: &AreaTree,
    registry: &[RegistryEntry],
    catalogue: &Arc<Catalogue>,
    (area, path): &(AreaId, AreaPath),
    plans: &[&RulePlan],
    (from, to): (Instant, Instant),
) -> Result<Partition, NotGathered> {
    let here = |p: &AreaPath| areas.partition_of(p).is_some_and(|(id, _)| id == *area);
    let registry: Vec<RegistryEntry> = registry
        .iter()
        .filter(|e| match &e.change {
            RegistryChange::DeviceSet(d) => here(&d.area_path),
            RegistryChange::MemberJoined { area_path, .. } => here(area_path),
            _ => true,
        })
        .cloned()
        .collect();
    let look_back = plans.iter().map(|p| p.look_back()).max().unwrap_or(0);
    let clocks = Clocks::of(&registry);
    let witnesses = Witnesses::of(&registry, plans);
    // As far back as a walk looks: both know the same (BT4).
    let span = (from.saturating_add(Millis(-look_back)).saturating_sub(witnesses.longer), to);
    // History keeps what devices said; what counts in the range may stand a little outside.
    let (behind, ahead) = clocks.reach();
    let mut query = HistoryQuery::between(span.0.saturating_add(behind), span.1.saturating_add(ahead))
        .in_area(area.clone());
    let measures: BTreeSet<_> = plans.iter().flat_map(|p| &p.measures).cloned().collect();
    query.measures = measures.iter().cloned().collect();
    let mut rows = history.read(&query.clone().first(READINGS_MAX + 1)).await?;
    if !witnesses.devices.is_empty() {
        query.measures.clear();
        query.devices = witnesses.devices;
        let more = history.read(&query.first(READINGS_MAX + 1)).await?;
        rows.extend(more.into_iter().filter(|r: &HistoryRow| !measures.contains(&r.reading.measure)));
        rows.sort_by_key(|r| r.reading.observed_at);
    }
    if rows.len() > READINGS_MAX {
        return Err(NotGathered::TooMuch(Diagnostic::new(
            "too_much",
            "from",
            format!("这段时间的读数超过 {READINGS_MAX} 条,请缩短时间或范围"),
            format!("there are more than {READINGS_MAX} readings; ask for a shorter time or a smaller area"),
        )));
    }
    first_of_each_id(&mut rows);
    clocks.set_right(&mut rows, span);
    let mut config = EngineConfig::new(area.clone(), path.clone());
    (config.catalogue, config.known_from) = (catalogue.clone(), span.0);
    let readings = rows.into_iter().map(|r| Past { source: r.source, reading: r.reading }).collect();
    Ok(Partition { config, registry, readings })
}

/// Of readings that came under one id, whatever they said, the first in the log counted.
fn first_of_each_id(rows: &mut Vec<HistoryRow>) {
    let mut first: HashMap<(SourceId, ReadingId), u64> = HashMap::with_capacity(rows.len());
    for row in rows.iter() {
        let position = first.entry((row.source.clone(), row.reading.id.clone())).or_insert(row.position);
        *position = row.position.min(*position);
    }
    rows.retain(|row| {
        // Taken out once, so that a repetition inside the batch falls away, too.
        let key = (row.source.clone(), row.reading.id.clone());
        first.get(&key) == Some(&row.position) && first.remove(&key).is_some()
    });
}
