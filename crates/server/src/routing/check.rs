//! Routing rules as a form and as text, either from the other, with every mistake named. Nothing is kept by it.

use super::{draft::TEXT_CHARS_MAX, list::rule};
use crate::{
    labels::{self, say},
    problem::{Answer, ApiError},
    state::ServerState,
    who::Who,
    wire::Json,
};
use axum::extract::State;
use linli_access::Action;
use linli_api::{Coded, Problem, routing::*};
use linli_casework::{
    RoutingRule, RoutingRules,
    owner::routing::{Day, RULES_MAX},
};
use linli_model::{Diagnostic, Role};
use std::collections::BTreeSet;

#[utoipa::path(post, path = "/routing/check", operation_id = "checkRouting", tag = "routing", request_body = RoutingAsked,
    responses((status = 200, body = RoutingChecked), (status = 400, body = Problem), (status = 403, body = Problem)))]
pub async fn check(
    State(state): State<ServerState>,
    who: Who,
    Json(asked): Json<RoutingAsked>,
) -> Answer<Json<RoutingChecked>> {
    who.check_anywhere(&state, Action::RuleTry)?;
    let (rules, text, mut wrong) = read(asked)?;
    let (areas, roster) = (state.areas().await?, state.roster().await?);
    wrong.extend(rules.mistakes());
    wrong.extend(rules.unknown(&areas, &roster.candidates, &state.classes));
    let skills: BTreeSet<&String> = roster.candidates.iter().flat_map(|c| &c.post.skills).collect();
    let staff = Role::ALL.into_iter().filter(|r| *r != Role::Resident);
    Ok(Json(RoutingChecked {
        text,
        rules: rules
            .rules
            .iter()
            .map(|r| RoutingRuleChecked { form: form(r), words: rule(r, &areas, &roster, &state.classes) })
            .collect(),
        mistakes: wrong.iter().map(|d| format!("{}: {}", d.field, say(&d.message))).collect(),
        roles: staff.map(labels::role).collect(),
        days: Day::ALL.into_iter().map(|d| Coded::new(d.code(), say(&d.label()))).collect(),
        skills: skills.into_iter().cloned().collect(),
    }))
}

/// The rules, their text, and what could not be read.
fn read(asked: RoutingAsked) -> Answer<(RoutingRules, String, Vec<Diagnostic>)> {
    let refuse =
        |field: &str, zh: &str, en: &str| ApiError::from(Diagnostic::new("routing_asked", field, zh, en));
    match (asked.text, asked.rules) {
        (Some(text), None) if text.chars().count() <= TEXT_CHARS_MAX => match RoutingRules::read(&text, 0) {
            Ok(rules) => Ok((rules, text, Vec::new())),
            Err(wrong) => Ok((RoutingRules::default(), text, wrong)),
        },
        (Some(_), None) => Err(refuse("text", "规则过长", "the rules are too long")),
        (None, Some(forms)) if forms.len() <= RULES_MAX => {
            let (mut rules, mut wrong) = (RoutingRules::default(), Vec::new());
            for form in &forms {
                match of_form(form) {
                    Ok(rule) => rules.rules.push(rule),
                    Err(mistakes) => wrong.extend(mistakes),
                }
            }
            let text = rules.text();
            Ok((rules, text, wrong))
        }
        (None, Some(_)) => Err(refuse("rules", "规则过多", "there are too many rules")),
        _ => Err(refuse("text", "请给出 text 或 rules,二者其一", "expected either `text` or `rules`")),
    }
}

fn form(rule: &RoutingRule) -> RoutingRuleForm {
    let time = |t: jiff::civil::Time| t.strftime("%H:%M").to_string();
    RoutingRuleForm {
        code: rule.code.clone(),
        label: RoutingLabel { zh: rule.label.zh.clone(), en: rule.label.en.clone() },
        classes: rule.classes.clone(),
        area: rule.area.as_ref().map(|a| a.to_string()),
        days: rule.days.iter().map(|d| d.code().to_owned()).collect(),
        from: rule.from.map(time),
        to: rule.to.map(time),
        post: rule.post.map(|p| p.to_string()),
        roles: rule.roles.iter().map(|r| r.as_str().to_owned()).collect(),
        skill: rule.skill.clone(),
        open_cases_max: rule.open_cases_max,
    }
}

/// Every field that cannot be read is named.
fn of_form(form: &RoutingRuleForm) -> Result<RoutingRule, Vec<Diagnostic>> {
    let mut wrong = Vec::new();
    let mut refuse = |field: &str, zh: &str, en: &str| {
        let field = format!("rule.{}.{field}", form.code);
        wrong.push(Diagnostic::new("routing_field", field, zh, en));
    };
    let mut time = |field: &str, text: &Option<String>| match text.as_deref().map(str::parse) {
        Some(Err(_)) => {
            refuse(field, "应为时刻,如 22:00", "expected a time like 22:00");
            None
        }
        Some(Ok(time)) => Some(time),
        None => None,
    };
    let (from, to) = (time("from", &form.from), time("to", &form.to));
    if form.label.zh.trim().is_empty() || form.label.en.trim().is_empty() {
        refuse("label", "请写中文和英文名称", "expected a name in Chinese and in English");
    }
    let find_day = |code: &String| Day::ALL.into_iter().find(|d| d.code() == code);
    let days: Vec<Day> = form.days.iter().filter_map(find_day).collect();
    if days.len() < form.days.len() {
        refuse("days", "应为 mon 到 sun", "expected mon to sun");
    }
    let roles: Vec<Role> = form.roles.iter().filter_map(|code| Role::find(code)).collect();
    if roles.len() < form.roles.len() {
        refuse("roles", "没有这个角色", "there is no such role");
    }
    let post = form.post.as_deref().map(str::parse);
    if matches!(post, Some(Err(_))) {
        refuse("post", "没有这个岗位", "there is no such post");
    }
    let given = |text: &Option<String>| text.clone().filter(|t| !t.trim().is_empty());
    let rule = RoutingRule {
        code: form.code.clone(),
        label: linli_model::Text::new(form.label.zh.trim(), form.label.en.trim()),
        classes: form.classes.clone(),
        area: given(&form.area).map(linli_model::AreaId::new),
        days,
        from,
        to,
        post: post.and_then(Result::ok),
        roles,
        skill: given(&form.skill).map(|s| s.trim().to_owned()),
        open_cases_max: form.open_cases_max,
    };
    if wrong.is_empty() { Ok(rule) } else { Err(wrong) }
}
