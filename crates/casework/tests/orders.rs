//! Orders of the city's hotline: their number, their time and their limits, in a class like every other case.

mod town;

use linli_casework::{
    Case, ClassTable, Command, CommandKind, HOTLINE, LimitUnit, Opening, Order, Origin, Promise, PromiseKind,
    decide_merge, decide_open, fact::Audience, order_number,
};
use linli_model::{Instant, Millis, Refusal};
use town::{MONDAY, Town, at, folded, id, sample};

/// The Friday before, in the afternoon.
const FRIDAY: &str = "2026-11-20T15:00:00+08:00";

fn order(class: &str, kind: &str, received: Instant, number: &str) -> Opening {
    let order = Order { number: number.into(), received_at: received, kind: kind.into() };
    let origin = Origin::Report { channel: HOTLINE.into(), filed_by: Some(id("desk")), order: Some(order) };
    Opening { origin, ..Town::at(MONDAY).opening(class, "e1") }
}

fn filed(town: &Town, opening: &Opening) -> Result<Case, Refusal> {
    Ok(folded(None, &decide_open(opening, &town.user("desk"), &town.context())?))
}

fn promise(case: &Case, kind: PromiseKind) -> Promise {
    case.promise(kind).unwrap_or_else(|| panic!("no promise of {kind:?}")).clone()
}

#[test]
fn an_orders_time_runs_since_the_hotline_gave_it_and_its_acceptance_since_it_was_filed() {
    let town = Town::at(MONDAY);
    let case =
        filed(&town, &order("hotline.complaint", "hotline.complaint", at(FRIDAY), "20261120-1")).unwrap();
    let contact = promise(&case, PromiseKind::FirstContact);
    assert_eq!(contact.made_at, at(FRIDAY));
    assert_eq!(contact.due_at, town.calendar.due(at(FRIDAY), contact.limit).at);
    assert!(contact.warn_at.iter().all(|(_, t)| *t > at(FRIDAY) && *t <= contact.due_at));
    let complete = promise(&case, PromiseKind::Complete);
    assert_eq!((complete.limit.amount, complete.limit.unit), (5, LimitUnit::WorkingDays));
    assert_eq!(complete.due_at, town.calendar.due(at(FRIDAY), complete.limit).at);
    assert!(complete.due_at < town.calendar.due(town.now, complete.limit).at);
    assert_eq!(promise(&case, PromiseKind::Accept).made_at, town.now);
    assert_eq!(case.opened_at, town.now);
}

#[test]
fn an_order_about_a_matter_of_ours_has_its_class_and_handlers_and_the_limits_of_its_kind() {
    let town = Town::at(MONDAY);
    let plain = town.open("environment.waste", "e1");
    let case =
        filed(&town, &order("environment.waste", "hotline.complaint", town.now, "20261123-2")).unwrap();
    assert_eq!((case.class.as_str(), case.owner.user), ("environment.waste", plain.owner.user));
    assert_eq!(promise(&case, PromiseKind::Complete).limit.amount, 5);
    assert_ne!(promise(&case, PromiseKind::Complete).limit, promise(&plain, PromiseKind::Complete).limit);
    assert_eq!(promise(&case, PromiseKind::Accept).limit, promise(&plain, PromiseKind::Accept).limit);
    assert!(case.promise(PromiseKind::FirstContact).is_some());
    assert!(plain.promise(PromiseKind::FirstContact).is_none());
}

#[test]
fn what_a_review_sends_back_has_the_time_of_a_second_handling() {
    let mut town = Town::at(MONDAY);
    let opening = order("environment.waste", "hotline.complaint", town.now, "20261123-3");
    let mut case = filed(&town, &opening).unwrap();
    let owner = town.user(town.name_of(case.owner.user));
    for kind in [CommandKind::Accept, CommandKind::ProposeDone] {
        town.give(&mut case, sample(kind, town.now), &owner).unwrap();
    }
    town.give(&mut case, sample(CommandKind::Verify, town.now), &town.user("grid1")).unwrap();
    town.give(&mut case, sample(CommandKind::Answer, town.now), &owner).unwrap();
    town.now = town.now + Millis::hours(2);
    let reporter = linli_casework::ActorKind::Reporter { reporter: id("reporter") };
    town.give(&mut case, sample(CommandKind::Dispute, town.now), &reporter).unwrap();
    let reviewer = town.user(town.name_of(case.owner.user));
    town.give(&mut case, sample(CommandKind::Accept, town.now), &reviewer).unwrap();
    town.give(&mut case, Command::ReviewReturn { text: "还在".into() }, &reviewer).unwrap();
    let again = promise(&case, PromiseKind::Complete);
    assert_eq!((again.round, again.limit.amount, again.limit.unit), (2, 3, LimitUnit::WorkingDays));
}

#[test]
fn od3_an_order_is_merged_once_its_caller_was_contacted() {
    let town = Town::at(MONDAY);
    let target = town.open("environment.waste", "e1");
    let opening = order("environment.waste", "hotline.complaint", town.now, "20261123-5");
    let mut case = filed(&town, &Opening { id: id("order"), ..opening }).unwrap();
    let desk = town.user("desk");
    let merge = |case: &Case| decide_merge(case, &target, "同一处", &desk, &town.context());
    assert_eq!(merge(&case).unwrap_err().code, "contact_before_merge");
    let note = Command::Note { text: "已电话联系".into(), audience: Audience::Reporter, photos: vec![] };
    town.give(&mut case, note, &desk).unwrap();
    assert!(promise(&case, PromiseKind::FirstContact).kept_at().is_some());
    assert_eq!(merge(&case).map(|_| ()), Ok(()));
}

#[test]
fn more_time_is_given_by_the_orders_kind() {
    let town = Town::at(MONDAY);
    let ask = |kind: &str, amount: u32| {
        let mut case = filed(&town, &order("environment.waste", kind, town.now, "20261123-4")).unwrap();
        let owner = town.user(town.name_of(case.owner.user));
        town.give(&mut case, sample(CommandKind::Accept, town.now), &owner).unwrap();
        let ask = Command::AskExtension { amount, reason: "疑难".into() };
        town.give(&mut case, ask, &owner).map_err(|r| r.code)
    };
    assert!(ask("hotline.complaint", 10).is_ok());
    assert_eq!(ask("hotline.complaint", 11), Err("extension_out_of_range".to_owned()));
    assert_eq!(ask("hotline.consultation", 1), Err("extension_not_possible".to_owned()));
}

#[test]
fn a_number_is_one_number_however_it_is_written() {
    for written in ["20261120-00017a", " 2026 1120-00017A ", "20261120-00017A", "20261120-00017A"] {
        assert_eq!(order_number(written).as_deref(), Some("20261120-00017A"), "{written}");
    }
    let too_long = "1".repeat(41);
    for wrong in ["", "123", "工单20261120", "20261120_1", "ABCD", "'; drop", too_long.as_str()] {
        assert_eq!(order_number(wrong), None, "{wrong}");
    }
    let one = Order::case_id(HOTLINE, "20261120-1");
    assert_eq!(one, Order::case_id(HOTLINE, "20261120-1"));
    assert_ne!(one, Order::case_id(HOTLINE, "20261120-2"));
}

#[test]
fn what_cannot_be_an_order_is_refused_with_what_was_expected() {
    let town = Town::at(MONDAY);
    let refused = |kind: &str, received: Instant, number: &str| {
        let refusal = filed(&town, &order("environment.waste", kind, received, number)).unwrap_err();
        assert!(!refusal.message.zh.is_empty() && !refusal.message.en.is_empty());
        refusal.code
    };
    let kind = "hotline.complaint";
    assert_eq!(refused(kind, town.now, "十七号"), "order_number_malformed");
    assert_eq!(refused("environment.waste", town.now, "20261123-5"), "order_kind_unknown");
    assert_eq!(refused(kind, town.now + Millis::minutes(6), "20261123-5"), "order_time_out_of_range");
    assert_eq!(refused(kind, town.now - Millis::days(61), "20261123-5"), "order_time_out_of_range");
    // The hotline's clock is a little ahead: received when it was filed.
    let ahead = filed(&town, &order(kind, kind, town.now + Millis::minutes(5), "20261123-5")).unwrap();
    assert_eq!(ahead.order().unwrap().received_at, town.now);
}

#[test]
fn a_report_written_before_there_were_orders_reads_as_one_that_is_none() {
    let then = r#"{"from":"report","channel":"web","filed_by":null}"#;
    let read: Origin = serde_json::from_str(then).unwrap();
    assert_eq!(read, Origin::Report { channel: "web".into(), filed_by: None, order: None });
    assert_eq!(serde_json::to_string(&read).unwrap(), then);
}

#[test]
fn a_kind_of_order_without_a_limit_of_first_contact_is_no_table() {
    let text = include_str!("../../../data/classes.toml");
    let shipped = ClassTable::check(text).unwrap();
    let kinds: Vec<&str> = shipped.orders().map(|c| c.code.as_str()).collect();
    assert_eq!(
        kinds,
        ["hotline.consultation", "hotline.complaint", "hotline.supervision", "hotline.complex"]
    );
    let without = text.replace("first_contact = { amount = 1, unit = \"working_days\" }\n", "");
    let wrong = ClassTable::check(&without).unwrap_err();
    assert_eq!(wrong[0].message.en, "a kind of order needs a limit of first contact");
}
