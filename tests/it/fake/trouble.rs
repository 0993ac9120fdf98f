//! Faults on command, and what a test is told in the end.

use std::time::Duration;

use serde_json::Value;

use super::raw::{Raw, ask, message};
use super::toy;
use crate::fake_discord::{Endpoint, FakeDiscord, Fault, InvalidRequests, Scope};

async fn scene() -> (FakeDiscord, Raw, String) {
    let discord = FakeDiscord::start().await;
    let raw = Raw::new(&discord);
    let path = format!(
        "/channels/{}/messages",
        discord.guild("Newsroom").general().id()
    );
    (discord, raw, path)
}

#[tokio::test]
async fn limits_are_told_and_counted() {
    let (discord, raw, path) = scene().await;
    let wait = Duration::from_millis(20);
    for scope in [Scope::User, Scope::Global, Scope::Shared] {
        discord.fail(Endpoint::SendMessage, Fault::RateLimited(wait, scope), 1);
        let (status, body) = raw
            .send("POST", &path, message(&format!("{scope:?}")))
            .await;
        assert_eq!((status, body["retry_after"].as_f64()), (429, Some(0.02)));
        assert_eq!(body["global"], scope == Scope::Global);
    }
    let expected = InvalidRequests {
        unauthorized: 0,
        forbidden: 0,
        too_many: 2,
    };
    assert_eq!(discord.invalid_requests(), expected);
    // Another route is not hit, and the fault is over after its times.
    assert_eq!(raw.send("POST", &path, message("x")).await.0, 200);
    discord.finish();
}

#[tokio::test]
async fn the_same_request_before_its_time_is_found() {
    let (discord, raw, path) = scene().await;
    let hour = Duration::from_secs(3_600);
    discord.fail(
        Endpoint::SendMessage,
        Fault::RateLimited(hour, Scope::User),
        1,
    );
    assert_eq!(raw.send("POST", &path, message("x")).await.0, 429);
    assert_eq!(raw.send("POST", &path, message("another")).await.0, 200);
    assert!(discord.violations().is_empty());
    raw.send("POST", &path, message("x")).await;
    assert_eq!(discord.take_violations()[0].rule, "impatient-retry");
    discord.finish();
}

#[tokio::test]
async fn requests_and_answers_are_lost() {
    let (discord, raw, path) = scene().await;
    let count = || {
        discord
            .requests()
            .iter()
            .filter(|seen| seen.status == 200)
            .count()
    };
    discord.fail(Endpoint::SendMessage, Fault::LostRequest, 1);
    assert_eq!(raw.send("POST", &path, message("x")).await.0, 0);
    assert_eq!(count(), 0);
    discord.fail(Endpoint::SendMessage, Fault::LostAnswer, 1);
    assert_eq!(raw.send("POST", &path, message("x")).await.0, 0);
    assert_eq!(count(), 1);
    discord.fail(Endpoint::Any, Fault::Status(500), 2);
    assert_eq!(raw.send("POST", &path, message("x")).await.0, 500);
    assert_eq!(raw.send("GET", "/users/@me", Value::Null).await.0, 500);
    assert_eq!(raw.send("POST", &path, message("x")).await.0, 200);
    discord.fail_always(Endpoint::Any, Fault::Status(503));
    assert_eq!(raw.send("POST", &path, message("x")).await.0, 503);
    discord.recover();
    assert_eq!(raw.send("POST", &path, message("x")).await.0, 200);
    discord.finish();
}

#[tokio::test]
async fn held_requests_wait_for_their_release() {
    let (discord, raw, path) = scene().await;
    let held = discord.hold(Endpoint::SendMessage);
    let both = async {
        tokio::join!(
            raw.send("POST", &path, message("one")),
            raw.send("POST", &path, message("two"))
        )
    };
    let watched = async {
        held.arrived(2).await;
        assert!(discord.requests().is_empty());
        held.release();
    };
    let (((one, _), (two, _)), ()) = tokio::join!(both, watched);
    assert_eq!((one, two), (200, 200));
    discord.finish();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_is_told_what_is_wrong_in_the_end() {
    let (discord, raw, path) = scene().await;
    let ana = discord.stranger("ana");
    raw.register(ask()).await;
    // Without a bot, nobody could have answered.
    ana.slash("ask", [("question", "early")]).send();
    assert_eq!(discord.complaints(), [""; 0]);

    let toy = toy::start(&discord).await;
    discord.online().await;
    discord
        .request("registration", |seen| {
            seen.method == "PUT" && seen.body[0]["name"] == "echo"
        })
        .await;
    raw.register(ask()).await;
    let unanswered = ana.slash("ask", [("question", "who?")]).send();
    let deferred = ana.slash("ask", [("question", "who?")]).send();
    discord.fail(Endpoint::Typing, Fault::Status(500), 2);
    raw.send("POST", &path, message("")).await;
    // The toy knows no such command and stays silent; this is its tongue.
    raw.respond(&deferred, 5, Value::Null).await;
    let complaints = discord.complaints();
    for (complaint, expected) in complaints.iter().zip([
        "empty-message",
        "unanswered: /ask",
        "deferred for ever",
        "2 of",
    ]) {
        assert!(complaint.starts_with(expected), "{complaints:#?}");
    }
    assert_eq!(complaints.len(), 4, "{complaints:#?}");
    assert!(!unanswered.has_response());

    assert_eq!(discord.take_unanswered().len(), 2);
    discord.recover();
    discord.take_violations();
    toy.stop().await;
    discord.finish();
}

#[tokio::test]
async fn a_broken_rule_fails_the_test() {
    let (discord, raw, path) = scene().await;
    raw.send("POST", &path, message("")).await;
    let finishing = std::panic::AssertUnwindSafe(|| discord.finish());
    let told = std::panic::catch_unwind(finishing).unwrap_err();
    assert!(
        told.downcast_ref::<String>()
            .unwrap()
            .contains("empty-message")
    );
}

#[tokio::test]
async fn an_unfinished_fake_fails_the_test() {
    let discord = FakeDiscord::start().await;
    let told =
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(discord))).unwrap_err();
    assert!(told.downcast_ref::<&str>().unwrap().contains("finish"));
}
