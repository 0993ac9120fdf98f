//! Messages that are not sent to the bot, where the operator lets it read them; and its role.

use insta::assert_snapshot;
use quoth::document::Collection;
use quoth::engine::Engine;

use super::harness::{COST, Desk};
use crate::fake_discord::OptionValue;
use crate::support::{self, BRIDGE};

#[tokio::test(flavor = "multi_thread")]
async fn questions_to_nobody_are_answered_where_an_admin_said_so_or_not_at_all() {
    let engine = Engine::in_memory(support::models()).unwrap();
    support::add(&engine, Collection::Library, &[BRIDGE]);
    let mut desk = Desk::over(engine, &[("QUOTH_MESSAGE_CONTENT", "on")]).await;
    let guild = desk.discord.guild("Newsroom");
    let (ana, bo) = (guild.member("ana"), guild.member("bo"));
    let elsewhere = ana.say(COST).post();
    let questions = guild.channel("questions");
    let owner = guild.owner();
    owner
        .slash("quoth settings", [])
        .with("add-channel", OptionValue::Channel(questions.id()))
        .await;
    let there = bo.in_channel(&questions);
    let earlier = owner.in_channel(&questions).say("Lunch at one.").post();
    let mut ignored = vec![elsewhere];
    for text in [
        "???",
        "what is the best recipe for banana bread?",
        "I walk over the bridge.",
        &format!("<@{}> {COST}", ana.id()),
        &"why? ".repeat(200),
    ] {
        ignored.push(there.say(text).post());
    }
    ignored.push(there.reply(&earlier, COST).without_ping().post());
    assert!(there.say(COST).await.content().contains("3.2 million"));
    // Over the limit of one person: silence still.
    for _ in 0..10 {
        ignored.push(there.say("what did the banana cost?").post());
    }
    assert!(
        ana.in_channel(&questions)
            .mention(COST)
            .await
            .content()
            .contains("3.2 million")
    );
    // What is under way is finished first.
    desk.stop().await;
    for message in ignored {
        assert!(message.answers().is_empty(), "{}", message.text());
    }
    assert_eq!(questions.typings(), 0);
    desk.discord.finish();
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_names_the_bots_role_is_told_whom_to_mention() {
    let desk = Desk::with(&[BRIDGE]).await;
    let guild = desk.discord.guild("Newsroom");
    let (own, other) = (guild.bot_role(), guild.role("editors", Default::default()));
    let ana = guild.member("ana");
    let unheard = ana.say(&format!("<@&{}> {COST}", other.id())).post();
    let told = ana.say(&format!("<@&{}> {COST}", own.id())).await;
    assert_snapshot!(told.content().replace(|c: char| c.is_ascii_digit(), ""), @"Please mention <@> itself, not the role of the same name: I cannot read messages that name only the role.");
    // With the bot named too, Discord hands out the text.
    let both = ana.say(&format!("<@&{}> @quoth {COST}", own.id())).await;
    assert!(both.content().contains("3.2 million"), "{}", both.text());
    assert!(unheard.answers().is_empty());
    desk.finish().await;
}
