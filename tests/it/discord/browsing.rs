//! `/articles`.

use insta::assert_snapshot;

use super::harness::{COST, Desk};
use crate::support::{ARTICLES, BRIDGE, FERRY, SEEDS};

#[tokio::test(flavor = "multi_thread")]
async fn articles_are_listed_page_by_page() {
    let desk = Desk::with(&ARTICLES).await;
    let guild = desk.discord.guild("Newsroom");
    let ana = guild.member("ana");
    assert_snapshot!(ana.slash("articles list", []).await.text(), @"
    (only you can see this)
    This server has no articles of its own yet. `/article add` loads some; the library is asked unless it is switched off.
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
    The chart shows this server's articles (line, above) and questions a day (bars, below).
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
