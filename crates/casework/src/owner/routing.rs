//! Routing rules as versioned data: who is given a case before the class's own roles are looked for.
//!
//! Invariants
//! - RR1 The first rule that speaks of a case decides. Where it gives nobody, or names what is gone, the case goes to the
//!   area's duty officer, the explanation says so, and the duty desk is told: a rule never leaves a case without owner.
//! - RR2 A rule is a function of class, place, local time, roster and load; the same input gives the same owner.
//! - RR3 A version is never changed once it was on; a replay of it over old cases changes nothing.
//!
//! Deliberately absent: conditions on persons. Who reported decides nothing.

use crate::owner::roster::Candidate;
use jiff::{
    civil::{Time, Weekday},
    tz::TimeZone,
};
use linli_model::{Area, AreaId, AreaTree, Diagnostic, Instant, PostId, Role, Text, UserId};
use serde::{Deserialize, Serialize};

/// The most rules one version has.
pub const RULES_MAX: usize = 200;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoutingRule {
    pub code: String,
    pub label: Text,
    /// Codes of classes, or their first part with a dot (`fire.`); none means all.
    #[serde(default)]
    pub classes: Vec<String>,
    /// The case lies in this area.
    #[serde(default)]
    pub area: Option<AreaId>,
    /// On these days of the week; none means all.
    #[serde(default)]
    pub days: Vec<Day>,
    /// From this time of day … (`18:00`)
    #[serde(default)]
    pub from: Option<Time>,
    /// … until before this; earlier than `from` means the next morning.
    #[serde(default)]
    pub to: Option<Time>,
    /// A post by its id; else `roles`.
    #[serde(default)]
    pub post: Option<PostId>,
    /// In order of preference; looked for from the place upward.
    #[serde(default)]
    pub roles: Vec<Role>,
    /// Only posts with this skill.
    #[serde(default)]
    pub skill: Option<String>,
    /// Only posts with fewer open cases.
    #[serde(default)]
    pub open_cases_max: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

impl Day {
    pub fn label(self) -> Text {
        let (zh, en) = match self {
            Day::Mon => ("周一", "Monday"),
            Day::Tue => ("周二", "Tuesday"),
            Day::Wed => ("周三", "Wednesday"),
            Day::Thu => ("周四", "Thursday"),
            Day::Fri => ("周五", "Friday"),
            Day::Sat => ("周六", "Saturday"),
            Day::Sun => ("周日", "Sunday"),
        };
        Text::new(zh, en)
    }
    pub const ALL: [Day; 7] = [Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri, Day::Sat, Day::Sun];
    pub fn code(self) -> &'static str {
        match self {
            Day::Mon => "mon",
            Day::Tue => "tue",
            Day::Wed => "wed",
            Day::Thu => "thu",
            Day::Fri => "fri",
            Day::Sat => "sat",
            Day::Sun => "sun",
        }
    }
    pub(crate) fn of(weekday: Weekday) -> Day {
        match weekday {
            Weekday::Monday => Day::Mon,
            Weekday::Tuesday => Day::Tue,
            Weekday::Wednesday => Day::Wed,
            Weekday::Thursday => Day::Thu,
            Weekday::Friday => Day::Fri,
            Weekday::Saturday => Day::Sat,
            Weekday::Sunday => Day::Sun,
        }
    }
}

/// One version. Version 0 without rules is what an installation begins with.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RoutingRules {
    pub version: u32,
    pub rules: Vec<RoutingRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(rename = "rule", default)]
    rules: Vec<RoutingRule>,
}

/// The rule that spoke of a case; kept with the explanation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RuleUsed {
    pub code: String,
    pub version: u32,
    pub label: Text,
    /// Why it gave nobody: `nobody_fits`, `all_too_loaded`, `post_gone`, `area_gone`. None where it gave the owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
}

impl RuleUsed {
    pub fn failed_because(code: &str) -> Text {
        match code {
            "all_too_loaded" => {
                Text::new("合适岗位的在办案件均已达上限", "all fitting posts have too many open cases")
            }
            "post_gone" => Text::new("规则指定的岗位已不存在或已离岗", "the post it names is gone"),
            "area_gone" => Text::new("规则所指区域已不存在", "the area it names is gone"),
            _ => Text::new("没有合适的在岗人员", "nobody fitting is on duty"),
        }
    }
}

/// What a rule may know.
pub(crate) struct Asked<'a> {
    pub class: &'a str,
    pub place: &'a AreaId,
    pub areas: &'a AreaTree,
    pub candidates: &'a [Candidate],
    pub excluded: &'a [UserId],
    pub now: Instant,
}

/// What came of the rules.
pub(crate) enum Ruled<'a> {
    /// No rule speaks of it.
    Silent,
    /// The chosen, all that could have been, where.
    Gives {
        rule: RuleUsed,
        possible: Vec<&'a Candidate>,
        area: Area,
    },
    Fails {
        rule: RuleUsed,
    },
}

impl RoutingRules {
    /// Rules as people write them: `[[rule]]` rows.
    pub fn check(text: &str, version: u32) -> Result<RoutingRules, Vec<Diagnostic>> {
        let rules = RoutingRules::read(text, version)?;
        let wrong = rules.mistakes();
        if wrong.is_empty() { Ok(rules) } else { Err(wrong) }
    }

    /// The same, whatever the rules say.
    pub fn read(text: &str, version: u32) -> Result<RoutingRules, Vec<Diagnostic>> {
        let written: Written = toml::from_str(text).map_err(|e| {
            let (zh, en) = (
                format!("分派规则无法读取:{}", e.message()),
                format!("the routing rules cannot be read: {}", e.message()),
            );
            vec![Diagnostic::new("routing_malformed", "rules", zh, en)]
        })?;
        Ok(RoutingRules { version, rules: written.rules })
    }

    /// As people would write them; read again, they are the same rules.
    pub fn text(&self) -> String {
        self.rules.iter().map(RoutingRule::text).collect::<Vec<_>>().join("\n")
    }

    pub fn mistakes(&self) -> Vec<Diagnostic> {
        let mut wrong = Vec::new();
        if self.rules.len() > RULES_MAX {
            wrong.push(Diagnostic::new(
                "routing_too_many",
                "rule",
                format!("最多 {RULES_MAX} 条规则"),
                format!("at most {RULES_MAX} rules"),
            ));
        }
        for (i, rule) in self.rules.iter().enumerate() {
            let mut refuse = |zh: &str, en: &str| {
                wrong.push(Diagnostic::new("routing_invalid", format!("rule.{}", rule.code), zh, en));
            };
            if rule.code.is_empty()
                || !rule.code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
            {
                refuse(
                    "规则代码应为小写字母、数字、下划线",
                    "a code has lower-case letters, digits and underscores",
                );
            }
            if self.rules[..i].iter().any(|r| r.code == rule.code) {
                refuse("规则代码重复", "the code is there twice");
            }
            if rule.post.is_some() != rule.roles.is_empty() {
                refuse("请写 post 或 roles,二者其一", "expected either `post` or `roles`");
            }
            if rule.post.is_some() && rule.skill.is_some() {
                refuse("指定岗位时不需要技能", "a post by name needs no skill");
            }
            if rule.from.is_some() != rule.to.is_some() || (rule.from.is_some() && rule.from == rule.to) {
                refuse("起止时间须成对且不相同", "`from` and `to` come together and differ");
            }
            if rule.open_cases_max == Some(0) {
                refuse("在办上限至少为 1", "a load cap is at least 1");
            }
        }
        wrong
    }

    /// What stands in the rules that the street has not got: so that it is seen when they are written, not at night.
    pub fn unknown(
        &self,
        areas: &AreaTree,
        candidates: &[Candidate],
        classes: &crate::ClassTable,
    ) -> Vec<Diagnostic> {
        let mut wrong = Vec::new();
        for rule in &self.rules {
            let field = format!("rule.{}", rule.code);
            let mut refuse = |what: String, zh: &str, en: &str| {
                wrong.push(Diagnostic::new(
                    "routing_unknown",
                    &field,
                    format!("{zh}:{what}"),
                    format!("{en}: {what}"),
                ));
            };
            if let Some(area) = rule.area.as_ref().filter(|a| areas.find(a).is_none()) {
                refuse(area.to_string(), "没有这个区域", "there is no such area");
            }
            if let Some(post) = rule.post.filter(|p| !candidates.iter().any(|c| c.post.id == *p)) {
                refuse(post.to_string(), "没有这个岗位", "there is no such post");
            }
            let known = |code: &String| classes.classes.iter().any(|c| fits_class(code, &c.code));
            for code in rule.classes.iter().filter(|c| !known(c)) {
                refuse(code.clone(), "没有这个分类", "there is no such class");
            }
        }
        wrong
    }

    /// The first rule that speaks of it and gives somebody of those asked about. A rule that gives nobody of them is as if
    /// it were not there.
    pub(crate) fn first_that_gives<'a>(
        &self,
        asked: &Asked<'a>,
    ) -> Option<(RuleUsed, Vec<&'a Candidate>, &'a Area)> {
        let meant = |rule: &&RoutingRule| {
            let there = |id: &AreaId| asked.areas.find(id).is_some_and(|area| lies_in(asked, area));
            rule.speaks_of(asked) && rule.area.as_ref().is_none_or(there)
        };
        self.rules.iter().filter(meant).find_map(|rule| {
            let (possible, area) = rule.give(asked).ok()?;
            Some((self.used(rule, None), possible, area))
        })
    }

    fn used(&self, rule: &RoutingRule, failed: Option<&str>) -> RuleUsed {
        RuleUsed {
            code: rule.code.clone(),
            version: self.version,
            label: rule.label.clone(),
            failed: failed.map(str::to_owned),
        }
    }

    pub(crate) fn ask<'a>(&self, asked: &Asked<'a>) -> Ruled<'a> {
        for rule in &self.rules {
            let used = |failed: Option<&str>| self.used(rule, failed);
            if !rule.speaks_of(asked) {
                continue;
            }
            if let Some(area) = &rule.area {
                match asked.areas.find(area) {
                    // Whether the case lay in it can no longer be told.
                    None => return Ruled::Fails { rule: used(Some("area_gone")) },
                    Some(area) if !lies_in(asked, area) => continue,
                    Some(_) => {}
                }
            }
            return match rule.give(asked) {
                Ok((possible, area)) => Ruled::Gives { rule: used(None), possible, area: area.clone() },
                Err(why) => Ruled::Fails { rule: used(Some(why)) },
            };
        }
        Ruled::Silent
    }
}

/// Of an area that was taken over: in what it was.
fn lies_in(asked: &Asked<'_>, area: &Area) -> bool {
    let mut around = asked.areas.upward(asked.place);
    if !asked.areas.is_taken_over(&area.id) {
        return around.any(|up| up.id == area.id);
    }
    asked.areas.find(asked.place).is_some_and(|place| place.path.within(&area.path))
}

fn fits_class(wanted: &str, class: &str) -> bool {
    wanted == class || (wanted.ends_with('.') && class.starts_with(wanted))
}

/// A text in TOML's quotes.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

impl RoutingRule {
    fn text(&self) -> String {
        let list = |all: Vec<String>| format!("[{}]", all.join(", "));
        let label = format!("{{ zh = {}, en = {} }}", quoted(&self.label.zh), quoted(&self.label.en));
        let days: Vec<String> = self.days.iter().map(|d| quoted(d.code())).collect();
        let roles: Vec<String> = self.roles.iter().map(|r| quoted(r.as_str())).collect();
        let time = |t: Time| quoted(&t.strftime("%H:%M").to_string());
        let classes = self.classes.iter().map(|c| quoted(c)).collect();
        let lines = [
            ("code", Some(quoted(&self.code))),
            ("label", Some(label)),
            ("classes", (!self.classes.is_empty()).then(|| list(classes))),
            ("area", self.area.as_ref().map(|a| quoted(a.as_str()))),
            ("days", (!days.is_empty()).then(|| list(days))),
            ("from", self.from.map(time)),
            ("to", self.to.map(time)),
            ("post", self.post.map(|p| quoted(&p.to_string()))),
            ("roles", (!roles.is_empty()).then(|| list(roles))),
            ("skill", self.skill.as_ref().map(|s| quoted(s))),
            ("open_cases_max", self.open_cases_max.map(|n| n.to_string())),
        ];
        let said = lines.into_iter().filter_map(|(name, said)| Some(format!("{name} = {}\n", said?)));
        format!("[[rule]]\n{}", said.collect::<String>())
    }

    fn speaks_of(&self, asked: &Asked<'_>) -> bool {
        let class = self.classes.is_empty() || self.classes.iter().any(|c| fits_class(c, asked.class));
        let zone = TimeZone::get(linli_model::time::DEFAULT_ZONE).unwrap_or(TimeZone::UTC);
        let local = zone.to_datetime(asked.now.timestamp());
        let (mut date, time) = (local.date(), local.time());
        let in_hours = match (self.from, self.to) {
            (Some(from), Some(to)) if from < to => from <= time && time < to,
            (Some(from), Some(to)) => {
                // After midnight it is still the night of the day before.
                if time < to {
                    date = date.yesterday().unwrap_or(date);
                }
                time >= from || time < to
            }
            _ => true,
        };
        let day = self.days.is_empty() || self.days.contains(&Day::of(date.weekday()));
        class && in_hours && day
    }

    /// Who fits, the best first, and where; or why nobody does.
    fn give<'a>(&self, asked: &Asked<'a>) -> Result<(Vec<&'a Candidate>, &'a Area), &'static str> {
        let there = |c: &&Candidate| {
            c.on_duty && c.post.holds_at(asked.now) && !asked.excluded.contains(&c.post.user)
        };
        let below_cap = |c: &&Candidate| self.open_cases_max.is_none_or(|max| c.open_cases < max);
        let skilled = |c: &&Candidate| self.skill.as_ref().is_none_or(|s| c.post.skills.contains(s));
        if let Some(post) = self.post {
            let found = asked.candidates.iter().find(|c| c.post.id == post && c.post.holds_at(asked.now));
            let found = found.ok_or("post_gone")?;
            let area = asked.areas.find(&found.post.area).ok_or("area_gone")?;
            return match found {
                c if !there(&c) => Err("nobody_fits"),
                c if !below_cap(&c) => Err("all_too_loaded"),
                c => Ok((vec![c], area)),
            };
        }
        let mut loaded = false;
        for area in asked.areas.upward(asked.place) {
            for role in &self.roles {
                let fitting =
                    asked.candidates.iter().filter(|c| c.post.area == area.id && c.post.role == *role);
                let fitting: Vec<_> = fitting.filter(there).filter(skilled).collect();
                let mut free: Vec<_> = fitting.iter().copied().filter(|c| below_cap(c)).collect();
                loaded |= free.len() < fitting.len();
                free.sort_by_key(|c| (c.open_cases, c.post.id));
                if !free.is_empty() {
                    return Ok((free, area));
                }
            }
        }
        Err(if loaded { "all_too_loaded" } else { "nobody_fits" })
    }
}
