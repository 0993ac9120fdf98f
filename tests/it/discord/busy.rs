//! Many requests at once: whoever waits is told in time, and nobody waits for nothing.

use super::harness::{COST, Desk};
use crate::fake_discord::Endpoint;
use crate::support::{BRIDGE, SEEDS};

#[tokio::test(flavor = "multi_thread")]
async fn buttons_and_statistics_behind_many_questions_are_acknowledged_at_once() {
    let desk = Desk::with(&[BRIDGE, SEEDS]).await;
    let guild = desk.discord.guild("Newsroom");
    let bo = guild.member("bo");
    let summary = bo
        .slash("summary article", [("article", "L1")])
        .with("private", true)
        .await;
    let asked: Vec<_> = (0..50)
        .map(|idx| guild.member(&format!("ana{idx}")))
        .collect::<Vec<_>>()
        .iter()
        .map(|ana| ana.slash("ask", [("question", COST)]).send())
        .collect();
    let shorter = summary.press("Shorter").send();
    let numbers = bo.slash("articles stats", []).send();
    for reply in [&shorter, &numbers] {
        let reply = reply.clone().answered().await;
        assert!(reply.was_deferred(), "{}", reply.text());
    }
    assert_eq!(
        shorter.text().matches("\n- “").count(),
        2,
        "{}",
        shorter.text()
    );
    assert!(shorter.was_update() && shorter.follow_ups().is_empty());
    for reply in asked {
        reply.answered().await;
    }
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_for_discord_keeps_nobody_from_computing() {
    let desk = Desk::with(&[BRIDGE]).await;
    let guild = desk.discord.guild("Newsroom");
    let people: Vec<_> = (0..16)
        .map(|idx| guild.member(&format!("ana{idx}")))
        .collect();
    let bo = guild.member("bo");
    // Each is acknowledged, since many wait, and Discord takes its time to hear it.
    let held = desk.discord.hold(Endpoint::Callback);
    let asked: Vec<_> = people
        .iter()
        .map(|ana| ana.slash("ask", [("question", COST)]).send())
        .collect();
    assert!(bo.mention(COST).await.content().contains("3.2 million"));
    held.release();
    for reply in asked {
        assert!(reply.answered().await.text().contains("3.2 million"));
    }
    desk.finish().await;
}
