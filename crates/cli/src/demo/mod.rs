//! `linli demo`: a small synthetic residential area, two weeks of its life, then live.
//!
//! The story goes through the front door: readings through the log, people through the same recipe as the
//! endpoints. Nothing here writes a case, a finding or a notice itself.

mod people;
mod settle;
mod story;

use crate::serve::{listen, until_told_to_stop};
use anyhow::{Context, bail};
use clap::Args;
use jiff::ToSpan;
use linli_model::Instant;
use linli_runtime::{Config, Installation, Options, StoryClock};
use linli_server::DemoAccount;
use linli_twin::Twin;
use std::{net::SocketAddr, path::PathBuf, sync::Arc};

/// Every demo account's password; printed on the sign-in page of a demo.
pub(crate) const PASSWORD: &str = "linli-demo";
const SEED: u64 = 12;
/// On this day of the story, by this hour, an elder has not been out for three days.
const FOUND_DAY: i64 = 13;
const FOUND_HOUR: i8 = 14;

/// Shows a small synthetic residential area: two weeks of its life at speed, then live
#[derive(Args)]
pub(crate) struct Demo {
    /// Folder of everything the demo keeps; a second start goes on from it
    #[arg(long, default_value = "data/demo")]
    data: PathBuf,
    /// Address of the pages
    #[arg(long, env = "LINLI_LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Address of the embedded MQTT broker; without it there is none
    #[arg(long)]
    mqtt: Option<SocketAddr>,
    /// Hours of the story per second while it is told; 0 = as fast as it goes
    #[arg(long, default_value_t = 0.0)]
    speed: f64,
    /// Forget what is kept and begin again
    #[arg(long)]
    reset: bool,
}

pub(crate) fn run(args: &Demo) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(args))
}

/// A folder is a demo's when it says so; nothing else is ever removed.
const MARK: &str = "demo.txt";

fn prepare(args: &Demo) -> anyhow::Result<()> {
    let mark = args.data.join(MARK);
    let filled = std::fs::read_dir(&args.data).is_ok_and(|mut d| d.next().is_some());
    if filled && !mark.exists() {
        bail!(
            "{} holds something that is no demo of ours; choose another folder with --data",
            args.data.display()
        );
    }
    if args.reset && filled {
        std::fs::remove_dir_all(&args.data).context("the old demo could not be removed")?;
    }
    std::fs::create_dir_all(&args.data)?;
    std::fs::write(mark, "A demonstration of Linli lies here; `linli demo --reset` removes it.\n")?;
    Ok(())
}

async fn serve(args: &Demo) -> anyhow::Result<()> {
    prepare(args)?;
    let mut config = Config { data: args.data.clone(), listen: args.listen, ..Config::default() };
    config.mqtt.listen = args.mqtt;
    // The story's devices are punctual but for the few it tells of: stragglers of a quarter of an hour are waited for.
    config.time.lateness_secs = 120;
    config.time.idle_secs = 300;
    let clock = Arc::new(StoryClock::standing_at(Instant(0)));
    let zone = jiff::tz::TimeZone::get(linli_model::time::DEFAULT_ZONE)?;
    let local = zone.to_datetime(clock.machine().timestamp());
    let today = local.date();
    // Told so that whoever opens the demo meets that case open, at any time of the day.
    let days_back = if local.hour() >= FOUND_HOUR { FOUND_DAY } else { FOUND_DAY + 1 };
    let twin = Twin::estate(SEED);
    let accounts = twin.users.iter().filter_map(|u| {
        Some(DemoAccount { name: u.login.clone(), password: PASSWORD.to_owned(), label: u.demo.clone()? })
    });
    let live = clock.clone();
    let house = Installation::open(Options {
        config,
        clock: clock.clone(),
        demo_accounts: accounts.collect(),
        ticks_from: Arc::new(move || live.is_live()),
        office: "示例街道办事处(演示)".to_owned(),
        phone: None,
    })
    .await?;
    let (from, until) = match settle::kept(&house).await? {
        Some(kept) => kept,
        None => {
            let from = today.checked_sub(days_back.days())?;
            let began = Instant(zone.to_timestamp(from.at(0, 0, 0, 0))?.as_millisecond());
            clock.advance_to(began);
            settle::settle(&house, &twin, from, began).await?;
            (from, began)
        }
    };
    clock.advance_to(until);
    house.directory.renew(&*house.store).await?;
    let twin = Arc::new(twin.telling_from(from));
    let listener = listen(args.listen).await?;
    println!("Linli demo / 邻里演示");
    println!("  residents / 居民:   http://{}/r", args.listen);
    println!("  desktop / 电脑:     http://{}/", args.listen);
    println!("  phone / 手机:       http://{}/m/", args.listen);
    println!(
        "  accounts / 账号:    duty, cadre, grid, property, volunteer, guard, admin …  password / 密码: {PASSWORD}"
    );
    println!("ready http://{}", args.listen);
    let told = story::tell(house.clone(), clock.clone(), twin, until, args.speed);
    let stop = house.stop.clone();
    house.tasks.spawn(async move {
        tokio::select! {
            done = told => if let Err(fault) = done { eprintln!("the story stopped: {fault:#}") },
            () = stop.cancelled() => {}
        }
    });
    until_told_to_stop(&house);
    house.serve(listener).await?;
    Ok(())
}

/// What of the story is behind us, as a share of it for the progress line.
pub(crate) fn share(from: Instant, at: Instant, to: Instant) -> u32 {
    let (done, all) = ((at - from).0.max(0), (to - from).0.max(1));
    (done * 100 / all).min(100) as u32
}
