//! A street's first day with the real process: set-up, tables, gateways, the first alarm, the first report, a backup.

use crate::process::{
    self, Linli, Person, eventually, settings,
    street::{Gateway, Street, reading},
};
use rumqttc::{AsyncClient, Event, MqttOptions, Packet, QoS};
use serde_json::{Value, json};
use std::{path::Path, process::Command, time::Duration};

/// Sends one message over MQTT and waits for the broker's acknowledgement.
async fn publish(street: &Street, gateway: &Gateway, body: &str) {
    let mut options = MqttOptions::new("box-1", "127.0.0.1", street.mqtt);
    options.set_credentials(&gateway.name, &gateway.secret);
    let (client, mut events) = AsyncClient::new(options, 10);
    client.publish(&gateway.topic, QoS::AtLeastOnce, false, body.to_owned()).await.unwrap();
    let acknowledged = async {
        loop {
            if let Ok(Event::Incoming(Packet::PubAck(_))) = events.poll().await {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), acknowledged).await.expect("no PUBACK");
}

/// The open case of a device's alarm, once it is there.
async fn case_of(person: &Person, device: &str) -> Value {
    eventually(&format!("a case about {device}"), || async {
        let cases = person.get("/cases?tab=all&limit=100").await;
        let found =
            cases["items"].as_array().unwrap().iter().find(|c| c["title"].as_str().unwrap().contains(device));
        found.cloned()
    })
    .await
}

async fn command(person: &Person, case: &str, mut body: Value) -> Value {
    body["version"] = person.get(&format!("/cases/{case}")).await["version"].clone();
    person.post(&format!("/cases/{case}/commands"), &body).await
}

/// Who of them may do this to the case, as the server says.
async fn who_may<'a>(people: &[&'a Person], case: &str, code: &str) -> &'a Person {
    for person in people {
        let (status, view) = person.try_get(&format!("/cases/{case}")).await;
        let may = |a: &Value| a["code"] == code && a["enabled"] == true;
        if status == 200 && view["available_actions"].as_array().unwrap().iter().any(may) {
            return person;
        }
    }
    panic!("nobody may {code}");
}

async fn handled_and_closed(street: &Street, people: &[&Person], case: &str, claim: Option<&str>) {
    command(who_may(people, case, "accept").await, case, json!({"command": "accept"})).await;
    let owner = who_may(people, case, "propose_done").await;
    let photo = owner.upload("/photos", "after.png", picture()).await["id"].clone();
    let done =
        json!({"command": "propose_done", "outcome": "solved", "text": "现场处理完毕", "photos": [photo]});
    command(owner, case, done).await;
    let checker = who_may(people, case, "verify").await;
    command(checker, case, json!({"command": "verify", "ok": true})).await;
    let answerer = who_may(people, case, "answer").await;
    command(answerer, case, json!({"command": "answer", "text": "已处理,谢谢您的反映"})).await;
    if let Some(claim) = claim {
        let rating = json!({"satisfied": "satisfied", "solved": true});
        let resident = Person::nobody(&street.listen);
        resident.post(&format!("/public/reports/{claim}/rating"), &rating).await;
        let view = people[0].get(&format!("/cases/{case}")).await;
        assert_eq!(view["stage"]["code"], "closed", "{view}");
    }
}

fn picture() -> Vec<u8> {
    // The smallest PNG there is, one grey pixel.
    const PNG: &[u8] = &[
        0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 0x0D, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 1, 0,
        0, 0, 1, 8, 0, 0, 0, 0, 0x3A, 0x7E, 0x9B, 0x55, 0, 0, 0, 0x0A, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9C,
        0x63, 0x68, 0, 0, 0, 0x82, 0, 0x81, 0x77, 0xCD, 0x72, 0xB6, 0, 0, 0, 0, 0x49, 0x45, 0x4E, 0x44, 0xAE,
        0x42, 0x60, 0x82,
    ];
    PNG.to_vec()
}

fn linli(args: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_linli")).args(args).output().unwrap();
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.success(), text)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_street_starts_from_an_empty_folder_and_closes_its_first_cases() {
    let folder = tempfile::tempdir().unwrap();
    let mut street = Street::filled(folder.path(), "").await;
    street.people().await;
    wrong_rows_come_back(&street).await;
    let gateway = street.gateway().await;
    let people = [
        street.person("desk").await,
        street.person("cadre").await,
        street.person("cadre2").await,
        street.person("property").await,
        street.person("volunteer").await,
    ];
    let people: Vec<&Person> = people.iter().collect();

    // An alarm over HTTP and one over MQTT: a case each, one owner, a notice for them.
    let now = process::now();
    gateway.send(&reading("a1", "smoke-1", now, true)).await.expect("acknowledged");
    publish(&street, &gateway, &format!("[{}]", reading("a2", "smoke-2", now, true))).await;
    for device in ["smoke-1", "smoke-2"] {
        let case = case_of(people[0], device).await;
        assert!(case["owner"]["name"].as_str().is_some_and(|n| !n.is_empty()), "{case}");
    }
    let alarm = case_of(people[0], "smoke-1").await["id"].as_str().unwrap().to_owned();
    let view = people[0].get(&format!("/cases/{alarm}")).await;
    assert!(view["evidence"]["readings_total"].as_u64().unwrap() > 0, "{view}");
    let owner = view["owner"]["name"].as_str().unwrap().to_owned();
    let told = eventually("the owner's notice", || async {
        for person in &people {
            let inbox = person.get("/inbox").await;
            let about = inbox["items"].as_array().unwrap().iter().any(|n| n["case_id"] == alarm.as_str());
            if about && person.get("/session").await["user"]["name"] == owner.as_str() {
                return Some(());
            }
        }
        None
    });
    told.await;
    handled_and_closed(&street, &people, &alarm, None).await;

    // The same reading again is nothing; another one under its id waits for a person.
    gateway.send(&reading("a1", "smoke-1", now, true)).await.expect("acknowledged");
    gateway.send(&reading("a1", "smoke-3", now, true)).await.expect("acknowledged");
    let rows = eventually("the conflict in quarantine", || async {
        let rows = people[0].get("/quarantine").await["items"].clone();
        (!rows.as_array().unwrap().is_empty()).then_some(rows)
    })
    .await;
    assert_eq!(
        (rows.as_array().unwrap().len(), &rows[0]["reason"]),
        (1, &json!("conflicting_duplicate")),
        "{rows}"
    );

    // Somebody telephones; it is filed for them, and they rate it with their code.
    let report = json!({"class": "environment.waste", "text": "垃圾满了", "area": "D1", "channel": "phone", "reporter": {"name": "来电人", "phone": "13900000009"}});
    let filed = people[0].post("/cases", &report).await;
    let (case, claim) = (filed["id"].as_str().unwrap(), filed["claim_code"].as_str().unwrap());
    handled_and_closed(&street, &people, case, Some(claim)).await;
    let printed = people[0].get(&format!("/cases/{case}/print")).await;
    let number = people[0].get(&format!("/cases/{case}")).await["number"].as_str().unwrap().to_owned();
    assert!(printed.as_str().unwrap().contains(&number), "the print has no number");
    let sheet = people[0].bytes("/cases/export.xlsx?tab=all").await;
    assert!(sheet.starts_with(b"PK"), "no XLSX");

    asked_about_the_past(&street).await;
    backup_and_restore(&mut street, &number).await;
}

/// The same questions as on the pages, to the folder itself.
async fn asked_about_the_past(street: &Street) {
    let explain = ["--lang", "en", "explain", "--config", &street.config, "smoke_alarm", "device:smoke-1"];
    let said = eventually("the alarm in the history", || async {
        let (done, said) = linli(&explain);
        // With the reading's id; before it is written, the probe is the last that is known.
        (done && said.contains("a1")).then_some(said)
    })
    .await;
    assert!(said.contains(" / holds"), "{said}");
    let (done, said) = linli(&["--lang", "en", "backtest", "--config", &street.config, "smoke_alarm"]);
    assert!(done && said.contains("same 2 moved 0 added 0 removed 0"), "{said}");
    let wrong = ["backtest", "--config", &street.config, "smoke_alarm", "--set", "nothing=1"];
    let (done, said) = linli(&wrong);
    assert!(!done && said.contains("nothing=1"), "{said}");
}

async fn wrong_rows_come_back(street: &Street) {
    let table = "级别,名称,编码,上级编码\n户,102室,H2,D1\n户,103室,H3,nowhere\n";
    let result = street.admin.upload("/imports/areas", "table.csv", table.as_bytes().to_vec()).await;
    assert_eq!((&result["taken"], &result["refused"]), (&json!(1), &json!(1)), "{result}");
    let url = result["errors_url"].as_str().unwrap().trim_start_matches("/api/v1").to_owned();
    assert!(street.admin.bytes(&url).await.starts_with(b"PK"));
}

async fn backup_and_restore(street: &mut Street, number: &str) {
    let archive = street.folder.join("backup.tar").display().to_string();
    let (done, said) = linli(&["backup", "--config", &street.config, "--to", &archive]);
    assert!(done, "backup: {said}");
    let (second, said) = linli(&["serve", "--config", &street.config]);
    assert!(!second, "a second process on the same folder was let in: {said}");
    street.process.take().unwrap().stop();

    let other = street.folder.join("other");
    std::fs::create_dir(&other).unwrap();
    let data = other.join("data").display().to_string();
    let (done, said) = linli(&["restore", "--from", &archive, "--data", &data]);
    assert!(done, "restore: {said}");
    let (config, listen, _) = settings(&other, "");
    let (well, said) = linli(&["--lang", "en", "doctor", "--config", &config]);
    assert!(well, "doctor: {said}");
    let process = Linli::start(&["serve", "--config", &config], &listen);
    let (_, password) = street.passwords.iter().find(|(l, _)| l == "desk").unwrap();
    let desk = Person::signed_in(&listen, "desk", password).await;
    let found = desk.get(&format!("/cases?tab=all&q={number}")).await;
    // A title may hold the same digits: the alarm of 18:03 is found beside number 0003.
    let found = found["items"].as_array().unwrap();
    assert_eq!(found.iter().filter(|c| c["number"] == number).count(), 1, "{found:?}");
    process.stop();
}

/// A table of readings and one of another system's cases, taken in while the process rests; twice is once.
#[tokio::test(flavor = "multi_thread")]
async fn files_are_taken_into_a_street_once_however_often_they_come() {
    let folder = tempfile::tempdir().unwrap();
    let mut street = Street::filled(folder.path(), "").await;
    street.process.take().unwrap().stop();
    let mappings = concat!(env!("CARGO_MANIFEST_DIR"), "/../../mappings/");
    let readings = folder.path().join("readings.csv");
    let at = process::now();
    let table = format!(
        "id,device,observed_at,measure,value,subject\nr1,smoke-1,{at},smoke,true,\nr2,nobody,{at},smoke,true,\n"
    );
    std::fs::write(&readings, table).unwrap();
    let cases = folder.path().join("cases.csv");
    std::fs::write(&cases, "ServiceRequestNum,SRType,MethodReceived,Agency,Address,Neighborhood,Outcome,SRStatus,CreatedDate,DueDate,CloseDate,StatusDate,Longitude,Latitude\n\
        19-1,Pothole,Phone,DOT,1 A ST,,Fixed,Closed,02/01/2019 08:00:00 AM,02/03/2019 08:00:00 AM,02/02/2019 08:00:00 AM,02/02/2019 08:00:00 AM,,\n\
        19-2,Pothole,Phone,DOT,2 A ST,,,Open,02/01/2019 08:00:00 AM,02/03/2019 08:00:00 AM,,02/01/2019 08:00:00 AM,,\n").unwrap();
    for _ in 0..2 {
        let mapping = format!("{mappings}readings_csv.toml");
        let (done, said) = linli(&[
            "import",
            "--mapping",
            &mapping,
            "--into",
            &street.config,
            &readings.display().to_string(),
        ]);
        assert!(done && said.contains("\"accepted\": 1") && said.contains("\"quarantined\": 1"), "{said}");
    }
    let mapping = format!("{mappings}civic_311_baltimore.toml");
    let into = ["import", "--mapping", &mapping, "--into", &street.config, "--area", "R1"];
    let cases = cases.display().to_string();
    for stored in ["\"stored\": 2", "\"there_already\": 2"] {
        let (done, said) = linli(&[&into[..], &[cases.as_str()]].concat());
        assert!(done && said.contains(stored), "{said}");
    }
    // A newer export: the open one was closed over there. Twice is once, again.
    let newer = std::fs::read_to_string(&cases).unwrap();
    let newer = newer.replace(
        "Open,02/01/2019 08:00:00 AM,02/03/2019 08:00:00 AM,,",
        "Closed,02/01/2019 08:00:00 AM,02/03/2019 08:00:00 AM,02/04/2019 08:00:00 AM,",
    );
    std::fs::write(&cases, newer).unwrap();
    for with_news in ["\"with_news\": 1", "\"with_news\": 0"] {
        let (done, said) = linli(&[&into[..], &[cases.as_str()]].concat());
        assert!(done && said.contains(with_news) && said.contains("\"not_done\": []"), "{said}");
    }
    let (done, said) =
        linli(&["import", "--mapping", &mapping, "--into", &street.config, "--area", "R9", &cases]);
    assert!(!done && said.contains("R9"), "{said}");
    street.restart();
    let desk = street.person("desk").await;
    case_of(&desk, "smoke-1").await;
    let all = desk.get("/cases?tab=all&limit=100").await;
    let numbers: Vec<_> =
        all["items"].as_array().unwrap().iter().filter_map(|c| c["number"].as_str()).collect();
    assert!(numbers.contains(&"19-1") && numbers.contains(&"19-2") && numbers.len() == 3, "{numbers:?}");
    let second = all["items"].as_array().unwrap().iter().find(|c| c["number"] == "19-2").unwrap();
    let second = desk.get(&format!("/cases/{}", second["id"].as_str().unwrap())).await;
    assert_eq!(second["stage"]["code"], "closed", "{second}");
    assert_eq!(second["promises"][0]["state"], "broken", "{second}");
    let quarantine = eventually("the unknown device's rows", || async {
        let rows = street.person("desk").await.get("/quarantine").await["items"].clone();
        (rows.as_array().unwrap().len() == 2).then_some(rows)
    })
    .await;
    assert_eq!(quarantine[0]["reason"], "unknown_device", "{quarantine}");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_nothing_new_is_taken_and_reading_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut street = Street::filled(folder.path(), "").await;
    let gateway = street.gateway().await;
    street.process.take().unwrap().stop();
    // More than any disk has: as if it were full.
    let settings = std::fs::read_to_string(&street.config).unwrap();
    let full = format!("{settings}\n[retention]\nfree_mib_min = {}\n", u64::MAX >> 24);
    std::fs::write(&street.config, full).unwrap();
    street.restart();
    let desk = street.person("desk").await;
    let now = process::now();
    let (status, problem) = eventually("the refusal", || async {
        let answer = gateway.refusal(&reading("f1", "smoke-1", now, true)).await;
        (answer.0 != 200).then_some(answer)
    })
    .await;
    assert_eq!((status, &problem["code"]), (503, &json!("disk_full")), "{problem}");
    let report = json!({"class": "environment.waste", "text": "垃圾满了", "area": "D1", "channel": "phone"});
    let (status, problem) = desk.try_post("/cases", &report).await;
    assert_eq!((status, &problem["code"]), (503, &json!("disk_full")), "{problem}");
    desk.get("/cases?tab=all").await;
    street.person("cadre").await;
    assert!(Path::new(&street.config).exists());
}
