//! Tables an installation brings in place of those that are built in, or beside them: tiers, classes, the calendar's years.
//! Every mistake is said with its file and field before anything starts.

use crate::Config;
use linli_casework::{Calendar, ClassTable, TierTable};
use linli_model::{Diagnostic, Fault};
use std::{fs, path::Path};

/// The tiers of this installation, or those that are built in.
pub fn tiers(config: &Config) -> Result<TierTable, Fault> {
    let Some(path) = &config.tiers_file else { return Ok(TierTable::shipped()) };
    let text = read("tiers_file", path)?;
    TierTable::check(&text).map_err(|wrong| refused("tiers_file", path, &wrong))
}

/// The class table of this installation, or the one that is built in; earlier ones come from the store.
pub fn classes(config: &Config) -> Result<ClassTable, Fault> {
    let Some(path) = &config.classes_file else { return Ok(ClassTable::shipped()) };
    let text = read("classes_file", path)?;
    ClassTable::check(&text).map_err(|wrong| refused("classes_file", path, &wrong))
}

/// The calendar that is built in, with the years this installation has added. A year that is there twice is as the
/// installation says: a notice may be changed.
pub fn calendar(config: &Config) -> Result<Calendar, Fault> {
    let mut calendar = Calendar::shipped();
    let Some(folder) = &config.calendar_dir else { return Ok(calendar) };
    let entries = fs::read_dir(folder).map_err(|e| unreadable("calendar_dir", folder, &e))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|e| unreadable("calendar_dir", folder, &e))?.path();
        if path.extension().is_some_and(|e| e == "toml") {
            files.push(path);
        }
    }
    files.sort();
    for path in files {
        let text = read("calendar_dir", &path)?;
        calendar = calendar.with(&text).map_err(|wrong| refused("calendar_dir", &path, &wrong))?;
    }
    Ok(calendar)
}

fn read(key: &str, path: &Path) -> Result<String, Fault> {
    fs::read_to_string(path).map_err(|e| unreadable(key, path, &e))
}

fn unreadable(key: &str, path: &Path, e: &std::io::Error) -> Fault {
    let path = path.display();
    Fault::lasting(format!("{key} {path}: {e}")).saying(
        "table_unreadable",
        format!("{key} {path} 无法读取:{e}"),
        format!("{key} {path} cannot be read: {e}"),
    )
}

fn refused(key: &str, path: &Path, wrong: &[Diagnostic]) -> Fault {
    let lines = |say: fn(&Diagnostic) -> &str| {
        let lines = wrong.iter().map(|d| format!("{}: {}", d.field, say(d))).collect::<Vec<_>>().join("\n");
        format!("{key} {}\n{lines}", path.display())
    };
    Fault::lasting(lines(|d| &d.message.en)).saying(
        "table_wrong",
        lines(|d| &d.message.zh),
        lines(|d| &d.message.en),
    )
}

#[cfg(test)]
mod tests {
    use super::{calendar, classes, tiers};
    use crate::Config;
    use jiff::civil::date;
    use linli_model::Lang;
    use std::fs;

    const NEXT: &str =
        "year = 2027\nsource = \"国办发明电\"\nholidays = [\"2027-01-01\"]\nworking = [\"2027-01-09\"]\n";

    fn config(of: impl FnOnce(&mut Config)) -> Config {
        let mut config = Config::default();
        of(&mut config);
        config
    }

    #[test]
    fn a_year_is_added_without_a_new_program_and_one_that_changed_is_as_the_folder_says() {
        let folder = tempfile::tempdir().unwrap();
        let with = || calendar(&config(|c| c.calendar_dir = Some(folder.path().into())));
        assert!(!with().unwrap().is_published(2027));
        fs::write(folder.path().join("2027.toml"), NEXT).unwrap();
        fs::write(folder.path().join("readme.txt"), "not a year").unwrap();
        let years = with().unwrap();
        assert!(years.is_published(2027) && years.is_published(2026));
        assert!(!years.is_working_day(date(2027, 1, 1)) && years.is_working_day(date(2027, 1, 9)));
        // The built-in year says that the 2nd of January 2026 is free; the office was told otherwise.
        assert!(!years.is_working_day(date(2026, 1, 2)));
        let other = NEXT.replace("2027", "2026").replace("2026-01-09", "2026-01-10");
        fs::write(folder.path().join("2026.toml"), other).unwrap();
        assert!(with().unwrap().is_working_day(date(2026, 1, 2)));
    }

    #[test]
    fn what_is_wrong_in_a_table_is_said_with_its_file_and_field_in_both_languages() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("2027.toml");
        fs::write(&file, NEXT.replace("\"2027-01-01\"", "\"2028-01-01\"")).unwrap();
        let fault = calendar(&config(|c| c.calendar_dir = Some(folder.path().into()))).unwrap_err();
        let (code, text) = fault.said.clone().unwrap();
        assert_eq!(code, "table_wrong");
        for lang in [Lang::Zh, Lang::En] {
            let said = text.get(lang);
            assert!(said.contains("2027.toml") && said.contains("calendar.2027.2028-01-01"), "{said}");
        }
        let table = folder.path().join("classes.toml");
        fs::write(&table, "version = 9\n").unwrap();
        let fault = classes(&config(|c| c.classes_file = Some(table.clone()))).unwrap_err();
        assert!(fault.to_string().contains("classes.toml"), "{fault}");
        let nowhere = folder.path().join("nowhere.toml");
        let fault = tiers(&config(|c| c.tiers_file = Some(nowhere.clone()))).unwrap_err();
        assert_eq!(fault.said.unwrap().0, "table_unreadable");
    }

    #[test]
    fn a_class_table_of_ones_own_takes_the_place_of_the_one_that_is_built_in() {
        let folder = tempfile::tempdir().unwrap();
        let table = folder.path().join("classes.toml");
        let shipped = include_str!("../../../data/classes.toml");
        let version = linli_casework::ClassTable::shipped().version;
        let own = shipped.replacen(&format!("version = {version}"), "version = 70", 1);
        fs::write(&table, own).unwrap();
        let taken = classes(&config(|c| c.classes_file = Some(table))).unwrap();
        assert_eq!((taken.version, classes(&Config::default()).unwrap().version), (70, version));
    }
}
