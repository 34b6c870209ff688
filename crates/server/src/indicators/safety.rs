//! The safety index (平安指数) of the area asked for, and of its parts where it is divided.
//!
//! The mean of the whole street enters an index without being shown; places outside of the caller's areas have no row.
//! Rows stand in the order of the tree: the index ranks nobody.

use super::Asked;
use crate::{labels::say, problem::Answer, state::ServerState, who::Who};
use linli_access::Action;
use linli_api::{
    Coded,
    indicator::{SafetyEvents, SafetyRow, SafetyView},
};
use linli_indicator::{
    Measure, Period,
    safety::{Kind, Known, Place, judged},
};
use linli_model::{Area, AreaId, AreaLevel, AreaPath, AreaTree, Extent, LocalDay, Millis};
use linli_store::{Heads, TallyFilter, TallyGroup};
use std::collections::BTreeMap;

/// Where this person may read in so many places, the first of them have a row.
const ROWS_MAX: usize = 200;

pub(super) async fn of(
    state: &ServerState,
    who: &Who,
    areas: &AreaTree,
    asked: &Asked,
    divided: bool,
) -> Answer<SafetyView> {
    let counted = state.store.heads().await?;
    let parts = parts(areas);
    let mut places = whole(state, who, areas, asked);
    if divided && let [one] = places[..] {
        places.extend(parts.get(&one.id).into_iter().flatten());
    }
    let mine = who.areas(state, Action::CaseRead);
    places.retain(|a| mine.iter().any(|m| areas.lies(a).within(m)));
    let heads = Residents { areas, counted: &counted, parts: &parts };
    let mut streets: BTreeMap<&AreaId, Street> = BTreeMap::new();
    let mut rows = Vec::new();
    for place in places.into_iter().take(ROWS_MAX) {
        let street = areas.find_at_level(&place.id, AreaLevel::Street);
        let street = street.or_else(|| areas.upward(&place.id).last()).unwrap_or(place);
        if !streets.contains_key(&street.id) {
            streets.insert(&street.id, Street::of(state, areas, asked, &heads, street).await?);
        }
        rows.push(streets[&street.id].row(state, areas, &heads, place, asked.period.last));
    }
    Ok(SafetyView { formula: say(&state.safety.words()), rows })
}

/// The area asked for; where none is, those that this person's posts are in.
fn whole<'a>(state: &ServerState, who: &Who, areas: &'a AreaTree, asked: &Asked) -> Vec<&'a Area> {
    if let Some(area) = &asked.area {
        return areas.today(&area.id).into_iter().collect();
    }
    let mut found: Vec<&Area> = Vec::new();
    let mine = who.areas(state, Action::CaseRead);
    for area in mine.iter().filter_map(|path| areas.today(&path.ids().next_back()?)) {
        if !found.iter().any(|a| a.id == area.id) {
            found.push(area);
        }
    }
    found
}

/// The parts of each area down to estates, as they lie today.
fn parts(areas: &AreaTree) -> BTreeMap<AreaId, Vec<&Area>> {
    let mut parts: BTreeMap<AreaId, Vec<&Area>> = BTreeMap::new();
    for area in areas.in_force().filter(|a| a.level <= AreaLevel::Estate) {
        if let Some(parent) = area.parent.as_ref().and_then(|p| areas.today(p)) {
            parts.entry(parent.id.clone()).or_default().push(area);
        }
    }
    parts
}

/// How many live where.
struct Residents<'a> {
    areas: &'a AreaTree,
    counted: &'a BTreeMap<AreaId, Vec<Heads>>,
    parts: &'a BTreeMap<AreaId, Vec<&'a Area>>,
}

impl Residents<'_> {
    /// As was known on that day, within the boundaries of now; else the sum of the parts where each is known. And
    /// whether there was a count within other boundaries.
    fn of(&self, id: &AreaId, day: LocalDay) -> (Option<u32>, bool) {
        let counted = self.counted.get(id).and_then(|all| all.iter().rfind(|h| h.since <= day));
        if let Some(now) = counted.filter(|h| !self.areas.redrawn_after(id, h.since)) {
            return (Some(now.residents), false);
        }
        let parts = self.parts.get(id).map_or(&[][..], Vec::as_slice);
        let each: Option<Vec<u32>> = parts.iter().map(|part| self.of(&part.id, day).0).collect();
        let sum =
            each.filter(|each| !each.is_empty()).map(|each| each.into_iter().fold(0, u32::saturating_add));
        (sum, sum.is_none() && counted.is_some())
    }
}

/// Events by where they were, of each kind.
type Events = [Vec<(AreaPath, u32)>; 3];

fn count(events: &Events, extent: &[Extent]) -> [u32; 3] {
    let inside = |path: &AreaPath| extent.iter().any(|e| e.holds(path));
    [0, 1, 2].map(|k| events[k].iter().filter(|(path, _)| inside(path)).map(|(_, n)| n).sum())
}

struct Street {
    known: Known,
    /// Of the year before.
    before: Option<Place>,
    events: Events,
}

impl Street {
    /// Nothing is counted where no index can come of it.
    async fn of(
        state: &ServerState,
        areas: &AreaTree,
        asked: &Asked,
        heads: &Residents<'_>,
        street: &Area,
    ) -> Answer<Street> {
        let (extent, day) = (areas.extent(&street.id), asked.period.last);
        let (residents, counted_before) = heads.of(&street.id, day);
        let mut known = Known { heads: residents, counted_before, events: [0; 3] };
        let (mut events, mut before) = (Events::default(), None);
        if residents.is_some() && state.safety.unknown_kinds().is_empty() {
            events = happened(state, &extent, &asked.period).await?;
            known.events = count(&events, &extent);
            if let Some(period) = asked.period.year_before()
                && let (Some(heads), _) = heads.of(&street.id, period.last)
            {
                let events = happened(state, &extent, &period).await?;
                before = Some(Place { heads, events: count(&events, &extent) });
            }
        }
        Ok(Street { known, before, events })
    }

    fn row(
        &self,
        state: &ServerState,
        areas: &AreaTree,
        heads: &Residents<'_>,
        area: &Area,
        day: LocalDay,
    ) -> SafetyRow {
        let (residents, counted_before) = heads.of(&area.id, day);
        let events = count(&self.events, &areas.extent(&area.id));
        let place = Known { heads: residents, counted_before, events };
        let index = judged(&place, &self.known, self.before, &state.safety);
        let of = |kind: Kind, n: u32| SafetyEvents { kind: Coded::new(kind.code(), say(&kind.label())), n };
        let (found, blank) = match index {
            Ok(index) => (Some(index), None),
            Err(blank) => (None, Some(Coded::new(blank.code(), say(&blank.label())))),
        };
        SafetyRow {
            area: Coded::new(area.id.as_str(), &area.name),
            residents,
            events: found.map_or_else(Vec::new, |_| {
                Kind::ALL.into_iter().zip(events).map(|(k, n)| of(k, n)).collect()
            }),
            value: found.map(|i| i.value),
            low: found.map(|i| i.low),
            high: found.map(|i| i.high),
            band: found.map(|i| Coded::new(i.band.code(), say(&i.band.label()))),
            blank,
        }
    }
}

/// The cases of a period that are events, excluded ones left out; kind by kind.
async fn happened(state: &ServerState, extent: &[Extent], period: &Period) -> Answer<Events> {
    let (from, to) = period.instants(state.zone());
    let mut events = Events::default();
    for (n, kind) in Kind::ALL.into_iter().enumerate() {
        let filter = TallyFilter {
            within: extent.iter().map(|e| e.path.clone()).collect(),
            areas: extent.to_vec(),
            class: None,
            classes: state.safety.classes_of(kind).to_vec(),
            measures: vec![Measure::Reported],
            from,
            to: to.min(state.now() + Millis(1)),
        };
        if filter.classes.is_empty() {
            continue;
        }
        let sums = state.store.tally_sums(&filter, TallyGroup::Area).await?;
        events[n] = sums
            .into_iter()
            .map(|s| (AreaPath(s.group), u32::try_from(s.sum.n).unwrap_or(u32::MAX)))
            .collect();
    }
    Ok(events)
}
