//! An own rule to be tried on the past of its area, whether it is in force or not.

use super::{Ground, place};
use crate::{
    problem::{Answer, ApiError},
    state::ServerState,
    who::Who,
};
use linli_model::{AreaPath, OwnCode, OwnRule};
use linli_pack::backtest::Variant;
use linli_rule::{RulePlan, own::check_own};

pub(in crate::rules) struct Tried {
    pub(in crate::rules) area_path: AreaPath,
    rule: OwnRule,
    ground: Ground,
}

/// The rule of a code, among those of the caller's areas.
pub(in crate::rules) async fn find(state: &ServerState, who: &Who, code: &OwnCode) -> Answer<Tried> {
    let (area, ground) = place(state, who, code.area.as_str()).await?;
    let rule = ground.find(&area.id, &code.rule).filter(|_| !code.shadow).ok_or(ApiError::NotFound)?;
    Ok(Tried { area_path: area.path, rule: rule.clone(), ground })
}

impl Tried {
    /// What is on; nothing where nothing is.
    pub(in crate::rules) fn in_force(&self, state: &ServerState) -> Option<Variant> {
        let text = &self.rule.version(self.rule.on.as_ref()?.version)?.text;
        Variant::of_area(text, (&self.rule.area, &self.rule.area_path), &state.catalogue).ok()
    }

    /// The text that is tried: the one given, else the newest kept.
    pub(in crate::rules) fn candidate(&self, state: &ServerState, given: Option<&str>) -> Answer<Variant> {
        let newest = self.rule.newest().map_or("", |v| &v.text);
        let text = given.unwrap_or(newest);
        let homes = self.ground.homes(&self.rule.area_path);
        check_own(text, &self.rule.rule, &state.catalogue, self.ground.bounds(), &homes)?;
        Ok(Variant::of_area(text, (&self.rule.area, &self.rule.area_path), &state.catalogue)?)
    }

    pub(in crate::rules) fn is_about_persons(&self, plan: &RulePlan) -> bool {
        self.ground.is_about_persons(plan, &self.rule.area_path)
    }
}
