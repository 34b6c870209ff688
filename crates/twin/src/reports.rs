//! What people say: the reports of two weeks, some of them about what the devices see as well.

use crate::{
    ESTATE, Twin,
    people::{self, Sex},
    place::{DOORWAYS, ESTATE_NAME, degrees, spot},
    rng,
    story::{DAYS, at, day_number, plus_days, zone},
};
use linli_model::{AreaId, AreaPath, Instant, Text};
use rand::Rng;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportChannel {
    /// The public page.
    Resident,
    /// Someone came to the committee's window.
    Window,
    Phone,
    /// 12345
    Hotline,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub at: Instant,
    pub channel: ReportChannel,
    /// What it is about, in a word: `noise`, `water`, `lift`, `parking`, `waste`, `fire_lane`, `light`, `ebike`, `leak`, `tree`, `care`, `thanks`.
    pub topic: String,
    pub text: Text,
    pub area: AreaId,
    pub area_path: AreaPath,
    pub place: String,
    pub lon: f64,
    pub lat: f64,
    pub reporter_name: Option<String>,
    pub reporter_phone: Option<String>,
}

/// Where a report is about.
enum Place {
    Doorway,
    Spot(&'static str, &'static str),
}

struct Told {
    day: i64,
    hour: i8,
    minute: i8,
    channel: ReportChannel,
    topic: &'static str,
    place: Place,
    zh: &'static str,
    en: &'static str,
}

const fn told(
    when: (i64, i8, i8),
    channel: ReportChannel,
    topic: &'static str,
    place: Place,
    zh: &'static str,
    en: &'static str,
) -> Told {
    Told { day: when.0, hour: when.1, minute: when.2, channel, topic, place, zh, en }
}

use Place::{Doorway, Spot};
use ReportChannel::{Hotline, Phone, Resident, Window};

const SQUARE: Place = Spot("square", "中心广场");
const TOLD: &[Told] = &[
    told(
        (0, 8, 12),
        Resident,
        "light",
        Doorway,
        "楼道三楼的灯坏了好几天,晚上老人上下楼看不清。",
        "The light on the third floor has been out for days; old people cannot see the stairs at night.",
    ),
    told(
        (0, 15, 40),
        Window,
        "leak",
        Doorway,
        "厨房天花板渗水,楼上说不是他家的问题。",
        "Water comes through the kitchen ceiling, and upstairs say it is not theirs.",
    ),
    told(
        (1, 9, 5),
        Phone,
        "waste",
        Spot("waste_2", "2号垃圾厢房"),
        "垃圾厢房旁边堆了旧沙发,三天没人清。",
        "An old sofa has lain beside the waste point for three days.",
    ),
    told(
        (1, 19, 25),
        Resident,
        "ebike",
        Doorway,
        "有人把电瓶车推进楼道充电,很危险。",
        "Someone charges an e-bike in the stairwell. That is dangerous.",
    ),
    told(
        (2, 10, 30),
        Resident,
        "tree",
        Spot("north_wall", "北围墙"),
        "北围墙边的树枝伸到晾衣架上了,请修剪。",
        "Branches by the north wall reach the clothes lines; please cut them.",
    ),
    told(
        (3, 7, 50),
        Hotline,
        "fire_lane",
        Spot("gate_south", "南门通道"),
        "南门消防通道每天早上都停满车。",
        "Cars stand in the fire lane at the south gate every morning.",
    ),
    told(
        (4, 20, 10),
        Resident,
        "waste",
        Spot("waste_3", "3号垃圾厢房"),
        "3号垃圾厢房满出来了,味道很大。",
        "Waste point 3 is overflowing and smells.",
    ),
    told(
        (5, 18, 55),
        Resident,
        "parking",
        Spot("park_main", "东停车场"),
        "外面的车都停进来了,我们自己回来没地方停。",
        "Outside cars have filled the car park and we who live here find no place.",
    ),
    told(
        (6, 6, 58),
        Phone,
        "water",
        Doorway,
        "早上水很小,五楼几乎没有水。",
        "Hardly any water this morning; none on the fifth floor.",
    ),
    told(
        (6, 7, 15),
        Resident,
        "water",
        Doorway,
        "停水了吗?没有看到通知。",
        "Is the water off? We saw no notice.",
    ),
    told(
        (7, 14, 20),
        Window,
        "care",
        Doorway,
        "隔壁阿婆最近耳朵不好,希望有人多去看看。",
        "The old lady next door hears badly now; please look in on her more often.",
    ),
    told(
        (8, 11, 0),
        Resident,
        "lift",
        Doorway,
        "加装电梯开门时有异响。",
        "The added lift makes a noise when its door opens.",
    ),
    told(
        (9, 22, 50),
        Resident,
        "noise",
        SQUARE,
        "广场上放音响唱歌,孩子睡不着。",
        "Singing with loudspeakers on the square; the child cannot sleep.",
    ),
    told(
        (9, 23, 5),
        Hotline,
        "noise",
        SQUARE,
        "中心广场夜里还有人放音乐,多次反映没人管。",
        "Music on the square at night again, reported many times, nobody does anything.",
    ),
    told((9, 23, 18), Resident, "noise", SQUARE, "太吵了,都十一点了。", "Far too loud, and it is eleven."),
    told(
        (10, 8, 30),
        Window,
        "noise",
        SQUARE,
        "昨天晚上广场吵到半夜,请居委出面协调。",
        "The square was loud until midnight; the committee should talk to them.",
    ),
    told(
        (10, 16, 5),
        Resident,
        "light",
        SQUARE,
        "广场东侧路灯不亮。",
        "The street lamp on the east of the square is out.",
    ),
    told(
        (11, 9, 45),
        Phone,
        "leak",
        Doorway,
        "楼顶防水坏了,下雨六楼就漏。",
        "The roof leaks into the sixth floor when it rains.",
    ),
    told(
        (12, 18, 40),
        Resident,
        "parking",
        Spot("park_main", "东停车场"),
        "又停满了,门口还在放外来车辆进来。",
        "Full again, and the gate still lets outside cars in.",
    ),
    told(
        (13, 9, 20),
        Resident,
        "thanks",
        Doorway,
        "楼道灯修好了,谢谢。",
        "The stairwell light works again, thank you.",
    ),
    told(
        (13, 10, 15),
        Resident,
        "ebike",
        Spot("shed_3", "3号非机动车库"),
        "3号车库充电桩有两个插座没电。",
        "Two sockets in shed 3 have no power.",
    ),
];

pub(crate) fn between(twin: &Twin, from: Instant, to: Instant) -> Vec<Report> {
    let mut found = vec![];
    let days = day_number(from.day_in(zone())) - day_number(twin.story_from);
    let mut n = days.div_euclid(DAYS);
    while at(plus_days(twin.story_from, n * DAYS), 0, 0) < to {
        let all = TOLD.iter().enumerate().map(|(i, told)| report(twin, n, i, told));
        found.extend(all.filter(|r| from <= r.at && r.at < to));
        n += 1;
    }
    found
}

fn report(twin: &Twin, telling: i64, i: usize, told: &Told) -> Report {
    let rng = &mut rng(twin.seed, &format!("report/{i}"), telling);
    let day = plus_days(twin.story_from, telling * DAYS + told.day);
    let estate = || twin.find_area(&AreaId::new(ESTATE)).map(|a| a.path.clone());
    let doorway = twin
        .areas
        .iter()
        .filter(|a| a.level == linli_model::AreaLevel::Doorway)
        .nth(rng.random_range(0..DOORWAYS));
    let (area, area_path, place, (lon, lat)) = match (&told.place, doorway) {
        (Place::Doorway, Some(doorway)) => {
            let room = rng.random_range(1..=6) * 100 + rng.random_range(1..=4);
            let at = doorway_degrees(twin, &doorway.id).unwrap_or(degrees((0.0, 0.0)));
            (doorway.id.clone(), doorway.path.clone(), format!("{}{room}室", doorway.name), at)
        }
        (Place::Spot(spot_name, label), _) => {
            let path = estate().unwrap_or_else(|| AreaPath(String::new()));
            (AreaId::new(ESTATE), path, format!("{ESTATE_NAME}{label}"), degrees(spot(spot_name)))
        }
        (Place::Doorway, None) => {
            let path = estate().unwrap_or_else(|| AreaPath(String::new()));
            (AreaId::new(ESTATE), path, ESTATE_NAME.to_owned(), degrees((0.0, 0.0)))
        }
    };
    let signed = told.channel != ReportChannel::Resident || rng.random_bool(0.6);
    let sex = if rng.random_bool(0.5) { Sex::Female } else { Sex::Male };
    let old = rng.random_bool(0.5);
    let name = people::name(rng, None, sex, old);
    let phone = people::phone(rng);
    Report {
        at: at(day, told.hour, told.minute),
        channel: told.channel,
        topic: told.topic.to_owned(),
        text: Text::new(told.zh, told.en),
        area,
        area_path,
        place,
        lon,
        lat,
        reporter_name: signed.then_some(name),
        reporter_phone: signed.then_some(phone),
    }
}

/// A doorway's point as it stands on the map.
fn doorway_degrees(twin: &Twin, id: &AreaId) -> Option<(f64, f64)> {
    let features = twin.geojson["features"].as_array()?;
    let feature = features.iter().find(|f| f["id"] == id.as_str())?;
    let place = feature["geometry"]["coordinates"].as_array()?;
    Some((place.first()?.as_f64()?, place.get(1)?.as_f64()?))
}
