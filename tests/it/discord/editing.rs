//! `/article` and *Add to articles*.

use insta::assert_snapshot;

use super::harness::{COST, Desk};
use crate::fake_discord::{File, OptionValue};
use crate::support::{BRIDGE, FERRY, SEEDS};

fn markdown(name: &str, text: &str) -> File {
    File::new(name, "text/markdown", text.as_bytes().to_vec())
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_previewed_published_and_quoted_at_once() {
    let desk = Desk::with(&[]).await;
    let guild = desk.discord.guild("Newsroom");
    let owner = guild.owner();
    let preview = owner
        .slash("article add", [])
        .with("file", markdown("bridge.md", BRIDGE))
        .with("file2", markdown("seeds.md", SEEDS))
        .with("file3", markdown("empty.md", "---\ntitle: Nothing\n---\n"))
        .await;
    assert!(preview.is_private());
    assert_snapshot!(preview.text(), @"
    (only you can see this)
    **Publish 2 of 3 files?**
    - *Marlow bridge closes after cracks are found*, Thames Courier, 2 May 2024, English, 52 words, 1 passage — new
    - *How the seed library in Leeds works*, Allotment Monthly, 18 March 2023, English, 64 words, 2 passages — new
    - `empty.md` — not loaded: no text in it

    (no previews)
    [Publish|primary] [Discard]
    ");
    assert_eq!(
        desk.engine
            .count(quoth::document::Collection::Guild(guild.id()))
            .unwrap(),
        0
    );
    let published = preview.press("Publish").await;
    assert_snapshot!(published.text(), @"
    (only you can see this)
    **Published 2 articles.** They can be quoted from now on.
    - `1` *Marlow bridge closes after cracks are found* — new
    - `2` *How the seed library in Leeds works* — new

    (no previews)
    ");
    let ana = guild.member("ana");
    assert!(
        ana.slash("ask", [("question", COST)])
            .await
            .text()
            .contains("3.2 million")
    );
    // The same file again is no news.
    let again = owner
        .slash("article add", [])
        .with("file", markdown("bridge.md", BRIDGE))
        .await;
    assert_snapshot!(again.text(), @"
    (only you can see this)
    **Nothing to publish**
    - *Marlow bridge closes after cracks are found*, Thames Courier, 2 May 2024, English, 52 words, 1 passage — already here as `1`

    (no previews)
    ");
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_outlives_a_restart_and_is_decided_once() {
    let mut desk = Desk::with(&[]).await;
    let guild = desk.discord.guild("Newsroom");
    let owner = guild.owner();
    let add = |name: &str, text: &str| {
        owner
            .slash("article add", [])
            .with("file", markdown(name, text))
    };
    let preview = add("bridge.md", BRIDGE).await;
    desk.restart().await;
    let custom_id = preview.message().custom_id("Publish");
    let published = preview.press("Publish").await;
    assert!(
        published.text().contains("Published one article"),
        "{}",
        published.text()
    );
    let twice = owner.forge(&preview.message(), &custom_id).await;
    assert!(twice.text().contains("already decided"), "{}", twice.text());
    let preview = add("ferry.md", FERRY).await;
    assert_snapshot!(preview.press("Discard").await.text(), @"
    (only you can see this)
    Discarded; nothing was published.
    (no previews)
    ");
    assert_eq!(
        desk.engine
            .count(quoth::document::Collection::Guild(guild.id()))
            .unwrap(),
        1
    );
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_article_is_typed_into_a_dialogue() {
    let desk = Desk::with(&[]).await;
    let guild = desk.discord.guild("Newsroom");
    let owner = guild.owner();
    let opened = owner.slash("article add", []).await;
    assert_snapshot!(opened.text(), @"
    # An article
    Title:
    Text:
    Published by (optional):
    Day of publication, such as 2025-03-18 (optional):
    Address of the original (optional):
    ");
    let filled = |date: &str| {
        opened
            .modal()
            .fill("title", "Lighthouse sold")
            .fill("text", "The lighthouse at Hartland was sold for 400,000 pounds on Monday. Its buyer is a choir.")
            .fill("outlet", "Coast Post")
            .fill("date", date)
    };
    let undated = filled("Monday").submit().await;
    let text = undated.text();
    assert!(
        text.contains("“Monday” is not a date") && text.contains("no date,"),
        "{text}"
    );
    assert!(text.contains("[Publish|primary]"), "{text}");
    let preview = filled("2024-02-05").submit().await;
    assert_snapshot!(preview.text(), @"
    (only you can see this)
    **Publish one article?**
    - *Lighthouse sold*, Coast Post, 5 February 2024, English, 16 words, 1 passage — new

    (no previews)
    [Publish|primary] [Discard]
    ");
    preview.press("Publish").await;
    let reply = owner
        .slash(
            "ask",
            [(
                "question",
                "for how much was the lighthouse at Hartland sold?",
            )],
        )
        .await;
    assert_snapshot!(reply.text(), @"
    > “The lighthouse at Hartland was sold for **400,000 pounds** on Monday.”
    — *Lighthouse sold*, Coast Post, 5 February 2024 · `1`

    (no previews)
    [In context] [Why this?] [Ask more]
    [👍] [👎]
    ");
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_becomes_an_article() {
    let desk = Desk::with(&[]).await;
    let guild = desk.discord.guild("Newsroom");
    let owner = guild.owner();
    let said = guild
        .member("bo")
        .say("The office kitchen is closed on Friday because the floor is being replaced by Hollis and Sons.")
        .post();
    let preview = owner.use_menu("Add to articles", &said).await;
    assert!(
        preview.text().contains("[Publish|primary]"),
        "{}",
        preview.text()
    );
    preview.press("Publish").await;
    let reply = owner
        .slash("ask", [("question", "why is the office kitchen closed?")])
        .await;
    assert!(
        reply.text().contains("floor is being replaced"),
        "{}",
        reply.text()
    );
    assert!(
        reply.text().contains("https://discord.com/channels/"),
        "{}",
        reply.text()
    );
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn articles_are_replaced_removed_and_brought_back() {
    let desk = Desk::with(&[]).await;
    let guild = desk.discord.guild("Newsroom");
    desk.add(guild.id(), &[BRIDGE]);
    let owner = guild.owner();
    let asked = || owner.slash("ask", [("question", COST)]);
    let choices = owner.complete("article replace", "article", "marlow").await;
    assert_eq!(choices.len(), 1);
    let newer = BRIDGE.replace("3.2 million", "4.5 million");
    let preview = owner
        .slash("article replace", [("article", "1")])
        .with("file", markdown("newer.md", &newer))
        .await;
    assert!(
        preview.text().contains("a new version of `1`"),
        "{}",
        preview.text()
    );
    preview.press("Publish").await;
    assert!(asked().await.text().contains("4.5 million"));
    let removed = owner.slash("article remove", [("article", "1")]).await;
    assert_snapshot!(removed.text(), @"
    (only you can see this)
    Removed `1` *Marlow bridge closes after cracks are found*. No answer quotes it any more.
    (no previews)
    [Undo]
    ");
    assert!(!asked().await.text().contains("million"));
    let restored = removed.press("Undo").await;
    assert!(
        restored.text().contains("Restored `1`"),
        "{}",
        restored.text()
    );
    assert!(asked().await.text().contains("4.5 million"));
    let restored = owner
        .slash("article restore", [])
        .with("number", 1)
        .with("version", 1)
        .await;
    assert!(restored.text().contains("version 1"), "{}", restored.text());
    desk.discord.advance(std::time::Duration::from_secs(60));
    assert!(asked().await.text().contains("3.2 million"));
    let history = owner.slash("article history", [("article", "1")]).await;
    assert!(
        history.text().contains("version 4") && history.text().contains("removed"),
        "{}",
        history.text()
    );
    let exported = owner.slash("article export", []).await;
    let files = exported.message().files();
    assert!(String::from_utf8_lossy(&files[0].bytes).contains("3.2 million"));
    let one = owner.slash("article export", [("article", "1")]).await;
    let files = one.message().files();
    let text = String::from_utf8(files[0].bytes.clone()).unwrap();
    assert!(text.starts_with("---\ntitle: \"Marlow bridge"), "{text}");
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_are_told_in_the_log_channel() {
    let desk = Desk::with(&[]).await;
    let guild = desk.discord.guild("Newsroom");
    let (owner, log) = (guild.owner(), guild.channel("log"));
    let told = async |n: usize| {
        let last = || log.bot_messages().get(n).cloned();
        let told = desk.discord.until("a word in the log channel", last).await;
        told.content().replace(&owner.id().to_string(), "owner")
    };
    owner
        .slash("quoth settings", [])
        .with("log-channel", OptionValue::Channel(log.id()))
        .await;
    assert_snapshot!(told(0).await.replace(&log.id().to_string(), "log"), @"<@owner> changed my settings: changes are told in <#log>.");
    let preview = owner
        .slash("article add", [])
        .with("file", markdown("ferry.md", FERRY))
        .await;
    preview.press("Publish").await;
    assert_snapshot!(told(1).await, @"<@owner> published `1` *Lundy ferry cancelled*.");
    let only = owner.slash("article restore", []).with("number", 1);
    assert_snapshot!(only.await.text(), @"
    (only you can see this)
    Article `1` has no earlier version.
    (no previews)
    ");
    let removed = owner.slash("article remove", [("article", "1")]).await;
    assert_snapshot!(told(2).await, @"<@owner> removed `1` *Lundy ferry cancelled*.");
    removed.press("Undo").await;
    assert_snapshot!(told(3).await, @"<@owner> restored `1` *Lundy ferry cancelled*.");
    let same = owner
        .slash("article restore", [])
        .with("number", 1)
        .with("version", 1);
    assert_snapshot!(same.await.text(), @"
    (only you can see this)
    Version 1 of article `1` says what the current one says.
    (no previews)
    ");
    owner.slash("article export", []).await;
    assert_snapshot!(told(4).await, @"<@owner> exported articles.");
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_cannot_be_articles_are_refused_by_name() {
    let desk = Desk::with(&[]).await;
    let guild = desk.discord.guild("Newsroom");
    let owner = guild.owner();
    let mut lies = markdown("large.md", BRIDGE);
    lies.claimed_size = 3 << 30;
    let refused = owner
        .slash("article add", [])
        .with("file", lies)
        .await
        .text();
    assert!(
        refused.contains("`large.md` is 3072 MiB; the limit is 10 MiB."),
        "{refused}"
    );
    let refused = owner
        .slash("article add", [])
        .with(
            "file",
            File::new("photo.png", "image/png", vec![0x89, b'P', b'N', b'G']),
        )
        .await;
    assert!(
        refused.text().contains("Nothing to publish"),
        "{}",
        refused.text()
    );
    assert!(!refused.text().contains("[Publish"), "{}", refused.text());
    desk.finish().await;
}
