//! linli.toml: everything an installation can set, with its default and its bounds.
//!
//! Invariants
//! - CF1 Unknown keys are refused by name; a wrong value is a [`Diagnostic`] naming the key and what was
//!   expected. All mistakes are reported at once.
//! - CF2 The effective configuration can be printed without secrets: none is in it, only paths to them.

use linli_indicator::{safety::Method as SafetyMethod, score::Weights};
use linli_model::{Diagnostic, Millis};
use linli_rule::own::OwnBounds;
use serde::{Deserialize, Serialize};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Folder of everything kept: database, log, history, photos, keys.
    pub data: PathBuf,
    /// Address of the pages and the API.
    pub listen: SocketAddr,
    /// `sqlite` (a file in the data folder) or `postgres://…`.
    pub database: String,
    /// Address people reach the pages under, for links in notices; empty = relative links.
    pub public_url: String,
    pub mqtt: Mqtt,
    pub time: Time,
    pub retention: Retention,
    pub webhook: Vec<WebhookConfig>,
    pub email: Option<EmailConfig>,
    pub robot: Vec<RobotConfig>,
    pub foreign_broker: Vec<ForeignBroker>,
    /// Tiers of its own in place of those that are built in (the form of data/tiers.toml).
    pub tiers_file: Option<PathBuf>,
    /// A class table of its own in place of the one that is built in (the form of data/classes.toml).
    pub classes_file: Option<PathBuf>,
    /// Folder of further years of the calendar (the form of data/calendar/2026.toml), beside those that are built in.
    pub calendar_dir: Option<PathBuf>,
    /// What residential areas may compose for themselves.
    pub own_rules: OwnBounds,
    /// Weights of the hotline's score, as the district sets them.
    pub hotline_score: Weights,
    /// How the safety index is reckoned, and of which classes (the form of data/safety.toml).
    pub safety: SafetyMethod,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mqtt {
    /// Address of the embedded broker; none = no broker.
    pub listen: Option<SocketAddr>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Time {
    pub zone: String,
    /// How late readings of a source may come and still be taken in order, seconds.
    pub lateness_secs: u32,
    /// After this long without a word from a source, time passes without it, seconds.
    pub idle_secs: u32,
    /// How long late readings still change what was found, days.
    pub correction_days: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// Readings in Parquet, days.
    pub history_days: u32,
    /// Access log, days; the law asks for at least six months.
    pub access_log_days: u32,
    /// Refuse new data when the disk has less than this left, MiB.
    pub free_mib_min: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookConfig {
    pub url: String,
    pub secret_file: PathBuf,
}

/// A mail server to send through.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmailConfig {
    pub host: String,
    pub port: u16,
    #[serde(default)]
    pub tls: EmailTls,
    /// `邻里 <linli@example.cn>`
    pub from: String,
    pub user: Option<String>,
    pub password_file: Option<PathBuf>,
    /// A certificate authority of one's own, PEM; beside those the system trusts.
    pub authority_file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmailTls {
    /// From the first byte.
    #[default]
    Wrapped,
    Starttls,
    /// Only to a relay on the same machine.
    None,
}

/// The robot of a chat room. Its whole address is a secret: it holds the key.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RobotConfig {
    pub kind: RobotKind,
    pub url_file: PathBuf,
    /// DingTalk signs by it.
    pub secret_file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RobotKind {
    Wecom,
    Dingtalk,
}

/// A broker of somebody else's that we subscribe to as a client.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForeignBroker {
    /// The source its readings are booked under.
    pub source: String,
    pub host: String,
    pub port: u16,
    pub topic: String,
    pub client_id: String,
    pub user: Option<String>,
    pub password_file: Option<PathBuf>,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            data: PathBuf::from("data"),
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            database: "sqlite".into(),
            public_url: String::new(),
            mqtt: Mqtt::default(),
            time: Time::default(),
            retention: Retention::default(),
            webhook: Vec::new(),
            email: None,
            robot: Vec::new(),
            foreign_broker: Vec::new(),
            tiers_file: None,
            classes_file: None,
            calendar_dir: None,
            own_rules: OwnBounds::default(),
            hotline_score: Weights::shipped(),
            safety: SafetyMethod::shipped(),
        }
    }
}
impl Default for Mqtt {
    fn default() -> Self {
        Mqtt { listen: Some(SocketAddr::from(([127, 0, 0, 1], 1883))) }
    }
}
impl Default for Time {
    fn default() -> Self {
        Time {
            zone: linli_model::time::DEFAULT_ZONE.into(),
            lateness_secs: 5,
            idle_secs: 60,
            correction_days: 7,
        }
    }
}
impl Default for Retention {
    fn default() -> Self {
        Retention { history_days: 400, access_log_days: 400, free_mib_min: 512 }
    }
}

impl Config {
    /// Reads and checks a configuration; `folder` is where relative paths start.
    pub fn check(text: &str, folder: &Path) -> Result<Config, Vec<Diagnostic>> {
        let mut config: Config = toml::from_str(text).map_err(|wrong| {
            let at = wrong.span().map(|span| line_and_column(text, span.start));
            let diagnostic = Diagnostic::new(
                "config_malformed",
                "linli.toml",
                format!("配置文件无法读取:{}", wrong.message()),
                format!("the configuration cannot be read: {}", wrong.message()),
            );
            vec![match at {
                Some((line, column)) => diagnostic.at(line, column),
                None => diagnostic,
            }]
        })?;
        let wrong = config.mistakes();
        if !wrong.is_empty() {
            return Err(wrong);
        }
        config.data = folder.join(&config.data);
        Ok(config)
    }

    fn mistakes(&self) -> Vec<Diagnostic> {
        let mut wrong = Vec::new();
        let mut expect = |holds: bool, field: &str, zh: &str, en: &str| {
            if !holds {
                wrong.push(Diagnostic::new("config_out_of_range", field, zh, en));
            }
        };
        let database_known = self.database == "sqlite" || self.database.starts_with("postgres://");
        expect(
            database_known,
            "database",
            "应为 sqlite 或 postgres://…",
            "expected `sqlite` or `postgres://…`",
        );
        let zone_known = jiff::tz::TimeZone::get(&self.time.zone).is_ok();
        expect(
            zone_known,
            "time.zone",
            "应为时区名,如 Asia/Shanghai",
            "expected a zone name like Asia/Shanghai",
        );
        expect(
            (1..=30).contains(&self.time.correction_days),
            "time.correction_days",
            "应在 1 到 30 之间",
            "expected 1 to 30",
        );
        expect(
            self.time.lateness_secs <= 86_400,
            "time.lateness_secs",
            "应不超过 86400",
            "expected at most 86400",
        );
        expect(self.time.idle_secs >= 1, "time.idle_secs", "应不小于 1", "expected at least 1");
        expect(
            self.retention.access_log_days >= 183,
            "retention.access_log_days",
            "访问日志至少保存六个月(183 天)",
            "the access log is kept for at least six months (183 days)",
        );
        expect(
            self.retention.history_days > self.time.correction_days,
            "retention.history_days",
            "应大于 time.correction_days",
            "expected more than time.correction_days",
        );
        expect(
            self.hotline_score.in_bounds(),
            "hotline_score",
            "权重须在 0 到 1000 之间",
            "expected weights from 0 to 1000",
        );
        expect(
            self.safety.in_bounds(),
            "safety",
            "权重须在 0 到 1000 之间且不全为 0,prior_heads 须大于 0",
            "expected weights from 0 to 1000, not all of them 0, and prior_heads above 0",
        );
        expect(
            self.own_rules.dwellings_min >= 20,
            "own_rules.dwellings_min",
            "不少于 20:更少的户数内可认出具体的人",
            "expected at least 20: among fewer dwellings, people can be told apart",
        );
        expect(
            self.own_rules.severity_max < linli_model::Severity::Alarm,
            "own_rules.severity_max",
            "最高为 urgent,alarm 由街道设置",
            "expected at most urgent: alarm is the street's",
        );
        self.channel_mistakes(&mut wrong);
        wrong
    }

    fn channel_mistakes(&self, wrong: &mut Vec<Diagnostic>) {
        let mut expect = |holds: bool, field: &str, zh: &str, en: &str| {
            if !holds {
                wrong.push(Diagnostic::new("config_out_of_range", field, zh, en));
            }
        };
        if let Some(email) = &self.email {
            let is_near = ["localhost", "127.0.0.1", "::1"].contains(&email.host.as_str());
            expect(
                email.tls != EmailTls::None || is_near,
                "email.tls",
                "不加密只能用于本机的邮件服务",
                "`none` is for a relay on this machine only",
            );
            expect(
                linli_deliver::email::is_sender(&email.from),
                "email.from",
                "应为 name@example.cn 或 名称 <name@example.cn>",
                "expected name@example.cn or Name <name@example.cn>",
            );
            expect(
                email.user.is_some() == email.password_file.is_some(),
                "email.password_file",
                "user 与 password_file 应同时给出",
                "user and password_file belong together",
            );
        }
        for robot in &self.robot {
            expect(
                robot.kind != RobotKind::Dingtalk || robot.secret_file.is_some(),
                "robot.secret_file",
                "钉钉机器人需要加签密钥",
                "a DingTalk robot signs by a secret",
            );
        }
    }

    pub fn database_url(&self) -> String {
        match self.database.as_str() {
            "sqlite" => linli_store_sql::file_address(&self.data.join("linli.sqlite")),
            url => url.to_owned(),
        }
    }

    pub fn correction_window(&self) -> Millis {
        Millis::days(i64::from(self.time.correction_days))
    }
}

fn line_and_column(text: &str, byte: usize) -> (u32, u32) {
    let before = &text[..byte.min(text.len())];
    let line = before.matches('\n').count() as u32 + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() as u32 + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes(text: &str) -> Vec<String> {
        match Config::check(text, Path::new("/srv/linli")) {
            Ok(_) => vec![],
            Err(wrong) => {
                wrong.into_iter().map(|d| format!("{} {:?}: {}", d.field, d.span, d.message.en)).collect()
            }
        }
    }

    #[test]
    fn an_empty_file_is_the_default_and_paths_start_at_its_folder() {
        let config = Config::check("", Path::new("/srv/linli")).unwrap();
        assert_eq!(config.data, Path::new("/srv/linli/data"));
        assert_eq!(config.database_url(), "sqlite:///srv/linli/data/linli.sqlite");
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_line() {
        let wrong = mistakes("listen = \"127.0.0.1:80\"\nlisen = 3\n");
        assert_eq!(wrong.len(), 1);
        assert!(wrong[0].contains("line: 2") && wrong[0].contains("lisen"), "{wrong:?}");
    }

    #[test]
    fn all_values_out_of_range_are_named_at_once() {
        let wrong = mistakes(
            "database = \"mysql://x\"\n[time]\nzone = \"Mars/Phobos\"\ncorrection_days = 31\n[retention]\naccess_log_days = 182\n",
        );
        let fields: Vec<_> = wrong.iter().map(|w| w.split(' ').next().unwrap()).collect();
        assert_eq!(fields, ["database", "time.zone", "time.correction_days", "retention.access_log_days"]);
        let channels = mistakes(
            "[email]\nhost = \"mail.example\"\nport = 25\ntls = \"none\"\nfrom = \"nobody\"\nuser = \"linli\"\n[[robot]]\nkind = \"dingtalk\"\nurl_file = \"x\"\n",
        );
        let fields: Vec<_> = channels.iter().map(|w| w.split(' ').next().unwrap()).collect();
        assert_eq!(fields, ["email.tls", "email.from", "email.password_file", "robot.secret_file"]);
        assert!(mistakes("[time]\ncorrection_days = 30\n[retention]\naccess_log_days = 183\n").is_empty());
    }
}
