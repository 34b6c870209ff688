//! DF1 to DF4: two texts in, what is otherwise out.

use linli_rule::{Catalogue, Nudge, RulePlan, check, differences, nudged, print, thresholds};
use std::{path::Path, sync::Arc};

const NIGHT: &str = r#"rule = "night"
name = { zh = "夜间出门", en = "Out at night" }
population = "elder_alone"
severity = "attention"
case_class = "care.elder_not_out"
sentence = { zh = "夜里出门,{limit}", en = "out at night, {limit}" }

[parameters.limit]
label = { zh = "时限", en = "limit" }
value = 2
min = 1
max = 6
unit = "h"

[signals.often]
operator = "window"
of = "door_open"
aggregate = "count"
span = "limit"

[signal]
operator = "level"
raise = "often > 3 && hour >= 22"
hold = "10min"

[[trace]]
name = "quiet"
kind = "misses"
script = "expect nothing"
"#;

fn plan(text: &str) -> Arc<RulePlan> {
    check(text, &Catalogue::shipped()).unwrap_or_else(|wrong| panic!("{wrong:#?}\n{text}"))
}

/// `place|in Chinese|in English`, line by line.
fn told(was: &str, is: &str) -> Vec<String> {
    let found = differences(&plan(was), &plan(is), &Catalogue::shipped());
    found.iter().map(|d| format!("{}|{}|{}", d.place, d.said().zh, d.said().en)).collect()
}
fn changed(from: &str, to: &str) -> Vec<String> {
    assert!(NIGHT.contains(from), "{from} stands nowhere");
    told(NIGHT, &NIGHT.replacen(from, to, 1))
}

#[track_caller]
fn one(from: &str, to: &str, want: &str) {
    assert_eq!(changed(from, to), [want], "{from} → {to}");
}

#[test]
fn each_line_of_the_head_is_told_with_what_it_was_and_is() {
    one(
        "夜间出门",
        "深夜出门",
        "name.zh|名称(中文):夜间出门 → 深夜出门|name (in Chinese): 夜间出门 → 深夜出门",
    );
    one("Out at night", "Out", "name.en|名称(英文):Out at night → Out|name (in English): Out at night → Out");
    one(
        "population = \"elder_alone\"",
        "key = \"area\"\ndepth = 2",
        "key|对象:人群 elder_alone 的每个成员 → 每栋楼|what is watched: each member of the population elder_alone → each building",
    );
    one(
        "\"elder_alone\"",
        "\"others\"",
        "population|对象:人群 elder_alone 的每个成员 → 人群 others 的每个成员|what is watched: each member of the population elder_alone → each member of the population others",
    );
    one("\"attention\"", "\"urgent\"", "severity|级别:一般 → 紧急|severity: attention → urgent");
    one(
        "care.elder_not_out",
        "other",
        "case_class|案件类别:care.elder_not_out → other|case class: care.elder_not_out → other",
    );
    one(
        "severity =",
        "suspects = true\nseverity =",
        "suspects|怀疑人或户:否 → 是|suspects persons or homes: no → yes",
    );
    one("severity =", "mandatory = true\nseverity =", "mandatory|强制:否 → 是|mandatory: no → yes");
    one(
        "夜里出门,{limit}",
        "夜里出门",
        "sentence.zh|告知语(中文):夜里出门,{limit} → 夜里出门|sentence (in Chinese): 夜里出门,{limit} → 夜里出门",
    );
    assert_eq!(
        changed("severity =", "about = { zh = \"试\", en = \"try\" }\nseverity ="),
        [
            "about.zh|说明(中文):新增 试|description (in Chinese): added 试",
            "about.en|说明(英文):新增 try|description (in English): added try",
        ]
    );
}

#[test]
fn a_parameter_is_told_with_its_unit_and_its_bounds() {
    one(
        "value = 2",
        "value = 3",
        "parameters.limit.value|参数“时限”(limit):2 小时 → 3 小时|parameter \"limit\" (limit): 2 h → 3 h",
    );
    one(
        "max = 6",
        "max = 8",
        "parameters.limit.max|参数“时限”(limit)的上限:6 小时 → 8 小时|most of parameter \"limit\" (limit): 6 h → 8 h",
    );
    assert_eq!(
        changed(
            "value = 2\nmin = 1\nmax = 6\nunit = \"h\"",
            "value = 120\nmin = 1\nmax = 360\nunit = \"min\""
        ),
        [
            "parameters.limit.value|参数“时限”(limit):2 小时 → 120 分钟|parameter \"limit\" (limit): 2 h → 120 min",
            "parameters.limit.min|参数“时限”(limit)的下限:1 小时 → 1 分钟|least of parameter \"limit\" (limit): 1 h → 1 min",
            "parameters.limit.max|参数“时限”(limit)的上限:6 小时 → 360 分钟|most of parameter \"limit\" (limit): 6 h → 360 min",
        ]
    );
    let more = "[parameters.late]\nlabel = { zh = \"晚\", en = \"late\" }\nvalue = 22\nmin = 20\nmax = 23\n\n[signals";
    assert_eq!(
        told(NIGHT, &NIGHT.replacen("[signals", more, 1).replace("hour >= 22", "hour >= late")),
        [
            "parameters.late|参数“晚”(late):新增 22(20 至 23)|parameter \"late\" (late): added 22 (20 to 23)",
            "signal.raise|判断的成立条件(raise)中同时满足的各项:“hour >= 22” → “hour >= late”|the signal, raised when (raise), what must all hold: \"hour >= 22\" → \"hour >= late\"",
        ]
    );
}

#[test]
fn each_condition_and_field_of_the_signals_is_told_by_its_name() {
    one(
        "hour >= 22",
        "hour >= 23",
        "signal.raise|判断的成立条件(raise)中同时满足的各项:“hour >= 22” → “hour >= 23”|the signal, raised when (raise), what must all hold: \"hour >= 22\" → \"hour >= 23\"",
    );
    one(
        " && hour >= 22",
        "",
        "signal.raise|判断的成立条件(raise)中同时满足的各项:去掉 “hour >= 22”|the signal, raised when (raise), what must all hold: left out \"hour >= 22\"",
    );
    one(
        "often > 3 && hour >= 22",
        "often > 3 || hour >= 22",
        "signal.raise|判断的成立条件(raise):“often > 3 && hour >= 22” → “often > 3 || hour >= 22”|the signal, raised when (raise): \"often > 3 && hour >= 22\" → \"often > 3 || hour >= 22\"",
    );
    one(
        "\"10min\"",
        "\"15min\"",
        "signal.hold|判断的须持续(hold):10 分钟 → 15 分钟|the signal, has to last (hold): 10 min → 15 min",
    );
    one(
        "hold = \"10min\"\n",
        "",
        "signal.hold|判断的须持续(hold):去掉 10 分钟|the signal, has to last (hold): left out 10 min",
    );
    one(
        "hold = \"10min\"",
        "hold = \"10min\"\nclear = \"hour < 22\"",
        "signal.clear|判断的解除条件(clear):新增 “hour < 22”|the signal, cleared when (clear): added \"hour < 22\"",
    );
    one(
        "of = \"door_open\"",
        "of = [\"door_open\", \"smoke\"]",
        "signals.often.of|信号“often”的所看的量(of):新增 烟感报警(smoke)|signal \"often\", what it hears (of): added Smoke alarm (smoke)",
    );
    assert_eq!(
        told(
            NIGHT,
            &NIGHT
                .replace("span = \"limit\"", "span = \"3h\"")
                .replace(", {limit}", "")
                .replace(",{limit}", "")
                .replace("hold = \"10min\"", "hold = \"limit\"")
        )
        .iter()
        .filter(|l| l.starts_with("signal"))
        .collect::<Vec<_>>(),
        [
            "signals.often.span|信号“often”的时长(span):参数“时限”(limit) → 3 小时|signal \"often\", span (span): parameter \"limit\" (limit) → 3 h",
            "signal.hold|判断的须持续(hold):10 分钟 → 参数“时限”(limit)|the signal, has to last (hold): 10 min → parameter \"limit\" (limit)",
        ]
    );
}

#[test]
fn another_operator_is_told_with_what_it_says_now() {
    let absent = NIGHT.replace(
        "operator = \"level\"\nraise = \"often > 3 && hour >= 22\"\nhold = \"10min\"",
        "operator = \"absent\"\nof = \"door_open\"\nspan = \"2d\"",
    );
    let signal = absent.replace(
        "[signals.often]\noperator = \"window\"\nof = \"door_open\"\naggregate = \"count\"\nspan = \"limit\"\n\n",
        "",
    );
    let was = NIGHT.replace("2\nmin", "3\nmin");
    let found = told(&was, &signal.replace("span = \"2d\"", "span = \"limit\"").replace("2\nmin", "3\nmin"));
    assert_eq!(
        found,
        [
            "signal.operator|判断的算子(operator):level → absent|the signal, operator (operator): level → absent",
            "signal.of|判断的所看的量(of):新增 门开启(door_open)|the signal, what it hears (of): added Door opened (door_open)",
            "signal.raise|判断的成立条件(raise):去掉 “often > 3 && hour >= 22”|the signal, raised when (raise): left out \"often > 3 && hour >= 22\"",
            "signal.span|判断的时长(span):新增 参数“时限”(limit)|the signal, span (span): added parameter \"limit\" (limit)",
            "signal.hold|判断的须持续(hold):去掉 10 分钟|the signal, has to last (hold): left out 10 min",
            "signals.often|信号“often”:去掉 window(所看的量(of) 门开启(door_open);如何汇总(aggregate) count;时长(span) 参数“时限”(limit))|signal \"often\": left out window (what it hears (of) Door opened (door_open); how it is summed up (aggregate) count; span (span) parameter \"limit\" (limit))",
        ]
    );
}

#[test]
fn several_changes_are_told_in_the_order_of_the_text() {
    let is = NIGHT
        .replace("\"attention\"", "\"info\"")
        .replace("value = 2", "value = 4")
        .replace("often > 3", "often > 5")
        .replace("expect nothing", "expect nothing # yet")
        + "[[trace]]\nname = \"loud\"\nkind = \"misses\"\nscript = \"expect nothing\"\n";
    assert_eq!(
        told(NIGHT, &is),
        [
            "severity|级别:一般 → 提示|severity: attention → info",
            "parameters.limit.value|参数“时限”(limit):2 小时 → 4 小时|parameter \"limit\" (limit): 2 h → 4 h",
            "signal.raise|判断的成立条件(raise)中同时满足的各项:“often > 3” → “often > 5”|the signal, raised when (raise), what must all hold: \"often > 3\" → \"often > 5\"",
            "trace|样例轨迹:1 个 → 2 个(新增 1 个、改动 1 个)|traces: 1 → 2 (1 added, 1 changed)",
        ]
    );
}

/// DF2, DF3
#[test]
fn nothing_is_told_of_what_is_only_reordered_or_goes_without_saying() {
    assert_eq!(told(NIGHT, NIGHT), Vec::<String>::new());
    let other_order = r#"# the same, otherwise written
case_class = "care.elder_not_out"
sentence = { en = "out at night, {limit}", zh = "夜里出门,{limit}" }
severity = "attention"
population = 'elder_alone'
name = { en = "Out at night", zh = "夜间出门" }
rule = "night"
version = 7

[signal]
hold = "600s"
clear_hold = "0s"
raise = "(hour >= 22) && often > 3"
operator = "level"

[signals.often]
span = "limit"
kind = "sliding"
aggregate = "count"
of = ["door_open"]
operator = "window"

[parameters.limit]
unit = "h"
max = 6.0
min = 1
value = 2
label = { zh = "时限", en = "limit" }

[[trace]]
script = "expect nothing"
kind = "misses"
name = "quiet"
"#;
    assert_eq!(told(NIGHT, other_order), Vec::<String>::new());
    let two = "[parameters.a]\nlabel = { zh = \"甲\", en = \"a\" }\nvalue = 1\nmin = 0\nmax = 9\n\
               [parameters.b]\nlabel = { zh = \"乙\", en = \"b\" }\nvalue = 1\nmin = 0\nmax = 9\n";
    let turned = {
        let at = two.find("[parameters.b]").unwrap();
        format!("{}{}", &two[at..], &two[..at])
    };
    let with = |parameters: &str| {
        NIGHT.replace("[signals", &format!("{parameters}\n[signals")).replace("often > 3", "often > a + b")
    };
    assert_eq!(
        told(&with(two), &with(&turned)),
        Vec::<String>::new(),
        "numbered otherwise, they are the same"
    );
}

#[test]
fn parts_of_a_score_and_of_a_roll_are_told_one_by_one() {
    let text = |signal: &str| {
        format!(
            "rule = \"x\"\nname = {{ zh = \"x\", en = \"x\" }}\nkey = \"area\"\nseverity = \"info\"\ncase_class = \"other\"\n\
             sentence = {{ zh = \"x\", en = \"x\" }}\n{signal}"
        )
    };
    let score = |parts: &str, raise: &str| {
        text(&format!(
            "[signal]\noperator = \"score\"\nparts = [{parts}]\nhalf_life = \"2h\"\nraise = {raise}\n"
        ))
    };
    let (smoke, door) = ("{ when = \"smoke\", weight = 2 }", "{ when = \"door_open\", weight = 1 }");
    assert_eq!(
        told(&score(smoke, "3"), &score(&format!("{door}, {smoke}"), "4")),
        [
            "signal.raise|判断的成立条件(raise):3 → 4|the signal, raised when (raise): 3 → 4",
            "signal.parts|判断的计分项(parts):新增 (哪些读数算数(when) “door_open”,分值(weight) 1)|the signal, parts of the score (parts): added (which readings count (when) \"door_open\", weight (weight) 1)",
        ]
    );
    let roll = |raise: &str| {
        text(&format!(
            "[signals.n]\noperator = \"roll\"\naggregate = \"count\"\n[signals.n.member]\noperator = \"level\"\n\
             raise = \"{raise}\"\n[signal]\noperator = \"level\"\nraise = \"n >= 2\"\n"
        ))
    };
    assert_eq!(
        told(&roll("smoke"), &roll("smoke || door_open")),
        [
            "signals.n.member.raise|每台设备的判断的成立条件(raise)中满足其一的各项:新增 “door_open”|the signal of each device, raised when (raise), what may hold: added \"door_open\"",
        ]
    );
}

/// Every rule that is shipped.
fn shipped() -> Vec<String> {
    let packs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs");
    let mut texts = Vec::new();
    for pack in std::fs::read_dir(packs).unwrap() {
        for rule in std::fs::read_dir(pack.unwrap().path().join("rules")).unwrap() {
            texts.push(std::fs::read_to_string(rule.unwrap().path()).unwrap());
        }
    }
    assert!(texts.len() > 10);
    texts
}

/// DF1
#[test]
fn no_number_of_a_shipped_rule_is_otherwise_without_being_told() {
    let catalogue = Catalogue::shipped();
    let mut tried = 0;
    for text in shipped() {
        let is = plan(&text);
        assert_eq!(differences(&is, &is, &catalogue), [], "{text}");
        assert_eq!(differences(&is, &plan(&print(&is)), &catalogue), [], "printed it is the same: {text}");
        for (threshold, t) in thresholds(&text, &catalogue).iter().enumerate() {
            let Some(other) = nudged(&text, &catalogue, Nudge { threshold, by: t.value * 0.1 + 1.0 }) else {
                continue;
            };
            let found = differences(&is, &other, &catalogue);
            assert!(!found.is_empty(), "{}: {} is otherwise and nothing is told", is.rule, t.field);
            assert!(found.iter().all(|d| d.was != d.is), "{found:#?}");
            tried += 1;
        }
    }
    assert!(tried > 30, "{tried}");
}
