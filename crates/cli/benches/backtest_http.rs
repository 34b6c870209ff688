//! A backtest of thirty days through the API of the real process, over the year of `crates/past/benches/year`.

#![allow(clippy::disallowed_methods)] // A benchmark looks at the clock.

#[path = "../tests/real/process/mod.rs"]
mod process;
#[path = "../../past/benches/year/mod.rs"]
mod year;

use process::street::Street;
use serde_json::{Value as Json, json};
use std::{fmt::Write, path::Path, time::Duration};
use year::{AREAS, Size, Watch, area, device_id, measure};

/// The real process over the same history, asked for the last thirty days.
async fn through_the_api(history: &Path, size: Size) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("data")).unwrap();
    std::os::unix::fs::symlink(history, folder.path().join("data/history")).unwrap();
    let street = Street::filled(folder.path(), "[retention]\nhistory_days = 4000").await;
    let mut areas = String::from("级别,名称,编码,上级编码\n");
    for n in 2..=AREAS {
        writeln!(areas, "居民区,{n}居,R{n},S1").unwrap();
    }
    street.import("areas", &areas, AREAS as u64 - 1).await;
    let mut devices = String::from("设备编号,类别,名称,区域,来源,测量项,用途\n");
    for d in 0..size.devices {
        let (id, measure) = (device_id(d).0, measure(d));
        writeln!(devices, "{id},水压,{id},{},gw-1,{measure},公共服务", area(d)).unwrap();
    }
    street.import("devices", &devices, size.devices as u64).await;
    let desk = street.person("desk").await;
    let (from, to) = (size.day((size.days - 30).max(0)).to_string(), size.last_day().to_string());
    let ask = json!({"from": from, "to": to, "values": {"floor": 0.14}});
    for turn in ["first", "second"] {
        let watch = Watch::started();
        let mut run = desk.post("/rules/low_pressure/backtests", &ask).await;
        while run["state"] == "running" {
            tokio::time::sleep(Duration::from_millis(20)).await;
            run = desk.get(&format!("/backtests/{}", run["id"].as_str().unwrap())).await;
        }
        let result: &Json = &run["result"];
        let readings = result["readings"].as_u64().unwrap_or(0) as usize;
        let findings = (&result["in_force"]["findings"], &result["candidate"]["findings"]);
        watch.line(
            &format!("low_pressure, 30 days, HTTP, {turn} time"),
            readings,
            &format!("findings {} and {}", findings.0, findings.1),
        );
    }
}

fn main() {
    // Asked for its list of tests, a benchmark has none.
    if std::env::args().any(|a| a == "--list") {
        return;
    }
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let size = Size::chosen();
        let (folder, _temporary) = year::kept(size).await;
        through_the_api(&folder, size).await;
    });
}
