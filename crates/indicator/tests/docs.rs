//! docs/indicators.md is the table of indicators, as people read it. `LINLI_WRITE_DOCS=1` writes it anew.

use linli_indicator::{CATALOGUE, Measure};
use std::{fmt::Write as _, path::Path};

fn page() -> String {
    let mut page = String::from(
        "# Indicators 指标\n\n\
         Made from `CATALOGUE` in crates/indicator/src/catalogue.rs; why they are reckoned so: \
         [decision 19](decisions/0019-numbers-are-sums-of-tallies.md).\n\
         A share with an empty denominator has no value, and one of fewer than five cases is not shown.\n\n\
         | code | indicator | 指标 | unit | how it is reckoned | 口径 | measures |\n|---|---|---|---|---|---|---|\n",
    );
    for i in CATALOGUE {
        let measures: Vec<String> =
            i.measures().into_iter().map(|m: Measure| format!("`{}`", m.code())).collect();
        let (label, words) = (i.label(), i.words());
        let row =
            [i.code, &label.en, &label.zh, i.unit(), &words.en, &words.zh, &measures.join(", ")].join(" | ");
        writeln!(page, "| {row} |").unwrap();
    }
    page
}

#[test]
fn the_page_of_indicators_is_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/indicators.md");
    if std::env::var_os("LINLI_WRITE_DOCS").is_some() {
        std::fs::write(&path, page()).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == page(), "docs/indicators.md is not the table; write it with LINLI_WRITE_DOCS=1");
}
