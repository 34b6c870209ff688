//! The estate on the ground: 41 slab buildings in seven rows, drawn by rule so that every seed has the same place.

use crate::{CountedPlace, Dwelling, ESTATE, RESIDENTIAL_AREA, STREET};
use linli_model::{Area, AreaId, AreaLevel, AreaPath};
use serde_json::{Value, json};

pub const ESTATE_NAME: &str = "田林十二村";
pub const BUILDINGS: usize = 41;
pub const DOORWAYS: usize = 85;
pub const FLOORS: u32 = 6;
pub const ROOMS_A_FLOOR: u32 = 4;

const CENTRE: (f64, f64) = (121.42, 31.17);
const METRES_PER_DEGREE: f64 = 111_320.0;
/// The rows run a few degrees off east, as the streets there do.
const TURN_DEGREES: f64 = 8.0;
const COLUMNS: usize = 6;
const BUILDING_METRES: (f64, f64) = (50.0, 11.0);
const STEP_METRES: (f64, f64) = (63.0, 36.0);

pub struct Building {
    /// From 1.
    pub number: usize,
    pub id: AreaId,
    /// Middle, in metres east and north of the estate's centre before the turn.
    pub at: (f64, f64),
}

pub struct Doorway {
    /// What is written over it (号), counted through the whole estate from 1.
    pub number: usize,
    pub building: usize,
    pub id: AreaId,
    pub path: AreaPath,
    pub at: (f64, f64),
}

pub struct Plan {
    pub street_path: AreaPath,
    pub grids: Vec<(AreaId, AreaPath)>,
    pub area_path: AreaPath,
    pub estate_path: AreaPath,
    pub buildings: Vec<Building>,
    pub doorways: Vec<Doorway>,
}

impl Plan {
    pub fn draw() -> Plan {
        let street_path = AreaPath::root(&AreaId::new(STREET));
        let grids: Vec<_> = (1..=4)
            .map(|n| AreaId::new(format!("{STREET}-G{n}")))
            .map(|id| (id.clone(), street_path.child(&id)))
            .collect();
        let area_path = grids[1].1.child(&AreaId::new(RESIDENTIAL_AREA));
        let estate_path = area_path.child(&AreaId::new(ESTATE));
        let buildings: Vec<_> = (1..=BUILDINGS).map(building).collect();
        let mut doorways = vec![];
        for building in &buildings {
            let path = estate_path.child(&building.id);
            // 38 buildings with two doorways and three long ones with three: 85.
            let count = if [9, 20, 33].contains(&building.number) { 3 } else { 2 };
            for n in 0..count {
                let number = doorways.len() + 1;
                let id = AreaId::new(format!("{}-D{number}", building.id));
                let along = BUILDING_METRES.0 * ((n as f64 + 0.5) / f64::from(count) - 0.5);
                let at = (building.at.0 + along, building.at.1 - BUILDING_METRES.1 / 2.0);
                doorways.push(Doorway { number, building: building.number, path: path.child(&id), id, at });
            }
        }
        Plan { street_path, grids, area_path, estate_path, buildings, doorways }
    }

    /// All areas from the street to the dwellings, parents first.
    pub fn areas(&self, dwellings: &[Dwelling]) -> Vec<Area> {
        let area = |id: &AreaId, level, name: String, parent: Option<&AreaId>, path: &AreaPath| Area {
            id: id.clone(),
            level,
            name,
            parent: parent.cloned(),
            path: path.clone(),
        };
        let street = AreaId::new(STREET);
        let committee = AreaId::new(RESIDENTIAL_AREA);
        let estate = AreaId::new(ESTATE);
        let mut areas = vec![area(&street, AreaLevel::Street, "田林街道".into(), None, &self.street_path)];
        for ((id, path), name) in self.grids.iter().zip(["第一网格", "第二网格", "第三网格", "第四网格"])
        {
            areas.push(area(id, AreaLevel::Grid, name.into(), Some(&street), path));
        }
        let grid = &self.grids[1].0;
        let name = format!("{ESTATE_NAME}居民区");
        areas.push(area(&committee, AreaLevel::ResidentialArea, name, Some(grid), &self.area_path));
        areas.push(area(&estate, AreaLevel::Estate, ESTATE_NAME.into(), Some(&committee), &self.estate_path));
        for b in &self.buildings {
            let name = format!("{ESTATE_NAME}{}幢", b.number);
            areas.push(area(&b.id, AreaLevel::Building, name, Some(&estate), &self.estate_path.child(&b.id)));
        }
        for d in &self.doorways {
            let building = &self.buildings[d.building - 1].id;
            let name = format!("{ESTATE_NAME}{}号", d.number);
            areas.push(area(&d.id, AreaLevel::Doorway, name, Some(building), &d.path));
        }
        for d in dwellings {
            areas.push(area(&d.area, AreaLevel::Dwelling, d.address.clone(), Some(&d.doorway), &d.path));
        }
        areas
    }
}

fn building(number: usize) -> Building {
    let i = number - 1;
    // The last row has five: the open space by the gate is the car park.
    let (row, column) = (i / COLUMNS, i % COLUMNS);
    let rows = BUILDINGS.div_ceil(COLUMNS);
    let east = (column as f64 - (COLUMNS as f64 - 1.0) / 2.0) * STEP_METRES.0;
    let north = ((rows as f64 - 1.0) / 2.0 - row as f64) * STEP_METRES.1;
    Building { number, id: AreaId::new(format!("{ESTATE}-B{number:02}")), at: (east, north) }
}

/// Degrees with seven decimals (a centimetre), so that the same place is the same text everywhere.
pub fn degrees((east, north): (f64, f64)) -> (f64, f64) {
    let (sin, cos) = TURN_DEGREES.to_radians().sin_cos();
    let (x, y) = (east * cos - north * sin, east * sin + north * cos);
    let round = |d: f64| (d * 1e7).round() / 1e7;
    let lat = CENTRE.1 + y / METRES_PER_DEGREE;
    let lon = CENTRE.0 + x / (METRES_PER_DEGREE * CENTRE.1.to_radians().cos());
    (round(lon), round(lat))
}

/// A point by name: gates, sheds, pump room and the like.
pub fn spot(name: &str) -> (f64, f64) {
    match name {
        "gate_east" => (205.0, -20.0),
        "gate_south" => (-60.0, -135.0),
        "park_main" => (172.0, -108.0),
        "park_west" => (-200.0, 40.0),
        "shed_1" => (-126.0, 92.0),
        "shed_2" => (63.0, 92.0),
        "shed_3" => (-126.0, -16.0),
        "shed_4" => (63.0, -52.0),
        "waste_1" => (-205.0, 110.0),
        "waste_2" => (205.0, 110.0),
        "waste_3" => (-205.0, -90.0),
        "waste_4" => (120.0, -128.0),
        "pump_room" => (-200.0, 0.0),
        "square" => (0.0, 20.0),
        "north_wall" => (40.0, 128.0),
        _ => (0.0, 0.0),
    }
}

fn rectangle((east, north): (f64, f64), (length, depth): (f64, f64)) -> Value {
    let corner = |x: f64, y: f64| {
        let (lon, lat) = degrees((east + x * length / 2.0, north + y * depth / 2.0));
        json!([lon, lat])
    };
    let corners = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0), (-1.0, -1.0)];
    json!({ "type": "Polygon", "coordinates": [corners.map(|(x, y)| corner(x, y))] })
}

fn point(at: (f64, f64)) -> Value {
    let (lon, lat) = degrees(at);
    json!({ "type": "Point", "coordinates": [lon, lat] })
}

fn feature(kind: &str, id: &str, name: &str, geometry: Value) -> Value {
    json!({
        "type": "Feature",
        "id": id,
        "properties": { "kind": kind, "area": id, "name": name },
        "geometry": geometry,
    })
}

pub fn geojson(plan: &Plan, counted: &[CountedPlace]) -> Value {
    let mut features = vec![feature("estate", ESTATE, ESTATE_NAME, rectangle((0.0, 0.0), (430.0, 285.0)))];
    for b in &plan.buildings {
        let long = if [9, 20, 33].contains(&b.number) { 58.0 } else { BUILDING_METRES.0 };
        let name = format!("{}幢", b.number);
        let mut building =
            feature("building", b.id.as_str(), &name, rectangle(b.at, (long, BUILDING_METRES.1)));
        building["properties"]["floors"] = json!(FLOORS);
        features.push(building);
    }
    for d in &plan.doorways {
        features.push(feature("doorway", d.id.as_str(), &format!("{}号", d.number), point(d.at)));
    }
    for (id, name) in [("gate_east", "东门"), ("gate_south", "南门")] {
        features.push(feature("gate", &format!("{ESTATE}-{id}"), name, point(spot(id))));
    }
    for (id, size) in [("park_main", (60.0, 34.0)), ("park_west", (24.0, 50.0))] {
        let place = counted.iter().find(|c| c.subject.id.ends_with(id));
        if let Some(place) = place {
            features.push(feature("car_park", &place.subject.id, &place.name, rectangle(spot(id), size)));
        }
    }
    for place in counted.iter().filter(|c| c.subject.id.contains("shed")) {
        let id = place.subject.id.rsplit_once('-').map_or("", |(_, id)| id);
        features.push(feature("bike_shed", &place.subject.id, &place.name, rectangle(spot(id), (14.0, 6.0))));
    }
    json!({ "type": "FeatureCollection", "features": features })
}
