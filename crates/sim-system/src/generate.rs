//! From a seed to a life: the readings, ticks and registry changes of the pure simulation's life of the same seed,
//! with turns of the loops, people, races and kills drawn in between.
//!
//! Invariants
//! - GR1 The same seed gives the same life.

use crate::{
    life::{Doing, Life, Loop, Step},
    street::ABOVE,
};
use linli_casework::ClassTable;
use linli_model::{AreaPath, RegistryChange};
use linli_sim::{
    draw::Dice,
    life::{Act, DAY, HOUR, MINUTE, Said},
};
use std::collections::BTreeMap;

/// Ticks, and messages, that a life has at most.
const TICKS_MAX: usize = 24;
const MESSAGES_MAX: usize = 120;

const LOOPS: [(Loop, u32); 9] = [
    (Loop::Engine, 34),
    (Loop::Registry, 14),
    (Loop::Clock, 16),
    (Loop::Deliver, 16),
    (Loop::History, 12),
    (Loop::Habits, 6),
    (Loop::Retain, 5),
    (Loop::Calendar, 1),
    (Loop::Tick, 2),
];
const SEVERITIES: [&str; 4] = ["info", "attention", "urgent", "alarm"];

pub fn life(seed: u64) -> Life {
    let pure = linli_sim::generate::life(seed);
    let mut dice = Dice::child(seed, "system");
    let began = pure.acts.first().map_or(pure.end, Act::logged);
    let (lateness, idle, window) = (pure.timing.lateness, pure.timing.idle, pure.timing.window);
    let snapshot_every = *dice.one_of(&[8, 25, 60, 20_000]);
    let doings = doings(pure.acts, &mut dice);
    let mut drawing = Drawing { dice, steps: Vec::new() };
    for (at, doing) in doings {
        drawing.between(at);
        let told = matches!(&doing, Doing::Change { .. });
        drawing.step(at, doing);
        if told && drawing.dice.chance(80) {
            drawing.step(at, Doing::Turn(Loop::Registry));
        }
    }
    let last = drawing.steps.last().map_or(began, |s| s.at);
    let mut at = last;
    for _ in 0..drawing.dice.between(0, 12) {
        at += drawing.dice.between(MINUTE, 10 * HOUR);
        drawing.between(at);
    }
    let end = at.max(pure.end).max(last + idle + 1);
    let Drawing { steps, .. } = drawing;
    Life { seed, postgres: seed % 10 == 7, lateness, idle, window, snapshot_every, began, steps, end }
}

struct Drawing {
    dice: Dice,
    steps: Vec<Step>,
}

impl Drawing {
    fn step(&mut self, at: i64, doing: Doing) {
        let n = self.steps.len() as u64 + 1;
        let dice = &mut self.dice;
        let beside = dice.chance(6).then(|| beside(&doing, dice)).flatten();
        let killed = dice.chance(4).then(|| dice.weighed(&[1; 14]) as u32);
        let torn = killed.is_some() && dice.chance(30);
        self.steps.push(Step { beside, killed, torn, ..Step::of(n, at, doing) });
    }

    /// What loops and people do before the next thing happens.
    fn between(&mut self, at: i64) {
        for _ in 0..self.dice.weighed(&[45, 30, 15, 10]) {
            let doing = match self.dice.weighed(&[60, 26, 8, 4, 2]) {
                0 => Doing::Turn(LOOPS[self.dice.weighed(&LOOPS.map(|l| l.1))].0),
                1 => Doing::Person,
                2 => Doing::Report,
                3 => Doing::Again,
                _ => Doing::Stale,
            };
            self.step(at, doing);
        }
    }
}

/// Something that may happen at the same moment and get in its way.
fn beside(doing: &Doing, dice: &mut Dice) -> Option<Doing> {
    Some(match doing {
        Doing::Turn(Loop::Tick | Loop::Calendar) | Doing::Again | Doing::Stale => return None,
        Doing::Turn(which) if dice.chance(50) => Doing::Turn(*which),
        Doing::Turn(_) => dice.one_of(&[Doing::Person, Doing::Turn(Loop::Clock), Doing::Report]).clone(),
        Doing::Person => {
            dice.one_of(&[Doing::Person, Doing::Turn(Loop::Clock), Doing::Turn(Loop::Engine)]).clone()
        }
        _ => dice.one_of(&[Doing::Turn(Loop::Engine), Doing::Turn(Loop::Registry), Doing::Report]).clone(),
    })
}

/// The pure life's acts as what is done to a whole system, in their order.
fn doings(acts: Vec<Act>, dice: &mut Dice) -> Vec<(i64, Doing)> {
    let ticks = acts.iter().filter(|a| matches!(a, Act::Tick(_))).count();
    let keep_tick = (100 * TICKS_MAX).div_ceil(ticks.max(1)).min(100) as u32;
    let mut classes = BTreeMap::new();
    let (mut doings, mut messages): (Vec<(i64, Doing)>, usize) = (Vec::new(), 0);
    for act in acts {
        let at = act.logged();
        match act {
            Act::Tick(_) if dice.chance(keep_tick) => doings.push((at, Doing::Turn(Loop::Tick))),
            Act::Tick(_) => {}
            Act::Change(change) => {
                let what = Box::new(placed(change.what, &mut classes, dice));
                doings.push((at, Doing::Change { effective: change.effective, what }));
            }
            Act::Said(Said { source, reading, .. }) => match doings.last_mut() {
                Some((then, Doing::Send { source: s, readings })) if *then == at && *s == source => {
                    readings.push(reading)
                }
                _ if messages >= MESSAGES_MAX => {}
                _ => {
                    messages += 1;
                    doings.push((at, Doing::Send { source, readings: vec![reading] }));
                }
            },
        }
    }
    doings
}

/// A registry change put into the street; rules get a class that somebody handles, and a severity.
fn placed(
    mut what: RegistryChange,
    classes: &mut BTreeMap<String, String>,
    dice: &mut Dice,
) -> RegistryChange {
    let below = |path: &mut AreaPath| path.0.insert_str(0, ABOVE);
    match &mut what {
        RegistryChange::DeviceSet(device) => below(&mut device.area_path),
        RegistryChange::MemberJoined { area_path, .. } | RegistryChange::OverrideSet { area_path, .. } => {
            below(area_path)
        }
        RegistryChange::AreaRuleRemoved { area_path, .. } => below(area_path),
        RegistryChange::RuleSet { rule, text, .. } | RegistryChange::AreaRuleSet { rule, text, .. } => {
            let head = classes.entry(rule.clone()).or_insert_with(|| {
                let table = ClassTable::shipped();
                let class = &dice.one_of(&table.classes).code;
                format!("severity = \"{}\"\ncase_class = \"{class}\"", dice.one_of(&SEVERITIES))
            });
            *text = text.replace("severity = \"info\"\ncase_class = \"x.y\"", head);
            if let RegistryChange::AreaRuleSet { area_path, .. } = &mut what {
                below(area_path);
            }
        }
        _ => {}
    }
    what
}

/// A life's window in whole days, as an installation is told it.
pub fn window_days(window: i64) -> u32 {
    u32::try_from((window + DAY - 1) / DAY).unwrap_or(1).clamp(1, 30)
}
