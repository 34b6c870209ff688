//! What areas set for themselves beside parameter values, as traces: each runs plain, twice, and restored behind every
//! entry, and finds exactly what it says.

use linli_pack::trace::{Manner, read, run};
use linli_rule::Catalogue;

const LOUD: &str = r#"
rule = "loud"
name = { zh = "噪声", en = "Noise" }
key = "device"
severity = "attention"
case_class = "environment.noise"
sentence = { zh = "{value}", en = "{value}" }

[signal]
operator = "level"
raise = "noise_db > 70.0"
"#;

const ABSENT: &str = r#"
rule = "unseen"
name = { zh = "无活动", en = "Not seen" }
population = "elder_alone"
severity = "attention"
case_class = "care.elder"
sentence = { zh = "{value}", en = "{value}" }

[signal]
operator = "absent"
of = "door_open"
span = "12h"
"#;

fn proves(rule: &str, kind: &str, script: &str) {
    let text = format!("{rule}\n[[trace]]\nname = \"t\"\nkind = \"{kind}\"\nscript = '''\n{script}\n'''\n");
    let plan = linli_rule::check(&text, &Catalogue::shipped()).unwrap_or_else(|wrong| panic!("{wrong:?}"));
    let trace = read(&plan, &plan.traces[0]).unwrap_or_else(|wrong| panic!("{wrong:?}"));
    for manner in [Manner::Plain, Manner::Twice, Manner::Restored] {
        let (found, _) = run(&text, &plan, &trace, manner);
        let lines = |o: &[linli_pack::trace::Outcome]| o.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(lines(&found), lines(&trace.expected), "{manner:?}");
    }
}

#[test]
fn outside_its_hours_nothing_is_told_and_what_holds_when_they_begin_is_told_then() {
    proves(
        LOUD,
        "ends",
        "
        device n1 area=E1
        hours 22:00-06:00 area=E1
        d1 20:00 n1 noise_db 80
        d2 07:00 n1 noise_db 60
        d2 12:00 n1 noise_db 80        # a day that was loud and quiet again
        d2 13:00 n1 noise_db 60
        d3 00:00 n1 noise_db 80
        d3 01:00 n1 noise_db 60
        expect opened device:n1 d1 22:00
        expect ended device:n1 d2 06:00
        expect opened device:n1 d3 00:00
        expect ended device:n1 d3 01:00
        until d3 12:00",
    );
}

#[test]
fn hours_of_working_days_follow_the_nearest_area() {
    proves(
        LOUD,
        "ends",
        "
        device near area=E1/B1
        device far area=E2
        hours 08:00-18:00,mon area=
        hours 08:00-18:00,tue area=E1
        d1 07:00 near noise_db 80
        d1 07:00 far noise_db 80
        expect opened device:far d1 08:00
        expect ended device:far d1 18:00
        expect opened device:near d2 08:00
        expect ended device:near d2 18:00
        until d4 00:00",
    );
}

#[test]
fn an_exemption_ends_what_is_open_and_what_still_holds_is_told_when_it_runs_out() {
    proves(
        LOUD,
        "ends",
        "
        device n1 area=E1
        device n2 area=E1
        d1 08:00 n1 noise_db 80
        d1 08:00 n2 noise_db 80
        exempt device:n1 until=d1_18:00 area=E1 d1 10:00
        d1 11:00 n1 noise_db 81
        expect opened device:n1 d1 08:00
        expect opened device:n2 d1 08:00
        expect ended device:n1 d1 10:00
        expect opened device:n1 d1 18:00
        until d2 00:00",
    );
}

#[test]
fn an_area_can_be_exempted_as_a_whole_and_dropping_the_exemption_tells_what_holds() {
    proves(
        LOUD,
        "fires",
        "
        device n1 area=E1/B1
        device n2 area=E1/B2
        exempt area:B1 area=E1
        d1 08:00 n1 noise_db 80
        d1 08:00 n2 noise_db 80
        drop area:B1 area=E1 d1 12:00
        expect opened device:n2 d1 08:00
        expect opened device:n1 d1 12:00
        until d2 00:00",
    );
}

#[test]
fn a_narrower_circle_follows_who_joins_it_and_who_leaves() {
    proves(
        ABSENT,
        "ends",
        "
        device d1 subject=dwelling:1 area=E1 silence=3d
        device d2 subject=dwelling:2 area=E1 silence=3d
        member elder_alone dwelling:1 area=E1
        member elder_alone dwelling:2 area=E1
        member over_eighty dwelling:2 area=E1
        only over_eighty area=E1
        left over_eighty dwelling:2 d1 15:00
        member over_eighty dwelling:1 area=E1 d1 16:00
        expect opened dwelling:2 d1 12:00
        expect ended dwelling:2 d1 15:00
        expect opened dwelling:1 d1 16:00
        until d1 20:00",
    );
}

#[test]
fn a_term_that_comes_late_is_set_right_like_a_reading_that_does() {
    proves(
        LOUD,
        "late",
        "
        device n1 area=E1
        d1 08:00 n1 noise_db 80
        d1 20:00 n1 noise_db 60
        d2 08:00 n1 noise_db 60
        exempt device:n1 area=E1 d1 06:00
        d2 09:00 n1 noise_db 60
        expect opened device:n1 d1 08:00
        expect ended device:n1 d1 20:00
        expect retracted device:n1 d1 08:00
        until d2 12:00",
    );
}

#[test]
fn a_mandatory_rule_is_not_weakened_but_may_be_told_as_more_severe() {
    let mandatory = LOUD.replace("key = ", "mandatory = true\nkey = ");
    let script = "
        device n1 area=E1
        hours 22:00-06:00 area=E1
        exempt device:n1 area=E1
        only nobody area=E1
        severity urgent area=E1
        d1 08:00 n1 noise_db 80
        expect opened device:n1 d1 08:00
        until d2 12:00";
    proves(&mandatory, "fires", script);
    let text = format!("{mandatory}\n[[trace]]\nname = \"t\"\nkind = \"fires\"\nscript = '''{script}\n'''\n");
    let plan = linli_rule::check(&text, &Catalogue::shipped()).unwrap();
    let (_, findings) = run(&text, &plan, &read(&plan, &plan.traces[0]).unwrap(), Manner::Plain);
    assert_eq!(findings[0].severity, linli_model::Severity::Urgent);
    assert_eq!(findings[0].evidence.steps.last().unwrap().en, "Severity raised to urgent by E1.");
}

#[test]
fn a_severity_is_never_lowered_and_the_highest_of_the_areas_above_counts() {
    let script = "
        device n1 area=E1
        severity info area=E1
        severity urgent area=
        d1 08:00 n1 noise_db 80
        expect opened device:n1 d1 08:00
        until d2 12:00";
    let text = format!("{LOUD}\n[[trace]]\nname = \"t\"\nkind = \"fires\"\nscript = '''{script}\n'''\n");
    let plan = linli_rule::check(&text, &Catalogue::shipped()).unwrap();
    let (_, findings) = run(&text, &plan, &read(&plan, &plan.traces[0]).unwrap(), Manner::Plain);
    assert_eq!(findings[0].severity, linli_model::Severity::Urgent);
}
