//! Questions and their answers, on every way to ask.

use insta::assert_snapshot;

use super::harness::Desk;
use crate::support::{BRIDGE, FERRY, SEEDS};

const COST: &str = "How much will the repair of the Marlow bridge cost?";

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_answered_with_a_quote_its_source_and_buttons() {
    let desk = Desk::with(&[BRIDGE, SEEDS]).await;
    let guild = desk.discord.guild("Newsroom");
    let ana = guild.member("ana");
    let reply = ana.slash("ask", [("question", COST)]).await;
    assert_snapshot!(reply.text(), @"");
    assert!(!reply.is_private());
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mention_a_direct_message_and_a_menu_are_answered_too() {
    let desk = Desk::with(&[BRIDGE, SEEDS, FERRY]).await;
    let guild = desk.discord.guild("Newsroom");
    let (ana, bo) = (guild.member("ana"), guild.member("bo"));
    let answer = ana.mention(COST).await;
    assert!(
        answer.content().contains("3.2 million pounds"),
        "{}",
        answer.text()
    );
    let answer = ana.dm(COST).await;
    assert!(
        answer.content().contains("3.2 million pounds"),
        "{}",
        answer.text()
    );
    let said = bo.say(COST).post();
    let reply = ana.use_menu("Ask about this", &said).await;
    assert!(
        reply.text().contains("3.2 million pounds"),
        "{}",
        reply.text()
    );
    assert!(said.answers().is_empty());
    desk.finish().await;
}
