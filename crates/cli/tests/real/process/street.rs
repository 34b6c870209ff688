//! A small street set up through the front door, as an administrator does it on the first day.

use super::{Linli, Person, eventually, settings};
use linli_runtime::{Config, Installation, Options, SystemClock};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

pub const PASSWORD: &str = "first-day-2026";

pub struct Street {
    pub config: String,
    pub folder: PathBuf,
    pub listen: String,
    pub mqtt: u16,
    pub process: Option<Linli>,
    pub admin: Person,
    /// Login and first password of everybody imported.
    pub passwords: Vec<(String, String)>,
}

const AREAS: &str = "级别,名称,编码,上级编码\n居民区,一居,R1,S1\n小区,一村,E1,R1\n楼,1幢,B1,E1\n门栋,1号,D1,B1\n户,101室,H1,D1\n";
const DEVICES: &str = "设备编号,类别,名称,区域,来源,测量项,用途\n\
    smoke-1,烟感,一号楼烟感,D1,gw-1,smoke,消防安全\nsmoke-2,烟感,二号楼烟感,D1,gw-1,smoke,消防安全\n\
    smoke-3,烟感,三号烟感,D1,gw-1,smoke,消防安全\nsmoke-4,烟感,四号烟感,D1,gw-1,smoke,消防安全\n";
const USERS: &str = "账号,姓名,角色,区域\ndesk,值守员,值守,S1\ncadre,干部甲,居委干部,R1\ncadre2,干部乙,居委干部,R1\n\
    property,物业员,物业,E1\nvolunteer,志愿者,志愿者,R1\nofficer,专员,数据保护专员,S1\n";
const PEOPLE: &str = "姓名,户编码,电话,独居老人,同意日期,紧急联系人,紧急联系人电话\n甄安,101室,13900000001,是,2026-11-01,甄平,13900000002\n";

impl Street {
    pub async fn start(folder: &Path, more: &str) -> Street {
        let (config, listen, mqtt) = settings(folder, more);
        let mut process = Linli::start(&["serve", "--config", &config], &listen);
        let line = process.wait_for("/setup?token=");
        let token = line.split("token=").nth(1).unwrap().trim().to_owned();
        let nobody = Person::nobody(&listen);
        let first = |token: &str| json!({"token": token, "login": "admin", "name": "管理员", "password": PASSWORD, "area_code": "S1", "area_name": "示范街道"});
        let (status, refused) = nobody.try_post("/setup/administrator", &first("guessed")).await;
        assert_eq!((status, &refused["code"]), (422, &json!("setup_token_wrong")));
        let (status, answer) = nobody.try_post("/setup/administrator", &first(&token)).await;
        assert_eq!(status, 204, "{answer}");
        let (status, again) = nobody.try_post("/setup/administrator", &first(&token)).await;
        assert_eq!((status, &again["code"]), (409, &json!("set_up_already")));
        let admin = Person::signed_in(&listen, "admin", PASSWORD).await;
        Street {
            config,
            folder: folder.to_owned(),
            listen,
            mqtt,
            process: Some(process),
            admin,
            passwords: Vec::new(),
        }
    }

    /// Places, devices, people and users from tables.
    pub async fn filled(folder: &Path, more: &str) -> Street {
        let mut street = Street::start(folder, more).await;
        street.import("areas", AREAS, 5).await;
        street.import("devices", DEVICES, 4).await;
        let users = street.import("users", USERS, 6).await;
        for one in users["passwords"].as_array().unwrap() {
            let text = |field: &str| one[field].as_str().unwrap().to_owned();
            street.passwords.push((text("login"), text("password")));
        }
        street
    }

    pub async fn import(&self, kind: &str, table: &str, taken: u64) -> Value {
        let result =
            self.admin.upload(&format!("/imports/{kind}"), "table.csv", table.as_bytes().to_vec()).await;
        assert_eq!((&result["taken"], &result["refused"]), (&json!(taken), &json!(0)), "{kind}: {result}");
        result
    }

    /// People are taken in by who may write about them.
    pub async fn people(&self) {
        let cadre = self.person("cadre").await;
        let result = cadre.upload("/imports/people", "people.csv", PEOPLE.as_bytes().to_vec()).await;
        assert_eq!(result["taken"], 1, "{result}");
    }

    pub async fn person(&self, login: &str) -> Person {
        let (_, password) = self.passwords.iter().find(|(l, _)| l == login).unwrap();
        Person::signed_in(&self.listen, login, password).await
    }

    /// A gateway's secret, known to the intake.
    pub async fn gateway(&self) -> Gateway {
        let made = self.admin.post("/credentials", &json!({"name": "box-1", "source": "gw-1"})).await;
        let gateway = Gateway {
            http: super::http().build().unwrap(),
            url: format!("http://{}/api/v1/readings", self.listen),
            name: "box-1".to_owned(),
            secret: made["secret"].as_str().unwrap().to_owned(),
            topic: made["mqtt_topic"].as_str().unwrap().to_owned(),
        };
        let probe = reading("probe", "smoke-1", super::now(), false);
        eventually("the gateway to be known", || async { gateway.send(&probe).await }).await;
        gateway
    }

    pub fn restart(&mut self) {
        self.process = Some(Linli::start(&["serve", "--config", &self.config], &self.listen));
    }
}

#[derive(Clone)]
pub struct Gateway {
    http: reqwest::Client,
    url: String,
    pub name: String,
    pub secret: String,
    pub topic: String,
}

impl Gateway {
    /// The receipt; none when nobody answered or the answer was no.
    pub async fn send(&self, body: &str) -> Option<Value> {
        let request = self.http.post(&self.url).basic_auth(&self.name, Some(&self.secret));
        let answer = request.body(body.to_owned()).send().await.ok()?;
        if !answer.status().is_success() {
            return None;
        }
        answer.json().await.ok()
    }

    pub async fn refusal(&self, body: &str) -> (u16, Value) {
        let request = self.http.post(&self.url).basic_auth(&self.name, Some(&self.secret));
        let answer = request.header("accept-language", "en").body(body.to_owned()).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }
}

pub fn reading(id: &str, device: &str, at: jiff::Timestamp, smoke: bool) -> String {
    format!(r#"{{"id":"{id}","device":"{device}","observed_at":"{at}","measure":"smoke","value":{smoke}}}"#)
}

/// The stores of a street whose process has ended.
pub async fn opened(folder: &Path) -> Arc<Installation> {
    let text = std::fs::read_to_string(folder.join("linli.toml")).unwrap();
    let options = Options {
        config: Config::check(&text, folder).unwrap(),
        clock: Arc::new(SystemClock::default()),
        demo_accounts: Vec::new(),
        ticks_from: Arc::new(|| false),
        office: String::new(),
        phone: None,
    };
    Installation::open(options).await.unwrap()
}
