//! From a seed to a life.
//!
//! Invariants
//! - GE1 The same seed gives the same life, whatever is checked about it.

use crate::{
    draw::Dice,
    life::{Act, Change, DAY, DAY_ONE, HOUR, Life, MINUTE, Said, Timing, rule_of},
    rules::{self, Drawn, KINDS},
    values,
};
use linli_model::{
    AreaId, AreaPath, Device, DeviceClass, DeviceId, DeviceState, Instant, Measure, Reading, ReadingId,
    RegistryChange, Severity, SourceId, Subject, Term, Value,
};
use std::collections::BTreeMap;

const PLACES: [&str; 5] = ["E/", "E/B1/", "E/B1/D1/", "E/B1/D1/1/", "E/B2/"];
const SUBJECTS: [&str; 4] = ["dwelling:1", "dwelling:2", "dwelling:3", "area:lot"];
const POPULATION: &str = "elder_alone";
/// Nobody registers it; its readings count all the same.
const STRAY: &str = "stray";

pub fn life(seed: u64) -> Life {
    let mut dice = Dice::child(seed, "life");
    let timing = timing(&mut dice);
    let rules = own(rules(&mut dice), &mut Dice::child(seed, "own rules"));
    let mut area = Area { dice: &mut dice, timing, rules, devices: Vec::new(), acts: Vec::new(), ids: 0 };
    area.first_day();
    let last = area.readings();
    area.repeats();
    area.changes(last);
    area.ticks(last);
    let quiet = *area.dice.one_of(&[0, HOUR, 12 * HOUR, 3 * DAY]);
    let Area { timing, rules, acts, .. } = area;
    let end = last + quiet;
    Life { seed, timing, rules, acts, end }.until_settled().sorted()
}

fn timing(dice: &mut Dice) -> Timing {
    let lateness = *dice.one_of(&[30_000, 2 * MINUTE, 2 * MINUTE, 5 * MINUTE]);
    let idle = lateness * *dice.one_of(&[1, 2, 3]);
    let mut own = BTreeMap::new();
    if dice.chance(30) {
        own.insert("s1".to_owned(), (10 * MINUTE, 30 * MINUTE));
    }
    let window = *dice.one_of(&[6 * HOUR, DAY, 2 * DAY, 7 * DAY]);
    Timing { lateness, idle, window, skew: 2 * MINUTE, own }
}

fn rules(dice: &mut Dice) -> Vec<Drawn> {
    let many = 1 + dice.weighed(&[25, 30, 25, 15, 5]);
    let mut rules: Vec<Drawn> = Vec::new();
    for n in 0..many {
        let kind = dice.one_of(KINDS);
        let name = if rules.iter().any(|r| r.rule == kind.name) {
            format!("{}_{n}", kind.name)
        } else {
            kind.name.to_owned()
        };
        rules.push(rules::draw(kind, &name, 1, dice));
    }
    rules
}

/// Some of them are areas' own.
fn own(mut rules: Vec<Drawn>, dice: &mut Dice) -> Vec<Drawn> {
    for rule in rules.iter_mut().filter(|r| !r.eager) {
        if dice.chance(35) {
            rule.own = Some(dice.one_of::<&str>(&["", "E/", "E/B1/", "E/B2/"]));
        }
    }
    rules
}

struct DeviceDrawn {
    device: Device,
    source: String,
    /// What its clock is ahead of ours.
    clock: i64,
}

struct Area<'d> {
    dice: &'d mut Dice,
    timing: Timing,
    rules: Vec<Drawn>,
    devices: Vec<DeviceDrawn>,
    acts: Vec<Act>,
    ids: u32,
}

fn measures_of(text: &str) -> Vec<String> {
    let plan = linli_rule::check(text, crate::life::catalogue());
    plan.map(|p| p.measures.iter().map(|m| m.as_str().to_owned()).collect()).unwrap_or_default()
}

fn place(below: &str) -> (AreaId, AreaPath) {
    let path = AreaPath(format!("P/{below}"));
    let area = path.ids().next_back().unwrap_or_else(|| AreaId::new("P"));
    (area, path)
}

fn subject(dice: &mut Dice) -> Option<Subject> {
    dice.one_of(&SUBJECTS).parse().ok()
}

impl Area<'_> {
    fn change(&mut self, logged: i64, effective: i64, what: RegistryChange) {
        self.acts.push(Act::Change(Change { logged, effective, what }));
    }

    fn rule_set(&mut self, drawn: &Drawn, version: u32) -> RegistryChange {
        let (rule, text) = (drawn.rule.clone(), drawn.text.clone());
        let Some(own) = drawn.own else {
            return RegistryChange::RuleSet { pack: "sim".to_owned(), rule, version, text };
        };
        let (area, area_path) = place(own);
        let (shadow, set_by) = (self.dice.chance(40), "sim".to_owned());
        RegistryChange::AreaRuleSet { area, area_path, rule, version, text, shadow, set_by }
    }

    fn member_joined(&mut self, n: i64) -> Option<RegistryChange> {
        let (area, area_path) = place(&format!("E/B1/D1/{n}/"));
        let subject = format!("dwelling:{n}").parse().ok()?;
        Some(RegistryChange::MemberJoined { population: POPULATION.to_owned(), subject, area, area_path })
    }

    /// Devices, members and rules as they stand when it begins.
    fn first_day(&mut self) {
        for i in 0..self.rules.len() {
            let drawn = self.rules[i].clone();
            let set = self.rule_set(&drawn, 1);
            self.change(DAY_ONE, DAY_ONE, set);
        }
        let mut measures: Vec<String> = self.rules.iter().flat_map(|r| measures_of(&r.text)).collect();
        measures.sort();
        measures.dedup();
        let many = 2 + self.dice.below(4);
        for n in 0..many {
            let drawn = self.device(n, &measures);
            let at = if self.dice.chance(90) { DAY_ONE } else { DAY_ONE + self.dice.between(1, 6) * HOUR };
            self.change(at, at, RegistryChange::DeviceSet(drawn.device.clone()));
            self.devices.push(drawn);
        }
        if self.dice.chance(30) {
            let mut drawn = self.device(many, &measures);
            drawn.device.id = DeviceId::new(STRAY);
            self.devices.push(drawn);
        }
        for n in 1..=self.dice.between(0, 3) {
            let effective = *self.dice.one_of(&[DAY_ONE, DAY_ONE, DAY_ONE - DAY, DAY_ONE + 2 * HOUR]);
            if let Some(joined) = self.member_joined(n) {
                self.change(DAY_ONE, effective, joined);
            }
        }
    }

    fn device(&mut self, n: usize, measures: &[String]) -> DeviceDrawn {
        let dice = &mut *self.dice;
        let source = format!("s{}", dice.weighed(&[60, 25, 15]));
        let (area, area_path) = place(dice.one_of::<&str>(&PLACES));
        let mut own: Vec<Measure> =
            measures.iter().filter(|_| dice.chance(60)).map(|m| Measure::new(m.as_str())).collect();
        if own.is_empty() {
            own.extend(measures.first().map(|m| Measure::new(m.as_str())));
        }
        if dice.chance(30) {
            own.push(Measure::new("heartbeat"));
        }
        let clock = [0, 45_000, -90_000, 10 * MINUTE, -HOUR][dice.weighed(&[70, 10, 10, 5, 5])];
        let device = Device {
            id: DeviceId::new(format!("d{n}")),
            class: DeviceClass::Other,
            name: format!("d{n}"),
            area,
            area_path,
            source: SourceId::new(source.as_str()),
            subject: if dice.chance(60) { subject(dice) } else { None },
            measures: own,
            silence_secs_max: if dice.chance(40) { Some(*dice.one_of(&[1800, 3600, 10_800])) } else { None },
            capacity: if dice.chance(50) { Some(*dice.one_of(&[4.0, 5.0, 8.0])) } else { None },
            lon: None,
            lat: None,
            purpose: String::new(),
            state: DeviceState::Active,
            valid_from: Instant(DAY_ONE),
        };
        DeviceDrawn { device, source, clock }
    }

    // -- readings --

    /// Readings in order of true time; returns the last one's.
    fn readings(&mut self) -> i64 {
        let many = match self.dice.weighed(&[20, 50, 25, 5]) {
            0 => self.dice.between(3, 20),
            1 => self.dice.between(20, 80),
            2 => self.dice.between(80, 180),
            _ => self.dice.between(180, 300),
        };
        let mut spans: Vec<i64> = self
            .rules
            .iter()
            .flat_map(|r| r.numbers.values().map(|n| *n as i64).filter(|n| *n >= MINUTE).collect::<Vec<_>>())
            .collect();
        spans.extend([MINUTE, self.timing.lateness, 90 * MINUTE]);
        let falls_silent = if self.dice.chance(25) { self.dice.between(1, many) } else { i64::MAX };
        let mut now = DAY_ONE + self.dice.between(1, 60) * MINUTE;
        for n in 0..many {
            now += match self.dice.weighed(&[6, 60, 24, 10]) {
                0 => 0,
                1 => self.dice.between(1_000, 20 * MINUTE),
                2 => *self.dice.one_of(&spans) + self.dice.between(-1, 1),
                _ => self.dice.between(1, 10) * HOUR,
            };
            let d = self.dice.below(self.devices.len());
            if n >= falls_silent && self.devices[d].source == "s0" {
                continue;
            }
            self.say(now, d);
        }
        now
    }

    fn say(&mut self, now: i64, d: usize) {
        let dice = &mut *self.dice;
        let drawn = &self.devices[d];
        let measure = dice.one_of(&drawn.device.measures).clone();
        let value = values::draw(measure.as_str(), dice);
        self.ids += 1;
        let lateness = self.timing.of(&drawn.source).0;
        let delay = match dice.weighed(&[45, 35, 17, 3]) {
            0 => dice.between(0, 3_000),
            1 => dice.between(0, lateness),
            2 => dice.between(lateness, self.timing.window.min(DAY)),
            _ => self.timing.window + dice.between(-HOUR, DAY),
        };
        let mut received = now + delay;
        if dice.chance(25) {
            // Sent off in lots.
            received = DAY_ONE - (DAY_ONE - received).div_euclid(5 * MINUTE) * 5 * MINUTE;
        }
        let reading = Reading {
            id: ReadingId::new(format!("r{}", self.ids)),
            device: drawn.device.id.clone(),
            observed_at: Instant(now + drawn.clock),
            measure,
            value,
            subject: if dice.chance(10) { subject(dice) } else { None },
        };
        self.acts.push(Act::Said(Said { received, source: drawn.source.clone(), reading }));
    }

    /// The same once more, and the same id with something else.
    fn repeats(&mut self) {
        let said: Vec<Said> = self
            .acts
            .iter()
            .filter_map(|a| if let Act::Said(s) = a { Some(s.clone()) } else { None })
            .collect();
        for s in said {
            let dice = &mut *self.dice;
            let mut again = match dice.weighed(&[93, 5, 2]) {
                0 => continue,
                1 => s,
                _ => {
                    let mut other = s;
                    match &mut other.reading.value {
                        Value::Number(n) => *n += 1.0,
                        Value::Flag(b) => *b = !*b,
                        Value::Text(t) => t.push('x'),
                    }
                    other
                }
            };
            again.received += match dice.weighed(&[40, 40, 20]) {
                0 => dice.between(0, 5_000),
                1 => dice.between(0, 12 * HOUR),
                _ => self.timing.window + dice.between(-DAY, DAY),
            }
            .max(0);
            self.acts.push(Act::Said(again));
        }
    }

    // -- the registry on the way --

    fn changes(&mut self, last: i64) {
        let many = self.dice.weighed(&[15, 20, 20, 15, 10, 10, 5, 5]);
        for n in 0..many {
            let effective = DAY_ONE + self.dice.between(0, last - DAY_ONE);
            let logged = match self.dice.weighed(&[60, 15, 15, 10]) {
                0 => effective,
                1 => effective - self.dice.between(0, 6 * HOUR),
                2 => effective + self.dice.between(0, 12 * HOUR),
                _ => effective + self.dice.between(0, 2 * self.timing.window),
            };
            let what = match self.dice.weighed(&[20, 5, 10, 10, 15, 12, 12, 16, 12, 20]) {
                0 => self.rebinding(effective),
                1 => Some(RegistryChange::DeviceRetired(self.any_device())),
                2 => {
                    let n = self.dice.between(1, 3);
                    self.member_joined(n)
                }
                3 => self
                    .member()
                    .map(|subject| RegistryChange::MemberLeft { population: POPULATION.to_owned(), subject }),
                4 => self.away(effective),
                5 => self.member().map(|subject| RegistryChange::AwayEnded { subject }),
                6 => self.own_value(),
                7 => self.own_term(effective),
                9 => Some(self.learned()),
                _ => self.other_rule(n as u32 + 2),
            };
            if let Some(what) = what {
                // A rule is known before it holds.
                let late = rule_of(&what).is_none() || self.dice.chance(20);
                let logged = if late { logged } else { logged.min(effective) };
                self.change(logged.max(DAY_ONE), effective, what);
            }
        }
    }

    fn any_device(&mut self) -> DeviceId {
        self.dice.one_of(&self.devices).device.id.clone()
    }
    fn member(&mut self) -> Option<Subject> {
        self.dice.one_of(&SUBJECTS[..3]).parse().ok()
    }
    fn away(&mut self, effective: i64) -> Option<RegistryChange> {
        let until = self.dice.chance(50).then(|| Instant(effective + self.dice.between(1, 24) * HOUR));
        Some(RegistryChange::AwaySet { subject: self.member()?, until, reason: "sim".to_owned() })
    }
    fn rebinding(&mut self, effective: i64) -> Option<RegistryChange> {
        let i = self.dice.below(self.devices.len());
        let mut device = self.devices[i].device.clone();
        let (area, area_path) = place(self.dice.one_of::<&str>(&PLACES));
        match self.dice.below(4) {
            0 | 1 => device.subject = subject(self.dice),
            2 => (device.area, device.area_path) = (area, area_path),
            _ => device.silence_secs_max = Some(*self.dice.one_of(&[600, 3600, 20_000])),
        }
        device.valid_from = Instant(effective);
        self.devices[i].device = device.clone();
        Some(RegistryChange::DeviceSet(device))
    }
    /// What is learned of a device: mostly how far its clock is off, now and then something else; or no more than before.
    fn learned(&mut self) -> RegistryChange {
        let drawn = self.dice.one_of(&self.devices);
        let (device, clock) = (drawn.device.id.clone(), drawn.clock);
        let offset = *self.dice.one_of(&[clock, clock, -HOUR, 20 * MINUTE]);
        let silence = *self.dice.one_of(&[1800, 7200, 20_000]);
        RegistryChange::DeviceLearned {
            device,
            clock_offset_ms: self.dice.chance(60).then_some(offset),
            silence_secs: self.dice.chance(60).then_some(silence),
        }
    }
    fn own_value(&mut self) -> Option<RegistryChange> {
        let with: Vec<&Drawn> = self.rules.iter().filter(|r| !r.parameters.is_empty()).collect();
        if with.is_empty() {
            return None;
        }
        let rule = *self.dice.one_of(&with);
        let (parameter, choices) = self.dice.one_of(&rule.parameters);
        let below = *self.dice.one_of(&["", "E/", "E/B1/", "E/B1/D1/"]);
        let (area, area_path) = place(below);
        let (rule, parameter) = (rule.rule.clone(), (*parameter).to_owned());
        Some(if self.dice.chance(75) {
            let value = *self.dice.one_of(choices);
            let set_by = "sim".to_owned();
            RegistryChange::OverrideSet { rule, area, area_path, parameter, value, set_by }
        } else {
            RegistryChange::OverrideRemoved { rule, area, parameter }
        })
    }
    fn own_term(&mut self, effective: i64) -> Option<RegistryChange> {
        let rule = self.dice.one_of(&self.rules).rule.clone();
        let below = *self.dice.one_of(&["", "", "E/", "E/B1/", "E/B1/D1/"]);
        let (area, area_path) = place(below);
        let term = match self.dice.below(4) {
            0 => Term::Hours(
                self.dice
                    .one_of(&["08:00-20:00", "22:00-06:00,mon,tue", "06:00-12:00,workday"])
                    .parse()
                    .ok()?,
            ),
            1 => Term::Only { population: POPULATION.to_owned() },
            2 => {
                let about = format!("device:{}", self.any_device());
                let about =
                    self.dice.one_of(&[SUBJECTS[0], SUBJECTS[1], "area:E", about.as_str()]).parse().ok()?;
                let until =
                    self.dice.chance(50).then(|| Instant(effective + self.dice.between(1, 24) * HOUR));
                Term::Exempt { subject: about, until, reason: "sim".to_owned() }
            }
            _ => Term::Severity(Severity::Urgent),
        };
        Some(if self.dice.chance(75) {
            RegistryChange::TermSet { rule, area, area_path, term, set_by: "sim".to_owned() }
        } else {
            RegistryChange::TermRemoved { rule, area, key: term.key() }
        })
    }
    fn other_rule(&mut self, version: u32) -> Option<RegistryChange> {
        let rule = self.dice.one_of(&self.rules).clone();
        if self.dice.chance(25) {
            let Some(own) = rule.own else { return Some(RegistryChange::RuleRemoved { rule: rule.rule }) };
            let ((area, area_path), shadow) = (place(own), self.dice.chance(50));
            return Some(RegistryChange::AreaRuleRemoved { area, area_path, rule: rule.rule, shadow });
        }
        // The same once more: in the shadow and out of it again.
        if rule.own.is_some() && self.dice.chance(50) {
            return Some(self.rule_set(&rule, version));
        }
        let kind = rules::find_kind(rule.kind)?;
        let again = Drawn { own: rule.own, ..rules::draw(kind, &rule.rule, version, self.dice) };
        Some(self.rule_set(&again, version))
    }

    fn ticks(&mut self, last: i64) {
        let mut at = DAY_ONE;
        while at < last && self.acts.len() < 900 {
            at += match self.dice.weighed(&[40, 40, 20]) {
                0 => self.dice.between(10_000, MINUTE),
                1 => self.dice.between(MINUTE, HOUR),
                _ => self.dice.between(HOUR, 6 * HOUR),
            };
            self.acts.push(Act::Tick(at));
        }
    }
}
