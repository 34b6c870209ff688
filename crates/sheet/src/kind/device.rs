//! 设备: what sends readings, with purpose and place.

use super::{Known, RowOutcome, check_rows, refuse_repeated};
use crate::table::{Column, Table};
use linli_model::{
    Device, DeviceClass, DeviceId, DeviceState, Diagnostic, Instant, Measure, SourceId, Subject,
    format::coordinate::{self, Crs},
};

pub const COLUMNS: &[Column] = &[
    Column {
        code: "id",
        zh: &["设备编号", "编号"],
        en: &["Device id", "Id"],
        required: true,
        hint_zh: "设备发送读数时用的编号",
        hint_en: "the id the device sends",
    },
    Column {
        code: "class",
        zh: &["类别", "设备类别"],
        en: &["Class"],
        required: true,
        hint_zh: "如 烟感、门磁、智能门禁",
        hint_en: "e.g. smoke, door_magnet, smart_door",
    },
    Column {
        code: "name",
        zh: &["名称"],
        en: &["Name"],
        required: false,
        hint_zh: "如 41号门禁",
        hint_en: "e.g. door of no. 41",
    },
    Column {
        code: "area",
        zh: &["区域", "安装位置", "区域编码"],
        en: &["Area"],
        required: true,
        hint_zh: "区域编码或地址,如 田林十二村41号",
        hint_en: "area code or address",
    },
    Column {
        code: "source",
        zh: &["来源", "网关"],
        en: &["Source"],
        required: true,
        hint_zh: "经哪个网关或平台上报",
        hint_en: "the gateway or platform it speaks through",
    },
    Column {
        code: "measures",
        zh: &["测量项"],
        en: &["Measures"],
        required: true,
        hint_zh: "量的代码,用逗号隔开,如 smoke,battery_pct",
        hint_en: "codes of measures, separated by commas",
    },
    Column {
        code: "subject",
        zh: &["对象"],
        en: &["Subject"],
        required: false,
        hint_zh: "如 dwelling:户编码;空=设备自身",
        hint_en: "e.g. dwelling:CODE; empty = the device itself",
    },
    Column {
        code: "silence_secs_max",
        zh: &["最长静默秒数"],
        en: &["Longest silence, s"],
        required: false,
        hint_zh: "超过多久没有声音算离线;空=不监测",
        hint_en: "silence beyond this counts as offline; empty = not watched",
    },
    Column {
        code: "capacity",
        zh: &["容量"],
        en: &["Capacity"],
        required: false,
        hint_zh: "停车位数等",
        hint_en: "e.g. parking spaces",
    },
    Column {
        code: "lon",
        zh: &["经度"],
        en: &["Longitude"],
        required: false,
        hint_zh: "度",
        hint_en: "degrees",
    },
    Column {
        code: "lat",
        zh: &["纬度"],
        en: &["Latitude"],
        required: false,
        hint_zh: "度",
        hint_en: "degrees",
    },
    Column {
        code: "crs",
        zh: &["坐标系"],
        en: &["Crs"],
        required: false,
        hint_zh: "CGCS2000(默认)、GCJ02(高德、腾讯)、BD09(百度)",
        hint_en: "CGCS2000 (default), GCJ02, BD09",
    },
    Column {
        code: "purpose",
        zh: &["用途"],
        en: &["Purpose"],
        required: true,
        hint_zh: "为什么装,公示用",
        hint_en: "why it is there; shown in the public register",
    },
];

pub const CLASSES: &[(&str, &str, DeviceClass)] = &[
    ("smart_door", "智能门禁", DeviceClass::SmartDoor),
    ("wireless_probe", "无线探针", DeviceClass::WirelessProbe),
    ("water_pressure", "水压", DeviceClass::WaterPressure),
    ("smoke", "烟感", DeviceClass::Smoke),
    ("gate_checkpoint", "微卡口", DeviceClass::GateCheckpoint),
    ("bike_shed", "非机动车库", DeviceClass::BikeShed),
    ("water_meter", "水表", DeviceClass::WaterMeter),
    ("door_magnet", "门磁", DeviceClass::DoorMagnet),
    ("infrared", "红外", DeviceClass::Infrared),
    ("lift", "电梯", DeviceClass::Lift),
    ("waste_point", "垃圾房", DeviceClass::WastePoint),
    ("noise", "噪声", DeviceClass::Noise),
    ("parking_lot", "停车场", DeviceClass::ParkingLot),
    ("other", "其他", DeviceClass::Other),
];

const CRS: &[(&str, &str, Crs)] =
    &[("cgcs2000", "CGCS2000", Crs::Cgcs2000), ("gcj02", "GCJ02", Crs::Gcj02), ("bd09", "BD09", Crs::Bd09)];

/// Devices as registered from `now` on.
pub fn check(
    table: &Table,
    known: &Known<'_>,
    now: Instant,
) -> Result<Vec<RowOutcome<Device>>, Vec<Diagnostic>> {
    let mut outcomes = check_rows(table, COLUMNS, |cells| {
        let id = cells.required("id");
        let class = cells.required("class").and_then(|_| cells.choice("class", CLASSES));
        let area = cells.required("area").and_then(|_| cells.area("area", known.areas));
        let source = cells.required("source");
        let purpose = cells.required("purpose");
        let measures: Vec<Measure> = cells
            .required("measures")
            .map(|text| {
                text.split([',', ',', '、', ' ']).filter(|m| !m.is_empty()).map(Measure::new).collect()
            })
            .unwrap_or_default();
        if let Some(unknown) = measures.iter().find(|m| !(known.measure)(m)) {
            let (zh, en) = (format!("没有“{unknown}”这个量"), format!("there is no measure \"{unknown}\""));
            cells.refuse("measure_unknown", "measures", &zh, &en);
        }
        let subject = cells.parsed("subject", |text| {
            text.parse::<Subject>().map_err(|e| {
                Diagnostic::new("subject_malformed", "subject", "应为 类别:编码,如 dwelling:…", e.to_string())
            })
        });
        let silence = cells.number("silence_secs_max", 1.0..=31_536_000.0).map(|n| n as u32);
        let capacity = cells.number("capacity", 0.0..=1_000_000.0);
        let (lon, lat) = (cells.number("lon", -180.0..=180.0), cells.number("lat", -90.0..=90.0));
        let crs = cells.choice("crs", CRS).unwrap_or_default();
        let point = match (lon, lat) {
            (Some(lon), Some(lat)) => match coordinate::to_stored(lon, lat, crs) {
                Ok(point) => Some(point),
                Err(wrong) => {
                    cells.refuse_with("lon", wrong);
                    None
                }
            },
            _ => None,
        };
        let area = area?;
        Some(Device {
            id: DeviceId::new(id?),
            class: class?,
            name: cells.optional("name").unwrap_or(id?).to_owned(),
            area: area.id.clone(),
            area_path: area.path.clone(),
            source: SourceId::new(source?),
            subject,
            measures,
            silence_secs_max: silence,
            capacity,
            lon: point.map(|p| p.lon),
            lat: point.map(|p| p.lat),
            purpose: purpose?.to_owned(),
            state: DeviceState::Active,
            valid_from: now,
        })
    })?;
    refuse_repeated(&mut outcomes, "id", |device| device.id.to_string());
    Ok(outcomes)
}
