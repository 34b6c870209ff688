//! Coordinates: stored as CGCS2000 longitude and latitude (the same as WGS-84 within a metre).
//!
//! Imports name their system. GCJ-02 (AMap, Tencent) lies 400 to 500 m off in Shanghai, BD-09 (Baidu) more.
//! The forward formulas are the published ones; the way back is found by iteration to under a centimetre.

use crate::problem::Diagnostic;
use serde::{Deserialize, Serialize};
use std::f64::consts::PI;

/// The system an import's coordinates are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Crs {
    #[default]
    Cgcs2000,
    Gcj02,
    Bd09,
}

/// Longitude and latitude in degrees.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LonLat {
    pub lon: f64,
    pub lat: f64,
}

const SEMI_MAJOR_METRES: f64 = 6_378_245.0;
const ECCENTRICITY_SQUARED: f64 = 0.006_693_421_622_965_943;

fn in_china(p: LonLat) -> bool {
    (72.004..=137.8347).contains(&p.lon) && (0.8293..=55.8271).contains(&p.lat)
}

/// GCJ-02 of a WGS-84 point; outside China the same point.
pub fn gcj02_from_wgs84(p: LonLat) -> LonLat {
    if !in_china(p) {
        return p;
    }
    let (x, y) = (p.lon - 105.0, p.lat - 35.0);
    let common = (20.0 * (6.0 * x * PI).sin() + 20.0 * (2.0 * x * PI).sin()) * 2.0 / 3.0;
    let root = x.abs().sqrt();
    let north = -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * root
        + common
        + (20.0 * (y * PI).sin() + 40.0 * (y / 3.0 * PI).sin()) * 2.0 / 3.0
        + (160.0 * (y / 12.0 * PI).sin() + 320.0 * (y / 30.0 * PI).sin()) * 2.0 / 3.0;
    let east = 300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * root
        + common
        + (20.0 * (x * PI).sin() + 40.0 * (x / 3.0 * PI).sin()) * 2.0 / 3.0
        + (150.0 * (x / 12.0 * PI).sin() + 300.0 * (x / 30.0 * PI).sin()) * 2.0 / 3.0;
    let latitude = p.lat.to_radians();
    let magic = 1.0 - ECCENTRICITY_SQUARED * latitude.sin().powi(2);
    let meridian = SEMI_MAJOR_METRES * (1.0 - ECCENTRICITY_SQUARED) / (magic * magic.sqrt()) * PI / 180.0;
    let parallel = SEMI_MAJOR_METRES / magic.sqrt() * latitude.cos() * PI / 180.0;
    LonLat { lon: p.lon + east / parallel, lat: p.lat + north / meridian }
}

/// BD-09 of a GCJ-02 point.
pub fn bd09_from_gcj02(p: LonLat) -> LonLat {
    let turn = PI * 3000.0 / 180.0;
    let radius = p.lon.hypot(p.lat) + 0.00002 * (p.lat * turn).sin();
    let angle = p.lat.atan2(p.lon) + 0.000003 * (p.lon * turn).cos();
    LonLat { lon: radius * angle.cos() + 0.0065, lat: radius * angle.sin() + 0.006 }
}

/// The point that `forward` maps to `target`, by fixed-point iteration (the shifts vary slowly).
fn inverse(target: LonLat, forward: fn(LonLat) -> LonLat) -> LonLat {
    let mut guess = target;
    for _ in 0..12 {
        let there = forward(guess);
        guess = LonLat { lon: guess.lon + target.lon - there.lon, lat: guess.lat + target.lat - there.lat };
    }
    guess
}

/// A point of an import in the system we store.
pub fn to_stored(lon: f64, lat: f64, crs: Crs) -> Result<LonLat, Diagnostic> {
    let in_range = lon.is_finite() && lat.is_finite() && lon.abs() <= 180.0 && lat.abs() <= 90.0;
    if !in_range {
        return Err(Diagnostic::new(
            "coordinate_out_of_range",
            "lon/lat",
            "经度应在 ±180、纬度应在 ±90 之间(度)",
            "expected longitude within ±180 and latitude within ±90 degrees",
        ));
    }
    let p = LonLat { lon, lat };
    Ok(match crs {
        Crs::Cgcs2000 => p,
        Crs::Gcj02 => inverse(p, gcj02_from_wgs84),
        Crs::Bd09 => inverse(inverse(p, bd09_from_gcj02), gcj02_from_wgs84),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIANLIN: LonLat = LonLat { lon: 121.420, lat: 31.170 };

    fn metres(a: LonLat, b: LonLat) -> f64 {
        let east = (a.lon - b.lon) * 111_320.0 * a.lat.to_radians().cos();
        let north = (a.lat - b.lat) * 110_574.0;
        east.hypot(north)
    }

    #[test]
    fn gcj02_lies_four_to_five_hundred_metres_off_in_shanghai() {
        let off = metres(TIANLIN, gcj02_from_wgs84(TIANLIN));
        assert!((400.0..560.0).contains(&off), "{off}");
    }

    #[test]
    fn the_way_back_ends_where_it_began() {
        for (lon, lat) in [(121.42, 31.17), (116.404, 39.915), (87.6, 43.8), (110.3, 20.0)] {
            let p = LonLat { lon, lat };
            let g = gcj02_from_wgs84(p);
            let b = bd09_from_gcj02(g);
            assert!(metres(p, to_stored(g.lon, g.lat, Crs::Gcj02).unwrap()) < 0.01);
            assert!(metres(p, to_stored(b.lon, b.lat, Crs::Bd09).unwrap()) < 0.05);
        }
    }

    #[test]
    fn a_known_point_of_beijing_comes_out_as_published() {
        // The pair every implementation of GCJ-02 is compared on: 116.404, 39.915.
        let g = gcj02_from_wgs84(LonLat { lon: 116.404, lat: 39.915 });
        assert!((g.lon - 116.410_244_499_169_38).abs() < 1e-6, "{g:?}");
        assert!((g.lat - 39.916_404_281_501_64).abs() < 1e-6, "{g:?}");
    }

    #[test]
    fn values_off_the_globe_are_refused() {
        for (lon, lat) in [(181.0, 0.0), (0.0, 91.0), (f64::NAN, 0.0)] {
            assert!(to_stored(lon, lat, Crs::Cgcs2000).is_err());
        }
    }
}
