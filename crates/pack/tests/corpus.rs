//! What the fuzz targets found or begin with has its property (docs/fuzzing.md).

#[path = "../../../fuzz/properties/condition.rs"]
mod condition;
#[path = "../../../fuzz/properties/pack_files.rs"]
mod pack_files;
#[path = "../../../fuzz/properties/partition.rs"]
mod partition;
#[path = "../../../fuzz/properties/rule_text.rs"]
mod rule_text;
#[path = "../../../fuzz/properties/shipped.rs"]
mod shipped;
#[path = "../../../fuzz/properties/snapshot.rs"]
mod snapshot;
#[path = "../../../fuzz/properties/snapshot_seeds.rs"]
mod snapshot_seeds;
#[path = "../../../fuzz/properties/told.rs"]
mod told;

use std::{fs, path::Path};

/// Every file of a target's corpus, in order of name; the name of one that breaks it is printed.
fn each_of(target: &str, holds: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() > 5, "{}", folder.display());
    for file in files {
        println!("{}", file.display());
        holds(&fs::read(file).unwrap());
    }
}

#[test]
fn every_rule_text_of_the_corpus_is_refused_or_survives_printing() {
    each_of("rule_text", rule_text::holds);
}

#[test]
fn every_condition_of_the_corpus_is_refused_or_evaluated() {
    each_of("condition", condition::holds);
}

#[test]
fn every_pack_of_the_corpus_is_refused_or_checked() {
    each_of("pack_files", pack_files::holds);
}

#[test]
fn every_snapshot_of_the_corpus_is_refused_or_goes_on() {
    each_of("snapshot", snapshot::holds);
}

/// `LINLI_BLESS=1` writes them anew.
#[test]
fn the_seeds_of_snapshots_are_of_the_present_version() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = root.join("fuzz/corpus/snapshot");
    let operators = fs::read_to_string(root.join("docs/operators.md")).unwrap();
    let seeds = snapshot_seeds::seeds(&operators);
    assert!(seeds.len() > 10);
    if std::env::var_os("LINLI_BLESS").is_some() {
        let old = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        let is_seed =
            |p: &std::path::PathBuf| p.file_name().is_some_and(|n| n.to_string_lossy().starts_with("seed_"));
        old.filter(is_seed).for_each(|p| fs::remove_file(p).unwrap());
        seeds.iter().for_each(|(name, bytes)| fs::write(folder.join(name), bytes).unwrap());
    }
    for (name, bytes) in seeds {
        let kept = fs::read(folder.join(&name)).unwrap_or_default();
        assert!(
            kept == bytes,
            "{name} is of another version: LINLI_BLESS=1 cargo test -p linli-pack --test corpus"
        );
    }
}
