//! Where a case is, as a point; and how far from it a photo was taken.

use crate::{problem::Answer, state::ServerState};
use linli_casework::{Case, Photo, Shot, metres};
use linli_model::{AreaLevel, Fault};
use serde_json::Value;

/// The case's own position, else the middle of the building it lies in.
pub async fn point(state: &ServerState, case: &Case) -> Result<Option<(f64, f64)>, Fault> {
    if let Some(own) = case.lon.zip(case.lat) {
        return Ok(Some(own));
    }
    let areas = state.areas().await?;
    let Some(building) = areas.find_at_level(&case.area, AreaLevel::Building) else { return Ok(None) };
    let shapes = state.store.shapes_within(&building.path).await?;
    let shape = shapes.into_iter().find(|(id, _)| *id == building.id).map(|(_, shape)| shape);
    Ok(shape.and_then(|text| middle(&text)))
}

/// The mean of the corners of a geometry; near enough for asking whether a photo was taken there.
fn middle(geometry: &str) -> Option<(f64, f64)> {
    let geometry: Value = serde_json::from_str(geometry).ok()?;
    let (mut lon, mut lat, mut corners) = (0.0, 0.0, 0.0);
    let mut open = vec![geometry.get("coordinates")?];
    while let Some(value) = open.pop() {
        let Some(list) = value.as_array() else { continue };
        match (list.first().and_then(Value::as_f64), list.get(1).and_then(Value::as_f64)) {
            (Some(x), Some(y)) => {
                lon += x;
                lat += y;
                corners += 1.0;
            }
            _ => open.extend(list),
        }
    }
    (corners > 0.0).then(|| (lon / corners, lat / corners))
}

/// Writes beside each photo what its camera said: when it was taken, and how far from the case's place. The coordinates
/// themselves stay with the protected evidence.
pub async fn prove(state: &ServerState, case: &Case, photos: &mut [Photo]) -> Answer<()> {
    if photos.is_empty() {
        return Ok(());
    }
    let place = point(state, case).await?;
    for photo in photos {
        let Some(meta) = state.store.photo(&photo.blob).await? else { continue };
        let apart = place.zip(meta.lon.zip(meta.lat)).map(|(here, there)| metres(here, there));
        photo.shot = Shot { taken_at: meta.taken_at, metres: apart };
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::middle;

    #[test]
    fn the_middle_of_a_square_is_its_middle() {
        let square =
            r#"{"type":"Polygon","coordinates":[[[121.0,31.0],[121.2,31.0],[121.2,31.4],[121.0,31.4]]]}"#;
        let (lon, lat) = middle(square).unwrap();
        assert!((lon - 121.1).abs() < 1e-9 && (lat - 31.2).abs() < 1e-9);
        assert_eq!(middle(r#"{"type":"Point","coordinates":[121.5,31.5]}"#), Some((121.5, 31.5)));
        assert_eq!(middle("{}"), None);
    }
}
