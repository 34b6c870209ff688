//! Everything opened and put together: stores, log, intake, server, loops.

use crate::{
    channels, class_tables,
    config::Config,
    delivery::{AT_ONCE, Way},
    directory::LiveDirectory,
    engines::Timing,
    fresh::{Keys, SystemFresh},
    loops, own_tables,
};
use linli_access_cedar::CedarAccess;
use linli_blobs::Blobs;
use linli_blobs_files::FileBlobs;
use linli_history::History;
use linli_history_parquet::ParquetHistory;
use linli_intake::{Intake, mqtt};
use linli_log::Log;
use linli_log_embedded::{EmbeddedLog, LogOptions};
use linli_model::{Fault, Millis, Position};
use linli_notice::{NoticePolicy, path::Paths};
use linli_rule::Catalogue;
use linli_server::{
    DemoAccount, EventBus, Parts, ServerState,
    ports::{Clock, Fresh, token},
};
use linli_store::Store;
use linli_store_sql::SqlStore;
use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex, atomic::AtomicBool},
    time::Duration,
};
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// What differs between a demonstration and a street.
pub struct Options {
    pub config: Config,
    pub clock: Arc<dyn Clock>,
    pub demo_accounts: Vec<DemoAccount>,
    /// The story of a demo brings its own ticks while it is being told.
    pub ticks_from: Arc<dyn Fn() -> bool + Send + Sync>,
    pub office: String,
    pub phone: Option<String>,
}

/// Everything kept, and the randomness: what an installation stands on. A simulation opens the same and stands
/// between.
#[derive(Clone)]
pub struct Ports {
    pub store: Arc<dyn Store>,
    pub log: Arc<dyn Log>,
    pub history: Arc<dyn History>,
    pub blobs: Arc<dyn Blobs>,
    pub fresh: Arc<dyn Fresh>,
}

impl Ports {
    /// The stores of a data folder, made where they are not there yet.
    pub async fn open(config: &Config, keys: &Keys, log: LogOptions) -> Result<Ports, Fault> {
        let data = &config.data;
        let zone = own_tables::calendar(config)?.zone().clone();
        let log = LogOptions { salt: keys.log_salt, ..log };
        Ok(Ports {
            log: Arc::new(EmbeddedLog::open(at(data, "log")?, log)?),
            store: Arc::new(SqlStore::open(&config.database_url(), keys.ring.clone()).await?),
            history: Arc::new(ParquetHistory::open_folder(at(data, "history")?, zone).await?),
            blobs: Arc::new(FileBlobs::open(at(data, "photos")?)?),
            fresh: Arc::new(SystemFresh),
        })
    }
}

/// A snapshot of the engines is written after so many positions.
const SNAPSHOT_EVERY: Position = 20_000;

pub struct Installation {
    pub config: Config,
    pub store: Arc<dyn Store>,
    pub log: Arc<dyn Log>,
    pub history: Arc<dyn History>,
    pub blobs: Arc<dyn Blobs>,
    pub state: ServerState,
    pub directory: Arc<LiveDirectory>,
    pub intake: Arc<Intake>,
    /// Ways to tell people, in the order they are tried.
    pub channels: Vec<Way>,
    /// Whether they lead somewhere, as canaries say.
    pub paths: Mutex<Paths>,
    /// So many are carried out side by side.
    pub deliveries_at_once: usize,
    pub clock: Arc<dyn Clock>,
    pub timing: Timing,
    /// The engines' snapshot is written after so many positions.
    pub snapshot_every: Position,
    pub ticks_from: Arc<dyn Fn() -> bool + Send + Sync>,
    pub stop: CancellationToken,
    pub tasks: TaskTracker,
}

fn at(data: &Path, folder: &str) -> Result<std::path::PathBuf, Fault> {
    let path = data.join(folder);
    fs::create_dir_all(&path)
        .map_err(|e| Fault::lasting(format!("cannot create {}: {e}", path.display())))?;
    Ok(path)
}

impl Installation {
    pub async fn open(options: Options) -> Result<Arc<Installation>, Fault> {
        let data = &options.config.data;
        fs::create_dir_all(data)
            .map_err(|e| Fault::lasting(format!("cannot create {}: {e}", data.display())))?;
        let keys = Keys::load_or_draw(&at(data, "keys")?)?;
        let ports = Ports::open(&options.config, &keys, LogOptions::default()).await?;
        Self::over(options, &keys, ports).await
    }

    /// Puts an installation together over stores that are open.
    pub async fn over(options: Options, keys: &Keys, ports: Ports) -> Result<Arc<Installation>, Fault> {
        let Options { config, clock, demo_accounts, ticks_from, office, phone } = options;
        let Ports { store, log, history, blobs, fresh } = ports;
        let flaws = linli_casework::moves::flaws(linli_casework::moves::MOVES);
        if let Some(flaw) = flaws.first() {
            return Err(Fault::lasting(format!("the moves of cases: {flaw}")));
        }
        let calendar = Arc::new(own_tables::calendar(&config)?);
        let zone = calendar.zone().clone();
        let catalogue = Arc::new(Catalogue::shipped());
        let directory = Arc::new(LiveDirectory::with_key(&keys.secret, catalogue.clone()));
        while loops::registry::carry(&*store, &*log, clock.now()).await? {}
        directory.renew(&*store).await?;
        let intake_clock = clock.clone();
        let full = Arc::new(AtomicBool::new(false));
        let intake = Intake::new(log.clone(), directory.clone(), Arc::new(move || intake_clock.now()));
        let intake = Arc::new(intake.with_full(full.clone()));
        let events = EventBus::default();
        let channels = channels::of(&config, &events, &clock, &store)?;
        let setup_token = if store.users().await?.is_empty() { token(&*fresh) } else { String::new() };
        let changed = directory.clone();
        let state = ServerState::of(Parts {
            store: store.clone(),
            history: history.clone(),
            blobs: blobs.clone(),
            access: Arc::new(CedarAccess::shipped()),
            intake: intake.clone(),
            clock: clock.clone(),
            fresh,
            events,
            classes: Arc::new(
                class_tables::in_force(own_tables::classes(&config)?, &*store, clock.now()).await?,
            ),
            tiers: Arc::new(own_tables::tiers(&config)?),
            calendar,
            policy: NoticePolicy { zone: zone.clone(), ..NoticePolicy::default() },
            catalogue: catalogue.clone(),
            own_rules: config.own_rules.clone(),
            hotline_weights: config.hotline_score.clone(),
            safety: config.safety.clone(),
            demo_accounts,
            secret: keys.secret,
            setup_token,
            devices_changed: Arc::new(move || changed.changed.notify_one()),
            metrics: metrics_exporter_prometheus::PrometheusBuilder::new().install_recorder().ok(),
            office,
            phone,
            secure_cookies: config.public_url.starts_with("https://"),
            full: full.clone(),
        });
        let timing = Timing {
            lateness: Millis::secs(i64::from(config.time.lateness_secs)),
            idle: Millis::secs(i64::from(config.time.idle_secs)),
            correction_window: config.correction_window(),
            zone,
            catalogue,
        };
        Ok(Arc::new(Installation {
            config,
            store,
            log,
            history,
            blobs,
            state,
            directory,
            intake,
            channels,
            paths: Mutex::default(),
            deliveries_at_once: AT_ONCE,
            clock,
            timing,
            snapshot_every: SNAPSHOT_EVERY,
            ticks_from,
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        }))
    }

    /// Starts the loops and serves until told to stop; then ends them in order.
    pub async fn serve(self: &Arc<Self>, listener: TcpListener) -> Result<(), Fault> {
        loops::start(self);
        self.start_brokers().await?;
        let router = linli_server::router(self.state.clone());
        let stop = self.stop.clone();
        let service = router.into_make_service_with_connect_info::<std::net::SocketAddr>();
        let served =
            axum::serve(listener, service).with_graceful_shutdown(async move { stop.cancelled().await });
        // Open event streams would hold a graceful stop for ever.
        tokio::select! {
            done = async { served.await } => done.map_err(|e| Fault::lasting(format!("serving failed: {e}")))?,
            () = async { self.stop.cancelled().await; tokio::time::sleep(Duration::from_secs(2)).await } => {}
        }
        self.tasks.close();
        let _ = tokio::time::timeout(Duration::from_secs(20), self.tasks.wait()).await;
        Ok(())
    }

    async fn start_brokers(self: &Arc<Self>) -> Result<(), Fault> {
        if let Some(address) = self.config.mqtt.listen {
            let broker = mqtt::broker::Broker::bind(address, self.intake.clone()).await?;
            let stop = self.stop.clone();
            self.tasks.spawn(async move {
                tokio::select! {
                    ended = broker.run() => if let Err(fault) = ended {
                        tracing::error!(%fault, "the MQTT broker ended");
                    },
                    () = stop.cancelled() => {}
                }
            });
        }
        for foreign in &self.config.foreign_broker {
            let password = match &foreign.password_file {
                Some(path) => fs::read_to_string(path)
                    .map_err(|e| Fault::lasting(format!("cannot read {}: {e}", path.display())))?
                    .trim()
                    .to_owned(),
                None => String::new(),
            };
            let broker = mqtt::foreign::ForeignBroker {
                source: linli_model::SourceId::new(&foreign.source),
                host: foreign.host.clone(),
                port: foreign.port,
                topic: foreign.topic.clone(),
                client_id: foreign.client_id.clone(),
                credential: foreign.user.clone().map(|user| (user, password)),
            };
            let (intake, stop) = (self.intake.clone(), self.stop.clone());
            self.tasks.spawn(async move {
                tokio::select! {
                    () = mqtt::foreign::follow(broker, intake) => {}
                    () = stop.cancelled() => {}
                }
            });
        }
        Ok(())
    }
}
