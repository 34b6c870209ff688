//! Routing rules: RR1–RR3, each condition from both sides, and the replay over old cases.

mod town;

use linli_casework::{
    CommandKind, Roster, RoutingRules,
    owner::replay::{OpenedCase, replay},
};
use linli_model::{AreaId, Instant, Millis};
use std::sync::Arc;
use town::{MONDAY, Town, at, id, sample};

fn rules(text: &str) -> Arc<RoutingRules> {
    Arc::new(RoutingRules::check(text, 3).unwrap_or_else(|wrong| panic!("{wrong:?}")))
}

fn rule(more: &str) -> String {
    format!("[[rule]]\ncode = \"r\"\nlabel = {{ zh = \"夜间\", en = \"Nights\" }}\n{more}\n")
}

/// Who is given a case, and what the rule said of it.
fn given(town: &Town, class: &str, area: &str) -> (&'static str, Option<String>) {
    let case = town.open(class, area);
    let said = case.routing.rule.map(|r| r.failed.unwrap_or_else(|| "gave".into()));
    (town.name_of(case.owner.user), said)
}

fn with(more: &str) -> Town {
    let mut town = Town::at(MONDAY);
    town.roster.rules = rules(&rule(more));
    town
}

#[test]
fn a_rule_goes_before_the_class_and_is_explained() {
    let town = with("classes = [\"noise.\"]\nroles = [\"grid_leader\"]");
    assert_eq!(given(&town, "noise.neighbour", "e1"), ("grid1", Some("gave".into())));
    assert_eq!(given(&town, "other", "e1").1, None, "another class");
    let why = town.open("noise.neighbour", "e1").routing;
    assert_eq!(
        why.sentence.zh,
        "按分派规则“夜间”(第 3 版)。由G1的网格长负责:1 个可选岗位中符合分派规则且手头案件最少(在办 0 件)"
    );
    assert!(!why.fell_through);
}

#[test]
fn place_day_time_skill_and_load_each_decide_from_both_sides() {
    let town = with("area = \"g1\"\nroles = [\"duty_desk\"]");
    assert_eq!(given(&town, "other", "e1").1, Some("gave".into()));
    assert_eq!(given(&town, "other", "r2").1, None);

    // Monday 9:00. The night of Sunday goes on until six on Monday.
    let night = "from = \"18:00\"\nto = \"06:00\"\ndays = [\"sun\"]\nroles = [\"duty_desk\"]";
    let mut town = with(night);
    for (now, speaks) in [
        ("2026-11-22T17:59:59+08:00", false),
        ("2026-11-22T18:00:00+08:00", true),
        ("2026-11-23T05:59:59+08:00", true),
        ("2026-11-23T06:00:00+08:00", false),
        ("2026-11-23T18:00:00+08:00", false),
    ] {
        town.now = at(now);
        assert_eq!(given(&town, "other", "e1").1.is_some(), speaks, "{now}");
    }
    let day = "from = \"09:00\"\nto = \"17:00\"\nroles = [\"duty_desk\"]";
    for (now, speaks) in [
        ("2026-11-23T08:59:59+08:00", false),
        ("2026-11-23T09:00:00+08:00", true),
        ("2026-11-23T17:00:00+08:00", false),
    ] {
        let mut town = with(day);
        town.now = at(now);
        assert_eq!(given(&town, "other", "e1").1.is_some(), speaks, "{now}");
    }

    let mut town = with("skill = \"mediation\"\nroles = [\"cadre\"]");
    assert_eq!(given(&town, "noise.neighbour", "e1").1, Some("nobody_fits".into()));
    town.change_post("cadre_b", |c| c.post.skills = vec!["mediation".into()]);
    assert_eq!(given(&town, "noise.neighbour", "e1"), ("cadre_b", Some("gave".into())));

    let mut town = with("open_cases_max = 5\nroles = [\"cadre\"]");
    for cadre in ["cadre_a", "cadre_b"] {
        town.change_post(cadre, |c| c.open_cases = 5);
    }
    assert_eq!(given(&town, "other", "e1").1, Some("all_too_loaded".into()));
    town.change_post("cadre_b", |c| c.open_cases = 4);
    assert_eq!(given(&town, "other", "e1"), ("cadre_b", Some("gave".into())));
}

#[test]
fn a_rule_that_gives_nobody_or_names_what_is_gone_falls_to_the_duty_officer_and_says_so() {
    let town = with(&format!("post = \"{}\"", uuid::Uuid::nil()));
    let (owner, said) = given(&town, "noise.neighbour", "e1");
    assert_eq!(said, Some("post_gone".into()));
    assert!(["cadre_a", "cadre_b"].contains(&owner), "the committee's officer, not the class's keeper");
    let why = town.open("noise.neighbour", "e1").routing;
    assert!(why.fell_through);
    assert!(why.sentence.zh.starts_with("分派规则“夜间”(第 3 版)未能选出人:规则指定的岗位已不存在或已离岗"));
    let town = with("area = \"gone\"\nroles = [\"cadre\"]");
    assert_eq!(given(&town, "noise.neighbour", "e1").1, Some("area_gone".into()));
    let town = with("roles = [\"patrol\"]");
    assert_eq!(given(&town, "noise.neighbour", "e1").1, Some("nobody_fits".into()));

    let keeper = linli_model::PostId(id::<linli_model::UserId>("keeper").0);
    let mut town = with(&format!("post = \"{keeper}\""));
    assert_eq!(given(&town, "other", "d1"), ("keeper", Some("gave".into())));
    town.change_post("keeper", |c| c.on_duty = false);
    assert_eq!(given(&town, "other", "d1").1, Some("nobody_fits".into()));
    // Nobody on duty anywhere: never without an owner (RR1).
    for who in ["desk", "desk2", "grid1", "cadre_a", "cadre_b"] {
        town.change_post(who, |c| c.on_duty = false);
    }
    assert_eq!(given(&town, "other", "d1").1, Some("nobody_fits".into()));
}

#[test]
fn the_first_rule_that_speaks_decides_and_a_case_passed_up_is_not_ruled_down_again() {
    let mut town = Town::at(MONDAY);
    let two = "[[rule]]\ncode = \"a\"\nlabel = { zh = \"a\", en = \"a\" }\nroles = [\"cadre\"]\n\
               [[rule]]\ncode = \"b\"\nlabel = { zh = \"b\", en = \"b\" }\nroles = [\"duty_desk\"]\n";
    town.roster.rules = rules(two);
    let mut case = town.open("noise.neighbour", "e1");
    assert_eq!(case.routing.rule.as_ref().unwrap().code, "a");
    let owner = town.user(town.name_of(case.owner.user));
    town.give(&mut case, sample(CommandKind::PassUp, town.now), &owner).unwrap();
    assert_eq!(town.name_of(case.owner.user), "grid1");
}

#[test]
fn rules_with_mistakes_are_refused_with_each_of_them() {
    let codes = |text: &str| -> Vec<String> {
        RoutingRules::check(text, 1).unwrap_err().into_iter().map(|d| d.message.en).collect()
    };
    assert_eq!(codes(&rule("")), ["expected either `post` or `roles`"]);
    let from = rule("roles = [\"cadre\"]\nfrom = \"18:00\"\nopen_cases_max = 0");
    assert_eq!(codes(&from), ["`from` and `to` come together and differ", "a load cap is at least 1"]);
    let twice = format!("{}{}", rule("roles = [\"cadre\"]"), rule("roles = [\"cadre\"]"));
    assert_eq!(codes(&twice), ["the code is there twice"]);
    assert!(codes("[[rule]]\nnonsense = 1")[0].starts_with("the routing rules cannot be read"));
    let town = Town::at(MONDAY);
    let unknown = rules(&rule("classes = [\"nothing.\", \"noise.\"]\narea = \"gone\"\nroles = [\"cadre\"]"));
    let said: Vec<_> = unknown
        .unknown(&town.areas, &town.roster.candidates, &town.classes)
        .into_iter()
        .map(|d| d.message.en)
        .collect();
    assert_eq!(said, ["there is no such area: gone", "there is no such class: nothing."]);
}

/// What a form writes is read as it was meant, whatever was typed.
#[test]
fn rules_written_out_and_read_again_are_the_same() {
    let text = format!(
        "{}{}{}",
        rule(
            "roles = [\"cadre\", \"patrol\"]\ndays = [\"mon\", \"sun\"]\nfrom = \"22:00\"\nto = \"06:30\"\nskill = \"水电\\\"工\\\\\""
        ),
        "[[rule]]\ncode = \"p\"\nlabel = { zh = \"引号\\\"与\\n换行𠮷\", en = \"'quotes'\" }\nclasses = [\"fire.\", \"other\"]\n",
        "area = \"e1\"\npost = \"00000000-0000-0000-0000-000000000007\"\nopen_cases_max = 12\n",
    );
    let before = RoutingRules::check(&text, 4).unwrap();
    assert_eq!(RoutingRules::check(&before.text(), 4).unwrap(), before);
    assert!(before.text().contains("from = \"22:00\"\nto = \"06:30\"\nroles = [\"cadre\", \"patrol\"]"));
    assert_eq!(RoutingRules::default().text(), "");
}

#[test]
fn a_replay_lists_who_else_would_have_had_it_with_the_roster_of_then_and_changes_nothing() {
    let mut town = Town::at(MONDAY);
    let opened: Vec<OpenedCase> = [("noise.neighbour", 0), ("noise.neighbour", 24), ("other", 30)]
        .into_iter()
        .map(|(class, hours)| {
            let case = town.open(class, "e1");
            OpenedCase {
                id: case.id,
                number: case.number,
                class: class.into(),
                area: AreaId::new("e1"),
                opened_at: town.now + Millis::hours(hours),
                owner: case.owner,
            }
        })
        .collect();
    town.change_post("grid1", |c| c.post.valid_to = Some(at(MONDAY) + Millis::hours(20)));
    let now_rules = rules(&rule("classes = [\"noise.neighbour\"]\nroles = [\"grid_leader\"]"));
    let roster_at = |_: Instant| Roster { rules: now_rules.clone(), ..town.roster.clone() };
    let replayed = replay(&opened, roster_at, &town.areas, &town.classes);
    // On Monday the grid leader; on Tuesday they are gone, the rule fails, the committee's officer has it.
    assert_eq!((replayed.cases, replayed.ruled, replayed.failed, replayed.same), (3, 2, 1, 1));
    let would_be: Vec<_> = replayed.differences.iter().map(|d| town.name_of(d.would_be.user)).collect();
    assert_eq!(would_be[0], "grid1");
    assert!(["cadre_a", "cadre_b"].contains(&would_be[1]));
}
