//! What the fuzz targets found or begin with keeps its promise (docs/fuzzing.md).

#[path = "../../../fuzz/promises/condition.rs"]
mod condition;
#[path = "../../../fuzz/promises/pack_files.rs"]
mod pack_files;
#[path = "../../../fuzz/promises/partition.rs"]
mod partition;
#[path = "../../../fuzz/promises/rule_text.rs"]
mod rule_text;
#[path = "../../../fuzz/promises/shipped.rs"]
mod shipped;
#[path = "../../../fuzz/promises/snapshot.rs"]
mod snapshot;
#[path = "../../../fuzz/promises/told.rs"]
mod told;

use std::{fs, path::Path};

/// Every file of a target's corpus, in order of name; the name of one that breaks its promise is printed.
fn each_of(target: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() > 5, "{}", folder.display());
    for file in files {
        println!("{}", file.display());
        check(&fs::read(file).unwrap());
    }
}

#[test]
fn every_rule_text_of_the_corpus_is_refused_or_survives_printing() {
    each_of("rule_text", rule_text::check);
}

#[test]
fn every_condition_of_the_corpus_is_refused_or_evaluated() {
    each_of("condition", condition::check);
}

#[test]
fn every_pack_of_the_corpus_is_refused_or_checked() {
    each_of("pack_files", pack_files::check);
}

#[test]
fn every_snapshot_of_the_corpus_is_refused_or_goes_on() {
    each_of("snapshot", snapshot::check);
}
