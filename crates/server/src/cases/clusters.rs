//! What is open, by building, for the map; the same filter as the list.
//!
//! Invariants
//! - CU1 Nothing falls off: what is open of a filter is the sum over its clusters. A case in no building stands at
//!   its area.

use super::list::filter;
use crate::{
    labels,
    problem::Answer,
    state::ServerState,
    who::Who,
    wire::{Json, Query},
};
use axum::extract::State;
use linli_api::{
    Coded, Problem,
    case::{CaseQuery, MapCluster, MapClusters},
};
use linli_model::{Area, AreaId, AreaLevel, AreaPath, AreaTree};
use linli_store::OpenAt;
use std::collections::BTreeMap;

/// Inside a building its doorways are told apart.
#[utoipa::path(get, path = "/map/clusters", operation_id = "mapClusters", tag = "cases", params(CaseQuery),
    responses((status = 200, body = MapClusters), (status = 400, body = Problem)))]
pub async fn get(
    State(state): State<ServerState>,
    who: Who,
    Query(q): Query<CaseQuery>,
) -> Answer<Json<MapClusters>> {
    let filter = filter(&state, &who, &CaseQuery { open: Some(true), ..q.clone() }).await?;
    let areas = state.areas().await?;
    let asked = q.area.map(AreaId::new);
    let inside = asked.is_some_and(|id| areas.find_at_level(&id, AreaLevel::Building).is_some());
    let level = if inside { AreaLevel::Doorway } else { AreaLevel::Building };
    let gathered = gather(&areas, &by_today(&areas, state.store.open_by_area(&filter).await?), level);
    let clusters: Vec<_> = gathered.iter().map(view).collect();
    Ok(Json(MapClusters { open: clusters.iter().map(|c| c.open).sum(), clusters }))
}

struct Cluster<'a> {
    path: AreaPath,
    area: Option<&'a Area>,
    /// Everything inside it, too, and not only what lies at exactly this area.
    whole: bool,
    sum: OpenAt,
}

fn add(sum: &mut OpenAt, place: &OpenAt) {
    sum.open += place.open;
    sum.worst = sum.worst.max(place.worst);
    sum.overdue += place.overdue;
    sum.to_accept += place.to_accept;
}

/// The places by where they lie today, in the order of those paths.
fn by_today(areas: &AreaTree, places: Vec<OpenAt>) -> Vec<OpenAt> {
    if !areas.was_redrawn() {
        return places;
    }
    let mut today: BTreeMap<AreaPath, OpenAt> = BTreeMap::new();
    for place in places {
        let area_path = areas.where_today(&place.area_path);
        match today.get_mut(&area_path) {
            Some(sum) => add(sum, &place),
            None => drop(today.insert(area_path.clone(), OpenAt { area_path, ..place })),
        }
    }
    today.into_values().collect()
}

/// The places (in the order of their paths) by the area of `level` they lie in, or else by themselves.
fn gather<'a>(areas: &'a AreaTree, places: &[OpenAt], level: AreaLevel) -> Vec<Cluster<'a>> {
    let mut clusters: Vec<Cluster<'a>> = Vec::new();
    for place in places {
        if let Some(last) = clusters.last_mut().filter(|c| c.whole && place.area_path.within(&c.path)) {
            add(&mut last.sum, place);
            continue;
        }
        let at = |area: &&Area| area.level == level && place.area_path.within(&areas.lies(area));
        let found = place.area_path.ids().find_map(|id| areas.find(&id).filter(at));
        let own = || place.area_path.ids().next_back().and_then(|id| areas.find(&id));
        clusters.push(Cluster {
            path: found.map_or_else(|| place.area_path.clone(), |area| areas.lies(area)),
            area: found.or_else(own),
            whole: found.is_some(),
            sum: place.clone(),
        });
    }
    clusters
}

fn view(cluster: &Cluster<'_>) -> MapCluster {
    // An area that is no more has its code for a name.
    let code = cluster.path.ids().next_back().unwrap_or_else(|| AreaId::new(""));
    let name = cluster.area.map_or(code.as_str(), |a| &a.name);
    MapCluster {
        area: Coded::new(code.as_str(), name),
        level: cluster.area.map(|a| labels::level(a.level)),
        whole: cluster.whole,
        open: cluster.sum.open,
        worst: labels::severity(cluster.sum.worst),
        overdue: cluster.sum.overdue,
        to_accept: cluster.sum.to_accept,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use linli_model::Severity;

    fn area(path: &str, level: AreaLevel) -> Area {
        let path = AreaPath(path.to_owned());
        let mut ids = path.ids().rev();
        let (id, parent) = (ids.next().unwrap(), ids.next());
        Area { name: format!("{id}号"), id, level, parent, path: path.clone() }
    }

    fn town() -> AreaTree {
        AreaTree::from_areas([
            area("S/", AreaLevel::Street),
            area("S/E/", AreaLevel::Estate),
            area("S/E/B/", AreaLevel::Building),
            area("S/E/B/B-1/", AreaLevel::Doorway),
            area("S/E/B/B-1/B-1-101/", AreaLevel::Dwelling),
            area("S/E/B1/", AreaLevel::Building),
            area("S/E/D/", AreaLevel::Doorway),
        ])
    }

    /// `path open worst`, a line each.
    fn places(text: &str) -> Vec<OpenAt> {
        let place = |line: &str| {
            let mut parts = line.split_whitespace();
            let (path, open, worst) = (parts.next()?, parts.next()?, parts.next()?);
            let worst = if worst == "alarm" { Severity::Alarm } else { Severity::Info };
            let open = open.parse().ok()?;
            Some(OpenAt { area_path: AreaPath(path.into()), open, worst, overdue: 1, to_accept: 0 })
        };
        text.lines().filter_map(place).collect()
    }

    fn told(text: &str, level: AreaLevel) -> String {
        let line = |c: &Cluster<'_>| {
            let v = view(c);
            let how = if v.whole { "in" } else { "at" };
            format!("{how} {}: {} {} overdue {}", v.area.label, v.open, v.worst.code, v.overdue)
        };
        gather(&town(), &places(text), level).iter().map(line).collect::<Vec<_>>().join("\n")
    }

    const OPEN: &str = "S/ 2 info\nS/E/ 1 info\nS/E/B/ 3 info\nS/E/B/B-1/ 1 info\nS/E/B/B-1/B-1-101/ 4 alarm\n\
        S/E/B1/ 5 info\nS/E/D/ 1 info\nS/E/gone/ 1 info";

    #[test]
    fn what_lies_in_a_building_stands_there_and_the_rest_at_its_area() {
        let expected = "at S号: 2 info overdue 1\nat E号: 1 info overdue 1\nin B号: 8 alarm overdue 3\n\
            in B1号: 5 info overdue 1\nat D号: 1 info overdue 1\nat gone: 1 info overdue 1";
        assert_eq!(told(OPEN, AreaLevel::Building), expected);
    }

    #[test]
    fn inside_a_building_its_doorways_are_told_apart() {
        let building = "S/E/B/ 3 info\nS/E/B/B-1/ 1 info\nS/E/B/B-1/B-1-101/ 4 alarm";
        let expected = "at B号: 3 info overdue 1\nin B-1号: 5 alarm overdue 2";
        assert_eq!(told(building, AreaLevel::Doorway), expected);
    }
}
