//! An elder's emergency button through the engine loop: one call for help is one case, told at once to who is on duty.

mod town;

use linli_casework::{Case, ClosedHow, Stage, may_join};
use linli_model::{AreaPath, Device, DeviceClass, Measure, Millis, Severity};
use linli_server::ports::Clock;
use linli_store::{CaseFilter, PageAsk};
use town::{Town, device, id};

const SOS: &str = include_str!("../../../packs/elder/rules/sos_button.toml");

fn button() -> Device {
    device("sos-1", DeviceClass::Other, "sos", None)
}

async fn press(town: &Town) {
    town.says(&button(), Millis::secs(1)).await;
}

async fn alive(town: &Town) {
    let device = Device { measures: vec![Measure::new("heartbeat")], ..button() };
    town.says(&device, Millis::secs(1)).await;
}

async fn cases(town: &Town) -> Vec<Case> {
    let filter = CaseFilter::all_within(vec![AreaPath("S/".into())], town.clock.now());
    town.house.store.cases(&filter, &PageAsk::first(50)).await.unwrap().items
}

#[tokio::test]
async fn presses_in_a_row_are_one_case_and_a_press_after_its_end_is_a_new_one() {
    let town = Town::with(button(), ("sos_button", SOS), Vec::new()).await;
    for _ in 0..3 {
        press(&town).await;
    }
    let first = cases(&town).await.remove(0);
    assert_eq!(
        (first.class.as_str(), first.severity, first.findings.len()),
        ("care.sos", Severity::Alarm, 1)
    );
    assert_eq!(first.owner.user, id("cadre"), "who is on duty for the area");
    let inbox = town.house.store.inbox(id("cadre"), town.clock.now(), &PageAsk::first(9)).await.unwrap();
    assert!(inbox.items.iter().any(|i| i.notice.case == Some(first.id)), "told at once");
    // The button is itself again and is pressed once more, while the case is still open.
    alive(&town).await;
    town.pass(Millis::minutes(20));
    press(&town).await;
    let open = cases(&town).await;
    assert_eq!((open.len(), open[0].findings.len()), (1, 2), "the same case");
    // Once somebody has seen to it, a press is another matter.
    let closed = Case { stage: Stage::Closed { how: ClosedHow::Confirmed }, ..open[0].clone() };
    let last = *open[0].findings.last().unwrap();
    let pressed = town.house.store.finding(last).await.unwrap().unwrap();
    assert!(may_join(&pressed, &open[0]) && !may_join(&pressed, &closed));
}
