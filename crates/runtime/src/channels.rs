//! The ways to tell people that are configured: the inbox always, then webhooks, mail, robots.

use crate::{
    config::{Config, EmailConfig, EmailTls, RobotConfig, RobotKind},
    delivery::Way,
};
use linli_channel::{Channel, Recipient};
use linli_deliver::{
    dingtalk::DingTalk,
    email::{Addresses, Email, Server, Tls},
    in_app::InApp,
    webhook::Webhook,
    wecom::WeCom,
};
use linli_model::{Fault, Instant, UserId};
use linli_notice::ways::Way as Kind;
use linli_server::{EventBus, PageEvent, ports::Clock};
use linli_store::Store;
use std::{fs, path::Path, sync::Arc};

/// Addresses as people have set them.
struct Chosen(Arc<dyn Store>);

#[async_trait::async_trait]
impl Addresses for Chosen {
    async fn address(&self, user: UserId) -> Result<Option<String>, Fault> {
        Ok(self.0.ways(user).await?.email)
    }
}

fn secret(field: &str, path: &Path) -> Result<String, Fault> {
    let text =
        fs::read_to_string(path).map_err(|e| Fault::lasting(format!("{field} {}: {e}", path.display())))?;
    Ok(text.trim().to_owned())
}

pub(crate) fn of(
    config: &Config,
    events: &EventBus,
    clock: &Arc<dyn Clock>,
    store: &Arc<dyn Store>,
) -> Result<Vec<Way>, Fault> {
    let events = events.clone();
    let inbox = InApp::with_bell(Arc::new(move |to, id| {
        if let Recipient::User(user) = to {
            events.tell(PageEvent::Notice { id: id.to_owned(), user: *user });
        }
    }));
    let clock = clock.clone();
    let now: Arc<dyn Fn() -> Instant + Send + Sync> = Arc::new(move || clock.now());
    let mut ways = vec![way(inbox.code().to_owned(), Kind::All, Arc::new(inbox))];
    for (n, webhook) in config.webhook.iter().enumerate() {
        let secret = secret("webhook.secret_file", &webhook.secret_file)?;
        let webhook = Webhook::to(webhook.url.clone(), secret.into_bytes(), now.clone());
        ways.push(way(format!("{}-{}", webhook.code(), n + 1), Kind::All, Arc::new(webhook)));
    }
    if let Some(email) = &config.email {
        let email = mail(email, config.public_url.clone(), store.clone())?;
        ways.push(way(email.code().to_owned(), Kind::Mail, Arc::new(email)));
    }
    for (n, robot) in config.robot.iter().enumerate() {
        let robot = room(robot, config.public_url.clone(), now.clone())?;
        ways.push(way(format!("{}-{}", robot.code(), n + 1), Kind::Room, robot));
    }
    Ok(ways)
}

fn way(name: String, kind: Kind, channel: Arc<dyn Channel>) -> Way {
    Way { name, kind, channel }
}

fn mail(config: &EmailConfig, public_url: String, store: Arc<dyn Store>) -> Result<Email, Fault> {
    let login = match (&config.user, &config.password_file) {
        (Some(user), Some(file)) => Some((user.clone(), secret("email.password_file", file)?)),
        _ => None,
    };
    let authority = match &config.authority_file {
        Some(file) => Some(secret("email.authority_file", file)?.into_bytes()),
        None => None,
    };
    let tls = match config.tls {
        EmailTls::Wrapped => Tls::Wrapped,
        EmailTls::Starttls => Tls::StartTls,
        EmailTls::None => Tls::None,
    };
    let from = config.from.parse().map_err(|e| Fault::lasting(format!("email.from: {e}")))?;
    let server =
        Server { host: config.host.clone(), port: config.port, tls, authority, login, from, public_url };
    Ok(Email::through(server, Arc::new(Chosen(store))))
}

fn room(
    config: &RobotConfig,
    public_url: String,
    now: Arc<dyn Fn() -> Instant + Send + Sync>,
) -> Result<Arc<dyn Channel>, Fault> {
    let url = secret("robot.url_file", &config.url_file)?;
    Ok(match config.kind {
        RobotKind::Wecom => Arc::new(WeCom::to(url, public_url)),
        RobotKind::Dingtalk => {
            let secret = match &config.secret_file {
                Some(file) => secret("robot.secret_file", file)?,
                None => String::new(),
            };
            Arc::new(DingTalk::to(url, secret, public_url, now))
        }
    })
}
