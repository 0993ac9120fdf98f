//! The real client library against the fake.

use super::toy;
use crate::fake_discord::FakeDiscord;

#[tokio::test(flavor = "multi_thread")]
async fn a_command_is_registered_used_and_answered() {
    let discord = FakeDiscord::start().await;
    let ana = discord.guild("Newsroom").member("ana");
    let toy = toy::start(&discord).await;
    discord.ready().await;

    let reply = ana.slash("echo", [("text", "hello")]).await;
    assert_eq!(
        reply.text(),
        "> hello\n[Again|primary] [Open|https://example.org]"
    );
    assert!(!reply.was_deferred() && !reply.is_private());

    let again = reply.press("Again").await;
    assert!(again.was_update());
    assert_eq!(reply.message().content(), "> hello again");

    toy.stop().await;
    discord.offline().await;
    discord.finish();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deferred_answer_is_filled_in_and_stays_private() {
    let discord = FakeDiscord::start().await;
    let ana = discord.guild("Newsroom").member("ana");
    let toy = toy::start(&discord).await;
    discord.ready().await;

    let reply = ana
        .slash("echo", [("text", "hello")])
        .with("slowly", true)
        .await;
    assert!(reply.was_deferred() && reply.is_private());
    assert_eq!(
        reply.message().earlier(),
        ["(only you can see this)\n(thinking…)"]
    );
    assert!(reply.text().starts_with("(only you can see this)\n> hello"));

    toy.stop().await;
    discord.finish();
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_reach_the_bot_by_mention_and_in_private_only() {
    let discord = FakeDiscord::start().await;
    let ana = discord.guild("Newsroom").member("ana");
    let toy = toy::start(&discord).await;
    discord.ready().await;

    let unheard = ana.say("hello everyone").post();
    assert_eq!(ana.mention("hello").await.text(), "heard");
    assert_eq!(ana.dm("hello").await.text(), "heard");
    assert_eq!(unheard.answers().len(), 0);

    toy.stop().await;
    discord.finish();
}
