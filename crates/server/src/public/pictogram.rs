//! Pictograms of the class tiles: line drawings in a box of 24, decoration beside the words.

use super::html::{Html, html};

/// The drawing for a class, by the first part of its code that has one; a speech bubble for the rest.
pub(super) fn pictogram(class: &str) -> Html {
    let path = DRAWINGS
        .iter()
        .find(|(word, _)| class.split(['.', '_', '-']).any(|part| part == *word))
        .map_or(BUBBLE, |(_, path)| path);
    html!("<svg class=\"pictogram\" viewBox=\"0 0 24 24\" aria-hidden=\"true\"><path d=\"{}\"/></svg>", path)
}

const BUBBLE: &str = "M4 5h16v11H11l-4 4v-4H4zM8 9h8M8 12h5";

/// Word of a class code, and its drawing.
const DRAWINGS: [(&str, &str); 27] = [
    ("lift", "M5 3h14v18H5zM12 3v18M8 9l1-1.5L10 9M14 8l1 1.5L16 8"),
    ("elevator", "M5 3h14v18H5zM12 3v18M8 9l1-1.5L10 9M14 8l1 1.5L16 8"),
    ("light", "M9 18h6M10 21h4M8 14a6 6 0 1 1 8 0c-1 1-1 2-1 4H9c0-2 0-3-1-4z"),
    ("lighting", "M9 18h6M10 21h4M8 14a6 6 0 1 1 8 0c-1 1-1 2-1 4H9c0-2 0-3-1-4z"),
    ("water", "M12 3c4 5 6 8 6 11a6 6 0 0 1-12 0c0-3 2-6 6-11zM9 15a3 3 0 0 0 3 3"),
    ("leak", "M12 3c4 5 6 8 6 11a6 6 0 0 1-12 0c0-3 2-6 6-11zM9 15a3 3 0 0 0 3 3"),
    ("pipe", "M3 8h8v8h10M3 12h4v8h14M11 6v4M19 14v8"),
    ("waste", "M4 7h16M9 7V4h6v3M6 7l1 14h10l1-14M10 11v6M14 11v6"),
    ("garbage", "M4 7h16M9 7V4h6v3M6 7l1 14h10l1-14M10 11v6M14 11v6"),
    ("sanitation", "M4 7h16M9 7V4h6v3M6 7l1 14h10l1-14M10 11v6M14 11v6"),
    ("environment", "M4 7h16M9 7V4h6v3M6 7l1 14h10l1-14M10 11v6M14 11v6"),
    ("parking", "M4 3h16v18H4zM9 17V7h4a3 3 0 0 1 0 6H9"),
    ("vehicle", "M3 15v-3l3-5h12l3 5v3zM3 12h18M7 15v3M17 15v3"),
    ("traffic", "M3 15v-3l3-5h12l3 5v3zM3 12h18M7 15v3M17 15v3"),
    ("noise", "M4 9v6h4l5 4V5L8 9zM16 9a4 4 0 0 1 0 6M18 6a8 8 0 0 1 0 12"),
    ("fire", "M12 3c1 4 6 6 6 11a6 6 0 0 1-12 0c0-3 2-4 2-7 2 1 3 2 3 4 1-2 1-5 1-8z"),
    ("safety", "M12 3l9 17H3zM12 9v5M12 17v.5"),
    ("security", "M12 3l8 3v6c0 5-4 8-8 9-4-1-8-4-8-9V6zM9 12l2 2 4-4"),
    ("repair", "M14 6a4 4 0 0 1 5-2l-2 3 1 2 3 0a4 4 0 0 1-6 3l-7 8-3-3 8-7a4 4 0 0 1 1-4z"),
    ("facility", "M14 6a4 4 0 0 1 5-2l-2 3 1 2 3 0a4 4 0 0 1-6 3l-7 8-3-3 8-7a4 4 0 0 1 1-4z"),
    ("building", "M5 21V4h10v17M15 9h4v12M3 21h18M8 8h1M11 8h1M8 12h1M11 12h1M8 16h1M11 16h1"),
    ("property", "M5 21V4h10v17M15 9h4v12M3 21h18M8 8h1M11 8h1M8 12h1M11 12h1M8 16h1M11 16h1"),
    ("road", "M8 3L4 21M16 3l4 18M12 4v3M12 10v3M12 16v4"),
    (
        "neighbour",
        "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM16 11a3 3 0 1 0 0-6M2 20c0-4 2-6 6-6s6 2 6 6M16 14c4 0 6 2 6 6",
    ),
    (
        "dispute",
        "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM16 11a3 3 0 1 0 0-6M2 20c0-4 2-6 6-6s6 2 6 6M16 14c4 0 6 2 6 6",
    ),
    ("elder", "M10 7a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM10 7l-2 6 4 3v5M8 13l-2 8M10 9l4 3h3v9"),
    ("care", "M12 20C5 15 3 12 3 9a4 4 0 0 1 9-2 4 4 0 0 1 9 2c0 3-2 6-9 11z"),
];
