//! docs/operators.md is made of the operators' own manual comments. `LINLI_BLESS=1` writes it.

use std::{fs, path::Path};

#[test]
fn the_manual_is_what_the_operators_say() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = here.join("src/operator");
    let mut names: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .filter(|n| n != "mod.rs")
        .collect();
    names.sort();
    let mut manual = String::from(
        "# Operators\n\nMade from the manual comments in `crates/engine/src/operator/`, one file per operator; every rule here is checked and every trace\n\
         runs as a test. How a rule is written around them: [rules.md](rules.md). Times in traces are `dN HH:MM`, day 1 being a Monday.\n",
    );
    for name in &names {
        let source = fs::read_to_string(folder.join(name)).unwrap();
        manual.push('\n');
        for line in source.lines().take_while(|l| l.starts_with("//!")) {
            let line = line.trim_start_matches("//!");
            let line = line.strip_prefix(' ').unwrap_or(line);
            // The operator is a chapter of this page.
            let line = if line.starts_with("# ") { format!("#{line}") } else { line.to_owned() };
            manual.push_str(line.trim_end());
            manual.push('\n');
        }
    }
    let path = here.join("../../docs/operators.md");
    if std::env::var_os("LINLI_BLESS").is_some() {
        fs::write(&path, &manual).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == manual,
        "docs/operators.md is not what the operators say; run this test with LINLI_BLESS=1"
    );
    for name in linli_rule::plan::Operator::NAMES {
        assert!(manual.contains(&format!("## {name}\n")), "{name}");
    }
}
