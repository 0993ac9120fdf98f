//! The gateway's troubles, with the real client library.

use std::time::Duration;

use super::toy;
use crate::fake_discord::{FakeDiscord, Person};

async fn started() -> (FakeDiscord, Person, toy::Toy) {
    let discord = FakeDiscord::start().await;
    let ana = discord.guild("Newsroom").member("ana");
    let toy = toy::start(&discord).await;
    discord.ready().await;
    (discord, ana, toy)
}

async fn ended(discord: FakeDiscord, toy: toy::Toy) {
    toy.stop().await;
    // After a second IDENTIFY the library ends without closing its connection (serenity 0.12.5).
    if discord.identifies() == 1 {
        discord.offline().await;
    }
    discord.finish();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_connection_is_resumed_and_missed_events_come_again() {
    let (discord, ana, toy) = started().await;
    for times in 1..=3 {
        discord.drop_gateway();
        // It is disconnected: this can only be replayed.
        let said = ana.mention("are you there?").post();
        let reply = ana.slash("echo", [("text", "hello")]).send();
        discord.resumed(times).await;
        assert_eq!(said.answer().await.text(), "heard");
        assert!(reply.answered().await.text().starts_with("> hello"));
        assert_eq!(said.answers().len(), 1);
    }
    assert_eq!(discord.identifies(), 1);
    ended(discord, toy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_drops_the_connection_in_the_middle_of_traffic() {
    let (discord, ana, toy) = started().await;
    discord.drop_gateway_every(2, 3);
    for _ in 0..6 {
        assert_eq!(ana.mention("hello").await.text(), "heard");
    }
    discord.resumed(3).await;
    ended(discord, toy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn asked_to_reconnect_the_client_resumes() {
    let (discord, ana, toy) = started().await;
    discord.ask_to_reconnect();
    discord.resumed(1).await;
    discord.close_gateway(4_000);
    discord.resumed(2).await;
    discord.invalidate_sessions(true);
    discord.resumed(3).await;
    assert_eq!(ana.mention("hello").await.text(), "heard");
    assert_eq!(discord.identifies(), 1);
    ended(discord, toy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_over_is_begun_anew() {
    let (discord, ana, toy) = started().await;
    discord.refuse_resumes(1);
    discord.drop_gateway();
    discord.identified(2).await;
    assert_eq!(ana.mention("hello").await.text(), "heard");
    ended(discord, toy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_connection_is_given_up() {
    let discord = FakeDiscord::start().await;
    let ana = discord.guild("Newsroom").member("ana");
    discord.set_heartbeat_interval(Duration::from_millis(200));
    let toy = toy::start(&discord).await;
    discord.ready().await;
    discord.silence_gateway();
    discord.identified(2).await;
    assert_eq!(ana.mention("hello").await.text(), "heard");
    ended(discord, toy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_go_to_the_shard_of_their_guild() {
    let discord = FakeDiscord::start().await;
    discord.recommend_shards(2);
    let people = ["One", "Two", "Three"].map(|name| discord.guild(name).member("ana"));
    let toy = toy::start(&discord).await;
    discord.ready().await;
    assert_eq!(discord.identifies(), 2);
    for ana in &people {
        assert_eq!(ana.mention("hello").await.text(), "heard");
    }
    assert_eq!(discord.stranger("eve").say("hello").await.text(), "heard");
    ended(discord, toy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn privileged_intents_are_refused_unless_granted() {
    let message_content = 1 << 15;
    let discord = FakeDiscord::start().await;
    let refused = toy::start_with(&discord, message_content).await;
    assert!(refused.ended().await.is_err());
    assert_eq!(discord.take_violations()[0].rule, "privileged-intents");

    discord.grant_intents(message_content);
    let ana = discord.guild("Newsroom").member("ana");
    let toy = toy::start_with(&discord, message_content).await;
    discord.ready().await;
    assert_eq!(ana.say("to everyone").post().answer().await.text(), "heard");
    ended(discord, toy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_read_in_order_up_to_a_heartbeat() {
    let (discord, ana, toy) = started().await;
    let other_bot = discord.guild("Elsewhere").bot("parrot");
    let ignored = other_bot.mention("hello").post();
    discord.events_read().await;
    assert_eq!(ana.mention("hello").await.text(), "heard");
    assert_eq!(ignored.answers().len(), 0);
    ended(discord, toy).await;
}
