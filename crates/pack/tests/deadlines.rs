//! EN2 and the order of things at one event time: what is registered comes first, then readings, then deadlines. So what comes
//! exactly at a deadline is in time, and what comes a millisecond behind it is not, whichever order they arrive in.

use linli_pack::trace::{Manner, read, run};
use linli_rule::Catalogue;

fn rule(key: &str, signal: &str) -> String {
    format!(
        "rule = \"r\"\nname = {{ zh = \"规\", en = \"r\" }}\n{key}\nseverity = \"info\"\ncase_class = \"other\"\n\
         sentence = {{ zh = \"规\", en = \"r\" }}\n[signal]\n{signal}\n"
    )
}
fn unseen() -> String {
    rule("population = \"elder_alone\"", "operator = \"absent\"\nof = \"door_open\"\nspan = \"12h\"")
}

/// Plain, twice, and restored behind every entry, the script finds what it says.
#[track_caller]
fn proves(rule: &str, script: &str) {
    let kind = match script {
        _ if script.contains("expect nothing") => "misses",
        _ if script.contains("expect retracted") => "late",
        _ if !script.contains("expect ended") => "fires",
        _ => "ends",
    };
    let text = format!("{rule}\n[[trace]]\nname = \"t\"\nkind = \"{kind}\"\nscript = '''\n{script}\n'''\n");
    let plan = linli_rule::check(&text, &Catalogue::shipped()).unwrap_or_else(|wrong| panic!("{wrong:?}"));
    let trace = read(&plan, &plan.traces[0]).unwrap_or_else(|wrong| panic!("{wrong:?}"));
    for manner in [Manner::Plain, Manner::Twice, Manner::Restored] {
        let (found, _) = run(&text, &plan, &trace, manner);
        let lines = |o: &[linli_pack::trace::Outcome]| o.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(lines(&found), lines(&trace.expected), "{manner:?}\n{script}");
    }
}

const HOME: &str =
    "device d1 subject=dwelling:1 area=E1 silence=3d\nmember elder_alone dwelling:1 area=E1 d1 00:00\n";

#[test]
fn a_sign_exactly_at_the_deadline_is_in_time_and_one_behind_it_is_not() {
    let home = |script: &str| proves(&unseen(), &format!("{HOME}{script}"));
    home("d1 12:00 d1 door_open true\nd2 00:00 d1 door_open true\nuntil d2 11:59\nexpect nothing");
    home(
        "d1 12:00:00.001 d1 door_open true\nuntil d2 00:00\n\
         expect opened dwelling:1 d1 12:00\nexpect ended dwelling:1 d1 12:00:00.001",
    );
}

#[test]
fn arriving_behind_the_deadline_it_is_in_time_all_the_same_and_too_late_it_takes_back_what_was_told() {
    let home = |script: &str| proves(&unseen(), &format!("{HOME}{script}"));
    home("d1 12:00 d1 door_open true received d1 12:01\nuntil d1 23:59\nexpect nothing");
    home(
        "d1 12:20 d1 heartbeat true\nd1 12:00 d1 door_open true received d1 12:30\nuntil d1 23:59\n\
         expect opened dwelling:1 d1 12:00\nexpect retracted dwelling:1 d1 12:00",
    );
}

#[test]
fn what_is_registered_exactly_at_the_deadline_comes_first() {
    proves(&unseen(), &format!("{HOME}away dwelling:1 d1 12:00\nuntil d2 12:00\nexpect nothing"));
    proves(
        &unseen(),
        &format!(
            "{HOME}away dwelling:1 d1 12:00:00.001\nuntil d2 12:00\n\
             expect opened dwelling:1 d1 12:00\nexpect ended dwelling:1 d1 12:00:00.001"
        ),
    );
}

#[test]
fn the_other_operators_with_a_deadline_keep_the_same_order() {
    let lasts = rule("key = \"device\"", "operator = \"when\"\nof = \"smoke\"\nlasts = \"10min\"");
    let smoke = |script: &str| proves(&lasts, &format!("device s1 measures=smoke area=E1\n{script}"));
    smoke(
        "d1 08:00 s1 smoke true\nd1 08:10 s1 smoke true\n\
         expect opened device:s1 d1 08:00\nexpect ended device:s1 d1 08:20\nuntil d1 09:00",
    );
    smoke(
        "d1 08:00 s1 smoke true\nd1 08:10:00.001 s1 smoke true\n\
         expect opened device:s1 d1 08:00\nexpect ended device:s1 d1 08:10\n\
         expect opened device:s1 d1 08:10:00.001\nexpect ended device:s1 d1 08:20:00.001\nuntil d1 09:00",
    );
    let missing = rule(
        "key = \"device\"",
        "operator = \"within\"\nfirst = \"door_open\"\nthen = \"smoke\"\nspan = \"10min\"\nholds_when = \"missing\"",
    );
    let then =
        |script: &str| proves(&missing, &format!("device s1 measures=smoke,door_open area=E1\n{script}"));
    then("d1 08:00 s1 door_open true\nd1 08:10 s1 smoke true\nuntil d1 09:00\nexpect nothing");
    then(
        "d1 08:00 s1 door_open true\nd1 08:10:00.001 s1 smoke true\nuntil d1 09:00\n\
         expect opened device:s1 d1 08:10\nexpect ended device:s1 d1 08:10:00.001",
    );
    let held = rule("key = \"device\"", "operator = \"level\"\nraise = \"noise_db > 70\"\nhold = \"10min\"");
    let noise = |script: &str| proves(&held, &format!("device n1 measures=noise_db area=E1\n{script}"));
    noise("d1 08:00 n1 noise_db 80\nd1 08:10 n1 noise_db 60\nuntil d1 09:00\nexpect nothing");
    noise(
        "d1 08:00 n1 noise_db 80\nd1 08:10:00.001 n1 noise_db 60\nuntil d1 09:00\n\
         expect opened device:n1 d1 08:10\nexpect ended device:n1 d1 08:10:00.001",
    );
}

/// A level reads the number and says when it is enough.
fn counted(signal: &str, raise: &str) -> String {
    let rule = rule("key = \"device\"", &format!("operator = \"level\"\nraise = \"{raise}\""));
    rule.replace("[signal]", &format!("[signals.n]\n{signal}\n[signal]"))
}

#[test]
fn what_leaves_a_window_as_the_next_one_comes_is_made_good_by_it() {
    let signal = "operator = \"window\"\nof = \"door_open\"\naggregate = \"count\"\nspan = \"10min\"";
    let window = |script: &str| proves(&counted(signal, "n >= 2.0"), script);
    window(
        "d1 08:00 d1 door_open true\nd1 08:05 d1 door_open true\nd1 08:10 d1 door_open true\nuntil d1 09:00\n\
         expect opened device:d1 d1 08:05\nexpect ended device:d1 d1 08:15",
    );
    window(
        "d1 08:00 d1 door_open true\nd1 08:05 d1 door_open true\nd1 08:10:00.001 d1 door_open true\nuntil d1 09:00\n\
         expect opened device:d1 d1 08:05\nexpect ended device:d1 d1 08:10\n\
         expect opened device:d1 d1 08:10:00.001\nexpect ended device:d1 d1 08:15",
    );
}

#[test]
fn what_comes_exactly_at_the_turn_of_the_day_belongs_to_the_new_one() {
    let signal =
        "operator = \"daily\"\nof = \"door_open\"\naggregate = \"count\"\nday = \"yesterday\"\ncut_hour = 4";
    let daily = |script: &str| proves(&counted(signal, "n <= 1.0"), script);
    let before = "d1 12:00 d1 door_open true\nd2 12:00 d1 door_open true\n";
    daily(&format!(
        "{before}d3 03:59:59.999 d1 door_open true\nd3 04:00 d1 door_open true\nd3 12:00 d1 door_open true\n\
         until d4 04:01\nexpect nothing"
    ));
    daily(&format!(
        "{before}d3 04:00 d1 door_open true\nd3 12:00 d1 door_open true\nuntil d4 04:01\n\
         expect opened device:d1 d3 04:00\nexpect ended device:d1 d4 04:00"
    ));
    // The deadline itself falls on a reading: yesterday is over for it, too.
    daily(&format!(
        "{before}d3 03:00 d1 door_open true\nd3 12:00 d1 door_open true\nd4 04:00 d1 door_open true\n\
         until d4 04:01\nexpect opened device:d1 d4 04:00"
    ));
}

#[test]
fn a_streak_is_kept_by_the_last_moment_of_a_day_and_not_by_the_first_of_the_next() {
    let streak = rule("key = \"device\"", "operator = \"streak\"\nof = \"door_open\"\ndays = 2");
    let days = |script: &str| proves(&streak, script);
    let two = "d1 12:00 d1 door_open true\nd2 12:00 d1 door_open true\n";
    days(&format!(
        "{two}d3 23:59:59.999 d1 door_open true\nuntil d5 00:00\n\
         expect opened device:d1 d2 12:00\nexpect ended device:d1 d5 00:00"
    ));
    days(&format!(
        "{two}d4 00:00 d1 door_open true\nuntil d4 12:00\n\
         expect opened device:d1 d2 12:00\nexpect ended device:d1 d4 00:00"
    ));
}

#[test]
fn a_score_that_fades_below_its_end_is_kept_by_a_sign_at_that_very_moment() {
    let score = rule(
        "key = \"device\"",
        "operator = \"score\"\nparts = [{ when = \"door_open\", weight = 2 }]\nhalf_life = \"1h\"\nraise = 1",
    );
    let sign = |script: &str| proves(&score, script);
    sign(
        "d1 08:00 d1 door_open true\nuntil d1 10:00\n\
         expect opened device:d1 d1 08:00\nexpect ended device:d1 d1 09:00:00.001",
    );
    sign(
        "d1 08:00 d1 door_open true\nd1 09:00:00.001 d1 door_open true\nuntil d1 10:00\n\
         expect opened device:d1 d1 08:00",
    );
    sign(
        "d1 08:00 d1 door_open true\nd1 09:00:00.002 d1 door_open true\nuntil d1 10:00\n\
         expect opened device:d1 d1 08:00\nexpect ended device:d1 d1 09:00:00.001\n\
         expect opened device:d1 d1 09:00:00.002",
    );
}

#[test]
fn a_member_of_an_area_that_speaks_exactly_when_it_would_be_too_old_is_fresh() {
    let signal = "operator = \"roll\"\naggregate = \"count\"\nfresh = \"2h\"\n[signals.n.member]\n\
                  operator = \"level\"\nraise = \"noise_db > 70\"";
    let area = counted(signal, "n >= 2.0").replace("key = \"device\"", "key = \"area\"\ndepth = 1");
    let heard = |script: &str| {
        proves(
            &area,
            &format!(
                "device n1 area=E1/B1\ndevice n2 area=E1/B2\n\
                 d1 08:00 n1 noise_db 80\nd1 09:00 n2 noise_db 80\n{script}"
            ),
        );
    };
    heard("d1 10:00 n1 noise_db 80\nuntil d1 10:30\nexpect opened area:E1 d1 09:00");
    heard(
        "d1 10:00:00.001 n1 noise_db 80\nuntil d1 10:30\n\
         expect opened area:E1 d1 09:00\nexpect ended area:E1 d1 10:00\n\
         expect opened area:E1 d1 10:00:00.001",
    );
}
