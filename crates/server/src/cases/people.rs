//! The reporters of a case as staff see them: masked, each with their own number, promise and what was heard of them.

use crate::{labels::say, problem::Answer, state::ServerState, who::Who};
use linli_api::{
    Coded,
    case::{ActionView, ContactView, ReporterView},
};
use linli_casework::{Case, ReporterId, available::satisfied_label, case::CallResult, decide::heard};
use linli_model::{Fault, Text};
use linli_store::{Look, Reporter};

/// Those of the case itself and those who came along with cases that were merged into it, in the case's order.
pub(super) async fn of(state: &ServerState, case: &Case) -> Result<Vec<Reporter>, Fault> {
    let mut found = state.store.reporters_of(&case.reporters).await?;
    let place = |r: &Reporter| case.reporters.iter().position(|id| *id == r.id);
    found.sort_by_key(place);
    Ok(found)
}

pub(super) fn views(case: &Case, reporters: &[Reporter]) -> Vec<ReporterView> {
    reporters.iter().map(|r| view(case, r)).collect()
}

fn view(case: &Case, r: &Reporter) -> ReporterView {
    let phone = linli_model::format::phone::Phone::parse(&r.phone).map(|p| p.masked()).unwrap_or_default();
    let own = case.own.get(&r.id);
    ReporterView {
        id: r.id.to_string(),
        number: own.map_or_else(|| case.number.clone(), |o| o.number.clone()),
        promised_by: own.and_then(|o| o.promise.as_ref()).map(|p| p.due_at.to_string()),
        heard: said(case, r.id).map(|t| say(&t)),
        channel: say(&channel_label(&r.channel)),
        name: masked(&r.name),
        phone,
    }
}

/// The first character as people see it, with the marks that belong to it; then one to three stars.
fn masked(name: &str) -> String {
    let belongs =
        |c: &char| matches!(*c, '\u{300}'..='\u{36f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}');
    let shown: String = name.chars().take(1).chain(name.chars().skip(1).take_while(belongs)).collect();
    let hidden = name.chars().count() - shown.chars().count();
    if shown.is_empty() { shown } else { format!("{shown}{}", "*".repeat(hidden.clamp(1, 3))) }
}

/// What was heard of a reporter since the answer: a rating and on which way, or how the calls went.
fn said(case: &Case, reporter: ReporterId) -> Option<Text> {
    if case.withdrew.contains(&reporter) {
        return Some(Text::new("已撤回", "withdrew"));
    }
    if let Some(rating) = heard(case, reporter) {
        let word = satisfied_label(rating.satisfied);
        return Some(match rating.by_call {
            true => Text::new(format!("{}(电话回访)", word.zh), format!("{} (by phone)", word.en)),
            false => word,
        });
    }
    let calls = case.calls.get(&reporter);
    match calls.and_then(|c| Some((c.last?, c.attempts))) {
        Some((CallResult::Reached, _)) => Some(Text::new("已告知,未评价", "told, said nothing")),
        Some((CallResult::NotReached, n)) => {
            Some(Text::new(format!("{n} 次未联系上"), format!("not reached in {n} tries")))
        }
        Some((CallResult::NoContact, _)) => Some(CallResult::NoContact.label()),
        None if case.to_call().contains(&reporter) => Some(Text::new("待回访", "to be called")),
        None => None,
    }
}

/// Names the reporters an action lets one choose from, as this page shows them.
pub(super) fn name_choices(actions: &mut [ActionView], reporters: &[Reporter]) {
    let fields = actions.iter_mut().flat_map(|a| &mut a.fields).filter(|f| f.kind == "reporter");
    for choice in fields.flat_map(|f| &mut f.choices) {
        if let Some(r) = reporters.iter().find(|r| r.id.to_string() == choice.code) {
            let channel = say(&channel_label(&r.channel));
            let name = masked(&r.name);
            let label = format!("{} · {channel} {name}", choice.label).trim_end().to_owned();
            *choice = Coded::new(&choice.code, label);
        }
    }
}

/// The phone of who is to be called: for who handles an open case, and for who may call back; each showing is logged (G10).
pub(super) async fn contact(
    state: &ServerState,
    who: &Who,
    case: &Case,
    actions: &[ActionView],
) -> Answer<Option<ContactView>> {
    let handles = case.owner.user == who.user.id && case.stage.is_open();
    let calls = actions.iter().any(|a| a.code == "call_back" && a.enabled);
    if !handles && !calls {
        return Ok(None);
    }
    let reporters = of(state, case).await?;
    let waiting = case.to_call();
    // Who waits for the call first.
    let with_phone = |r: &&Reporter| !r.phone.is_empty();
    let next = reporters.iter().filter(with_phone).find(|r| waiting.contains(&r.id));
    let Some(shown) = next.or_else(|| reporters.iter().find(with_phone).filter(|_| handles)) else {
        return Ok(None);
    };
    let look = Look {
        at: state.now(),
        user: who.user.id,
        role: who.role_for(state, linli_access::Action::CaseRead, &case.area_path),
        person: format!("reporter:{}", shown.id),
        purpose: "case_work".to_owned(),
        case: Some(case.id),
        reason: String::new(),
    };
    let change = linli_store::Change::LookAdd(look);
    state
        .store
        .commit(linli_store::Commit { at: state.now(), changes: vec![change], ..Default::default() })
        .await?;
    Ok(Some(ContactView { phone: Some(shown.phone.clone()) }))
}

pub(crate) fn channel_label(channel: &str) -> Text {
    let (zh, en) = match channel {
        "web" => ("居民网上反映", "Resident, on the web"),
        "window" => ("窗口代报", "At the window"),
        "phone" => ("电话代报", "On the phone"),
        "patrol" => ("巡查", "Patrol"),
        "cadre" => ("居委干部", "Committee cadre"),
        "volunteer" => ("志愿者", "Volunteer"),
        "police" => ("社区民警", "Community police"),
        linli_casework::HOTLINE => ("12345 热线", "The city's hotline"),
        "repetition" => ("反复发生", "It kept happening"),
        "family" => ("家属联系人", "Family contact"),
        other => (other, other),
    };
    Text::new(zh, en)
}
