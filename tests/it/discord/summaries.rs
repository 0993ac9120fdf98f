//! `/summary` and `/digest`.

use insta::assert_snapshot;

use super::harness::Desk;
use crate::support::{ARTICLES, BRIDGE, FERRY, SEEDS};

#[tokio::test(flavor = "multi_thread")]
async fn an_article_is_summarised_in_its_own_sentences() {
    let desk = Desk::with(&[BRIDGE, SEEDS]).await;
    let ana = desk.discord.guild("Newsroom").member("ana");
    let reply = ana
        .slash("summary article", [("article", "L1"), ("length", "short")])
        .await;
    assert_snapshot!(reply.text(), @"");
    assert!(!reply.is_private());
    let shorter = reply.press("Shorter").await;
    assert!(shorter.is_private(), "{}", shorter.text());
    assert_eq!(
        shorter.text().matches("\n- “").count(),
        1,
        "{}",
        shorter.text()
    );
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_has_dates_footnotes_and_sources() {
    let desk = Desk::with(&ARTICLES).await;
    let ana = desk.discord.guild("Newsroom").member("ana");
    let reply = ana
        .slash("summary topic", [("topic", "Nordwind buys Polarjet")])
        .await;
    assert_snapshot!(reply.text(), @"");
    let nothing = ana
        .slash("summary topic", [("topic", "zebra migration")])
        .await;
    assert_snapshot!(nothing.text(), @"");
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_merges_copies_and_keeps_to_the_time_asked() {
    let desk = Desk::with(&ARTICLES).await;
    let ana = desk.discord.guild("Newsroom").member("ana");
    let reply = ana.slash("digest", [("since", "2024-05-01")]).await;
    assert_snapshot!(reply.text(), @"");
    let reply = ana.slash("digest", [("since", "yesterday")]).await;
    assert_snapshot!(reply.text(), @"");
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timeline_of_many_dates_comes_with_a_picture() {
    let desk = Desk::bundled().await;
    let ana = desk.discord.guild("Newsroom").member("ana");
    let reply = ana
        .slash(
            "summary topic",
            [("topic", "war in Ukraine"), ("length", "short")],
        )
        .await;
    let files = reply.message().files();
    assert_eq!(files.len(), 1, "{}", reply.text());
    assert!(files[0].bytes.starts_with(b"\x89PNG"));
    assert!(reply.text().contains("**Timeline**"), "{}", reply.text());
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_library_and_other_guilds_stay_where_they_are() {
    let desk = Desk::with(&[SEEDS]).await;
    let (news, other) = (desk.discord.guild("Newsroom"), desk.discord.guild("Other"));
    desk.add(news.id(), &[BRIDGE, FERRY]);
    let (ana, eve) = (news.member("ana"), other.member("eve"));
    let own = ana.slash("summary article", [("article", "1")]).await;
    assert!(own.text().contains("Marlow"), "{}", own.text());
    for foreign in [
        eve.slash("summary article", [("article", "1")]).await,
        eve.slash("summary topic", [("topic", "Marlow bridge")])
            .await,
        eve.slash("digest", []).await,
        eve.in_dm()
            .slash("summary article", [("article", "2")])
            .await,
    ] {
        assert!(!foreign.text().contains("Marlow"), "{}", foreign.text());
        assert!(!foreign.text().contains("Lundy"), "{}", foreign.text());
    }
    desk.finish().await;
}
