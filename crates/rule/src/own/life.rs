//! The life of an own rule: draft, shadow, on, off; versions, and back to an earlier one.
//!
//! Invariants
//! - OL1 Nothing runs for good that did not run in its shadow in that version.
//! - OL2 What may be done next and what is decided come from one place: `permitted`.
//! - OL3 A version that has run is never written over (OR2).

use super::OwnBounds;
use linli_model::{
    AreaId, AreaPath, Hand, Instant, OwnMove, OwnRule, OwnRun, OwnStage, OwnVersion, Refusal, Text,
};

/// Who asks, with what they may do there.
#[derive(Clone, Debug)]
pub struct Asker {
    pub hand: Hand,
    pub composes: bool,
    pub approves: bool,
}

/// What is asked to be done with an own rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Want {
    Shadow,
    EndShadow,
    On,
    Off,
    Remove,
}

impl Want {
    pub const ALL: [Want; 5] = [Want::Shadow, Want::EndShadow, Want::On, Want::Off, Want::Remove];
    pub fn code(self) -> &'static str {
        match self {
            Want::Shadow => "shadow",
            Want::EndShadow => "end_shadow",
            Want::On => "on",
            Want::Off => "off",
            Want::Remove => "remove",
        }
    }
    pub fn find(code: &str) -> Option<Want> {
        Want::ALL.into_iter().find(|w| w.code() == code)
    }
    pub fn label(self) -> Text {
        match self {
            Want::Shadow => Text::new("进影子试运行", "Run in the shadow"),
            Want::EndShadow => Text::new("结束影子", "End the shadow"),
            Want::On => Text::new("启用", "Switch on"),
            Want::Off => Text::new("停用", "Switch off"),
            Want::Remove => Text::new("移除", "Remove"),
        }
    }
}

/// Where a rule stands and what can be asked there; the rest is not shown at all.
const MOVES: &[(OwnStage, Want)] = &[
    (OwnStage::Draft, Want::Shadow),
    (OwnStage::Draft, Want::On),
    (OwnStage::Draft, Want::Remove),
    (OwnStage::Shadow, Want::Shadow),
    (OwnStage::Shadow, Want::On),
    (OwnStage::Shadow, Want::Off),
    (OwnStage::On, Want::Shadow),
    (OwnStage::On, Want::EndShadow),
    (OwnStage::On, Want::On),
    (OwnStage::On, Want::Off),
    (OwnStage::Off, Want::Shadow),
    (OwnStage::Off, Want::On),
    (OwnStage::Off, Want::Remove),
];

/// What a version's text comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Weighed {
    pub version: u32,
    /// What is wrong with the text; of a wrong one the rest says nothing.
    pub mistakes: usize,
    pub cost: u64,
    pub about_persons: bool,
    /// Dwellings in the area; of a population, its members there.
    pub dwellings: u32,
}

/// What there is around a rule in its residential area.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Surroundings {
    /// The other own rules that run, and what they cost.
    pub others: Vec<(String, u64)>,
    /// How many own rules there are, this one counted where it is kept already.
    pub rules: usize,
    /// What the version costs that is on; nothing where none is.
    pub on_cost: u64,
}

impl Surroundings {
    pub fn spent(&self) -> u64 {
        self.others.iter().map(|o| o.1).fold(0, u64::saturating_add)
    }
}

/// One thing that could be done next.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnAction {
    pub want: Want,
    pub version: u32,
    /// Why not; None: it may be done.
    pub refused: Option<Refusal>,
    /// It is asked for with a word on who agreed.
    pub needs_consent: bool,
}

/// What may be done next: with the newest version, with the one in the shadow, and back to those that were on before.
pub fn available(
    rule: &OwnRule,
    weighed: &[Weighed],
    asker: &Asker,
    around: &Surroundings,
    bounds: &OwnBounds,
) -> Vec<OwnAction> {
    let Some(newest) = rule.newest().map(|v| v.version) else { return Vec::new() };
    let wants = MOVES.iter().filter(|m| m.0 == rule.stage()).map(|m| m.1);
    let mut actions = Vec::new();
    for want in wants {
        let of_version = |version: u32| weighed.iter().find(|w| w.version == version);
        let mut take = |version: u32| {
            let Some(w) = of_version(version) else { return };
            let refused = permitted(rule, want, w, None, asker, around, bounds).err();
            actions.push(OwnAction { want, version, refused, needs_consent: needs_consent(want, w, bounds) });
        };
        take(newest);
        if want == Want::On {
            let runs = |run: &Option<OwnRun>, v: u32| run.as_ref().is_some_and(|r| r.version == v);
            let ran = |v: &u32| {
                *v != newest && !runs(&rule.on, *v) && (runs(&rule.shadow, *v) || rule.was(OwnStage::On, *v))
            };
            rule.versions.iter().map(|v| v.version).filter(ran).rev().for_each(take);
        }
    }
    // What does nothing is not worth a grey button.
    let idle = |a: &OwnAction| {
        a.refused
            .as_ref()
            .is_some_and(|r| matches!(r.code.as_str(), "already" | "nothing_runs" | "no_shadow"))
    };
    actions.retain(|a| !idle(a));
    actions
}

/// Does what is asked with a version, or says why not. `consent`: who agreed, where few are watched.
#[allow(clippy::too_many_arguments)]
pub fn decide(
    mut rule: OwnRule,
    want: Want,
    weighed: &Weighed,
    consent: &str,
    asker: &Asker,
    around: &Surroundings,
    bounds: &OwnBounds,
    now: Instant,
) -> Result<OwnRule, Refusal> {
    if !MOVES.contains(&(rule.stage(), want)) {
        return Err(nothing(want));
    }
    permitted(&rule, want, weighed, Some(consent), asker, around, bounds)?;
    let version = weighed.version;
    let run = || OwnRun { version, since: now, by: asker.hand.clone() };
    let to = match want {
        Want::Shadow => {
            rule.shadow = Some(run());
            OwnStage::Shadow
        }
        Want::On => {
            (rule.on, rule.shadow) = (Some(run()), None);
            OwnStage::On
        }
        Want::EndShadow => {
            rule.shadow = None;
            OwnStage::On
        }
        Want::Off => {
            (rule.on, rule.shadow) = (None, None);
            OwnStage::Off
        }
        Want::Remove => {
            rule.removed = true;
            OwnStage::Off
        }
    };
    rule.revision += 1;
    if want != Want::EndShadow {
        let consent =
            if needs_consent(want, weighed, bounds) { consent.trim().to_owned() } else { String::new() };
        rule.moves.push(OwnMove { at: now, by: asker.hand.clone(), to, version, consent });
    }
    Ok(rule)
}

/// Keeps a text, right or wrong, as the newest version; the same text once more changes nothing.
pub fn save(
    kept: Option<OwnRule>,
    (area, area_path, code): (&AreaId, &AreaPath, &str),
    text: &str,
    asker: &Asker,
    around: &Surroundings,
    bounds: &OwnBounds,
    now: Instant,
) -> Result<OwnRule, Refusal> {
    if !asker.composes {
        return Err(forbidden());
    }
    let is_new = kept.as_ref().is_none_or(|r| r.removed);
    if is_new && around.rules >= bounds.rules_max {
        let most = bounds.rules_max;
        return Err(Refusal::new(
            "too_many_rules",
            format!("本居民区已有 {most} 条自定规则,请先移除不用的"),
            format!("this residential area has {most} own rules already; remove one that is not used"),
        ));
    }
    let mut rule = kept.unwrap_or_else(|| OwnRule {
        area: area.clone(),
        area_path: area_path.clone(),
        rule: code.to_owned(),
        revision: 0,
        versions: Vec::new(),
        on: None,
        shadow: None,
        moves: Vec::new(),
        removed: false,
    });
    let newest = rule.newest();
    if !rule.removed && newest.is_some_and(|v| v.text == text) {
        return Ok(rule);
    }
    let ran = newest.is_none_or(|v| rule.moves.iter().any(|m| m.version == v.version));
    let next = newest.map_or(1, |v| v.version + 1);
    rule.removed = false;
    rule.revision += 1;
    let full = rule.versions.len() >= bounds.versions_max;
    match rule.versions.last_mut().filter(|_| !ran) {
        Some(draft) => {
            (draft.text, draft.saved_at) = (text.to_owned(), now);
            if !draft.authors.iter().any(|a| a.user == asker.hand.user) {
                draft.authors.push(asker.hand.clone());
            }
        }
        None if full => {
            let most = bounds.versions_max;
            return Err(Refusal::new(
                "too_many_versions",
                format!("这条规则已有 {most} 个版本,请另写一条"),
                format!("this rule has {most} versions; begin another rule"),
            ));
        }
        None => rule.versions.push(OwnVersion {
            version: next,
            text: text.to_owned(),
            authors: vec![asker.hand.clone()],
            saved_at: now,
        }),
    }
    Ok(rule)
}

fn needs_consent(want: Want, weighed: &Weighed, bounds: &OwnBounds) -> bool {
    matches!(want, Want::Shadow | Want::On)
        && weighed.about_persons
        && weighed.dwellings < bounds.dwellings_min
}

/// OL2. `consent` None: asked about, not yet given.
fn permitted(
    rule: &OwnRule,
    want: Want,
    weighed: &Weighed,
    consent: Option<&str>,
    asker: &Asker,
    around: &Surroundings,
    bounds: &OwnBounds,
) -> Result<(), Refusal> {
    let runs = |run: &Option<OwnRun>| run.as_ref().is_some_and(|r| r.version == weighed.version);
    match want {
        Want::Shadow if runs(&rule.shadow) || runs(&rule.on) => return Err(nothing(want)),
        Want::On if runs(&rule.on) => return Err(nothing(want)),
        Want::EndShadow if rule.shadow.is_none() => return Err(nothing(want)),
        Want::Off if rule.on.is_none() && rule.shadow.is_none() => return Err(nothing(want)),
        Want::Remove if rule.on.is_some() || rule.shadow.is_some() => {
            return Err(Refusal::new(
                "still_runs",
                "规则还在运行,请先停用",
                "the rule still runs; switch it off first",
            ));
        }
        Want::EndShadow | Want::Off if asker.composes || asker.approves => return Ok(()),
        Want::Remove if asker.composes => return Ok(()),
        Want::EndShadow | Want::Off | Want::Remove => return Err(forbidden()),
        Want::Shadow | Want::On => {}
    }
    if weighed.mistakes > 0 {
        return Err(Refusal::new(
            "text_wrong",
            format!("规则文字还有 {} 处错误,改好后再运行", weighed.mistakes),
            format!("the text still has {} mistakes; set them right before it runs", weighed.mistakes),
        ));
    }
    if want == Want::On && !rule.was(OwnStage::Shadow, weighed.version) {
        return Err(Refusal::new(
            "shadow_first",
            "这一版还没有在影子里跑过;先进影子,看它会报多少",
            "this version has not run in its shadow; let it run there first and see what it finds",
        ));
    }
    who_may(rule, weighed, asker)?;
    if needs_consent(want, weighed, bounds) && consent.is_some_and(|c| c.trim().is_empty()) {
        let (n, least) = (weighed.dwellings, bounds.dwellings_min);
        return Err(Refusal::new(
            "too_few_dwellings",
            format!("规则关于人,而这里只有 {n} 户(人),不足 {least}:须写明谁同意、同意书存放何处"),
            format!(
                "the rule is about persons and only {n} dwellings or members are here, fewer than {least}: say who agreed \
                 and where that is kept"
            ),
        ));
    }
    let own = if want == Want::Shadow { around.on_cost } else { 0 };
    within_budget(weighed.cost.saturating_add(own), around, bounds)
}

/// OW4
fn who_may(rule: &OwnRule, weighed: &Weighed, asker: &Asker) -> Result<(), Refusal> {
    if !weighed.about_persons {
        return if asker.composes { Ok(()) } else { Err(forbidden()) };
    }
    let authors = rule.version(weighed.version).map_or(&[][..], |v| &v.authors);
    if authors.iter().any(|a| a.user == asker.hand.user) {
        return Err(Refusal::new(
            "second_person",
            "规则关于人,而您写过这一版:须由另一位有审批权的人(居委干部、网格长或值守)来启动",
            "the rule is about persons and you wrote at this version: somebody else with the right to approve (a cadre, the \
             grid leader or the desk) has to set it to work",
        ));
    }
    if asker.approves { Ok(()) } else { Err(forbidden()) }
}

fn within_budget(cost: u64, around: &Surroundings, bounds: &OwnBounds) -> Result<(), Refusal> {
    let (spent, most) = (around.spent(), bounds.cost_area_max);
    if spent.saturating_add(cost) <= most {
        return Ok(());
    }
    let mut dearest = around.others.clone();
    dearest.sort_by_key(|o| std::cmp::Reverse(o.1));
    let list =
        |sign: &str| dearest.iter().take(5).map(|(r, c)| format!("{r} {c}")).collect::<Vec<_>>().join(sign);
    Err(Refusal::new(
        "over_budget",
        format!(
            "本居民区自定规则的总开销最多 {most},已用 {spent}({}),这条还要 {cost}。请停用别的规则,或缩短这条的窗口",
            list("、")
        ),
        format!(
            "the own rules of this residential area may cost {most} together; {spent} is spent ({}), and this one takes \
             {cost}. Switch another off, or shorten this one's windows",
            list(", ")
        ),
    ))
}

fn nothing(want: Want) -> Refusal {
    match want {
        Want::Shadow | Want::On => Refusal::new("already", "这一版已经在运行", "this version runs already"),
        Want::EndShadow => {
            Refusal::new("no_shadow", "没有在影子里运行的版本", "no version runs in the shadow")
        }
        Want::Off | Want::Remove => {
            Refusal::new("nothing_runs", "这条规则没有在运行", "no version of this rule runs")
        }
    }
}

fn forbidden() -> Refusal {
    Refusal::new(
        "forbidden",
        "您的岗位在这里没有此权限:自定规则由居委干部编写,关于人的由另一位有审批权的人启动",
        "none of your posts allows this here: own rules are written by the committee's cadres, and those about persons are \
         set to work by somebody else with the right to approve",
    )
}
