use crate::{
    Incident, IncidentKind, Twin, days, measures as m, people,
    story::{DAYS, at, plus_days},
};
use linli_model::{
    AreaLevel, DeviceClass, Instant, LogEntry, Measure, Millis, ReadingBatch, RegistryChange, Subject,
    SubjectKind, Value,
};
use std::collections::{BTreeMap, BTreeSet};

fn two_weeks(twin: &Twin) -> (Instant, Instant) {
    (at(twin.story_from, 0, 0), at(plus_days(twin.story_from, DAYS), 0, 0))
}

fn batches(twin: &Twin, from: Instant, to: Instant) -> Vec<ReadingBatch> {
    twin.life(from, to).map(|(_, batch)| batch).collect()
}

fn bytes(batches: &[ReadingBatch]) -> String {
    batches.iter().map(|b| serde_json::to_string(b).unwrap()).collect()
}

/// Observed times of a measure by subject: the reading's own, else the device's.
fn by_subject(twin: &Twin, batches: &[ReadingBatch], measure: &str) -> BTreeMap<Subject, BTreeSet<Instant>> {
    let of_device: BTreeMap<_, _> = twin.devices.iter().map(|d| (&d.id, d.subject.clone())).collect();
    let mut found: BTreeMap<Subject, BTreeSet<Instant>> = BTreeMap::new();
    for reading in batches.iter().flat_map(|b| &b.readings).filter(|r| r.measure == Measure::new(measure)) {
        let subject = reading.subject.clone().or_else(|| of_device[&reading.device].clone());
        found.entry(subject.unwrap()).or_default().insert(reading.observed_at);
    }
    found
}

#[test]
fn the_estate_is_of_the_size_it_is_said_to_be() {
    let twin = Twin::estate(1);
    let count = |level| twin.areas.iter().filter(|a| a.level == level).count();
    assert_eq!(
        (count(AreaLevel::Street), count(AreaLevel::Grid), count(AreaLevel::ResidentialArea)),
        (1, 4, 1)
    );
    assert_eq!(
        (count(AreaLevel::Building), count(AreaLevel::Doorway), count(AreaLevel::Dwelling)),
        (41, 85, 2040)
    );
    assert!((4_800..5_400).contains(&twin.people.len()), "{} people", twin.people.len());
    assert_eq!(twin.devices.len(), 210);
    let classes: BTreeSet<_> = twin.devices.iter().map(|d| d.class).collect();
    assert!(classes.len() >= 10, "{classes:?}");
    assert_eq!(twin.populations.len(), people::ELDERS_ALONE);
}

#[test]
fn every_area_has_its_parent_before_it_and_every_device_its_area() {
    let twin = Twin::estate(1);
    let mut paths = BTreeMap::new();
    for area in &twin.areas {
        if let Some(parent) = &area.parent {
            let above: &linli_model::AreaPath = paths.get(parent).expect("the parent comes first");
            assert_eq!(area.path, above.child(&area.id));
        }
        assert!(paths.insert(area.id.clone(), area.path.clone()).is_none(), "{} twice", area.id);
    }
    let mut ids = BTreeSet::new();
    for device in &twin.devices {
        assert_eq!(paths.get(&device.area), Some(&device.area_path), "{}", device.id);
        assert!(ids.insert(&device.id), "{} twice", device.id);
        assert!(
            (121.41..121.43).contains(&device.lon.unwrap()) && (31.16..31.18).contains(&device.lat.unwrap())
        );
    }
    for post in &twin.posts {
        assert_eq!(paths.get(&post.area), Some(&post.area_path));
        assert!(twin.users.iter().any(|u| u.id == post.user));
    }
}

#[test]
fn every_measure_stands_in_the_catalogue() {
    let catalogue = include_str!("../../rule/catalogue.toml");
    for code in m::ALL {
        assert!(catalogue.contains(&format!("code = \"{code}\"")), "{code}");
    }
    let twin = Twin::estate(1);
    let all = m::ALL.map(Measure::new);
    assert!(twin.devices.iter().flat_map(|d| &d.measures).all(|measure| all.contains(measure)));
}

#[test]
fn the_map_shows_every_building_and_doorway_in_a_closed_ring() {
    let twin = Twin::estate(1);
    let features = twin.geojson["features"].as_array().unwrap();
    let count = |kind: &str| features.iter().filter(|f| f["properties"]["kind"] == kind).count();
    assert_eq!((count("building"), count("doorway"), count("gate"), count("car_park")), (41, 85, 2, 2));
    for feature in features.iter().filter(|f| f["geometry"]["type"] == "Polygon") {
        let ring = feature["geometry"]["coordinates"][0].as_array().unwrap();
        assert!(ring.len() == 5 && ring.first() == ring.last());
    }
}

#[test]
fn nobody_can_be_a_real_person() {
    let twin = Twin::estate(1);
    let mut numbers = BTreeSet::new();
    for person in &twin.people {
        assert_eq!(&person.id_number[14..17], "000", "a number that is never issued");
        assert!(numbers.insert(&person.id_number), "{} twice", person.id_number);
        let phones = person.phone.iter().chain(person.contact.iter().map(|c| &c.phone));
        assert!(phones.clone().all(|p| p.len() == 11 && p.starts_with("154")));
    }
    let (from, _) = two_weeks(&twin);
    let readings = batches(&twin, from, from + Millis::days(1)).into_iter().flat_map(|b| b.readings);
    // Names are written in Chinese; readings and their subjects never are.
    let nameless = |r: &linli_model::Reading| serde_json::to_string(r).unwrap().is_ascii();
    assert!(readings.into_iter().all(|r| nameless(&r)), "readings name nobody");
}

#[test]
fn the_same_seed_says_the_same_bytes_and_another_seed_does_not() {
    let (one, again, other) = (Twin::estate(7), Twin::estate(7), Twin::estate(8));
    let (from, _) = two_weeks(&one);
    let to = from + Millis::days(2);
    assert_eq!(one.people, again.people);
    assert_eq!(bytes(&batches(&one, from, to)), bytes(&batches(&again, from, to)));
    assert_ne!(bytes(&batches(&one, from, to)), bytes(&batches(&other, from, to)));
}

#[test]
fn two_neighbouring_ranges_say_what_one_range_says() {
    let twin = Twin::estate(7);
    let (from, _) = two_weeks(&twin);
    let (middle, to) = (from + Millis::hours(31), from + Millis::hours(53));
    let mut parts = batches(&twin, from, middle);
    parts.extend(batches(&twin, middle, to));
    assert_eq!(bytes(&parts), bytes(&batches(&twin, from, to)));
    assert!(parts.iter().all(|b| from <= b.received_at && b.received_at < to));
    assert!(parts.is_sorted_by_key(|b| (b.received_at, b.source.clone())));
}

#[test]
fn two_weeks_are_a_few_hundred_thousand_readings_with_the_usual_trouble() {
    let twin = Twin::estate(3);
    let (from, to) = two_weeks(&twin);
    let all = batches(&twin, from, to);
    let readings: Vec<_> =
        all.iter().flat_map(|b| b.readings.iter().map(move |r| (b.received_at, r))).collect();
    assert!((150_000..500_000).contains(&readings.len()), "{} readings", readings.len());
    let ids: BTreeSet<_> = readings.iter().map(|(_, r)| &r.id).collect();
    let doubles = readings.len() - ids.len();
    assert!((readings.len() / 400..readings.len() / 150).contains(&doubles), "{doubles} doubles");
    let late = readings.iter().filter(|(at, r)| *at - r.observed_at > Millis::minutes(5)).count();
    assert!((readings.len() / 200..readings.len() / 30).contains(&late), "{late} late");
    let ahead = readings.iter().filter(|(at, r)| r.observed_at > *at + Millis::minutes(2)).count();
    assert!((100..200).contains(&ahead), "{ahead} with a clock ahead");
    assert_eq!(all.iter().map(|b| b.quarantined.len()).sum::<usize>(), 28);
    // Every reading is of a registered device and of a measure it has.
    let devices: BTreeMap<_, _> = twin.devices.iter().map(|d| (&d.id, d)).collect();
    assert!(readings.iter().all(|(_, r)| devices[&r.device].measures.contains(&r.measure)));
    // Its written form in the log reads back.
    let entry = LogEntry::Readings(all[0].clone());
    let text = serde_json::to_string(&entry).unwrap();
    assert_eq!(serde_json::from_str::<LogEntry>(&text).unwrap(), entry);
}

/// The longest time a subject was not seen, within the range.
fn longest_gap(times: &BTreeSet<Instant>, from: Instant, to: Instant) -> Millis {
    let edges = std::iter::once(from).chain(times.iter().copied()).chain(std::iter::once(to));
    let edges: Vec<_> = edges.collect();
    edges.windows(2).map(|w| w[1] - w[0]).max().unwrap()
}

#[test]
fn only_the_elders_of_the_story_stay_in_for_three_days() {
    for seed in [1, 2, 3] {
        let twin = Twin::estate(seed);
        let (from, to) = two_weeks(&twin);
        let all = batches(&twin, from, to);
        let seen = by_subject(&twin, &all, m::DOOR_OPEN);
        let incidents = twin.incidents(from, to);
        let kinds = [IncidentKind::ElderNotOut, IncidentKind::ElderAway, IncidentKind::DeviceDead];
        let in_story: BTreeSet<_> =
            incidents.iter().filter(|i| kinds.contains(&i.kind)).map(|i| i.subject.clone()).collect();
        assert_eq!(in_story.len(), 4);
        for member in &twin.populations {
            let gap = longest_gap(&seen[&member.subject], from, to);
            let expected = in_story.contains(&member.subject);
            assert_eq!(
                gap > Millis::hours(72),
                expected,
                "{} was not out for {} h",
                member.subject,
                gap.0 / 3_600_000
            );
        }
    }
}

#[test]
fn the_car_park_is_over_its_capacity_on_the_evenings_of_the_story_only() {
    let twin = Twin::estate(4);
    let (from, to) = two_weeks(&twin);
    let park = twin.counted.iter().find(|c| c.subject.id.ends_with("park_main")).unwrap();
    let ours: BTreeSet<_> =
        twin.devices.iter().filter(|d| days::counts_main_car_park(d)).map(|d| &d.id).collect();
    let mut events: BTreeMap<_, _> = BTreeMap::new();
    for reading in batches(&twin, from, to).into_iter().flat_map(|b| b.readings) {
        if ours.contains(&reading.device) && reading.measure.as_str() != m::BATTERY {
            events.insert((reading.observed_at, reading.id.clone()), reading);
        }
    }
    let mut inside = 0.0;
    let mut full_days = BTreeSet::new();
    for reading in events.values() {
        match (reading.measure.as_str(), reading.value.number()) {
            (m::RECOUNT, Some(n)) => inside = n,
            (_, Some(by)) => inside += by,
            _ => panic!("{reading:?}"),
        }
        assert!(inside < f64::from(park.capacity) * 1.1, "{inside} inside");
        if inside >= f64::from(park.capacity) {
            full_days.insert((reading.observed_at - from).0 / 86_400_000);
        }
    }
    assert_eq!(full_days, BTreeSet::from([5, 12]));
}

#[test]
fn each_incident_of_a_measure_is_seen_by_its_devices() {
    let twin = Twin::estate(5);
    let (from, to) = two_weeks(&twin);
    let all = batches(&twin, from, to);
    let within = |i: &Incident, measure: &str| -> Vec<Value> {
        let of = |r: &&linli_model::Reading| {
            i.devices.contains(&r.device) && i.covers(r.observed_at) && r.measure.as_str() == measure
        };
        all.iter().flat_map(|b| &b.readings).filter(of).map(|r| r.value.clone()).collect()
    };
    let incidents = twin.incidents(from, to);
    assert!(incidents.len() >= 14, "{} incidents", incidents.len());
    for i in &incidents {
        let number = |v: &Value| v.number().unwrap();
        match i.kind {
            IncidentKind::ElderNotOut | IncidentKind::ElderAway | IncidentKind::DeviceDead => {
                assert!(within(i, m::DOOR_OPEN).is_empty());
            }
            IncidentKind::PressureDrop => assert!(within(i, m::PRESSURE).iter().all(|v| number(v) < 0.1)),
            IncidentKind::Smoke | IncidentKind::SmokeTest => {
                assert!(within(i, m::SMOKE).iter().filter(|v| **v == Value::Flag(true)).count() >= 5);
            }
            IncidentKind::Sos => assert_eq!(within(i, m::SOS), vec![Value::Flag(true); 3]),
            IncidentKind::NoiseAtNight => assert!(within(i, m::NOISE).iter().all(|v| number(v) > 65.0)),
            IncidentKind::WasteOverflow => assert!(within(i, m::FILL).iter().all(|v| number(v) >= 85.0)),
            IncidentKind::UnknownCard => assert!(within(i, m::DOOR_CARD).len() >= 16),
            IncidentKind::EbikeInLift => assert_eq!(within(i, m::LIFT_EBIKE), [Value::Flag(true)]),
            IncidentKind::ClockAhead => assert!(within(i, m::NOISE).len() >= 100),
            IncidentKind::CarParkFull => assert!(within(i, m::PASS).len() >= 100),
            IncidentKind::GatewayLate => {
                let cut_off = |b: &&ReadingBatch| b.source.as_str() == "gw-home" && i.covers(b.received_at);
                let late = all.iter().filter(cut_off).flat_map(|b| &b.readings);
                assert!(
                    late.clone().all(|r| r.observed_at < i.from + Millis::minutes(1)),
                    "nothing new gets through"
                );
            }
        }
    }
    let quiet = all.iter().flat_map(|b| &b.readings).filter(|r| r.measure.as_str() == m::SMOKE);
    assert!(quiet.clone().count() < 60, "smoke is rare");
    let magnets = twin.devices.iter().filter(|d| d.class == DeviceClass::DoorMagnet).count();
    assert_eq!(magnets, people::ELDERS_ALONE);
}

#[test]
fn the_committee_learns_who_is_away_and_who_is_back() {
    let twin = Twin::estate(6);
    let (from, to) = two_weeks(&twin);
    let changes = twin.registry_changes(from, to);
    assert!(matches!(changes[0].1, RegistryChange::AwaySet { .. }));
    assert!(matches!(changes[1].1, RegistryChange::AwayEnded { .. }));
    let away: Vec<_> =
        twin.incidents(from, to).into_iter().filter(|i| i.kind == IncidentKind::ElderAway).collect();
    assert!(away[0].from < changes[0].0 && away[0].to < changes[1].0);
    assert_eq!(twin.registry().len(), 210 + people::ELDERS_ALONE);
}

#[test]
fn the_story_goes_on_with_others_in_it() {
    let twin = Twin::estate(6);
    let (from, to) = two_weeks(&twin);
    let cast = |from, to| -> Vec<Subject> {
        let of = |i: &Incident| i.kind == IncidentKind::ElderNotOut;
        twin.incidents(from, to).into_iter().filter(of).map(|i| i.subject).collect()
    };
    let (first, second) = (cast(from, to), cast(to, to + Millis::days(DAYS)));
    assert_eq!((first.len(), second.len()), (2, 2));
    assert_ne!(first, second);
    assert!(first.iter().all(|s| s.kind == SubjectKind::Dwelling));
}

#[test]
fn reports_come_in_both_languages_about_places_on_the_estate() {
    let twin = Twin::estate(6);
    let (from, to) = two_weeks(&twin);
    let reports = twin.reports(from, to);
    assert!(reports.len() >= 20);
    for report in &reports {
        assert!(!report.text.zh.is_empty() && !report.text.en.is_empty());
        assert_eq!(twin.find_area(&report.area).map(|a| &a.path), Some(&report.area_path));
        assert!((121.41..121.43).contains(&report.lon), "{report:?}");
    }
    assert_eq!(reports, twin.reports(from, to));
    let noisy = reports.iter().filter(|r| r.topic == "noise").count();
    assert!(noisy >= 4, "one matter that many report");
}
