//! Which residential areas have a part in a question.

use linli_model::{AreaId, AreaPath, AreaTree};
use std::collections::BTreeMap;

/// The partitions that an area has a part in: its residential areas, or the one it lies in.
pub fn partitions(areas: &AreaTree, asked: &AreaPath) -> Vec<(AreaId, AreaPath)> {
    let found: BTreeMap<AreaId, AreaPath> = areas
        .iter()
        .filter(|a| a.path.within(asked) || asked.within(&a.path))
        .filter_map(|a| areas.partition_of(&a.path))
        .filter(|(_, path)| path.within(asked) || asked.within(path))
        .collect();
    found.into_iter().collect()
}
