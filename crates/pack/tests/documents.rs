//! What the documents show is right: every rule in them passes the check, every trace finds what it says.

use linli_rule::Catalogue;
use std::{fs, path::Path};

#[test]
fn every_rule_in_the_documents_runs() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let mut traces = 0;
    for (file, rules) in [("operators.md", 14), ("rules.md", 1)] {
        let text = fs::read_to_string(docs.join(file)).unwrap();
        let blocks: Vec<&str> = text
            .split("```toml\n")
            .skip(1)
            .map(|b| b.split("```").next().unwrap())
            .filter(|b| b.contains("rule = "))
            .collect();
        assert!(blocks.len() >= rules, "{file} shows {} rules", blocks.len());
        for block in blocks {
            let plan = linli_rule::check(block, &Catalogue::shipped())
                .unwrap_or_else(|wrong| panic!("{file}: {wrong:#?}\n{block}"));
            let printed = linli_rule::print(&plan);
            let again = linli_rule::check(&printed, &Catalogue::shipped())
                .unwrap_or_else(|wrong| panic!("{file}, printed: {wrong:#?}\n{printed}"));
            // A trace has its own place in each text.
            let without = |p: &linli_rule::RulePlan| linli_rule::RulePlan { traces: Vec::new(), ..p.clone() };
            assert_eq!(without(&plan), without(&again), "RU3\n{printed}");
            assert_eq!(linli_rule::print(&again), printed, "RU3");
            traces += linli_pack::check_traces(block, &plan)
                .unwrap_or_else(|wrong| panic!("{file}, {}: {wrong:#?}", plan.rule));
        }
    }
    assert!(traces >= 16, "{traces}");
}

#[test]
fn the_whole_rule_of_the_manual_would_pass_in_a_pack() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/rules.md")).unwrap();
    let rule = text.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let head = "pack = \"p\"\nname = { zh = \"包\", en = \"p\" }\nabout = { zh = \"包\", en = \"p\" }\n";
    let files = [("pack.toml", head), ("rules/hydrant_low.toml", rule)];
    let pack = linli_pack::from_files(files, &Catalogue::shipped()).unwrap();
    linli_pack::check(&pack).unwrap_or_else(|wrong| panic!("{wrong:#?}"));
}
