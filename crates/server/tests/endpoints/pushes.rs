//! One-tap pushes at the door: preview, sending once, receipts that count up, answers (PE1–PE3).

use crate::town::{Town, user};
use linli_model::Millis;
use linli_server::{PageEvent, ports::Clock};
use serde_json::{Value, json};

fn to_volunteers(urgent: bool) -> Value {
    json!({"groups": ["volunteer"], "area": "R1", "urgent": urgent, "text": "暴雨,请到村口集合"})
}

async fn sent(town: &Town, body: Value) -> String {
    town.post("desk", "/pushes", body).await.ok()["id"].as_str().unwrap().to_owned()
}

async fn counts(town: &Town, id: &str) -> [u64; 6] {
    let view = town.get("desk", &format!("/pushes/{id}")).await.ok();
    ["asked", "delivered", "seen", "coming", "done", "cannot"]
        .map(|n| view["push"]["counts"][n].as_u64().unwrap())
}

#[tokio::test]
async fn receipts_of_a_push_count_up_from_delivered_to_done() {
    let town = Town::settled().await;
    let mut events = town.state.events.listen();
    let id = sent(&town, to_volunteers(true)).await;
    let told = [events.try_recv().unwrap(), events.try_recv().unwrap()];
    assert!(matches!(&told[0], PageEvent::Notice { user: u, .. } if *u == user("volunteer1")), "{told:?}");
    assert!(matches!(&told[1], PageEvent::Push { id: p, .. } if *p == id), "{told:?}");
    assert_eq!(counts(&town, &id).await, [1, 0, 0, 0, 0, 0]);

    town.get("desk", "/inbox").await.ok();
    assert_eq!(counts(&town, &id).await, [1, 0, 0, 0, 0, 0], "somebody else's page brings it to nobody");
    let inbox = town.get("volunteer1", "/inbox").await.ok();
    assert_eq!(inbox["items"][0]["push_id"], id.as_str());
    assert!(matches!(events.try_recv().unwrap(), PageEvent::Push { .. }), "who watches looks again");
    assert_eq!(counts(&town, &id).await, [1, 1, 0, 0, 0, 0], "their phone has it");
    town.get("volunteer1", "/inbox").await.ok();
    assert!(events.try_recv().is_err(), "it comes once");
    let notice = inbox["items"][0]["id"].as_str().unwrap().to_owned();
    town.post("volunteer1", &format!("/inbox/{notice}/seen"), json!(null)).await.is(204);
    assert!(matches!(events.try_recv().unwrap(), PageEvent::Push { .. }), "who watches looks again");
    assert_eq!(counts(&town, &id).await, [1, 1, 1, 0, 0, 0]);
    let reply = format!("/inbox/pushes/{id}/reply");
    for (said, expected) in
        [("coming", [1, 1, 1, 1, 0, 0]), ("done", [1, 1, 1, 1, 1, 0]), ("cannot", [1, 1, 1, 0, 0, 1])]
    {
        let mine = town.post("volunteer1", &reply, json!({"reply": said})).await.ok();
        assert_eq!(mine["reply"]["code"], said);
        assert!(matches!(events.try_recv().unwrap(), PageEvent::Push { .. }));
        assert_eq!(counts(&town, &id).await, expected, "{said}");
    }
    town.post("volunteer1", &reply, json!({"reply": "perhaps"})).await.problem(400, "push_reply_unknown");
    town.post("cadre1", &reply, json!({"reply": "done"})).await.problem(404, "not_found");
}

/// PE1
#[tokio::test]
async fn the_preview_says_whom_it_reaches_and_who_is_left_out_and_sends_nothing() {
    let town = Town::settled().await;
    let aim = json!({"groups": ["cadre", "volunteer"], "area": "S"});
    let preview = town.post("desk", "/pushes/preview", aim.clone()).await.ok();
    assert_eq!((&preview["reaches"], &preview["waits"]), (&json!(3), &json!(false)), "{preview}");
    assert_eq!(town.get("desk", "/pushes").await.ok()["items"], json!([]));
    for _ in 0..4 {
        sent(&town, to_volunteers(false)).await;
    }
    let preview = town.post("desk", "/pushes/preview", aim).await.ok();
    assert_eq!(preview["reaches"], 2);
    let out = &preview["left_out"][0];
    assert_eq!(
        (&out["person"]["name"], &out["why"]["code"]),
        (&json!("volunteer1 某"), &json!("told_enough"))
    );
    town.post("desk", "/pushes", to_volunteers(false)).await.problem(400, "push_reaches_nobody");
    sent(&town, to_volunteers(true)).await;
    town.pass(Millis::days(1));
    sent(&town, to_volunteers(false)).await;
}

#[tokio::test]
async fn sent_again_under_its_key_it_is_the_same_push_even_where_nobody_could_be_reached_now() {
    let town = Town::settled().await;
    for n in 0..3 {
        town.post_keyed("desk", "/pushes", &format!("k{n}"), to_volunteers(false)).await.ok();
    }
    let first = town.post_keyed("desk", "/pushes", "key", to_volunteers(false)).await.ok();
    let again = town.post_keyed("desk", "/pushes", "key", to_volunteers(false)).await.ok();
    assert_eq!(first["id"], again["id"]);
    assert_eq!(town.get("desk", "/pushes").await.ok()["items"].as_array().unwrap().len(), 4);
    assert_eq!(town.store.unseen(user("volunteer1"), town.clock.now()).await.unwrap(), 4);
    town.post_keyed("desk", "/pushes", "key", to_volunteers(true)).await.is(409);
}

#[tokio::test]
async fn at_night_what_can_wait_waits_and_is_nobodys_until_then() {
    let town = Town::settled().await;
    town.pass(Millis::hours(14));
    let preview =
        town.post("desk", "/pushes/preview", json!({"groups": ["volunteer"], "area": "R1"})).await.ok();
    assert_eq!(preview["waits"], true);
    let id = sent(&town, to_volunteers(false)).await;
    town.get("volunteer1", &format!("/inbox/pushes/{id}")).await.problem(404, "not_found");
    town.pass(Millis::hours(9));
    town.get("volunteer1", &format!("/inbox/pushes/{id}")).await.ok();
}

/// PE2, PU5
#[tokio::test]
async fn names_stand_beside_the_numbers_for_a_day() {
    let town = Town::settled().await;
    let id = sent(&town, to_volunteers(true)).await;
    town.pass(Millis(Millis::hours(24).0 - 1));
    let view = town.get("cadre1", &format!("/pushes/{id}")).await.ok();
    assert_eq!(view["people"][0]["name"], "volunteer1 某");
    assert_eq!(view["people"][0]["state"]["code"], "waiting");
    town.pass(Millis(1));
    let view = town.get("cadre1", &format!("/pushes/{id}")).await.ok();
    assert_eq!(view["people"], json!([]));
    assert_eq!(view["push"]["counts"]["asked"], 1);
}

#[tokio::test]
async fn mistakes_are_named_by_their_field() {
    let town = Town::settled().await;
    for (change, code) in [
        (json!({"groups": []}), "push_group_unknown"),
        (json!({"groups": ["resident"]}), "push_group_unknown"),
        (json!({"area": "nowhere"}), "area_unknown"),
        (json!({"text": "  "}), "push_text_length"),
        (json!({"text": "字".repeat(121)}), "push_text_length"),
        (json!({"groups": ["guard"]}), "push_reaches_nobody"),
    ] {
        let mut body = to_volunteers(false);
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        town.post("desk", "/pushes", body).await.problem(400, code);
    }
}
