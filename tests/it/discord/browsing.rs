//! `/articles`.

use insta::assert_snapshot;
use quoth::document::Collection;
use quoth::store::Actor;

use super::harness::{COST, Desk};
use crate::support::{ARTICLES, BRIDGE, FERRY, NOW, SEEDS};

#[tokio::test(flavor = "multi_thread")]
async fn articles_are_listed_page_by_page() {
    let desk = Desk::with(&ARTICLES).await;
    let guild = desk.discord.guild("Newsroom");
    let ana = guild.member("ana");
    assert_snapshot!(ana.slash("articles list", []).await.text(), @"
    (only you can see this)
    This server has no articles of its own yet. `/article add` loads some; questions are asked of the library too.
    (no previews)
    ");
    desk.add(guild.id(), &[BRIDGE, FERRY]);
    assert_snapshot!(ana.slash("articles list", []).await.text(), @"
    (only you can see this)
    **Articles of this server**: 2, page 1 of 1
    - `1` Marlow bridge closes after cracks are found, Thames Courier, 2 May 2024
    - `2` Lundy ferry cancelled

    (no previews)
    ");
    let library = ana.slash("articles list", []).with("library", true).await;
    assert_snapshot!(library.text(), @"
    (only you can see this)
    **Articles of the library**: 10, page 1 of 2
    - `L1` Marlow bridge closes after cracks are found, Thames Courier, 2 May 2024
    - `L2` Nordwind Air to buy rival Polarjet, Baltic Wire, 10 June 2024
    - `L3` Nordwind buys Polarjet, Riga Gazette, 10 June 2024
    - `L4` Airline takeover in the Baltics, Northern Post, 11 June 2024
    - `L5` How the seed library in Leeds works, Allotment Monthly, 18 March 2023
    - `L6` Lundy ferry cancelled
    - `L7` Straßenbahnlinie 7 fährt wieder, Görlitzer Bote, 1 February 2024
    - `L8` La coopérative de Bozel rouvre, Écho des Alpes, 20 November 2023

    (no previews)
    [Next]
    ");
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
    assert_snapshot!(ana.slash("articles search", [("words", "nordwind")]).await.text(), @"
    (only you can see this)
    **Articles whose titles hold** *nordwind*
    - `L3` Nordwind buys Polarjet
    - `L2` Nordwind Air to buy rival Polarjet

    (no previews)
    ");
    assert_snapshot!(ana.slash("articles search", [("words", "*zebra*")]).await.text(), @r"
    (only you can see this)
    No article's title holds *\*zebra\**.
    (no previews)
    ");
    let unseen = ana.slash("articles search", [("words", "\u{200b}")]).await;
    assert!(
        unseen.text().contains("Type a word of the title."),
        "{}",
        unseen.text()
    );
    assert_snapshot!(ana.slash("articles show", [("article", "L5")]).await.text(), @"
    (only you can see this)
    **How the seed library in Leeds works**
    `L5` · Allotment Monthly · 18 March 2023 · 64 words
    > “Borrowing”
    > “A member may take five packets of seed a year. The packets are free, but a deposit of two pounds is asked for each tin.”
    > “Returning”
    > “Let one plant in ten go to seed.”
    > “Dry the seed for three weeks before it is brought back.”
    > “Curator J. R. Whitlock says beans are the easiest crop to save. Squash crosses too readily for beginners.”

    (no previews)
    ");
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn suggestions_keep_discords_limits() {
    let desk = Desk::with(&[]).await;
    let guild = desk.discord.guild("Newsroom");
    let owner = guild.owner();
    let articles: Vec<String> = (0..26)
        .map(|n| {
            format!(
                "---\ntitle: Bridge {n} {}\n---\n\nBridge {n} is closed.\n",
                "ab ".repeat(60)
            )
        })
        .collect();
    let articles: Vec<&str> = articles.iter().map(String::as_str).collect();
    let stored = desk.add(guild.id(), &articles);
    let offered = [
        owner.complete("articles show", "article", "bridge").await,
        owner.complete("article remove", "article", "").await,
    ];
    let own = Collection::Guild(guild.id());
    let engine = &desk.engine;
    engine.remove(own, &stored, &Actor::Unknown, NOW).unwrap();
    let removed = owner.complete("article restore", "number", "bridge").await;
    for choices in offered.iter().chain([&removed]) {
        assert_eq!(choices.len(), 25);
        let lengths = choices.iter().map(|choice| choice.name.chars().count());
        let longest = lengths.max().unwrap();
        assert!((97..=100).contains(&longest), "{choices:?}");
    }
    // Once nothing is there, nothing is offered.
    assert!(
        owner
            .complete("articles show", "article", "bridge")
            .await
            .is_empty()
    );
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_title_names_its_article() {
    let desk = Desk::with(&[]).await;
    let guild = desk.discord.guild("Newsroom");
    let article = |title: &str| format!("---\ntitle: {title}\n---\n\nThe talks took a day.\n");
    desk.add(
        guild.id(),
        &[&article("Talks end"), &article("Talks end in Geneva")],
    );
    let ana = guild.member("ana");
    let shown = ana.slash("articles show", [("article", "talks END")]).await;
    assert!(shown.text().contains("**Talks end**"), "{}", shown.text());
    let part = ana.slash("articles show", [("article", "Talks")]).await;
    assert!(
        part.text().contains("There is no article `Talks` here"),
        "{}",
        part.text()
    );
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
    assert_snapshot!(stats.message().content(), @"
    **Articles of this server**: 1
    **Articles of the library**: 1
    **Passages that can be quoted**: 3
    **Questions in the last 90 days**: 1
    The chart shows this server's articles (area, above) and questions a day (bars, below).
    ");
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
