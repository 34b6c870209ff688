//! The report of a period: every indicator, for the whole and for its parts, beside the period before and the
//! year before.

use super::{Asked, FEW, Words, asked, filter, safety, score, wrong};
use crate::{
    labels::say,
    problem::Answer,
    state::ServerState,
    who::Who,
    wire::{Json, Query},
};
use axum::extract::State;
use linli_access::Action;
use linli_api::{
    Coded, Problem,
    indicator::{
        IndicatorGroup, IndicatorNumbers, IndicatorQuery, IndicatorReport, IndicatorView, NumberView,
        PeriodView,
    },
};
use linli_indicator::{CATALOGUE, Indicator, Number, Period, Sums, catalogue::Better};
use linli_model::{AreaPath, AreaTree, Text};
use linli_store::{TallyGroup, TallySum};
use std::collections::BTreeMap;

/// The most cases of older times that are counted for the note that numbers lack them.
const NOT_COUNTED_MAX: u32 = 1_000;

#[utoipa::path(get, path = "/indicators", operation_id = "getIndicators", tag = "indicators", params(IndicatorQuery),
    responses((status = 200, body = IndicatorReport), (status = 400, body = Problem), (status = 403, body = Problem)))]
pub async fn get(
    State(state): State<ServerState>,
    who: Who,
    Query(q): Query<IndicatorQuery>,
) -> Answer<Json<IndicatorReport>> {
    who.check_anywhere(&state, Action::CaseRead)?;
    let areas = state.areas().await?;
    let words =
        Words { area: &q.area, class: &q.class, period: &q.period, day: &q.day, from: &q.from, to: &q.to };
    let asked = asked(&state, &areas, &words)?;
    let by = match q.by.as_deref().filter(|b| !b.is_empty()) {
        None => None,
        Some("area") => Some(TallyGroup::Area),
        Some("class") => Some(TallyGroup::Class),
        Some(_) => return Err(wrong("by", "应为 area 或 class", "expected area or class")),
    };
    let (before, year_before) = (asked.period.before(), asked.period.year_before());
    let now = summed(&state, &who, &asked, &asked.period, by).await?;
    let earlier = summed_or_none(&state, &who, &asked, before, by).await?;
    let last_year = summed_or_none(&state, &who, &asked, year_before, by).await?;
    let parts = Parts { state: &state, areas: &areas, asked: &asked, by };
    Ok(Json(IndicatorReport {
        area: asked.area.as_ref().map(|a| Coded::new(a.id.as_str(), &a.name)),
        class: asked.class.as_ref().map(|c| Coded::new(c, say(&state.classes.get_or_other(c).label))),
        period: period_view(&asked.period),
        before: before.as_ref().map(period_view),
        year_before: year_before.as_ref().map(period_view),
        as_of: state.now().to_string(),
        not_counted_yet: state.store.cases_untallied(NOT_COUNTED_MAX).await?.len() as u32,
        indicators: CATALOGUE.iter().map(indicator).collect(),
        whole: numbers(&whole(&now), earlier.as_deref().map(whole), last_year.as_deref().map(whole)),
        groups: parts.groups(&now, earlier.as_deref(), last_year.as_deref()),
        score: score::of(&state, &who, &areas, &asked).await?,
        safety: safety::of(&state, &who, &areas, &asked, by == Some(TallyGroup::Area)).await?,
    }))
}

async fn summed(
    state: &ServerState,
    who: &Who,
    asked: &Asked,
    period: &Period,
    by: Option<TallyGroup>,
) -> Answer<Vec<TallySum>> {
    // For the whole alone the classes do: there are fewer of them than places.
    let by = by.unwrap_or(TallyGroup::Class);
    Ok(state.store.tally_sums(&filter(state, who, asked, period), by).await?)
}

async fn summed_or_none(
    state: &ServerState,
    who: &Who,
    asked: &Asked,
    period: Option<Period>,
    by: Option<TallyGroup>,
) -> Answer<Option<Vec<TallySum>>> {
    match period {
        None => Ok(None),
        Some(period) => summed(state, who, asked, &period, by).await.map(Some),
    }
}

pub(super) fn whole(found: &[TallySum]) -> Sums {
    let mut sums = Sums::default();
    found.iter().for_each(|s| sums.add(s.measure, s.sum));
    sums
}

fn numbers(now: &Sums, before: Option<Sums>, year_before: Option<Sums>) -> Vec<IndicatorNumbers> {
    let numbers = |i: &Indicator| IndicatorNumbers {
        code: i.code.to_owned(),
        now: number(i, now),
        before: before.as_ref().map(|s| number(i, s)),
        year_before: year_before.as_ref().map(|s| number(i, s)),
    };
    CATALOGUE.iter().map(numbers).collect()
}

/// IS2. A count is what it is, however small.
fn number(indicator: &Indicator, sums: &Sums) -> NumberView {
    let Number { value, numerator, denominator, excluded } = indicator.number(sums);
    let few = indicator.unit() != "count" && denominator > 0 && denominator < FEW;
    NumberView { value: value.filter(|_| !few), numerator, denominator, excluded, few }
}

/// What the whole is divided into.
struct Parts<'a> {
    state: &'a ServerState,
    areas: &'a AreaTree,
    asked: &'a Asked,
    by: Option<TallyGroup>,
}

/// Key and label of a part, in the order parts are shown.
type Part = (u32, String, String);

impl Parts<'_> {
    fn groups(
        &self,
        now: &[TallySum],
        before: Option<&[TallySum]>,
        year_before: Option<&[TallySum]>,
    ) -> Vec<IndicatorGroup> {
        let Some(by) = self.by else { return Vec::new() };
        let divided = |found: &[TallySum]| {
            let mut parts: BTreeMap<Part, Sums> = BTreeMap::new();
            for s in found {
                let part = match by {
                    TallyGroup::Area => self.area(&AreaPath(s.group.clone())),
                    TallyGroup::Class => self.class(&s.group),
                };
                parts.entry(part).or_default().add(s.measure, s.sum);
            }
            parts
        };
        let (now, before, year_before) = (divided(now), before.map(divided), year_before.map(divided));
        let earlier = [&before, &year_before];
        let all = now.keys().chain(earlier.into_iter().flatten().flat_map(|parts| parts.keys()));
        let keys: std::collections::BTreeSet<&Part> = all.collect();
        let of = |parts: &Option<BTreeMap<Part, Sums>>, key: &Part| {
            parts.as_ref().map(|p| p.get(key).cloned().unwrap_or_default())
        };
        let group = |key: &Part| IndicatorGroup {
            key: Coded::new(&key.1, &key.2),
            numbers: numbers(
                &now.get(key).cloned().unwrap_or_default(),
                of(&before, key),
                of(&year_before, key),
            ),
        };
        keys.into_iter().map(group).collect()
    }

    /// The area directly inside the one asked for that a case lies in, as boundaries are today; the area itself for
    /// a case that lies no deeper.
    fn area(&self, path: &AreaPath) -> Part {
        let ids: Vec<_> = self.areas.where_today(path).ids().collect();
        let at = match &self.asked.area {
            Some(area) => ids.iter().position(|id| *id == area.id),
            None => ids.iter().position(|id| self.areas.find(id).is_some_and(|a| a.parent.is_none())),
        };
        let found = at.and_then(|i| ids.get(i + 1).or(ids.get(i))).and_then(|id| self.areas.find(id));
        match found {
            Some(area) => (area.level as u32, area.id.to_string(), area.name.clone()),
            None => {
                let text = Text::new("旧区划", "Areas of earlier boundaries");
                (u32::MAX, "elsewhere".to_owned(), say(&text))
            }
        }
    }

    fn class(&self, code: &str) -> Part {
        let classes = &self.state.classes.classes;
        let place = classes.iter().position(|c| c.code == code).unwrap_or(classes.len());
        let label = self.state.classes.find(code).map_or_else(|| code.to_owned(), |c| say(&c.label));
        (place as u32, code.to_owned(), label)
    }
}

fn period_view(period: &Period) -> PeriodView {
    PeriodView {
        kind: Coded::new(period.kind.code(), say(&period.kind.label())),
        name: period.name(),
        first: period.first.to_string(),
        last: period.last.to_string(),
    }
}

fn indicator(i: &Indicator) -> IndicatorView {
    let better = match i.better {
        Better::More => "more",
        Better::Less => "less",
        Better::Neither => "neither",
    };
    let part = |code: &str, text: Text| Coded::new(code, say(&text));
    let mut parts = vec![part("numerator", Text::new("计入的案件", "Cases that count"))];
    if i.measures().len() > 1 {
        let text = if i.rest_is_whole() {
            Text::new("分母的案件", "Cases of the denominator")
        } else {
            Text::new("分母中其余的案件", "The denominator's other cases")
        };
        parts.push(part("rest", text));
    }
    IndicatorView {
        code: i.code.to_owned(),
        label: say(&i.label()),
        formula: say(&i.words()),
        unit: i.unit().to_owned(),
        better: better.to_owned(),
        parts,
    }
}
