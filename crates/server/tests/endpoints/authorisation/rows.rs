//! The table: each operation with what those without the right get.

use serde_json::{Value, json};

/// What somebody gets who has no right, or not there.
pub enum Gets {
    /// This status.
    Status(u16),
    /// An answer without this text in it (a list that is cut).
    Without(&'static str),
}
use Gets::{Status, Without};

pub struct Row {
    pub operation: &'static str,
    pub method: &'static str,
    /// `{case1}` and the like are filled in.
    pub path: &'static str,
    pub body: Value,
    /// A role that may not, and somebody whose area it is not. Empty only for what is everybody's own.
    pub refused: Vec<(&'static str, Gets)>,
    /// Why nobody is refused, where nobody is.
    pub own: &'static str,
}

fn row(
    operation: &'static str,
    method: &'static str,
    path: &'static str,
    body: Value,
    refused: Vec<(&'static str, Gets)>,
) -> Row {
    Row { operation, method, path, body, refused, own: "" }
}
fn own(operation: &'static str, method: &'static str, path: &'static str, why: &'static str) -> Row {
    Row { operation, method, path, body: Value::Null, refused: Vec::new(), own: why }
}

fn cases() -> Vec<Row> {
    let missing = || vec![("cadre2", Status(404)), ("admin", Status(404)), ("former", Status(404))];
    let no_push = || {
        vec![
            ("volunteer1", Status(403)),
            ("cadre2", Status(403)),
            ("admin", Status(403)),
            ("former", Status(403)),
        ]
    };
    let cut = || {
        vec![("cadre2", Without("{case1}")), ("admin", Without("{case1}")), ("former", Without("{case1}"))]
    };
    vec![
        row("listCases", "GET", "/cases", Value::Null, cut()),
        row(
            "mapClusters",
            "GET",
            "/map/clusters",
            Value::Null,
            vec![("cadre2", Without("B1")), ("admin", Without("B1")), ("former", Without("B1"))],
        ),
        row("countCases", "GET", "/cases/counts", Value::Null, vec![("former", Without(r#""all":1"#))]),
        row(
            "enterHotlineGroup",
            "POST",
            "/indicators/hotline-group",
            json!({ "area": "S", "first": "2026-11-01", "last": "2026-11-30", "tickets": 9 }),
            vec![("former", Status(403)), ("cadre1", Status(403)), ("admin", Status(403))],
        ),
        row("getIndicators", "GET", "/indicators", Value::Null, vec![("former", Status(403))]),
        row(
            "listIndicatorCases",
            "GET",
            "/indicators/reported/cases?period=year",
            Value::Null,
            vec![("cadre2", Without("{case1}")), ("former", Status(403))],
        ),
        row(
            "exportCases",
            "GET",
            "/cases/export.xlsx",
            Value::Null,
            vec![("volunteer1", Status(403)), ("admin", Status(403)), ("former", Status(403))],
        ),
        row("getCase", "GET", "/cases/{case1}", Value::Null, missing()),
        row("printCase", "GET", "/cases/{case1}/print", Value::Null, missing()),
        row(
            "commandCase",
            "POST",
            "/cases/{case1}/commands",
            json!({"command": "accept", "version": 1}),
            missing(),
        ),
        row(
            "fileCase",
            "POST",
            "/cases",
            json!({"area": "D1", "text": "x", "channel": "window"}),
            vec![("cadre2", Status(403)), ("admin", Status(403)), ("former", Status(403))],
        ),
        row(
            "findAlike",
            "GET",
            "/cases/alike?class=environment.waste&area=D1",
            Value::Null,
            vec![("cadre2", Status(403)), ("admin", Status(403)), ("former", Status(403))],
        ),
        row("joinCase", "POST", "/cases/{case1}/join", json!({"channel": "cadre", "text": "x"}), missing()),
        row(
            "addPhoto",
            "POST",
            "/photos",
            Value::Null,
            vec![("admin", Status(403)), ("former", Status(403))],
        ),
        row("getPhoto", "GET", "/photos/{photo1}", Value::Null, missing()),
        row("getFinding", "GET", "/findings/{finding1}", Value::Null, missing()),
        row("traceFinding", "GET", "/findings/{finding1}/trace", Value::Null, missing()),
        own("listClasses", "GET", "/cases/classes", "the table of classes is no secret"),
        own("listInbox", "GET", "/inbox", "one's own"),
        own(
            "seeNotice",
            "POST",
            "/inbox/00000000-0000-0000-0000-000000000000/seen",
            "one's own; others' stay as they are",
        ),
        row(
            "listPushes",
            "GET",
            "/pushes",
            Value::Null,
            vec![("volunteer1", Status(403)), ("cadre2", Without("{push1}")), ("former", Status(403))],
        ),
        row(
            "listPushGroups",
            "GET",
            "/pushes/groups",
            Value::Null,
            vec![("volunteer1", Status(403)), ("former", Status(403))],
        ),
        row(
            "previewPush",
            "POST",
            "/pushes/preview",
            json!({"groups": ["volunteer"], "area": "R1"}),
            no_push(),
        ),
        row(
            "sendPush",
            "POST",
            "/pushes",
            json!({"groups": ["volunteer"], "area": "R1", "text": "x"}),
            no_push(),
        ),
        row(
            "getPush",
            "GET",
            "/pushes/{push1}",
            Value::Null,
            vec![
                ("volunteer1", Status(404)),
                ("cadre2", Status(404)),
                ("admin", Status(404)),
                ("former", Status(404)),
            ],
        ),
        row(
            "getMyPush",
            "GET",
            "/inbox/pushes/{push1}",
            Value::Null,
            vec![("cadre2", Status(404)), ("desk", Status(404)), ("former", Status(404))],
        ),
        row(
            "replyToPush",
            "POST",
            "/inbox/pushes/{push1}/reply",
            json!({"reply": "coming"}),
            vec![("cadre2", Status(404)), ("desk", Status(404)), ("former", Status(404))],
        ),
        row(
            "getDutyWeek",
            "GET",
            "/duty?area=R1",
            Value::Null,
            vec![("cadre2", Status(404)), ("volunteer1", Without("away")), ("former", Status(404))],
        ),
        row(
            "setDuty",
            "POST",
            "/posts/{post1}/duty",
            json!({"version": 0}),
            vec![("cadre2", Status(404)), ("volunteer1", Status(403)), ("former", Status(404))],
        ),
        own("seeAllNotices", "POST", "/inbox/seen", "one's own"),
        own("listen", "GET", "/events", "cut to areas event by event"),
    ]
}

fn places_and_devices() -> Vec<Row> {
    let device = json!({"id": "new-1", "class": "door_magnet", "name": "n", "area": "H1", "source": "gw", "measures": ["door_open"], "purpose": "p"});
    vec![
        row(
            "listAreas",
            "GET",
            "/areas",
            Value::Null,
            vec![("cadre2", Without(r#""id":"E1""#)), ("former", Without(r#""id":"E1""#))],
        ),
        row(
            "getAreaMap",
            "GET",
            "/areas/E1/map",
            Value::Null,
            vec![("cadre2", Status(404)), ("former", Status(404))],
        ),
        row(
            "listPosts",
            "GET",
            "/posts",
            Value::Null,
            vec![("cadre2", Without("cadre1")), ("admin", Status(403)), ("former", Status(403))],
        ),
        row(
            "listDevices",
            "GET",
            "/devices",
            Value::Null,
            vec![("cadre2", Without("door-1")), ("volunteer1", Status(403))],
        ),
        row("summariseDevices", "GET", "/devices/summary", Value::Null, vec![("volunteer1", Status(403))]),
        row(
            "getDevice",
            "GET",
            "/devices/door-1",
            Value::Null,
            vec![("cadre2", Status(404)), ("volunteer1", Status(404))],
        ),
        row(
            "addDevice",
            "POST",
            "/devices",
            device,
            vec![("cadre1", Status(403)), ("devices2", Status(403))],
        ),
        row(
            "makeCredential",
            "POST",
            "/devices/door-1/credential",
            Value::Null,
            vec![("cadre1", Status(404)), ("devices2", Status(404))],
        ),
        row("listRoles", "GET", "/roles", Value::Null, vec![("cadre1", Status(403))]),
        row("listDeviceClasses", "GET", "/devices/classes", Value::Null, vec![("former", Status(403))]),
        row(
            "listCredentials",
            "GET",
            "/credentials",
            Value::Null,
            vec![("cadre1", Status(403)), ("devices2", Without("box-1"))],
        ),
        row(
            "addGateway",
            "POST",
            "/credentials",
            json!({"name": "box-2", "source": "gw-door-1"}),
            vec![("cadre1", Status(403)), ("devices2", Status(403))],
        ),
        row(
            "removeCredential",
            "DELETE",
            "/credentials/box-1",
            Value::Null,
            vec![("cadre1", Status(403)), ("devices2", Status(404))],
        ),
        row(
            "listQuarantine",
            "GET",
            "/quarantine",
            Value::Null,
            vec![("devices2", Without("q-door-1")), ("cadre1", Status(403))],
        ),
        row(
            "resubmitRow",
            "POST",
            "/quarantine/q-door-1/resubmit",
            json!({"row": "{}"}),
            vec![("devices2", Status(404)), ("cadre1", Status(403))],
        ),
        row(
            "discardRow",
            "POST",
            "/quarantine/q-door-1/discard",
            json!({"reason": "broken"}),
            vec![("devices2", Status(404)), ("cadre1", Status(403))],
        ),
        own("listRules", "GET", "/rules", "rules in force are public (G8); overrides are cut"),
        row(
            "backtestRule",
            "POST",
            "/rules/none/backtests",
            json!({"area": "R1"}),
            vec![
                ("volunteer1", Status(403)),
                ("cadre2", Status(404)),
                ("admin", Status(403)),
                ("former", Status(403)),
            ],
        ),
        row(
            "overrideRule",
            "POST",
            "/rules/none/overrides",
            json!({"area": "R1"}),
            vec![
                ("volunteer1", Status(403)),
                ("cadre2", Status(404)),
                ("admin", Status(403)),
                ("former", Status(403)),
            ],
        ),
        row(
            "listOverrideVersions",
            "GET",
            "/rules/none/overrides?area=R1",
            Value::Null,
            vec![
                ("volunteer1", Status(403)),
                ("cadre2", Status(404)),
                ("admin", Status(403)),
                ("former", Status(403)),
            ],
        ),
        row(
            "goBackToOverrides",
            "POST",
            "/rules/none/overrides/back",
            json!({"area": "R1", "version": 0, "seen": 0, "reason": "x"}),
            vec![
                ("volunteer1", Status(403)),
                ("cadre2", Status(404)),
                ("admin", Status(403)),
                ("former", Status(403)),
            ],
        ),
        row(
            "listRouting",
            "GET",
            "/routing",
            Value::Null,
            vec![("volunteer1", Status(403)), ("admin", Status(403)), ("former", Status(403))],
        ),
        row(
            "checkRouting",
            "POST",
            "/routing/check",
            json!({"text": ""}),
            vec![("volunteer1", Status(403)), ("admin", Status(403)), ("former", Status(403))],
        ),
        row(
            "draftRouting",
            "POST",
            "/routing/versions",
            json!({"text": ""}),
            vec![
                ("volunteer1", Status(403)),
                ("cadre1", Status(403)),
                ("admin", Status(403)),
                ("former", Status(403)),
            ],
        ),
        row(
            "switchRouting",
            "POST",
            "/routing/on",
            json!({"version": null}),
            vec![
                ("volunteer1", Status(403)),
                ("cadre1", Status(403)),
                ("admin", Status(403)),
                ("former", Status(403)),
            ],
        ),
        row(
            "replayRouting",
            "POST",
            "/routing/versions/1/replay",
            json!({"days": 7}),
            vec![("volunteer1", Status(403)), ("admin", Status(403)), ("former", Status(403))],
        ),
        row(
            "tierShares",
            "GET",
            "/tiers/shares?from=2026-11-01&to=2026-11-30&area=R1",
            Value::Null,
            vec![("cadre2", Status(400)), ("admin", Status(403)), ("former", Status(403))],
        ),
        row(
            "listOwnRules",
            "GET",
            "/own-rules",
            Value::Null,
            vec![
                ("volunteer1", Status(403)),
                ("cadre2", Without("loud@E1")),
                ("admin", Status(403)),
                ("former", Status(403)),
            ],
        ),
        row(
            "saveOwnRule",
            "POST",
            "/own-rules/E1/loud/draft",
            json!({"text": "rule = \"loud\"", "revision": 1}),
            vec![
                ("volunteer1", Status(403)),
                ("grid", Status(403)),
                ("cadre2", Status(404)),
                ("admin", Status(403)),
                ("former", Status(403)),
            ],
        ),
        row(
            "stageOwnRule",
            "POST",
            "/own-rules/E1/loud/stage",
            json!({"action": "shadow", "revision": 1}),
            vec![
                ("volunteer1", Status(403)),
                ("cadre2", Status(404)),
                ("admin", Status(403)),
                ("former", Status(403)),
            ],
        ),
        row(
            "listOwnRuleVersions",
            "GET",
            "/own-rules/E1/loud/versions",
            Value::Null,
            vec![
                ("volunteer1", Status(403)),
                ("cadre2", Status(404)),
                ("admin", Status(403)),
                ("former", Status(403)),
            ],
        ),
        row(
            "removeOwnRule",
            "DELETE",
            "/own-rules/E1/loud",
            Value::Null,
            vec![
                ("volunteer1", Status(403)),
                ("grid", Status(403)),
                ("cadre2", Status(404)),
                ("admin", Status(403)),
                ("former", Status(403)),
            ],
        ),
        row(
            "explainRule",
            "GET",
            "/rules/none/explanation?subject=device:door-1",
            Value::Null,
            vec![
                ("volunteer1", Status(403)),
                ("cadre2", Status(404)),
                ("admin", Status(403)),
                ("former", Status(403)),
            ],
        ),
        row(
            "findNearMisses",
            "POST",
            "/rules/none/near-misses",
            json!({"area": "R1"}),
            vec![
                ("volunteer1", Status(403)),
                ("cadre2", Status(404)),
                ("admin", Status(403)),
                ("former", Status(403)),
            ],
        ),
        row(
            "getRuleCurve",
            "GET",
            "/rules/none/curve?subject=device:door-1",
            Value::Null,
            vec![
                ("volunteer1", Status(403)),
                ("cadre2", Status(404)),
                ("admin", Status(403)),
                ("former", Status(403)),
            ],
        ),
        row(
            "findRuleSubjects",
            "GET",
            "/rules/none/subjects",
            Value::Null,
            vec![
                ("volunteer1", Status(403)),
                ("cadre2", Status(404)),
                ("admin", Status(403)),
                ("former", Status(403)),
            ],
        ),
        row(
            "getRuleOutcomes",
            "GET",
            "/rules/none/outcomes",
            Value::Null,
            vec![("volunteer1", Status(403)), ("admin", Status(403)), ("former", Status(403))],
        ),
        row(
            "askRuleBack",
            "POST",
            "/rules/none/resume",
            json!({"reason": "x"}),
            vec![("cadre1", Status(403)), ("admin", Status(403)), ("former", Status(403))],
        ),
        row(
            "grantRuleBack",
            "POST",
            "/rules/none/resume/grant",
            Value::Null,
            vec![("cadre1", Status(403)), ("admin", Status(403)), ("former", Status(403))],
        ),
        row(
            "getRuleLoad",
            "GET",
            "/rules/load?area=R1",
            Value::Null,
            vec![
                ("volunteer1", Status(403)),
                ("cadre2", Status(404)),
                ("admin", Status(403)),
                ("former", Status(403)),
            ],
        ),
        row(
            "getRuleValues",
            "GET",
            "/rules/none/values?area=R1",
            Value::Null,
            vec![
                ("volunteer1", Status(403)),
                ("cadre2", Status(404)),
                ("admin", Status(403)),
                ("former", Status(403)),
            ],
        ),
        own("getBacktest", "GET", "/backtests/none", "only who began a run finds it"),
        own("cancelBacktest", "DELETE", "/backtests/none", "only who began a run finds it"),
        own("getNearMisses", "GET", "/near-misses/none", "only who began a run finds it"),
        own("cancelNearMisses", "DELETE", "/near-misses/none", "only who began a run finds it"),
    ]
}

fn accounts_and_people() -> Vec<Row> {
    let user =
        json!({"login": "neu", "name": "新", "password": "a long password", "role": "cadre", "area": "R1"});
    let post = json!({"role": "cadre", "area": "R2"});
    let open = json!({"purpose": "break_glass", "reason": "没人应门,担心出事"});
    vec![
        own("getMyWays", "GET", "/session/ways", "one's own"),
        own("setMyWays", "POST", "/session/ways", "one's own"),
        row(
            "listDeliveries",
            "GET",
            "/deliveries",
            Value::Null,
            vec![("cadre1", Status(403)), ("admin1", Without("desk 某")), ("former", Status(403))],
        ),
        row(
            "deliverAgain",
            "POST",
            "/deliveries/{trouble1}/again",
            Value::Null,
            vec![("cadre1", Status(403)), ("admin1", Status(404)), ("former", Status(403))],
        ),
        own("signOut", "DELETE", "/session", "one's own"),
        own("changePassword", "POST", "/session/password", "one's own"),
        row(
            "listUsers",
            "GET",
            "/users",
            Value::Null,
            vec![("cadre1", Status(403)), ("admin1", Without("cadre2"))],
        ),
        row("addUser", "POST", "/users", user, vec![("cadre1", Status(403)), ("devices1", Status(403))]),
        row(
            "addPost",
            "POST",
            "/users/{cadre1}/posts",
            post,
            vec![("admin1", Status(403)), ("cadre2", Status(403))],
        ),
        row(
            "endPost",
            "DELETE",
            "/posts/{cadre2}",
            Value::Null,
            vec![("admin1", Status(403)), ("cadre1", Status(403))],
        ),
        row(
            "setUserAccess",
            "POST",
            "/users/{cadre2}/access",
            json!({"disabled": true}),
            vec![("admin1", Status(403)), ("cadre1", Status(403))],
        ),
        row(
            "searchPersons",
            "GET",
            "/persons",
            Value::Null,
            vec![("cadre2", Without("\"H1\"")), ("desk", Status(403)), ("admin", Status(403))],
        ),
        row(
            "openPerson",
            "POST",
            "/persons/{person1}/open",
            open,
            vec![("cadre2", Status(404)), ("admin", Status(404)), ("desk", Status(404))],
        ),
        row(
            "listLooks",
            "GET",
            "/access-log",
            Value::Null,
            vec![("officer2", Without("{person1}")), ("admin", Status(403)), ("cadre1", Status(403))],
        ),
        row(
            "verifyLooks",
            "GET",
            "/access-log/verify",
            Value::Null,
            vec![("admin", Status(403)), ("cadre1", Status(403))],
        ),
        row(
            "importTable",
            "POST",
            "/imports/areas",
            Value::Null,
            vec![("cadre1", Status(403)), ("devices1", Status(403))],
        ),
        row(
            "getImportErrors",
            "GET",
            "/imports/errors/{import1}",
            Value::Null,
            vec![("admin1", Status(404)), ("cadre1", Status(404))],
        ),
        own("getImportTemplate", "GET", "/imports/areas/template.xlsx", "an empty table"),
    ]
}

pub fn table() -> Vec<Row> {
    [cases(), places_and_devices(), accounts_and_people()].into_iter().flatten().collect()
}
