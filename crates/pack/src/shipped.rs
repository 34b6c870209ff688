//! The packs inside the binary.
//!
//! Invariants
//! - SD1 The list is the folder `packs/`, file by file; a test compares them.

use crate::pack::{Pack, from_files};
use linli_rule::Catalogue;

/// Pack by pack: file name and text.
const FILES: &[&[(&str, &str)]] = &[
    &[
        ("pack.toml", include_str!("../../../packs/bikeshed/pack.toml")),
        ("rules/shed_full.toml", include_str!("../../../packs/bikeshed/rules/shed_full.toml")),
        ("rules/shed_heat.toml", include_str!("../../../packs/bikeshed/rules/shed_heat.toml")),
    ],
    &[
        ("pack.toml", include_str!("../../../packs/elder/pack.toml")),
        ("rules/elder_no_water.toml", include_str!("../../../packs/elder/rules/elder_no_water.toml")),
        ("rules/elder_not_out.toml", include_str!("../../../packs/elder/rules/elder_not_out.toml")),
        (
            "rules/elder_still_at_home.toml",
            include_str!("../../../packs/elder/rules/elder_still_at_home.toml"),
        ),
        ("rules/sos_button.toml", include_str!("../../../packs/elder/rules/sos_button.toml")),
    ],
    &[
        ("pack.toml", include_str!("../../../packs/fire/pack.toml")),
        ("rules/ebike_in_lift.toml", include_str!("../../../packs/fire/rules/ebike_in_lift.toml")),
        ("rules/hydrant_pressure.toml", include_str!("../../../packs/fire/rules/hydrant_pressure.toml")),
        ("rules/smoke_alarm.toml", include_str!("../../../packs/fire/rules/smoke_alarm.toml")),
    ],
    &[
        ("pack.toml", include_str!("../../../packs/newcomer/pack.toml")),
        (
            "rules/unknown_card_days.toml",
            include_str!("../../../packs/newcomer/rules/unknown_card_days.toml"),
        ),
    ],
    &[
        ("pack.toml", include_str!("../../../packs/noise/pack.toml")),
        ("rules/noise_at_night.toml", include_str!("../../../packs/noise/rules/noise_at_night.toml")),
    ],
    &[
        ("pack.toml", include_str!("../../../packs/parking/pack.toml")),
        ("rules/parking_full.toml", include_str!("../../../packs/parking/rules/parking_full.toml")),
        ("rules/parking_warn.toml", include_str!("../../../packs/parking/rules/parking_warn.toml")),
    ],
    &[
        ("pack.toml", include_str!("../../../packs/waste/pack.toml")),
        ("rules/waste_overflow.toml", include_str!("../../../packs/waste/rules/waste_overflow.toml")),
    ],
    &[
        ("pack.toml", include_str!("../../../packs/water/pack.toml")),
        ("rules/low_head.toml", include_str!("../../../packs/water/rules/low_head.toml")),
        ("rules/low_pressure.toml", include_str!("../../../packs/water/rules/low_pressure.toml")),
        ("rules/sudden_drop.toml", include_str!("../../../packs/water/rules/sudden_drop.toml")),
    ],
];

/// Every pack that comes with the program. A test checks them, so none is left out.
pub fn shipped() -> Vec<Pack> {
    let catalogue = Catalogue::shipped();
    FILES.iter().filter_map(|files| from_files(files.iter().copied(), &catalogue).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, path::Path};

    #[test]
    fn what_is_shipped_is_the_folder() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs");
        let mut found = 0;
        for pack in fs::read_dir(&folder).unwrap() {
            let pack = pack.unwrap().path();
            let loaded =
                crate::pack::load(&pack).unwrap_or_else(|wrong| panic!("{}: {wrong:#?}", pack.display()));
            let shipped = shipped();
            let shipped =
                shipped.iter().find(|p| p.code == loaded.code).unwrap_or_else(|| panic!("{}", loaded.code));
            assert_eq!(pack.file_name().unwrap().to_string_lossy(), loaded.code);
            let texts = |p: &Pack| p.rules.iter().map(|r| r.text.clone()).collect::<Vec<_>>();
            assert_eq!(texts(shipped), texts(&loaded), "{}", loaded.code);
            found += 1;
        }
        assert_eq!(found, FILES.len());
        assert_eq!(shipped().len(), FILES.len());
    }
}
