//! `linli rule`: what an author sees of a rule's file.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

struct Said {
    ok: bool,
    out: String,
    err: String,
}

fn linli(args: &[&str], file: &Path) -> Said {
    let ran = Command::new(env!("CARGO_BIN_EXE_linli")).args(args).arg(file).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Said { ok: ran.status.success(), out: text(ran.stdout), err: text(ran.stderr) }
}

fn shipped(rule: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs/fire/rules").join(rule)
}

/// A copy of a shipped rule, with something replaced.
fn copy(folder: &Path, from: &str, to: &str) -> PathBuf {
    let text = fs::read_to_string(shipped("hydrant_pressure.toml")).unwrap();
    assert!(text.contains(from), "{from}");
    let file = folder.join("hydrant_pressure.toml");
    fs::write(&file, text.replace(from, to)).unwrap();
    file
}

#[test]
fn a_file_out_of_form_is_named_then_written_in_form_with_its_comment() {
    let folder = tempfile::tempdir().unwrap();
    let file = copy(folder.path(), "severity = \"attention\"", "severity   =   'attention' # not urgent");
    let before = fs::read_to_string(&file).unwrap();
    let said = linli(&["--lang", "en", "rule", "fmt", "--check"], &file);
    assert!(!said.ok && said.err.contains("run linli rule fmt"), "{}", said.err);
    assert_eq!(fs::read_to_string(&file).unwrap(), before, "--check writes nothing");
    assert!(linli(&["rule", "fmt"], &file).ok);
    assert!(fs::read_to_string(&file).unwrap().contains("\nseverity = \"attention\" # not urgent\n"));
    assert!(linli(&["rule", "fmt", "--check"], &file).ok, "in form now");
}

#[test]
fn a_rule_outside_of_packs_is_checked_with_its_traces() {
    let said = linli(&["rule", "check"], &shipped("hydrant_pressure.toml"));
    assert!(said.ok && said.out.contains("thresholds"), "{}{}", said.out, said.err);

    let folder = tempfile::tempdir().unwrap();
    let wrong = copy(folder.path(), "severity = \"attention\"", "severity = \"atention\"\nkind = 1");
    let said = linli(&["--lang", "en", "rule", "check"], &wrong);
    assert!(!said.ok && said.err.contains("severity") && said.err.contains("kind"), "{}", said.err);
}
