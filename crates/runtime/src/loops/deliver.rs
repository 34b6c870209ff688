//! The delivery loop: what is due goes out ([`crate::delivery`]), and who watches a push sees it arrive.

use crate::{Installation, delivery::Delivery};
use linli_model::Fault;
use std::sync::Arc;

pub async fn turn(house: Arc<Installation>) -> Result<bool, Fault> {
    let delivery = Delivery {
        store: &*house.store,
        channels: &house.channels,
        clock: &*house.clock,
        at_once: house.deliveries_at_once,
    };
    let turn = delivery.turn().await?;
    for push in turn.pushes {
        if let Some(record) = house.store.push(push).await? {
            linli_server::pushes::tell(&house.state, &record.push);
        }
    }
    Ok(turn.full)
}
