//! Answers to interactions: the clocks, the order of calls, and what may answer what.

use std::time::Duration;

use serde_json::{Value, json};

use super::raw::{Raw, ask, message};
use crate::fake_discord::{FakeDiscord, Person, Reply, TO_RESPOND, TOKEN_LIFE};

const JUST: Duration = Duration::from_millis(1);

struct Scene {
    discord: FakeDiscord,
    raw: Raw,
    ana: Person,
}

impl Scene {
    async fn new() -> Scene {
        let discord = FakeDiscord::start().await;
        let raw = Raw::new(&discord);
        let ana = discord.guild("Newsroom").member("ana");
        assert_eq!(raw.register(ask()).await.0, 200);
        Scene { discord, raw, ana }
    }

    fn ask(&self) -> Reply {
        self.ana.slash("ask", [("question", "who?")]).send()
    }

    /// Asks, and has the bot answer with buttons and a select.
    async fn answered(&self) -> Reply {
        let reply = self.ask();
        let mut body = message("an answer");
        body["components"] = json!([
            { "type": 1, "components": [
                { "type": 2, "style": 2, "label": "More", "custom_id": "more" },
                { "type": 2, "style": 2, "label": "Old", "custom_id": "old", "disabled": true },
            ] },
            { "type": 1, "components": [{
                "type": 3, "custom_id": "pick", "placeholder": "Pick", "options": [
                    { "label": "First", "value": "1" }, { "label": "Second", "value": "2" },
                ],
            }] },
        ]);
        assert_eq!(self.raw.respond(&reply, 4, body).await.0, 204);
        reply
    }

    /// The rules broken since the last look.
    fn broken(&self) -> Vec<&'static str> {
        self.discord
            .take_violations()
            .into_iter()
            .map(|violation| violation.rule)
            .collect()
    }
}

#[tokio::test]
async fn the_first_response_has_three_seconds() {
    let scene = Scene::new().await;
    let in_time = scene.ask();
    scene.discord.advance(TO_RESPOND);
    assert_eq!(scene.raw.respond(&in_time, 4, message("x")).await.0, 204);
    assert_eq!(scene.broken(), [""; 0]);

    let late = scene.ask();
    scene.discord.advance(TO_RESPOND + JUST);
    assert_eq!(late.text(), "(the application did not respond)");
    let (status, body) = scene.raw.respond(&late, 4, message("x")).await;
    assert_eq!((status, &body["code"]), (404, &json!(10_062)));
    assert_eq!(scene.broken(), ["late-callback"]);
    scene.discord.finish();
}

#[tokio::test]
async fn follow_ups_and_changes_have_fifteen_minutes() {
    let scene = Scene::new().await;
    let reply = scene.answered().await;
    let webhook = scene.raw.webhook(&reply);
    let original = format!("{webhook}/messages/@original");
    scene.discord.advance(TOKEN_LIFE);
    assert_eq!(
        scene.raw.send("POST", &webhook, message("more")).await.0,
        200
    );
    assert_eq!(
        scene
            .raw
            .send("PATCH", &original, message("changed"))
            .await
            .0,
        200
    );
    assert_eq!(scene.broken(), [""; 0]);
    assert_eq!(reply.follow_ups().len(), 1);
    assert_eq!(reply.message().content(), "changed");

    scene.discord.advance(JUST);
    assert_eq!(
        scene.raw.send("POST", &webhook, message("more")).await.0,
        401
    );
    assert_eq!(
        scene.raw.send("PATCH", &original, message("late")).await.0,
        401
    );
    assert_eq!(scene.broken(), ["expired-token", "expired-token"]);
    scene.discord.finish();
}

#[tokio::test]
async fn an_interaction_is_answered_once_and_with_its_own_token() {
    let scene = Scene::new().await;
    let reply = scene.answered().await;
    let (status, body) = scene.raw.respond(&reply, 4, message("again")).await;
    assert_eq!((status, &body["code"]), (400, &json!(40_060)));
    assert_eq!(scene.broken(), ["second-callback"]);

    let other = scene.ask();
    let path = format!("/interactions/{}/{}/callback", other.id(), reply.token());
    let body = json!({ "type": 4, "data": message("x") });
    assert_eq!(scene.raw.send("POST", &path, body.clone()).await.0, 404);
    assert_eq!(scene.broken(), ["interaction-token"]);
    assert_eq!(
        scene
            .raw
            .send("POST", "/interactions/1/x/callback", body)
            .await
            .0,
        404
    );
    assert_eq!(scene.broken(), ["unknown-interaction"]);

    let early = scene.raw.webhook(&other);
    assert_eq!(
        scene.raw.send("POST", &early, message("early")).await.0,
        404
    );
    assert_eq!(scene.broken(), ["early-follow-up"]);
    let forged = early.replace("interaction-token", "another");
    assert_eq!(scene.raw.send("POST", &forged, message("x")).await.0, 401);
    assert_eq!(scene.broken(), ["interaction-token"]);
    scene.discord.finish();
}

#[tokio::test]
async fn kinds_of_answer_fit_kinds_of_question() {
    let scene = Scene::new().await;
    let modal = json!({ "custom_id": "m", "title": "t", "components": [
        { "type": 1, "components": [{ "type": 4, "custom_id": "f", "style": 1, "label": "Field" }] },
    ] });
    let choices = json!({ "choices": [] });
    let answered = scene.answered().await;
    let slash = || scene.ask();
    let press = || answered.press("More").send();
    let complete = || scene.ana.complete("ask", "article", "x").send();
    let submit = || scene.ana.forge_modal("m", &[("f", "x")]).send();
    let cases: [(&dyn Fn() -> Reply, &[u64]); 4] = [
        (&slash, &[4, 5, 9]),
        (&press, &[4, 5, 6, 7, 9]),
        (&complete, &[8]),
        // Without a message it was opened from.
        (&submit, &[4, 5]),
    ];
    for (start, fitting) in cases {
        for kind in [4, 5, 6, 7, 8, 9, 2] {
            let reply = start();
            let data = match kind {
                4 | 7 => message("x"),
                8 => choices.clone(),
                9 => modal.clone(),
                _ => Value::Null,
            };
            let (status, _) = scene.raw.respond(&reply, kind, data).await;
            let broken = scene.broken();
            let fits = fitting.contains(&kind);
            assert_eq!(
                status < 300,
                fits,
                "{kind} of {fitting:?}: {status} {broken:?}"
            );
            assert_eq!(broken.is_empty(), fits, "{kind} of {fitting:?}: {broken:?}");
        }
    }
    scene.discord.finish();
}

#[tokio::test]
async fn a_deferral_says_only_whether_it_is_private() {
    let scene = Scene::new().await;
    let private = scene.ask();
    assert_eq!(
        scene
            .raw
            .respond(&private, 5, json!({ "flags": 64 }))
            .await
            .0,
        204
    );
    assert!(private.was_deferred() && private.is_private() && !private.is_complete());
    assert_eq!(private.text(), "(only you can see this)\n(thinking…)");
    assert_eq!(scene.broken(), [""; 0]);
    // The first follow-up fills it in, and cannot make it public.
    scene
        .raw
        .send("POST", &scene.raw.webhook(&private), message("done"))
        .await;
    assert_eq!(private.text(), "(only you can see this)\ndone");
    assert!(private.is_complete() && private.follow_ups().is_empty());

    for (data, rule) in [
        (json!({ "flags": 64 | 1 << 15 }), "defer-flags"),
        (json!({ "flags": 4 }), "defer-flags"),
        (json!({ "content": "x" }), "defer-content"),
        (json!({ "unknown": 1 }), "schema"),
    ] {
        let reply = scene.ask();
        assert_eq!(scene.raw.respond(&reply, 5, data).await.0, 400);
        assert_eq!(scene.broken(), [rule]);
    }
    scene.discord.finish();
}

#[tokio::test]
async fn what_is_private_is_seen_by_one() {
    let scene = Scene::new().await;
    let reply = scene.ask();
    let mut secret = message("a secret");
    secret["flags"] = json!(64);
    scene.raw.respond(&reply, 4, secret).await;
    let ben = scene.discord.guild("Elsewhere").welcome(&scene.ana);
    assert_eq!(reply.text(), "(only you can see this)\na secret");
    assert_eq!(
        scene.ana.screen(),
        "quoth:\n(only you can see this)\na secret"
    );
    assert_eq!(ben.screen(), "");
    let public = scene.ana.channel().bot_messages();
    assert!(public.is_empty(), "{public:?}");
    // REST does not know it either.
    let path = format!(
        "/channels/{}/messages/{}",
        scene.ana.channel().id(),
        reply.message().id()
    );
    assert_eq!(scene.raw.send("GET", &path, Value::Null).await.0, 404);
    scene.discord.finish();
}

#[tokio::test]
async fn messages_of_callbacks_and_follow_ups_are_checked_as_well() {
    let scene = Scene::new().await;
    let long = "a".repeat(2_001);
    let cases: [(&str, Value); 4] = [
        ("schema", message(&long)),
        ("mentions", json!({ "content": "x" })),
        ("empty-message", message("")),
        (
            "schema",
            json!({ "content": "x", "allowed_mentions": { "parse": [] }, "nonce": "1" }),
        ),
    ];
    for (rule, body) in cases {
        let reply = scene.ask();
        scene.raw.respond(&reply, 4, body.clone()).await;
        assert!(scene.broken().contains(&rule), "callback: {rule}");
        let reply = scene.answered().await;
        let webhook = scene.raw.webhook(&reply);
        scene.raw.send("POST", &webhook, body.clone()).await;
        assert!(scene.broken().contains(&rule), "follow-up: {rule}");
        scene
            .raw
            .send(
                "PATCH",
                &format!("{webhook}/messages/@original"),
                body.clone(),
            )
            .await;
        let broken = scene.broken();
        // Buttons alone are an empty message, also after a change.
        assert!(broken.contains(&rule), "change: {rule} not in {broken:?}");
        let press = reply.press("More").send();
        scene.raw.respond(&press, 7, body).await;
        assert!(scene.broken().contains(&rule), "update: {rule}");
    }
    scene.discord.finish();
}

#[tokio::test]
async fn an_update_changes_the_message_with_the_button() {
    let scene = Scene::new().await;
    let reply = scene.answered().await;
    let press = reply.press("More").send();
    let mut body = message("page two");
    body["components"] = json!([]);
    scene.raw.respond(&press, 7, body).await;
    assert!(press.was_update());
    assert_eq!(reply.text(), "page two");
    assert_eq!(reply.message().earlier().len(), 1);
    assert!(
        reply
            .press("More")
            .try_send()
            .unwrap_err()
            .contains("no button")
    );
    scene.discord.finish();
}

#[tokio::test]
async fn a_deferred_update_is_complete_when_the_message_changes() {
    let scene = Scene::new().await;
    let reply = scene.answered().await;
    let press = reply.press("More").send();
    assert_eq!(scene.raw.respond(&press, 6, Value::Null).await.0, 204);
    assert!(press.was_deferred() && !press.is_complete());
    let original = format!("{}/messages/@original", scene.raw.webhook(&press));
    scene
        .raw
        .send("PATCH", &original, message("page two"))
        .await;
    assert!(press.is_complete());
    assert!(reply.text().starts_with("page two"));
    scene.discord.finish();
}

#[tokio::test]
async fn choices_and_selects() {
    let scene = Scene::new().await;
    let choices = |n: usize, name: &str| {
        let all: Vec<Value> = (0..n)
            .map(|value| json!({ "name": name, "value": value.to_string() }))
            .collect();
        json!({ "choices": all })
    };
    for (data, expected) in [
        (choices(25, &"n".repeat(100)), &[][..]),
        (choices(26, "n"), &["schema", "choices"]),
        (choices(1, &"n".repeat(101)), &["schema", "choice-length"]),
        (choices(1, ""), &["schema", "choice-length"]),
        (
            json!({ "choices": [{ "name": "n", "value": "v".repeat(101) }] }),
            &["choice-length"],
        ),
    ] {
        let typing = scene.ana.complete("ask", "article", "pu").send();
        scene.raw.respond(&typing, 8, data).await;
        assert_eq!(scene.broken(), expected);
    }
    let answered = scene.answered().await;
    assert!(answered.choose("Pick", &["Third"]).try_send().is_err());
    let chosen = answered.choose("Pick", &["Second"]).send();
    assert_eq!(scene.raw.respond(&chosen, 7, message("x")).await.0, 204);
    scene.discord.finish();
}

#[tokio::test]
async fn modals() {
    let scene = Scene::new().await;
    let input = |fields: Value| {
        let mut input = json!({ "type": 4, "custom_id": "f", "style": 1, "label": "Field" });
        input
            .as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        json!({ "type": 1, "components": [input] })
    };
    let modal =
        |rows: Vec<Value>| json!({ "custom_id": "m", "title": "Title", "components": rows });
    let inputs = |n: usize| {
        modal(
            (0..n)
                .map(|number| input(json!({ "custom_id": number.to_string() })))
                .collect(),
        )
    };
    let label = json!({ "type": 18, "label": "Field", "component": { "type": 4, "custom_id": "f", "style": 1 } });
    let titled = |n_chars: usize| json!({ "custom_id": "m", "title": "t".repeat(n_chars), "components": [input(json!({}))] });
    for (data, rule) in [
        (inputs(5), None),
        (inputs(6), Some("modal-rows")),
        (inputs(0), Some("modal-rows")),
        (titled(45), None),
        (titled(46), Some("schema")),
        (modal(vec![label]), None),
        (
            modal(vec![input(json!({ "label": null }))]),
            Some("modal-label"),
        ),
        (
            modal(vec![input(json!({ "label": "l".repeat(46) }))]),
            Some("schema"),
        ),
        (modal(vec![input(json!({ "max_length": 4_000 }))]), None),
        (
            modal(vec![input(json!({ "max_length": 4_001 }))]),
            Some("schema"),
        ),
        (
            modal(vec![input(json!({ "min_length": 3, "max_length": 2 }))]),
            Some("modal-length"),
        ),
        (
            modal(vec![input(json!({ "value": "xx", "max_length": 1 }))]),
            Some("modal-length"),
        ),
        (
            modal(vec![input(json!({})), input(json!({}))]),
            Some("custom-id-duplicate"),
        ),
    ] {
        let reply = scene.ask();
        let shown = data.to_string();
        scene.raw.respond(&reply, 9, data).await;
        let broken = scene.broken();
        match rule {
            None => assert_eq!(broken, [""; 0], "{shown}"),
            Some(rule) => assert!(
                broken.contains(&rule),
                "{rule} not in {broken:?} of {shown}"
            ),
        }
    }

    let reply = scene.ask();
    let data = modal(vec![input(
        json!({ "placeholder": "type here", "required": false }),
    )]);
    scene.raw.respond(&reply, 9, data).await;
    assert_eq!(reply.text(), "# Title\nField (optional): type here");
    let submitted = reply.modal().fill("Field", "my text").submit().send();
    assert_eq!(
        scene.raw.respond(&submitted, 4, message("thanks")).await.0,
        204
    );
    scene.discord.finish();
}

#[tokio::test]
async fn with_response_returns_the_message() {
    let scene = Scene::new().await;
    let reply = scene.ask();
    let path = format!(
        "/interactions/{}/{}/callback?with_response=true",
        reply.id(),
        reply.token()
    );
    let body = json!({ "type": 4, "data": message("x") });
    let (status, answer) = scene.raw.send("POST", &path, body).await;
    assert_eq!(status, 200);
    assert_eq!(
        answer["resource"]["message"]["id"],
        reply.message().id().to_string()
    );
    scene.discord.finish();
}

#[tokio::test]
async fn responses_are_read_and_deleted_by_their_interaction_alone() {
    let scene = Scene::new().await;
    let [first, second] = [scene.answered().await, scene.answered().await];
    let at =
        |reply: &Reply, message: u64| format!("{}/messages/{message}", scene.raw.webhook(reply));
    let own = at(&first, first.message().id());
    assert_eq!(scene.raw.send("GET", &own, Value::Null).await.0, 200);
    let foreign = at(&first, second.message().id());
    assert_eq!(scene.raw.send("GET", &foreign, Value::Null).await.0, 404);
    assert_eq!(scene.raw.send("DELETE", &own, Value::Null).await.0, 204);
    assert!(first.message().is_deleted());
    assert_eq!(scene.raw.send("GET", &own, Value::Null).await.0, 404);
    scene.discord.finish();
}
