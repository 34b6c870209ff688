//! The loops: one file each. Each takes no input, works from what is stored, and can run twice (RT1).

pub mod canary;
pub mod clock;
pub mod deliver;
pub mod digest;
pub mod engine;
pub mod habits;
pub mod history;
pub mod indicators;
pub mod patterns;
pub mod precision;
pub mod pushes;
pub mod recount;
pub mod registry;
mod restart;
pub mod undelivered;
pub mod watch;

pub use restart::replay_to_checkpoint;

use crate::Installation;
use linli_model::Fault;
use std::{future::Future, sync::Arc, time::Duration};

/// After a failure a loop waits this long before it goes on.
const AFTER_FAULT: Duration = Duration::from_secs(1);

/// Runs `turn` until told to stop. A turn says whether there was something to do; after one without, `pause`.
async fn keep<F, Fut>(house: Arc<Installation>, name: &'static str, pause: Duration, mut turn: F)
where
    F: FnMut(Arc<Installation>) -> Fut,
    Fut: Future<Output = Result<bool, Fault>>,
{
    while !house.stop.is_cancelled() {
        let wait = match turn(house.clone()).await {
            Ok(true) => Duration::ZERO,
            Ok(false) => pause,
            Err(fault) => {
                tracing::error!(loop_name = name, %fault, "a loop failed and goes on from what is stored");
                metrics::counter!("linli_loop_faults_total", "loop" => name).increment(1);
                AFTER_FAULT
            }
        };
        if !wait.is_zero() {
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = house.stop.cancelled() => {}
            }
        }
    }
}

/// Starts every loop.
pub fn start(house: &Arc<Installation>) {
    let tasks = &house.tasks;
    tasks.spawn(engine::run(house.clone()));
    tasks.spawn(keep(house.clone(), "registry", Duration::from_millis(50), registry::turn));
    tasks.spawn(keep(house.clone(), "habits", Duration::from_secs(300), habits::turn));
    tasks.spawn(keep(house.clone(), "history", Duration::from_secs(2), history::turn));
    tasks.spawn(keep(house.clone(), "retention", Duration::from_secs(600), history::retain));
    tasks.spawn(keep(house.clone(), "clock", Duration::from_millis(500), clock::turn));
    tasks.spawn(keep(house.clone(), "owners", Duration::from_secs(5), clock::owners));
    tasks.spawn(keep(house.clone(), "absences", Duration::from_secs(60), clock::absences));
    tasks.spawn(keep(house.clone(), "pushes", Duration::from_millis(500), pushes::turn));
    tasks.spawn(keep(house.clone(), "canary", Duration::from_secs(10), canary::turn));
    tasks.spawn(keep(house.clone(), "digest", Duration::from_secs(60), digest::turn));
    tasks.spawn(keep(house.clone(), "deliver", Duration::from_millis(200), deliver::turn));
    tasks.spawn(keep(house.clone(), "undelivered", Duration::from_secs(30), undelivered::turn));
    tasks.spawn(keep(house.clone(), "indicators", Duration::from_secs(30), indicators::turn));
    tasks.spawn(keep(house.clone(), "watch", Duration::from_secs(5), watch::turn));
    tasks.spawn(keep(house.clone(), "calendar", Duration::from_secs(3_600), watch::calendar));
    tasks.spawn(keep(house.clone(), "recount", Duration::from_secs(3_600), recount::turn));
    tasks.spawn(keep(house.clone(), "patterns", Duration::from_secs(5), patterns::turn));
    tasks.spawn(keep(house.clone(), "precision", Duration::from_secs(120), precision::turn));
    tasks.spawn(keep(house.clone(), "tick", Duration::from_secs(10), clock::tick));
    tasks.spawn(directory(house.clone()));
}

/// Renews the intake's directory when devices change, and every minute.
async fn directory(house: Arc<Installation>) {
    while !house.stop.is_cancelled() {
        if let Err(fault) = house.directory.renew(&*house.store).await {
            tracing::error!(%fault, "the directory of devices could not be renewed");
        }
        tokio::select! {
            () = house.directory.changed.notified() => {}
            () = tokio::time::sleep(Duration::from_secs(60)) => {}
            () = house.stop.cancelled() => {}
        }
    }
}
