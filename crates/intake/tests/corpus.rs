//! What the fuzz target found or begins with has its property (docs/fuzzing.md).

#[path = "../../../fuzz/properties/readings.rs"]
mod readings;
#[path = "../../../fuzz/properties/shipped.rs"]
mod shipped;
#[path = "../../../fuzz/properties/told.rs"]
mod told;

use std::{fs, path::Path};

#[test]
fn every_message_and_file_of_the_corpus_is_accounted_for_row_by_row() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/readings");
    let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() > 5, "{}", folder.display());
    for file in files {
        println!("{}", file.display());
        readings::holds(&fs::read(file).unwrap());
    }
}
