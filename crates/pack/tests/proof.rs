//! What a pack's traces have to prove (PF1, PF2): one rule, with one thing missing at a time.

use linli_model::Diagnostic;
use linli_pack::{check, from_files};
use linli_rule::Catalogue;

const HEAD: &str = r#"
rule = "hydrant_low"
name = { zh = "消火栓压力不足", en = "Low pressure at a hydrant" }
key = "device"
severity = "attention"
case_class = "fire.hydrant_pressure"
sentence = { zh = "{device} 压力 {value}", en = "{device} at {value}" }

[parameters.floor]
label = { zh = "静压下限", en = "Least static pressure" }
value = 0.15
min = 0.1
max = 0.3
unit = "MPa"

[signal]
operator = "level"
raise = "pressure_mpa < floor"
hold = "10min"
"#;

const ENDS: &str = "d1 06:40 h1 pressure_mpa 0.149\nd1 07:00 h1 pressure_mpa 0.2\n\
                    expect opened device:h1 d1 06:50\nexpect ended device:h1 d1 07:00\n";
const MISSES: &str = "d1 06:40 h1 pressure_mpa 0.15\nuntil d1 08:00\nexpect nothing\n";
const LATE: &str = "d1 06:40 h1 pressure_mpa 0.149\nd1 06:55 h1 pressure_mpa 0.149\n\
                    d1 06:45 h1 pressure_mpa 0.2 received d1 06:56\n\
                    expect opened device:h1 d1 06:50\nexpect retracted device:h1 d1 06:50\n";

fn rule(head: &str, traces: &[(&str, &str)]) -> String {
    let mut text = head.to_owned();
    for (i, (kind, script)) in traces.iter().enumerate() {
        text += &format!("\n[[trace]]\nname = \"t{i}\"\nkind = \"{kind}\"\nscript = '''\n{script}'''\n");
    }
    text
}

fn told(head: &str, traces: &[(&str, &str)]) -> Vec<Diagnostic> {
    let text = rule(head, traces);
    let name = text.split('"').nth(1).unwrap();
    let file = format!("rules/{name}.toml");
    let pack = "pack = \"p\"\nname = { zh = \"包\", en = \"p\" }\nabout = { zh = \"包\", en = \"p\" }\n";
    let files = [("pack.toml", pack), (file.as_str(), text.as_str())];
    let pack = from_files(files, &Catalogue::shipped()).unwrap_or_else(|wrong| panic!("{wrong:#?}"));
    let wrong = check(&pack).err().unwrap_or_default();
    for d in &wrong {
        assert!(!d.message.zh.is_empty() && !d.message.en.is_empty(), "{d:?}");
        assert!(d.field.starts_with("rules/") || d.code == "too_much_to_try", "{d:?}");
    }
    wrong
}

/// Code, place and the English words of each.
fn lines(wrong: &[Diagnostic]) -> Vec<String> {
    let place = |d: &Diagnostic| d.span.map(|s| format!(" {}:{}", s.line, s.column)).unwrap_or_default();
    wrong.iter().map(|d| format!("{}{} {}", d.code, place(d), d.message.en)).collect()
}

#[test]
fn a_rule_whose_traces_prove_everything_passes() {
    assert_eq!(lines(&told(HEAD, &[("ends", ENDS), ("misses", MISSES), ("late", LATE)])), [""; 0]);
}

#[test]
fn a_pack_without_a_late_trace_is_refused() {
    let wrong = told(HEAD, &[("ends", ENDS), ("misses", MISSES)]);
    assert_eq!(lines(&wrong), ["trace_missing A trace with kind = \"late\" is missing."]);
}

#[test]
fn a_pack_without_a_trace_that_misses_or_ends_is_refused() {
    let wrong = told(HEAD, &[("late", LATE)]);
    let missing: Vec<_> = wrong.iter().filter(|d| d.code == "trace_missing").map(|d| &d.message.en).collect();
    assert_eq!(
        missing,
        [
            "A trace with kind = \"fires\" is missing.",
            "A trace with kind = \"misses\" is missing.",
            "A trace with kind = \"ends\" is missing."
        ]
    );
}

#[test]
fn a_trace_called_late_without_a_late_reading_is_refused() {
    let wrong = told(HEAD, &[("ends", ENDS), ("misses", MISSES), ("late", ENDS)]);
    assert_eq!(
        lines(&wrong),
        [
            "trace_proves_nothing 44:1 Nothing in it comes late or out of order; write `received` with the time of arrival."
        ]
    );
}

#[test]
fn a_late_reading_that_decides_nothing_proves_nothing() {
    let idle = ENDS.replace("d1 07:00 h1", "d1 06:39 h1 pressure_mpa 0.2 received d1 06:41\nd1 07:00 h1");
    let wrong = told(HEAD, &[("ends", ENDS), ("misses", MISSES), ("late", &idle)]);
    assert_eq!(
        lines(&wrong),
        [
            "trace_proves_nothing 44:1 Without what comes late or out of order it finds the same: that decides nothing."
        ]
    );
}

#[test]
fn a_miss_that_is_far_off_is_refused() {
    let far = MISSES.replace("0.15", "0.5");
    let wrong = told(HEAD, &[("ends", ENDS), ("misses", &far), ("late", LATE)]);
    let codes: Vec<_> = wrong.iter().map(|d| d.code.as_str()).collect();
    assert_eq!(codes, ["miss_not_near", "threshold_unguarded"]);
}

#[test]
fn a_threshold_crossed_from_one_side_only_is_refused_naming_the_side() {
    let low = ENDS.replace("0.149", "0.1");
    let late = LATE.replace("0.149", "0.1");
    let wrong = told(HEAD, &[("ends", &low), ("misses", MISSES), ("late", &late)]);
    assert_eq!(
        lines(&wrong),
        [
            "threshold_unguarded 18:25 floor (0.15 MPa) is not crossed from below: written 0.135 MPa instead, every trace finds the same."
        ]
    );
    assert_eq!(wrong[0].field, "rules/hydrant_low.toml: signal.raise");
    assert_eq!(
        wrong[0].message.zh,
        "floor (0.15 MPa) 的下方没有轨迹守住:改成 0.135 MPa,每条轨迹的结果都不变。"
    );
    let suggestion = wrong[0].suggestion.as_ref().unwrap();
    assert_eq!(
        suggestion.en,
        "Add a trace in which what is compared comes to lie between 0.135 MPa and 0.15 MPa."
    );
    let far = MISSES
        .replace("until", "d1 07:00 h1 pressure_mpa 0.149\nd1 07:09:59 h1 pressure_mpa 0.5\nuntil")
        .replace("0.15\n", "0.4\n");
    let wrong = told(HEAD, &[("ends", ENDS), ("misses", &far), ("late", LATE)]);
    assert_eq!(
        lines(&wrong),
        [
            "threshold_unguarded 18:25 floor (0.15 MPa) is not crossed from above: written 0.165 MPa instead, every trace finds the same."
        ]
    );
}

#[test]
fn a_duration_that_no_trace_measures_is_refused_on_both_sides() {
    let head = HEAD
        .replace("[signal]", "[signals.recent]\noperator = \"window\"\nof = \"pressure_mpa\"\naggregate = \"max\"\nspan = \"6h\"\n\n[signal]")
        .replace("pressure_mpa < floor", "pressure_mpa < floor && recent > -100");
    let wrong = told(&head, &[("ends", ENDS), ("misses", MISSES), ("late", LATE)]);
    assert_eq!(
        lines(&wrong),
        [
            "threshold_unguarded 20:8 6h is not crossed from below: written 5.4h instead, every trace finds the same.",
            "threshold_unguarded 20:8 6h is not crossed from above: written 6.6h instead, every trace finds the same.",
            "threshold_unguarded 24:44 -100 is not crossed from below: written -110 instead, every trace finds the same.",
            "threshold_unguarded 24:44 -100 is not crossed from above: written -90 instead, every trace finds the same.",
        ]
    );
}

#[test]
fn a_parameter_that_stands_in_two_places_is_two_thresholds() {
    let head = HEAD.replace("hold =", "clear = \"pressure_mpa > floor\"\nhold =");
    let wrong = told(&head, &[("ends", ENDS), ("misses", MISSES), ("late", LATE)]);
    assert_eq!(
        lines(&wrong),
        [
            "threshold_unguarded 19:25 floor (0.15 MPa) is not crossed from above: written 0.165 MPa instead, every trace finds the same."
        ]
    );
}

#[test]
fn a_trace_that_sets_a_parameter_itself_does_not_guard_the_rule_s_value() {
    let head = HEAD.replace("hold = \"10min\"", "hold = \"hold\"")
        + "\n[parameters.hold]\n\
        label = { zh = \"保持\", en = \"Hold\" }\nvalue = 10\nmin = 0\nmax = 60\nunit = \"min\"\n";
    let set = |s: &str| format!("set hold 10\n{s}");
    let ends = set(ENDS);
    let wrong = told(&head, &[("ends", &ends), ("misses", &set(MISSES)), ("late", &set(LATE))]);
    let words = lines(&wrong).join("\n");
    assert_eq!(wrong.len(), 2, "{words}");
    assert!(words.contains("hold (10 min) is not crossed from below: written 9 min"), "{words}");
    assert_eq!(lines(&told(&head, &[("ends", ENDS), ("misses", MISSES), ("late", LATE)])), [""; 0]);
}

#[test]
fn a_side_on_which_no_rule_can_be_written_is_free() {
    let head = HEAD.replace("10min", "0s");
    let ends = ENDS.replace("06:50", "06:40");
    let late = "d1 06:40 h1 pressure_mpa 0.2\nd1 06:30 h1 pressure_mpa 0.1 received d1 06:41\n\
                expect opened device:h1 d1 06:30\nexpect ended device:h1 d1 06:40\n";
    assert_eq!(lines(&told(&head, &[("ends", &ends), ("misses", MISSES), ("late", late)])), [""; 0]);
}

#[test]
fn what_is_a_list_or_says_how_much_is_kept_is_no_threshold() {
    let head = HEAD
        .replace(
            "[signal]",
            "[signals.usual]\noperator = \"baseline\"\nof = \"pressure_mpa\"\nsamples = 8\n\n[signal]",
        )
        .replace(
            "pressure_mpa < floor",
            "pressure_mpa < floor && !(weekday in [6, 7]) && usual != usual + 1",
        );
    let noted: Vec<String> = linli_rule::thresholds(&rule(&head, &[]), &Catalogue::shipped())
        .iter()
        .map(|t| format!("{} {}", t.field, t.say(t.value)))
        .collect();
    assert_eq!(noted, ["signal.raise 0.15 MPa", "signal.raise 1", "signal.hold 10min"]);
}

#[test]
fn counts_hours_and_shares_are_nudged_by_what_fits_them() {
    let head = "rule = \"r\"\nname = { zh = \"规\", en = \"r\" }\nkey = \"device\"\nseverity = \"info\"\n\
        case_class = \"x.y\"\nsentence = { zh = \"规\", en = \"r\" }\n\
        [signals.cards]\noperator = \"window\"\nof = \"door_card\"\naggregate = \"distinct\"\nspan = \"7d\"\n\
        [signals.night]\noperator = \"schedule\"\nfrom = \"22:00\"\nto = \"06:00\"\n\
        [signal]\noperator = \"level\"\n\
        raise = \"night && cards > 8 && hour >= 22 && probe_count > 40 && pressure_mpa > 0.5 && flow < 0\"\n";
    let steps: Vec<String> = linli_rule::thresholds(head, &Catalogue::shipped())
        .iter()
        .map(|t| format!("{} {}", t.say(t.value), t.say(t.value + t.tolerance())))
        .collect();
    assert_eq!(steps, ["7d 7.7d", "22:00 23:00", "06:00 07:00", "8 9", "22 23", "40 44", "0.5 0.55", "0 1"]);
}

#[test]
fn a_rule_about_a_flag_alone_comes_near_when_the_flag_could_be_the_other() {
    let head = HEAD.split("[parameters").next().unwrap().to_owned()
        + "[signal]\noperator = \"level\"\nraise = \"smoke\"\n";
    let ends = "d1 08:00 s1 smoke true\nd1 08:05 s1 smoke false\nexpect opened device:s1 d1 08:00\n\
                expect ended device:s1 d1 08:05\n";
    let late = "d1 08:05 s1 smoke false\nd1 08:00 s1 smoke true received d1 08:06\n\
                expect opened device:s1 d1 08:00\nexpect ended device:s1 d1 08:05\n";
    let quiet = "d1 08:00 s1 smoke false\nexpect nothing\n";
    assert_eq!(lines(&told(&head, &[("ends", ends), ("late", late), ("misses", quiet)])), [""; 0]);
    let silent = "d1 08:00 s1 battery_pct 3\nexpect nothing\n";
    let wrong = told(&head, &[("ends", ends), ("late", late), ("misses", silent)]);
    assert_eq!(wrong.iter().map(|d| d.code.as_str()).collect::<Vec<_>>(), ["miss_not_near"]);
}

#[test]
fn the_end_of_a_coverage_finding_is_no_end_of_the_signal() {
    let head = "rule = \"quiet\"\nname = { zh = \"静\", en = \"Quiet\" }\npopulation = \"elder_alone\"\n\
        severity = \"info\"\ncase_class = \"x.y\"\nsentence = { zh = \"静\", en = \"quiet\" }\n\
        [signal]\noperator = \"absent\"\nof = \"door_open\"\nspan = \"1d\"\n";
    let ends = "device m measures=door_open area=E1/B1/D1/302 subject=dwelling:302 silence=6h\n\
        device n measures=door_open area=E1/B1/D1/303 subject=dwelling:303 silence=9d\n\
        member elder_alone dwelling:302 area=E1/B1/D1/302\nmember elder_alone dwelling:303 area=E1/B1/D1/303\n\
        d1 08:00 m door_open true\nd1 08:00 n door_open true\nd2 09:00 m battery_pct 90\n\
        expect unknown dwelling:302 d2 08:00\nexpect opened dwelling:303 d2 08:00\n\
        expect ended dwelling:302 d2 09:00\n";
    let wrong = told(head, &[("ends", ends)]);
    assert!(
        lines(&wrong).contains(&"trace_proves_nothing 16:1 No finding of the signal ends in it.".to_owned()),
        "{wrong:?}"
    );
}

/// PF2
#[test]
fn what_would_take_minutes_to_try_is_refused() {
    let many = vec!["pressure_mpa < floor"; 33].join(" && ");
    let head = HEAD
        .replace("pressure_mpa < floor", &many)
        .replace("hold =", &format!("clear = \"{}\"\nhold =", many.replace('<', ">")));
    let traces = [("ends", ENDS), ("misses", MISSES), ("late", LATE)];
    let codes = |wrong: &[Diagnostic]| wrong.iter().map(|d| d.code.clone()).collect::<Vec<_>>();
    assert_eq!(codes(&told(&head, &traces)), ["too_many_thresholds"]);

    // As many as are allowed, none of which a trace notices, over year-long traces of a rule that acts every day.
    let head = HEAD
        .replace(
            "[signal]",
            "[signals.day]\noperator = \"schedule\"\nfrom = \"08:00\"\nto = \"20:00\"\n\n[signal]",
        )
        .replace(
            "pressure_mpa < floor",
            &format!("day && ({})", vec!["pressure_mpa < floor"; 30].join(" && ")),
        );
    let year = MISSES.replace("d1 08:00", "d400 00:00");
    let mut traces = vec![("misses", year.as_str()); 2];
    assert!(codes(&told(&head, &traces)).contains(&"threshold_unguarded".to_owned()));
    traces.push(("misses", &year));
    assert_eq!(codes(&told(&head, &traces)), ["too_much_to_try"]);
}
