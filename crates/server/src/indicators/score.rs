//! The hotline's score of a period, from the tallies of its orders.

use super::{Asked, filter, hotline_group, report::whole};
use crate::{labels::say, problem::Answer, state::ServerState, who::Who};
use linli_api::{
    Coded,
    indicator::{HotlineGroup, ScorePart, ScoreView},
};
use linli_indicator::{
    Measure,
    score::{Period12345, score},
};
use linli_model::AreaTree;
use linli_store::TallyGroup;

pub(super) async fn of(state: &ServerState, who: &Who, areas: &AreaTree, asked: &Asked) -> Answer<ScoreView> {
    let street = hotline_group::street(state, who, areas, asked);
    let group = match street {
        Some(street) => hotline_group::of(state, street, &asked.period).await?,
        None => None,
    };
    let found = state.store.tally_sums(&filter(state, who, asked, &asked.period), TallyGroup::Class).await?;
    let sums = whole(&found);
    let n = |measure| sums.of(measure).n;
    let (contacted, missed) = (n(Measure::OrdersContacted), n(Measure::OrdersNotContacted));
    let (tickets, solved, explained) =
        (n(Measure::Orders), n(Measure::OrdersSolved), n(Measure::OrdersExplained));
    let came_to = Period12345 {
        volume: tickets,
        group_volume: group.as_ref().and_then(|g| g.tickets),
        contacted,
        contact_assessed: contacted + missed,
        judged: solved + explained,
        solved,
        explained,
        satisfaction_sum: sums.of(Measure::OrdersRated).sum,
        rated: n(Measure::OrdersRated),
        late: n(Measure::OrdersLate),
    };
    let score = score(&came_to, &state.hotline_weights);
    let why_not = hotline_group::may_enter(state, who, areas, street).err();
    Ok(ScoreView {
        parts: score
            .parts
            .iter()
            .map(|p| ScorePart {
                code: p.code.to_owned(),
                label: say(&p.label),
                formula: say(&p.formula),
                share: p.share,
                points: p.points,
                points_max: p.points_max,
            })
            .collect(),
        deducted: score.deducted,
        deducted_formula: say(&score.deducted_formula),
        total: score.total,
        total_max: score.total_max,
        solved: score.solved,
        tickets,
        street: street.map(|s| Coded::new(s.id.as_str(), &s.name)),
        group: group.and_then(|g| Some(HotlineGroup { tickets: g.tickets?, by: g.by, at: g.at.to_string() })),
        group_why_not: why_not.map(|r| say(&r.message)),
    })
}
