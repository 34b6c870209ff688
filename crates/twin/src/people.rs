//! Who lives where. Nobody here exists (TW2).

use crate::{
    place::{ESTATE_NAME, FLOORS, Plan, ROOMS_A_FLOOR},
    rng,
};
use jiff::{ToSpan, civil::Date};
use linli_model::{AreaId, AreaPath, IdSeed};
use rand::{Rng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use std::collections::HashSet;
use uuid::Uuid;

/// How many live alone and are old, with their consent to be looked after.
pub const ELDERS_ALONE: usize = 60;

#[derive(Clone, Debug, PartialEq)]
pub struct Dwelling {
    pub area: AreaId,
    pub path: AreaPath,
    pub doorway: AreaId,
    pub door_number: usize,
    /// `田林十二村13号302室`
    pub address: String,
    pub floor: u32,
    pub room: u32,
    pub let_out: bool,
    pub residents: Vec<Uuid>,
    /// One old person alone, in the population of that name.
    pub elder_alone: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sex {
    Female,
    Male,
}

/// Someone to be told, who does not live here.
#[derive(Clone, Debug, PartialEq)]
pub struct Contact {
    pub name: String,
    pub phone: String,
    /// `daughter`, `son`, `nephew`
    pub relation: &'static str,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    pub id: Uuid,
    pub name: String,
    pub sex: Sex,
    pub born: Date,
    /// Eighteen digits with a right check digit and the never issued number 000.
    pub id_number: String,
    pub phone: Option<String>,
    pub dwelling: AreaId,
    /// `head`, `spouse`, `child`, `parent`, `tenant`
    pub relation: &'static str,
    /// Registered here (户籍), not only living here.
    pub registered_here: bool,
    pub contact: Option<Contact>,
}

const SURNAMES: &str = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段钱汤尹黎易常武乔贺赖龚文";
const GIVEN_OLD_F: &str = "秀兰珍英凤桂芬芳琴月娥惠淑玉梅莲菊美华";
const GIVEN_OLD_M: &str = "国建德福荣根宝财生林海明志忠永祥金贵龙";
const GIVEN_YOUNG: &str = "子涵宇轩欣怡梓浩思雨佳琪诗睿晨一诺嘉俊逸悦可昕沐若清书安乐知远景行";

fn pick(rng: &mut ChaCha8Rng, chars: &str) -> char {
    let chars: Vec<char> = chars.chars().collect();
    chars.choose(rng).copied().unwrap_or('安')
}

/// A surname and one or two characters after it.
pub(crate) fn name(rng: &mut ChaCha8Rng, surname: Option<char>, sex: Sex, old: bool) -> String {
    let mut name = String::from(surname.unwrap_or_else(|| pick(rng, SURNAMES)));
    let given = match (old, sex) {
        (true, Sex::Female) => GIVEN_OLD_F,
        (true, Sex::Male) => GIVEN_OLD_M,
        (false, _) => GIVEN_YOUNG,
    };
    for _ in 0..if rng.random_bool(0.8) { 2 } else { 1 } {
        name.push(pick(rng, given));
    }
    name
}

/// No operator has 154 (TW2).
pub(crate) fn phone(rng: &mut ChaCha8Rng) -> String {
    format!("154{:08}", rng.random_range(0..100_000_000))
}

fn id_number(region: &str, born: Date) -> String {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let digits = format!("{region}{:04}{:02}{:02}000", born.year(), born.month(), born.day());
    let sum: u32 = digits.bytes().zip(WEIGHTS).map(|(d, w)| u32::from(d - b'0') * w).sum();
    let check = b"10X98765432"[(sum % 11) as usize];
    format!("{digits}{}", char::from(check))
}

struct Settler {
    rng: ChaCha8Rng,
    ids: IdSeed,
    used: HashSet<String>,
    people: Vec<Person>,
}

impl Settler {
    /// Born in the given year; the day moves on until the identity number is free.
    fn born(&mut self, age: i16) -> (Date, String) {
        const REGIONS: [&str; 8] =
            ["310104", "310105", "310110", "320602", "330203", "341502", "360102", "410103"];
        let mut born =
            jiff::civil::date(2026 - age, 1, 1).saturating_add(self.rng.random_range(0..365).days());
        let region = REGIONS[if self.rng.random_bool(0.6) { 0 } else { self.rng.random_range(1..8) }];
        loop {
            let number = id_number(region, born);
            if self.used.insert(number.clone()) {
                return (born, number);
            }
            born = born.saturating_add(1.day());
        }
    }

    fn add(&mut self, dwelling: &Dwelling, relation: &'static str, age: i16, surname: Option<char>) -> Uuid {
        let sex = if self.rng.random_bool(0.51) { Sex::Female } else { Sex::Male };
        let name = name(&mut self.rng, surname, sex, age >= 55);
        let (born, id_number) = self.born(age);
        let id: Uuid = self.ids.id(&id_number);
        let phone = (age >= 12).then(|| phone(&mut self.rng));
        let contact = (age >= 70).then(|| {
            let sex = if self.rng.random_bool(0.5) { Sex::Female } else { Sex::Male };
            let relation = if sex == Sex::Female { "daughter" } else { "son" };
            let name = self::name(&mut self.rng, name.chars().next(), sex, false);
            Contact { name, phone: self::phone(&mut self.rng), relation }
        });
        let registered_here = relation != "tenant" && self.rng.random_bool(0.75);
        let person = Person {
            id,
            name,
            sex,
            born,
            id_number,
            phone,
            dwelling: dwelling.area.clone(),
            relation,
            registered_here,
            contact,
        };
        self.people.push(person);
        id
    }

    fn household(&mut self, dwelling: &Dwelling) -> Vec<Uuid> {
        if dwelling.elder_alone {
            let age = self.rng.random_range(71..95);
            return vec![self.add(dwelling, "head", age, None)];
        }
        if self.rng.random_bool(0.04) {
            return vec![];
        }
        if dwelling.let_out {
            let count = self.rng.random_range(1..=4);
            return (0..count)
                .map(|_| {
                    let age = self.rng.random_range(19..45);
                    self.add(dwelling, "tenant", age, None)
                })
                .collect();
        }
        let age = self.rng.random_range(30..86);
        let mut ids = vec![self.add(dwelling, "head", age, None)];
        let surname = self.people.last().and_then(|p| p.name.chars().next());
        if self.rng.random_bool(0.85) {
            let age = age + self.rng.random_range(-4..=4);
            ids.push(self.add(dwelling, "spouse", age, None));
        }
        let children = match age {
            30..60 => self.rng.random_range(0..=2),
            _ => i32::from(self.rng.random_bool(0.3)),
        };
        for _ in 0..children {
            let age = (age - self.rng.random_range(24..34)).max(0);
            ids.push(self.add(dwelling, "child", age, surname));
        }
        if age < 60 && self.rng.random_bool(0.28) {
            let age = age + self.rng.random_range(24..32);
            ids.push(self.add(dwelling, "parent", age, surname));
        }
        ids
    }
}

/// Fills every dwelling of the plan.
pub(crate) fn settle(seed: u64, plan: &Plan) -> (Vec<Dwelling>, Vec<Person>) {
    let mut settler = Settler {
        rng: rng(seed, "people", 0),
        ids: IdSeed::of_name(&format!("linli/twin/{seed}/person")),
        used: HashSet::new(),
        people: vec![],
    };
    let mut dwellings = vec![];
    for doorway in &plan.doorways {
        for floor in 1..=FLOORS {
            for n in 1..=ROOMS_A_FLOOR {
                let room = floor * 100 + n;
                let area = AreaId::new(format!("{}-{room}", doorway.id));
                dwellings.push(Dwelling {
                    path: doorway.path.child(&area),
                    area,
                    doorway: doorway.id.clone(),
                    door_number: doorway.number,
                    address: format!("{ESTATE_NAME}{}号{room}室", doorway.number),
                    floor,
                    room,
                    let_out: settler.rng.random_bool(0.15),
                    residents: vec![],
                    elder_alone: false,
                });
            }
        }
    }
    let elders = rand::seq::index::sample(&mut settler.rng, dwellings.len(), ELDERS_ALONE);
    for i in elders {
        dwellings[i].elder_alone = true;
        dwellings[i].let_out = false;
    }
    for dwelling in &mut dwellings {
        dwelling.residents = settler.household(dwelling);
    }
    (dwellings, settler.people)
}
