//! The versions of the routing rules, each rule as a sentence.

use super::may_change;
use crate::{
    labels::{self, say},
    problem::Answer,
    state::ServerState,
    who::Who,
    wire::Json,
};
use axum::extract::State;
use linli_access::Action;
use linli_api::{Problem, routing::*};
use linli_casework::{ClassTable, Roster, RoutingRule, RoutingRules};
use linli_model::{AreaTree, Text};
use linli_store::RoutingVersion;

#[utoipa::path(get, path = "/routing", operation_id = "listRouting", tag = "routing",
    responses((status = 200, body = RoutingView), (status = 403, body = Problem)))]
pub async fn list(State(state): State<ServerState>, who: Who) -> Answer<Json<RoutingView>> {
    who.check_anywhere(&state, Action::RuleTry)?;
    Ok(Json(view(&state, &who).await?))
}

pub(super) async fn view(state: &ServerState, who: &Who) -> Answer<RoutingView> {
    let (areas, roster, users) = (state.areas().await?, state.roster().await?, state.users().await?);
    let versions = state.store.routing_versions().await?;
    let view = |v: &RoutingVersion| {
        let rules = RoutingRules::check(&v.text, v.version).unwrap_or_default();
        let unknown = rules.unknown(&areas, &roster.candidates, &state.classes);
        RoutingVersionView {
            version: v.version,
            text: v.text.clone(),
            note: v.note.clone(),
            made_by: users.get(&v.made_by).map(|u| u.name.clone()).unwrap_or_default(),
            made_at: v.made_at.to_string(),
            on_since: v.on_since.map(|t| t.to_string()),
            is_on: v.is_on,
            rules: rules.rules.iter().map(|r| rule(r, &areas, &roster, &state.classes)).collect(),
            unknown: unknown.iter().map(|d| format!("{}: {}", d.field, say(&d.message))).collect(),
        }
    };
    Ok(RoutingView {
        on: versions.iter().find(|v| v.is_on).map(|v| v.version),
        versions: versions.iter().map(view).collect(),
        may_change: may_change(state, who).await?,
    })
}

pub(super) fn rule(
    r: &RoutingRule,
    areas: &AreaTree,
    roster: &Roster,
    classes: &ClassTable,
) -> RoutingRuleView {
    let list = say(&Text::new("、", ", "));
    let mut when = Vec::new();
    if !r.classes.is_empty() {
        let named = |code: &String| classes.find(code).map_or_else(|| code.clone(), |c| say(&c.label));
        when.push(r.classes.iter().map(named).collect::<Vec<_>>().join(&list));
    }
    if let Some(area) = &r.area {
        when.push(areas.find(area).map_or_else(|| area.to_string(), |a| a.name.clone()));
    }
    if !r.days.is_empty() {
        when.push(r.days.iter().map(|d| say(&d.label())).collect::<Vec<_>>().join(&list));
    }
    if let (Some(from), Some(to)) = (r.from, r.to) {
        when.push(format!("{}–{}", from.strftime("%H:%M"), to.strftime("%H:%M")));
    }
    let mut who = match r.post {
        Some(post) => vec![roster.find_post(post).map_or_else(
            || post.to_string(),
            |c| {
                let area = areas.find(&c.post.area).map(|a| a.name.clone()).unwrap_or_default();
                format!("{area} {}", labels::role(c.post.role).label)
            },
        )],
        None => vec![r.roles.iter().map(|role| labels::role(*role).label).collect::<Vec<_>>().join(&list)],
    };
    if let Some(skill) = &r.skill {
        who.push(say(&Text::new(format!("技能:{skill}"), format!("skill: {skill}"))));
    }
    if let Some(max) = r.open_cases_max {
        who.push(say(&Text::new(format!("在办少于 {max} 件"), format!("fewer than {max} open cases"))));
    }
    let all = Text::new("全部案件", "every case");
    RoutingRuleView {
        code: r.code.clone(),
        label: say(&r.label),
        when: if when.is_empty() { say(&all) } else { when.join(" · ") },
        who: who.join(" · "),
    }
}
