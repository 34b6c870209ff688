//! Through the engine loop: what a sensor finds near an open report is the same matter, in whichever estate each stands.

mod town;

use linli_casework::{ActorKind, Case, Opening, ReporterId};
use linli_model::{AreaId, AreaPath, DeviceClass, Millis};
use linli_server::{
    cases::carry::{next_case_number, open_case},
    ports::Clock,
};
use linli_store::{CaseFilter, PageAsk};
use town::{Town, device, id, report};

const OVERFLOW: &str = include_str!("../../../packs/waste/rules/waste_overflow.toml");
/// Where the waste point stands, in estate W.
const POINT: (f64, f64) = (121.42, 31.17);

fn point() -> linli_model::Device {
    device("point-1", DeviceClass::WastePoint, "overflow", Some(POINT))
}

async fn town() -> Town {
    Town::with(point(), ("waste_overflow", OVERFLOW), Vec::new()).await
}

/// A resident of estate E says that waste lies about, so many metres north of the waste point, or says not where.
async fn reported(town: &Town, metres: Option<f64>) -> Case {
    let reporter: ReporterId = id(&format!("reporter {metres:?}"));
    let area = AreaId::new("E");
    let opening = Opening {
        number: next_case_number(&town.house.state, &area).await.unwrap(),
        place: "E".into(),
        area,
        lon: metres.map(|_| POINT.0),
        lat: metres.map(|m| POINT.1 + m / 111_320.0),
        reporters: vec![reporter],
        ..report(&format!("{metres:?}"), "environment.waste", "web")
    };
    let who = ActorKind::Reporter { reporter };
    open_case(&town.house.state, &opening, &who, Vec::new(), None).await.unwrap().0
}

/// The waste point says that it overflows, and goes on saying so.
async fn overflows(town: &Town) {
    for _ in 0..4 {
        town.says(&point(), Millis::minutes(10)).await;
    }
}

/// Every case: its class, its estate and how many findings it holds.
async fn told(town: &Town) -> String {
    let filter = CaseFilter::all_within(vec![AreaPath("S/".into())], town.clock.now());
    let cases = town.house.store.cases(&filter, &PageAsk::first(50)).await.unwrap().items;
    let told = |c: &Case| format!("{} {} {}", c.class, c.area, c.findings.len());
    let mut lines: Vec<_> = cases.iter().map(told).collect();
    lines.sort();
    lines.join("\n")
}

#[tokio::test]
async fn a_finding_near_an_open_report_of_another_estate_joins_it() {
    let town = town().await;
    reported(&town, Some(60.0)).await;
    overflows(&town).await;
    assert_eq!(told(&town).await, "environment.waste E 1");
}

#[tokio::test]
async fn a_finding_too_far_from_every_report_is_a_case_of_its_own_where_its_device_stands() {
    let town = town().await;
    reported(&town, Some(140.0)).await;
    reported(&town, None).await;
    overflows(&town).await;
    assert_eq!(told(&town).await, "environment.waste E 0\nenvironment.waste E 0\nwaste.overflow W 1");
    let filter = CaseFilter {
        class: Some("waste.overflow".into()),
        ..CaseFilter::all_within(vec![AreaPath("S/".into())], town.clock.now())
    };
    let own = town.house.store.cases(&filter, &PageAsk::first(1)).await.unwrap().items.remove(0);
    assert_eq!((own.lon, own.lat), (Some(POINT.0), Some(POINT.1)));
}

#[tokio::test]
async fn of_several_reports_the_nearest_is_joined() {
    let town = town().await;
    let near = reported(&town, Some(20.0)).await;
    reported(&town, Some(80.0)).await;
    overflows(&town).await;
    let joined = town.house.store.case(near.id).await.unwrap().unwrap();
    assert_eq!(joined.findings.len(), 1);
    assert_eq!(told(&town).await, "environment.waste E 0\nenvironment.waste E 1");
}
