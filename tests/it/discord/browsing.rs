//! `/articles`.

use insta::assert_snapshot;

use super::harness::{COST, Desk};
use crate::support::{ARTICLES, BRIDGE, FERRY, SEEDS};

#[tokio::test(flavor = "multi_thread")]
async fn articles_are_listed_page_by_page() {
    let desk = Desk::with(&ARTICLES).await;
    let guild = desk.discord.guild("Newsroom");
    let ana = guild.member("ana");
    assert_snapshot!(ana.slash("articles list", []).await.text(), @"");
    desk.add(guild.id(), &[BRIDGE, FERRY]);
    assert_snapshot!(ana.slash("articles list", []).await.text(), @"");
    let library = ana.slash("articles list", []).with("library", true).await;
    assert_snapshot!(library.text(), @"");
    let next = library.press("Next").await;
    assert!(next.was_update() && next.is_private());
    assert!(
        next.text().contains("page 2 of 2") && next.text().contains("[Back]"),
        "{}",
        next.text()
    );
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn articles_are_found_and_read() {
    let desk = Desk::with(&ARTICLES).await;
    let guild = desk.discord.guild("Newsroom");
    let ana = guild.member("ana");
    assert_snapshot!(ana.slash("articles search", [("words", "nordwind")]).await.text(), @"");
    assert_snapshot!(ana.slash("articles search", [("words", "*zebra*")]).await.text(), @"");
    assert_snapshot!(ana.slash("articles show", [("article", "L5")]).await.text(), @"");
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_come_with_a_chart() {
    let desk = Desk::with(&[SEEDS]).await;
    let guild = desk.discord.guild("Newsroom");
    desk.add(guild.id(), &[BRIDGE]);
    let ana = guild.member("ana");
    ana.slash("ask", [("question", COST)]).await;
    let stats = ana.slash("articles stats", []).await;
    assert_snapshot!(stats.message().content(), @"");
    let files = stats.message().files();
    assert_eq!(files.len(), 1);
    assert!(
        files[0].bytes.starts_with(b"\x89PNG"),
        "{:?}",
        files[0].name
    );
    let refused = ana.in_dm().slash("articles stats", []).await.text();
    assert!(refused.contains("in a server only"), "{refused}");
    desk.finish().await;
}
