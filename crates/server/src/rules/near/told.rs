//! Near misses as they are told: in a sentence, with what kept each back, and the nearest ones as tests.

use crate::{
    cases::view::area,
    labels::say,
    problem::Answer,
    rules::{
        asked::blocking,
        backtest::{HIDDEN_BELOW, day_of},
        past::Partition,
    },
    state::ServerState,
    who::lang,
};
use linli_api::trace::{NearMissView, NearView};
use linli_engine::Heard;
use linli_model::{AreaTree, Finding, Instant, Millis, Text};
use linli_pack::{
    backtest::Variant,
    near::{NearMiss, Nearness},
    trace::write::{self, Nudged, Shown},
};
use linli_rule::RulePlan;
use std::sync::Arc;

/// So many near misses are written as traces, the nearest.
const SCRIPTS_MAX: usize = 12;

/// The nearest misses of one subject as traces; of homes none (G13).
pub(super) async fn scripts(
    view: &mut NearView,
    variant: &Variant,
    misses: Vec<NearMiss>,
    past: Arc<Partition>,
    name: impl Fn(&Finding) -> String + Send + 'static,
) -> Answer<()> {
    let homes = |m: &NearMissView| m.start.len() == "2026-11-02".len();
    if view.misses.iter().all(homes) {
        return Ok(());
    }
    let variant = variant.clone();
    let written = blocking(move || {
        let write = |m: &NearMiss| {
            let parameters = m.in_force();
            let shown = Shown {
                name: name(&m.finding),
                plan: &variant.plan,
                text: &variant.text,
                config: &past.config,
                registry: &past.registry,
                readings: &past.readings,
                finding: &m.finding,
                parameters: &parameters,
                near: Some(Nudged {
                    plan: m.plan.clone(),
                    value: m.number.threshold.parameter.clone().map(|name| (name, m.fires_at)),
                }),
            };
            write::write(&shown).ok()
        };
        misses.iter().take(SCRIPTS_MAX).map(write).collect::<Vec<_>>()
    })
    .await?;
    for (shown, script) in view.misses.iter_mut().zip(written) {
        shown.script = script;
    }
    Ok(())
}

/// How near misses are told.
pub(super) struct Told<'a> {
    pub state: &'a ServerState,
    /// The rule's in the engine: an area's own rule has its area's in it.
    pub code: String,
    pub plan: &'a RulePlan,
    pub areas: &'a AreaTree,
    pub days: (Instant, Instant),
    pub counts_only: bool,
}

impl Told<'_> {
    pub fn view(&self, found: &Nearness, home: impl Fn(&Finding) -> bool) -> NearView {
        let day = |at: Instant| day_of(self.state, at);
        let misses: Vec<NearMissView> = if self.counts_only {
            Vec::new()
        } else {
            found.misses.iter().map(|m| self.miss(m, home(&m.finding))).collect()
        };
        NearView {
            rule: self.code.clone(),
            from: day(self.days.0),
            to: day(self.days.1 + Millis(-1)),
            sentence: self.sentence(found).get(lang()).to_owned(),
            heard: found.heard.readings,
            dull: found.heard.dull,
            told: self.hide(found.told),
            more: found.more && !self.counts_only,
            counts_only: self.counts_only,
            misses,
        }
    }

    fn hide(&self, n: usize) -> Option<u64> {
        let n = n as u64;
        (!self.counts_only || n == 0 || n >= HIDDEN_BELOW).then_some(n)
    }

    fn sentence(&self, found: &Nearness) -> Text {
        let Heard { readings, dull } = found.heard;
        let (told, near) = (self.hide(found.told), self.hide(found.misses.len()));
        let zh = |n: Option<u64>| n.map_or_else(|| "不到 5".to_owned(), |n| n.to_string());
        let en = |n: Option<u64>| n.map_or_else(|| "fewer than 5".to_owned(), |n| n.to_string());
        Text::new(
            format!(
                "听到 {readings} 条读数,其中 {dull} 条没有改变任何结论;报出 {} 条,险些报出 {} 条。",
                zh(told),
                zh(near)
            ),
            format!(
                "{readings} readings were heard, {dull} of them changed nothing; {} were told, {} were near misses.",
                en(told),
                en(near)
            ),
        )
    }

    fn miss(&self, m: &NearMiss, home: bool) -> NearMissView {
        let f = &m.finding;
        let time = |t: Instant| if home { day_of(self.state, t) } else { t.to_string() };
        let t = &m.number.threshold;
        let name = match &t.parameter {
            Some(p) => self.plan.parameter(p).map_or_else(|| Text::new(p, p), |(_, p)| p.label.clone()),
            None => Text::new(format!("规则里写的 {}", t.field), format!("{} in the rule's text", t.field)),
        };
        let (value, fires_at) = (t.say(m.value), t.say(m.fires_at));
        let told = Text::new(
            format!("{}是 {value},若为 {fires_at} 就会报出。", name.zh),
            format!("{} is {value}; with {fires_at} it would have been told.", name.en),
        );
        NearMissView {
            subject: f.subject.to_string(),
            area: area(self.areas, &f.area),
            start: time(f.start),
            end: f.end.map(time),
            number: say(&name),
            parameter: t.parameter.clone(),
            value,
            fires_at,
            share: m.share,
            sentence: told.get(lang()).to_owned(),
            script: None,
        }
    }
}
