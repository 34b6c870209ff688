//! Areas' own rules: what they may say, and what may be done with them next.

use linli_model::*;
use linli_rule::{
    Catalogue,
    own::{
        Asker, Homes, OwnBounds, Surroundings, Want, Weighed, available, check_own, decide, is_about_persons,
        save,
    },
};

fn text(head: &str, raise: &str) -> String {
    format!(
        "rule = \"loud\"\nname = {{ zh = \"太吵\", en = \"Too loud\" }}\n{head}\n\
         sentence = {{ zh = \"吵\", en = \"loud\" }}\n[signal]\noperator = \"level\"\nraise = \"{raise}\"\n"
    )
}
const PLAIN: &str = "key = \"device\"\nseverity = \"attention\"\ncase_class = \"noise.neighbour\"";

fn told(text: &str) -> Vec<String> {
    told_at(text, &Homes::default())
}
/// Meters and door magnets in homes, two levels below the residential area.
fn homes() -> Homes {
    let measures = ["water_m3", "door_open"].map(Measure::new).into_iter().collect();
    Homes { measures, depth: Some(2) }
}
fn told_at(text: &str, homes: &Homes) -> Vec<String> {
    match check_own(text, "loud", &Catalogue::shipped(), &OwnBounds::default(), homes) {
        Ok(_) => Vec::new(),
        Err(wrong) => wrong
            .iter()
            .map(|d| {
                let at = d.span.map_or((0, 0), |s| (s.line, s.column));
                assert!(!d.message.zh.is_empty() && !d.message.en.is_empty());
                format!("{}:{} {} {}", at.0, at.1, d.field, d.code)
            })
            .collect(),
    }
}

/// OW1, OW2
#[test]
fn what_is_not_for_areas_is_told_with_every_other_mistake_and_its_place() {
    assert_eq!(told(&text(PLAIN, "noise_db > 70")), Vec::<String>::new());
    let head = "key = \"device\"\nseverity = \"alarm\"\ncase_class = \"fire.smoke\"\nmandatory = true\nemission = \"eager\"";
    assert_eq!(
        told(&text(head, "noise_db > sevnty")),
        [
            "4:12 severity not_for_areas",
            "5:14 case_class not_for_areas",
            "6:13 mandatory not_for_areas",
            "7:12 emission not_for_areas",
            "11:21 signal.raise unknown_name"
        ]
    );
}

/// OW3, G3
#[test]
fn about_persons_it_names_nobody_and_watches_care_populations_only() {
    let about = |key: &str, raise: &str| {
        told(&text(&format!("{key}\nseverity = \"info\"\ncase_class = \"other\""), raise))
    };
    assert_eq!(about("population = \"elder_alone\"", "door_open"), Vec::<String>::new());
    assert_eq!(about("population = \"drug_users\"", "door_open"), ["3:14 population not_for_areas"]);
    assert_eq!(
        about("key = \"subject\"", "subject.id == '302' && door_open"),
        ["9:10 signal names_somebody"]
    );
    assert_eq!(about("key = \"device\"", "device.id == 'gate-1' && door_open"), Vec::<String>::new());
}

/// OW3: the gate stands in no home, and a key of a device or an area leads around nothing.
#[test]
fn a_card_or_plate_is_compared_with_no_text_whatever_the_key() {
    for key in ["key = \"device\"", "key = \"area\"\ndepth = 1", "key = \"value\""] {
        for raise in [
            "gate_plate == '沪A12345'",
            "'沪A12345' != gate_plate",
            "gate_plate in ['沪A12345', '沪B1']",
            "gate_plate.startsWith('沪A')",
            "door_card.endsWith('x1') && hour >= 22",
            "door_card.contains('x1')",
            "!((hour < 6 ? door_card : gate_plate) == (hour < 6 ? 'x1' : 'x2'))",
        ] {
            let told = told(&text(&format!("{key}\nseverity = \"info\"\ncase_class = \"other\""), raise));
            assert!(told.len() == 1 && told[0].ends_with("signal names_somebody"), "{key} {raise}: {told:?}");
        }
    }
    // In any part of a rule.
    let window = "[signals.n]\noperator = \"window\"\nof = \"gate_plate\"\nwhen = \"gate_plate == '沪A'\"\n\
                  aggregate = \"count\"\nspan = \"1h\"\n[signal]";
    let counted = text(PLAIN, "n > 3").replace("[signal]", window);
    assert_eq!(told(&counted), ["10:24 signal names_somebody"]);
    assert_eq!(told(&counted.replace("when = \"gate_plate == '沪A'\"\n", "")), Vec::<String>::new());
}

/// OW3, OW5
#[test]
fn a_device_or_area_is_named_only_where_no_home_is_heard() {
    let at = |key: &str, raise: &str, homes: &Homes| {
        told_at(&text(&format!("{key}\nseverity = \"info\"\ncase_class = \"other\""), raise), homes)
    };
    let refused = ["9:10 signal names_somebody"];
    let none = Vec::<String>::new();
    for key in ["key = \"device\"", "key = \"area\""] {
        let deep = if key.contains("area") { format!("{key}\ndepth = 1") } else { key.to_owned() };
        for raise in [
            "device.id == 'meter-302' && door_open",
            "device.area.startsWith('D302') && door_open",
            "subject.id in ['302'] && door_open",
        ] {
            let told = at(&deep, raise, &homes());
            assert!(
                told.len() == 1 && told[0].ends_with("signal names_somebody"),
                "{deep} {raise}: {told:?}"
            );
            assert_eq!(at(&deep, raise, &Homes::default()), none, "{deep} {raise}");
            // Where homes are, but none is heard.
            assert_eq!(
                at(&deep, &raise.replace("door_open", "noise_db > 70"), &homes()),
                none,
                "{deep} {raise}"
            );
        }
    }
    assert_eq!(at("key = \"device\"", "device.id == 'gate-1' && gate_plate != device.id", &homes()), refused);
}

#[test]
fn a_rule_that_costs_too_much_says_what_costs_and_what_to_do() {
    let window = "[signals.n]\noperator = \"window\"\nof = \"noise_db\"\naggregate = \"distinct\"\nspan = \"30d\"\n[signal]";
    let long = text(PLAIN, "n > 3").replace("[signal]", window);
    let wrong = check_own(&long, "loud", &Catalogue::shipped(), &OwnBounds::default(), &Homes::default())
        .unwrap_err();
    assert_eq!(wrong.len(), 1, "{wrong:?}");
    let said = &wrong[0].message;
    assert!(
        said.en.contains("n: work") && said.en.contains("Shorten") && said.zh.contains("请缩短"),
        "{said:?}"
    );
}

// -- the life of one --

fn hand(n: u128) -> Hand {
    Hand { user: IdSeed::of_name("hand").id(&n.to_string()), name: format!("干部{n}") }
}
fn cadre(n: u128) -> Asker {
    Asker { hand: hand(n), composes: true, approves: true }
}
fn desk() -> Asker {
    Asker { hand: hand(9), composes: false, approves: true }
}
fn guard() -> Asker {
    Asker { hand: hand(10), composes: false, approves: false }
}
fn weighed(version: u32, about_persons: bool) -> Weighed {
    Weighed { version, mistakes: 0, cost: 1_000, about_persons, dwellings: 30 }
}

struct Street {
    rule: Option<OwnRule>,
    around: Surroundings,
    now: Instant,
}

impl Street {
    fn quiet() -> Street {
        Street { rule: None, around: Surroundings::default(), now: Instant(0) }
    }
    fn save(&mut self, text: &str, by: &Asker) -> Result<(), Refusal> {
        let (area, path) = (AreaId::new("E1"), AreaPath("S/R1/E1/".into()));
        let kept = self.rule.clone();
        self.rule = Some(save(
            kept,
            (&area, &path, "loud"),
            text,
            by,
            &self.around,
            &OwnBounds::default(),
            self.now,
        )?);
        Ok(())
    }
    fn want(&mut self, want: Want, weighed: &Weighed, consent: &str, by: &Asker) -> Result<(), String> {
        let rule = self.rule.clone().unwrap();
        let bounds = OwnBounds::default();
        let done = decide(rule, want, weighed, consent, by, &self.around, &bounds, self.now);
        self.rule = Some(done.map_err(|r| r.code)?);
        Ok(())
    }
    fn stage(&self) -> &'static str {
        self.rule.as_ref().unwrap().stage().as_str()
    }
}

/// OL1, OL3
#[test]
fn a_rule_goes_from_draft_to_shadow_to_on_and_off_and_back_to_an_earlier_version() {
    let (mut s, c) = (Street::quiet(), cadre(1));
    s.save("one", &c).unwrap();
    s.save("one, better", &c).unwrap();
    assert_eq!(s.rule.as_ref().unwrap().versions.len(), 1, "what never ran is written over");
    assert_eq!(s.stage(), "draft");
    assert_eq!(s.want(Want::On, &weighed(1, false), "", &c), Err("shadow_first".into()));
    s.want(Want::Shadow, &weighed(1, false), "", &c).unwrap();
    assert_eq!(s.want(Want::Shadow, &weighed(1, false), "", &c), Err("already".into()));
    assert_eq!(s.stage(), "shadow");
    s.want(Want::On, &weighed(1, false), "", &c).unwrap();
    assert_eq!((s.stage(), s.rule.as_ref().unwrap().shadow.is_none()), ("on", true));
    let revision = s.rule.as_ref().unwrap().revision;
    s.save("one, better", &c).unwrap();
    assert_eq!(s.rule.as_ref().unwrap().revision, revision, "the same text once more changes nothing");
    s.save("two", &c).unwrap();
    s.want(Want::Shadow, &weighed(2, false), "", &c).unwrap();
    let rule = s.rule.clone().unwrap();
    assert_eq!((rule.on.unwrap().version, rule.shadow.unwrap().version), (1, 2), "both run");
    s.want(Want::On, &weighed(2, false), "", &c).unwrap();
    s.want(Want::On, &weighed(1, false), "", &c).unwrap();
    let rule = s.rule.clone().unwrap();
    assert_eq!(rule.versions.iter().map(|v| v.text.as_str()).collect::<Vec<_>>(), ["one, better", "two"]);
    assert_eq!(rule.on.unwrap().version, 1);
    assert_eq!(s.want(Want::Remove, &weighed(2, false), "", &c), Err("nothing_runs".into()), "not from on");
    s.want(Want::Off, &weighed(2, false), "", &desk()).unwrap();
    s.want(Want::Remove, &weighed(2, false), "", &c).unwrap();
    s.save("three", &c).unwrap();
    assert_eq!(s.rule.as_ref().unwrap().newest().unwrap().version, 3, "numbers go on");
}

/// OW4, G11, G13
#[test]
fn about_persons_a_second_person_sets_it_to_work_and_few_dwellings_need_consent() {
    let (mut s, author, other) = (Street::quiet(), cadre(1), cadre(2));
    s.save("one", &author).unwrap();
    let few = Weighed { dwellings: 19, ..weighed(1, true) };
    assert_eq!(s.want(Want::Shadow, &weighed(1, true), "", &author), Err("second_person".into()));
    assert_eq!(s.want(Want::Shadow, &few, " ", &other), Err("too_few_dwellings".into()));
    assert_eq!(s.want(Want::Shadow, &weighed(1, true), "", &guard()), Err("forbidden".into()));
    s.want(Want::Shadow, &few, "楼组会 5 月 3 日,存档 12", &other).unwrap();
    assert_eq!(s.rule.as_ref().unwrap().moves[0].consent, "楼组会 5 月 3 日,存档 12");
    assert_eq!(s.want(Want::On, &weighed(1, true), "", &author), Err("second_person".into()));
    s.want(Want::On, &weighed(1, true), "", &desk()).unwrap();
    // Who wrote at it later is an author, too.
    s.save("two", &author).unwrap();
    s.save("two, better", &other).unwrap();
    assert_eq!(s.want(Want::Shadow, &weighed(2, true), "", &other), Err("second_person".into()));
}

#[test]
fn over_budget_is_refused_with_what_costs_how_much() {
    let (mut s, c) = (Street::quiet(), cadre(1));
    s.save("one", &c).unwrap();
    let most = OwnBounds::default().cost_area_max;
    s.around.others = vec![("dear".into(), most - 1_000)];
    s.want(Want::Shadow, &weighed(1, false), "", &c).unwrap();
    s.want(Want::On, &weighed(1, false), "", &c).unwrap();
    s.save("two", &c).unwrap();
    // In its shadow it runs beside the one that is on.
    s.around.on_cost = 1_000;
    let rule = s.rule.clone().unwrap();
    let refused =
        decide(rule, Want::Shadow, &weighed(2, false), "", &c, &s.around, &OwnBounds::default(), Instant(0))
            .unwrap_err();
    assert_eq!(refused.code, "over_budget");
    for said in [&refused.message.zh, &refused.message.en] {
        assert!(said.contains("dear 199000") && said.contains("2000"), "{said}");
    }
}

/// OL2: every stage × what may be wanted × who asks.
#[test]
fn what_may_be_done_next_is_what_is_decided() {
    let mut table = String::new();
    for stage in ["draft", "shadow", "on", "on_and_shadow", "off"] {
        let (mut s, c) = (Street::quiet(), cadre(1));
        s.save("one", &c).unwrap();
        if stage != "draft" {
            s.want(Want::Shadow, &weighed(1, false), "", &c).unwrap();
        }
        if stage.starts_with("on") || stage == "off" {
            s.want(Want::On, &weighed(1, false), "", &c).unwrap();
            s.save("two", &c).unwrap();
        }
        if stage == "on_and_shadow" {
            s.want(Want::Shadow, &weighed(2, false), "", &c).unwrap();
        }
        if stage == "off" {
            s.want(Want::Off, &weighed(2, false), "", &c).unwrap();
        }
        for (name, asker) in [("author", cadre(1)), ("cadre", cadre(2)), ("desk", desk()), ("guard", guard())]
        {
            for about_persons in [false, true] {
                let w = [weighed(1, about_persons), weighed(2, about_persons)];
                let rule = s.rule.clone().unwrap();
                let bounds = OwnBounds::default();
                let next = available(&rule, &w, &asker, &s.around, &bounds);
                let said: Vec<String> = next
                    .iter()
                    .map(|a| {
                        let of = w.iter().find(|w| w.version == a.version).unwrap();
                        let done =
                            decide(rule.clone(), a.want, of, "", &asker, &s.around, &bounds, Instant(0))
                                .err();
                        assert_eq!(done, a.refused, "{stage} {name} {a:?}");
                        let why = a.refused.as_ref().map_or("", |r| r.code.as_str());
                        format!("{} v{} {why}", a.want.code(), a.version).trim_end().to_owned()
                    })
                    .collect();
                let about = if about_persons { "persons" } else { "things" };
                table += &format!("{stage}, {name}, {about}: {}\n", said.join("; "));
            }
        }
    }
    insta::assert_snapshot!(table);
}

/// OW5, G13
#[test]
fn whom_a_rule_is_about_follows_from_what_it_keeps_a_state_for_and_what_it_hears() {
    let about = |key: &str, raise: &str, homes: &Homes| {
        let head = format!("{key}\nseverity = \"info\"\ncase_class = \"other\"");
        let catalogue = Catalogue::shipped();
        is_about_persons(&linli_rule::check(&text(&head, raise), &catalogue).unwrap(), &catalogue, homes)
    };
    let (device, estate) = ("key = \"device\"", "key = \"area\"\ndepth = 1");
    for (key, raise, persons) in [
        ("population = \"elder_alone\"", "noise_db > 70", true),
        ("key = \"subject\"", "noise_db > 70", true),
        // Dwellings lie two levels below the residential area here; deeper ends there, too.
        ("key = \"area\"\ndepth = 2", "noise_db > 70", true),
        ("key = \"area\"\ndepth = 4", "noise_db > 70", true),
        (estate, "noise_db > 70", false),
        (device, "noise_db > 70", false),
        // A device that stands in a home.
        (estate, "door_open", true),
        (device, "door_open", true),
        // A card or plate: the gate stands in no home.
        (estate, "gate_plate != device.id", true),
        (device, "door_card != device.id", true),
    ] {
        assert_eq!(about(key, raise, &homes()), persons, "{key} {raise}");
    }
    assert!(about("key = \"value\"", "door_card != device.id", &Homes::default()));
    let four = Homes { depth: Some(4), ..Homes::default() };
    assert!(!about("key = \"area\"\ndepth = 3", "door_open", &four));
    assert!(about("key = \"area\"\ndepth = 4", "door_open", &four));
    assert!(!about("key = \"area\"\ndepth = 4", "door_open", &Homes::default()), "no dwelling is there");
}
