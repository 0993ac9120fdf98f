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
    assert_snapshot!(reply.text(), @"
    **Summary of** *Marlow bridge closes after cracks are found*
    - “The suspension bridge at Marlow was closed to all traffic on Thursday after inspectors found cracks in two hangers.” ¹
    - “Engineer Priya Nair said the repair would cost 3.2 million pounds and take eleven weeks.” ¹
    - “Buses will go by way of Cookham until August.” ¹
    -# ¹ *Marlow bridge closes after cracks are found*, Thames Courier, 2 May 2024 · `L1`

    (no previews)
    [Shorter] [Longer] [Ask about this]
    ");
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
    assert_snapshot!(reply.text(), @"
    **Summary:** *Nordwind buys Polarjet* (3 articles, 2 of them copies)
    - 10 June 2024: “Nordwind Air will buy its smaller rival Polarjet for 410 million euros, the two airlines said on Monday.” ¹
    - 10 June 2024: “The deal gives Nordwind 62 aircraft and the largest share of slots at Riga airport.” ¹
    - 10 June 2024: “Chief executive Marta Ozola said no pilot would lose a job because of the purchase.” ¹
    -# ¹ *Nordwind Air to buy rival Polarjet*, Baltic Wire, 10 June 2024 · `L2` · also in 2 others

    (no previews)
    [Shorter] [Ask about this]
    ");
    // A misspelled topic is put right in the heading too.
    let misspelled = ana
        .slash("summary topic", [("topic", "Nordwnd buys Polarjet")])
        .await;
    assert_eq!(misspelled.text(), reply.text());
    // The buttons ask for what was typed, which may be as long as a topic may be.
    let longest = "Nordwnd will buy its smaller rival Polarjet, say the airline";
    assert_eq!(longest.len(), 60);
    let asked = ana.slash("summary topic", [("topic", longest)]).await;
    assert!(asked.text().starts_with("**Summary:** *Nordwind will buy"));
    let shorter = asked.press("Shorter").await;
    let shorter = shorter.text();
    assert!(
        shorter.contains("**Summary:** *Nordwind will buy"),
        "{shorter}"
    );
    let nothing = ana
        .slash("summary topic", [("topic", "zebra migration")])
        .await;
    assert_snapshot!(nothing.text(), @"
    No article is about this topic.
    (no previews)
    ");
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_merges_copies_and_keeps_to_the_time_asked() {
    let desk = Desk::with(&ARTICLES).await;
    let ana = desk.discord.guild("Newsroom").member("ana");
    let reply = ana.slash("digest", [("since", "2024-05-01")]).await;
    assert_snapshot!(reply.text(), @"
    **Digest** since 1 May 2024
    - 11 June 2024: in 3 outlets: “Nordwind Air will buy its smaller rival Polarjet for 410 million euros, the two airlines said on Monday.” ¹
    - 2 May 2024: “The suspension bridge at Marlow was closed to all traffic on Thursday after inspectors found cracks in two hangers.” ²
    -# ¹ *Nordwind Air to buy rival Polarjet*, Baltic Wire, 10 June 2024 · `L2` · also in 2 others
    -# ² *Marlow bridge closes after cracks are found*, Thames Courier, 2 May 2024 · `L1`

    (no previews)
    ");
    let reply = ana.slash("digest", [("since", "yesterday")]).await;
    assert_snapshot!(reply.text(), @"
    (only you can see this)
    `yesterday` is not a date I can read. Write it as `2025-03-18`.
    (no previews)
    ");
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

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_grows_when_it_is_normalised_is_refused() {
    let desk = Desk::with(&[BRIDGE]).await;
    let ana = desk.discord.guild("Newsroom").member("ana");
    // Each of these letters is stored as two.
    let topic = format!("bridge {}", "\u{958}".repeat(50));
    let refused = ana
        .slash("summary topic", [("topic", topic.as_str())])
        .await;
    assert!(
        refused
            .text()
            .contains("The topic is too long; it may have at most 60 characters."),
        "{}",
        refused.text()
    );
    desk.finish().await;
}
