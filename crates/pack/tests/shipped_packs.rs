//! PB1: what is shipped finds what it says, and no more.

use linli_model::{Diagnostic, FindingKind, Lang};
use linli_pack::{check, shipped, trace};
use std::path::Path;

fn told(wrong: &[Diagnostic]) -> String {
    let lines: Vec<String> =
        wrong.iter().map(|d| format!("{} [{}] {}", d.field, d.code, d.message.en)).collect();
    lines.join("\n")
}

#[test]
fn every_shipped_pack_passes_its_own_traces_and_they_prove_it() {
    let mut wrong = Vec::new();
    let (mut traces, mut thresholds) = (0, 0);
    for pack in shipped() {
        match check(&pack) {
            Ok(done) => (traces, thresholds) = (traces + done.traces, thresholds + done.thresholds),
            Err(found) => wrong.push(told(&found)),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(traces > 50 && thresholds > 30, "{traces} {thresholds}");
}

#[test]
fn the_packs_that_are_tried_and_compared_pass_too() {
    for folder in ["mappings/trial", "benches/side-by-side/pack"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
        let pack = linli_pack::load(&folder).unwrap_or_else(|wrong| panic!("{}", told(&wrong)));
        check(&pack).unwrap_or_else(|wrong| panic!("{}", told(&wrong)));
    }
}

#[test]
fn shipped_rules_are_in_the_formatter_s_form() {
    for pack in shipped() {
        for rule in &pack.rules {
            let formatted = linli_rule::format(&rule.text, &linli_rule::Catalogue::shipped()).unwrap();
            assert_eq!(rule.text, formatted, "{}: run linli rule fmt", rule.file);
        }
    }
}

#[test]
fn a_rule_s_text_survives_printing() {
    for pack in shipped() {
        for rule in &pack.rules {
            let printed = linli_rule::print(&rule.plan);
            let again = linli_rule::check(&printed, &linli_rule::Catalogue::shipped())
                .unwrap_or_else(|wrong| panic!("{}: {}\n{printed}", rule.file, told(&wrong)));
            let strip = |p: &linli_rule::RulePlan| {
                let mut p = p.clone();
                p.traces.iter_mut().for_each(|t| t.line = 0);
                p
            };
            assert_eq!(strip(&again), strip(&rule.plan), "{}", rule.file);
            assert_eq!(linli_rule::print(&again), printed, "{}", rule.file);
        }
    }
}

#[test]
fn every_finding_speaks_both_languages_and_shows_its_evidence() {
    let mut sentences = Vec::new();
    for pack in shipped() {
        for rule in &pack.rules {
            for written in &rule.plan.traces {
                let read = trace::read(&rule.plan, written).unwrap();
                let (_, findings) = trace::run(&rule.text, &rule.plan, &read, trace::Manner::Plain);
                for f in findings {
                    let (zh, en) = (f.sentence.get(Lang::Zh), f.sentence.get(Lang::En));
                    assert!(
                        !zh.is_empty() && !en.is_empty() && !zh.contains('{') && !en.contains('{'),
                        "{zh} {en}"
                    );
                    let e = &f.evidence;
                    assert!(
                        e.deadline.is_some() || !e.readings.is_empty() || f.kind == FindingKind::Coverage,
                        "{f:?}"
                    );
                    assert!(e.readings.iter().all(|r| !r.id.as_str().is_empty()), "{f:?}");
                    assert!(!e.steps.is_empty(), "{f:?}");
                    assert_eq!(e.parameters.len(), rule.plan.parameters.len());
                    sentences.push(format!("{} · {} · {} | {}", f.rule, written.name, zh, en));
                }
            }
        }
    }
    insta::assert_snapshot!(sentences.join("\n"));
}

/// TR3
#[test]
fn traces_that_would_run_for_minutes_are_refused() {
    let rule = |script: &str, traces: usize| {
        let mut text = "rule = \"r\"\nname = { zh = \"规\", en = \"r\" }\nkey = \"device\"\nseverity = \"info\"\n\
                        case_class = \"x.y\"\nsentence = { zh = \"规\", en = \"r\" }\n[signal]\noperator = \"schedule\"\n\
                        from = \"08:00\"\nto = \"09:00\"\n"
            .to_owned();
        for i in 0..traces {
            text += &format!(
                "[[trace]]\nname = \"t{i}\"\nkind = \"misses\"\nscript = \"{script}expect nothing\"\n"
            );
        }
        let plan = linli_rule::check(&text, &linli_rule::Catalogue::shipped()).unwrap();
        linli_pack::check_traces(&text, &plan).map_err(|wrong| wrong[0].code.clone())
    };
    assert_eq!(rule("until d400 23:59\\n", 1), Ok(1), "a year and its edges");
    assert_eq!(rule("until d401 00:00\\n", 1), Err("trace_line".to_owned()));
    assert_eq!(rule("until d99999999999999 00:00\\n", 1), Err("trace_line".to_owned()));
    let line = "retired d1 d1 00:00\\n# a comment is no line\\n\\n";
    assert_eq!(rule(&line.repeat(249), 2), Ok(2), "500 lines");
    assert_eq!(rule(&line.repeat(250), 2), Err("traces_too_long".to_owned()));
    assert_eq!(rule("", 51), Err("traces_too_long".to_owned()));
}
