//! The walk through a partition's days, on the cores there are (BP1 to BP3).

use crate::{Clocks, Found, Past, Tried, Witnesses};
use linli_engine::{EngineConfig, Explanation};
use linli_history::ScanQuery;
use linli_model::{
    AreaId, AreaPath, Fault, Finding, Instant, Measure, Millis, Names, RegistryChange, RegistryEntry, Subject,
};
use linli_pack::{
    backtest::{Range, Variant},
    trial::Trial,
};
use linli_rule::RulePlan;
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// Hears how far it is, 0 to 1, and says whether to go on.
pub type GoesOn = dyn Fn(f64) -> bool + Send + Sync;

impl Past {
    /// The episodes of each side in each partition, in the partitions' order; None when `goes_on` said no.
    pub async fn episodes(
        self: &Arc<Self>,
        partitions: &[(AreaId, AreaPath)],
        tried: Arc<Tried>,
        goes_on: Arc<GoesOn>,
    ) -> Result<Option<Vec<Found>>, Fault> {
        let places = Arc::new(self.places());
        let (done, all) = (Arc::new(AtomicU64::new(0)), partitions.len().max(1) as f64);
        let mut walks = Vec::new();
        for partition in partitions {
            let permit = self.cores.0.clone().acquire_owned().await;
            let (past, tried, partition) = (self.clone(), tried.clone(), partition.clone());
            let (goes_on, done, places) = (goes_on.clone(), done.clone(), places.clone());
            walks.push(tokio::task::spawn_blocking(move || {
                let mut mine = 0;
                let advance = |share: f64| {
                    let now = (share * 1e6) as u64;
                    let sum = done.fetch_add(now.saturating_sub(mine), Ordering::Relaxed);
                    mine = now.max(mine);
                    goes_on(sum as f64 / 1e6 / all)
                };
                let found = past.walk(&partition, &places, &tried, advance, |trial, names, goes_on| {
                    let (readings, episodes) = trial.episodes(names, goes_on)?;
                    Some(Found { readings, episodes })
                });
                drop(permit);
                found
            }));
        }
        let mut all = Vec::new();
        let mut first_fault = None;
        for walk in walks {
            match walk.await.map_err(|e| Fault::passing(e.to_string()))? {
                Ok(found) => all.push(found),
                Err(fault) => first_fault = first_fault.or(Some(fault)),
            }
        }
        match first_fault {
            Some(fault) => Err(fault),
            None => Ok(all.into_iter().collect()),
        }
    }

    /// Why a rule did or did not hold for a subject at the end of what is tried, and its episodes until then.
    pub async fn explain(
        self: &Arc<Self>,
        partition: (AreaId, AreaPath),
        tried: Tried,
        rule: String,
        subject: Subject,
    ) -> Result<(Option<Explanation>, Vec<Finding>), Fault> {
        let past = self.clone();
        let permit = self.cores.0.clone().acquire_owned().await;
        let walk = tokio::task::spawn_blocking(move || {
            let places = past.places();
            let explained = past.walk(
                &partition,
                &places,
                &tried,
                |_| true,
                |trial, names, _| Some(trial.explain(names, &rule, &subject)),
            );
            drop(permit);
            explained
        });
        let explained = walk.await.map_err(|e| Fault::passing(e.to_string()))??;
        Ok(explained.unwrap_or_default())
    }

    /// By entry of the registry: the partition it is about; None is about all.
    fn places(&self) -> Vec<Option<AreaId>> {
        let partition = |path: &AreaPath| self.areas.partition_of(path).map(|(id, _)| id);
        let nowhere = || AreaId::new("");
        let place = |e: &RegistryEntry| match &e.change {
            RegistryChange::DeviceSet(d) => Some(partition(&d.area_path).unwrap_or_else(nowhere)),
            RegistryChange::MemberJoined { area_path, .. } => {
                Some(partition(area_path).unwrap_or_else(nowhere))
            }
            _ => None,
        };
        self.registry.iter().map(place).collect()
    }

    /// Walks through a partition's days, from the rules' look-back on. It waits for the disk.
    fn walk<T>(
        &self,
        (area, path): &(AreaId, AreaPath),
        places: &[Option<AreaId>],
        tried: &Tried,
        mut advance: impl FnMut(f64) -> bool,
        end: impl FnOnce(Trial, &Names, &mut dyn FnMut() -> bool) -> Option<T>,
    ) -> Result<Option<T>, Fault> {
        let here = self.registry.iter().zip(places).filter(|(_, p)| p.as_ref().is_none_or(|p| p == area));
        let registry: Vec<RegistryEntry> = here.map(|(e, _)| e.clone()).collect();
        let mut config = EngineConfig::new(area.clone(), path.clone());
        config.catalogue = self.catalogue.clone();
        config.zone = self.zone.clone();
        let (from, to) = (tried.from, tried.to);
        let plans: Vec<&RulePlan> = tried.sides.iter().flatten().map(|v| &*v.plan).collect();
        let mut query = query(area, &registry, &plans, (from, to));
        config.known_from = query.from;
        let range = Range { config, registry: &registry, from, to };
        let sides: Vec<&[Variant]> = tried.sides.iter().map(Vec::as_slice).collect();
        let mut trial = Trial::of(&range, &sides);
        let clocks = Clocks::of(&registry);
        // History keeps what devices said; what counts in the range may stand a little outside.
        let (begin, (behind, ahead)) = (query.from, clocks.reach());
        (query.from, query.to) = (query.from.saturating_add(behind), query.to.saturating_add(ahead));
        let length = (to - query.from).0.max(1) as f64;
        if !advance(0.0) {
            return Ok(None);
        }
        let mut scan = self.history.scan(&query);
        while let Some(mut block) = scan.next_day()? {
            clocks.set_right_day(&mut block.rows, scan.names(), begin, range.config.skew_max);
            let start = Instant::start_of(block.day, &self.zone);
            let share = ((start - query.from).0 as f64 / length).clamp(0.0, 1.0);
            let went_on =
                advance(share) && trial.live_through(&block, start, scan.names(), &mut || advance(share));
            if !went_on {
                return Ok(None);
            }
        }
        let found = end(trial, scan.names(), &mut || advance(1.0));
        advance(1.0);
        Ok(found)
    }
}

/// What these rules hear in a partition, from their look-back on.
fn query(
    area: &AreaId,
    registry: &[RegistryEntry],
    plans: &[&RulePlan],
    (from, to): (Instant, Instant),
) -> ScanQuery {
    let look_back = plans.iter().map(|p| p.look_back()).max().unwrap_or(0);
    let witnesses = Witnesses::of(registry, plans);
    let measures: BTreeSet<Measure> = plans.iter().flat_map(|p| &p.measures).cloned().collect();
    ScanQuery {
        area: area.clone(),
        from: from.saturating_sub(Millis(look_back)).saturating_sub(witnesses.longer),
        to,
        measures: measures.into_iter().collect(),
        devices: witnesses.devices,
    }
}
