//! Writes the seeds of the corpus: what our own packs, documents and formats say. Found inputs stand beside them.
//!
//! `cargo run --manifest-path fuzz/Cargo.toml --example seeds`

#[path = "../properties/snapshot_seeds.rs"]
mod snapshot_seeds;

use linli_pack::shipped;
use linli_rule::Catalogue;
use std::{fs, path::Path};

/// Readings in front of every condition, ordinary and odd ones.
const READINGS: &str = "pressure_mpa=0.14@0 temperature_c=NaN@60000 smoke=true@120000 pressure_mpa=-inf@90000 \
                        smoke=false@-9223372036854775808 temperature_c=1e308@9223372036854775807 \
                        door_card=c-1@180000 pressure_mpa=0.2@240000";
const CONDITIONS: [&str; 14] = [
    "pressure_mpa < 0.15",
    "pressure_mpa > 0.20 && !(smoke || lit)",
    "recent / pressure_mpa >= wait * -2.5",
    "value == 0.14 || value in [1, 2.5, -3]",
    "device.id == \"d1\" && has(device.capacity)",
    "device.area.startsWith('E1') ? hour < 6 : weekday in [6, 7]",
    "door_card in ['c-1', \"c-2\"] || door_card.contains(\"x\\n\")",
    "smoke == (lit != true)",
    "subject.kind == 'device' && subject.id.endsWith('1')",
    "(smoke ? pressure_mpa : temperature_c) + 1 > recent - wait",
    "-(recent) < 9223372036854775807 - 1e300",
    "((((pressure_mpa))) * 1.5) != 0.0 / 0.0",
    "true || device.capacity * 2u > 3",
    "pressure_mpa / 0 > 1",
];

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let write = |target: &str, name: &str, bytes: &[u8]| {
        let folder = root.join("corpus").join(target);
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join(format!("seed_{name}")), bytes).expect("a file");
    };
    for (i, condition) in CONDITIONS.iter().enumerate() {
        write("condition", &i.to_string(), format!("{READINGS}\n{condition}").as_bytes());
    }
    for pack in shipped() {
        for rule in &pack.rules {
            write("rule_text", &rule.plan.rule, rule.text.as_bytes());
            let head =
                "pack = \"p\"\nname = { zh = \"包\", en = \"P\" }\nabout = { zh = \"包\", en = \"P\" }\n";
            let files = format!("=== pack.toml\n{head}=== {}\n{}", rule.file, rule.text);
            write("pack_files", &rule.plan.rule, files.as_bytes());
        }
    }
    let operators = fs::read_to_string(root.join("../docs/operators.md")).expect("the manual");
    let rules = operators.split("```toml\n").skip(1).filter_map(|b| b.split("```").next());
    for text in rules.filter(|b| b.contains("[signal]")) {
        let plan = linli_rule::check(text, &Catalogue::shipped()).expect("the manual's rules pass");
        let name = format!("manual_{}", plan.signal().operator.as_str());
        write("rule_text", &format!("{name}_{}", plan.rule), text.as_bytes());
    }
    for (name, bytes) in snapshot_seeds::seeds(&operators) {
        write("snapshot", name.trim_start_matches("seed_"), &bytes);
    }
    for (i, (way, body)) in messages(root).into_iter().enumerate() {
        write("readings", &i.to_string(), &[&[way], body.as_slice()].concat());
    }
}

fn messages(root: &Path) -> Vec<(u8, Vec<u8>)> {
    let formats = fs::read_to_string(root.join("../docs/formats.md")).expect("the formats");
    let lines = formats.split("```ndjson\n").nth(1).and_then(|b| b.split("```").next()).unwrap_or_default();
    let array = format!("[{}]", lines.trim().lines().collect::<Vec<_>>().join(",\n"));
    let odd = concat!(
        "{\"device\":\"door-17\",\"observed_at\":\"2026-11-23T08:29:12.5Z\",\"measure\":\"door_open\",\"value\":NaN}\n",
        "{\"device\":\"probe-1\",\"mac\":\"a4:5e:60:c1:22:0f\",\"measure\":\"probe_count\",\"value\":1e999}\n",
        "{\"device\":\"d\",\"observed_at\":\"1999-12-31T23:59:59+14:00\",\"measure\":\"smoke\",\"value\":1,\"subject\":\"dwelling:302\"}\n",
        "{\"device\":\"d\",\"x\":[[[{}]]],\"value\":[1,2,3]}\nnull\n{\"a\":\"\\u0000\n"
    );
    let csv = concat!(
        "id,device,observed_at,measure,value,subject\n",
        "1,door-17,2026-11-23T08:29:12+08:00,door_open,true,\n",
        ",d,2026-11-23T00:29:30Z,pressure_mpa,0.21,dwelling:302\n",
        "x,\"a, b\",2026-02-29T00:00:00Z,smoke,1e999,nobody\n1,2\n"
    );
    let tsv = "1203898966\t5.5\ts1\t1\n1203898966\t5.5\ts1\t1\n-1\t1e300\ts2\t-7e307\n\t\t\t\n";
    let timed = "{\"at\":\"2016-03-27 01:30\",\"device\":\"m\",\"value\":1}\n{\"at\":\"2016-10-30 01:30\",\"value\":\"no\"}\nno\n";
    let all = [
        (b'0', lines),
        (b'0', array.as_str()),
        (b'0', odd),
        (b'1', lines),
        (b'2', odd),
        (b'3', csv),
        (b'4', tsv),
        (b'5', timed),
    ];
    all.map(|(way, text)| (way, text.as_bytes().to_vec())).to_vec()
}
