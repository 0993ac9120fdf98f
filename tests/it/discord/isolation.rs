//! One guild's articles, answers and previews never show in another, whatever somebody forges.

use super::harness::{COST, Desk};
use crate::fake_discord::{File, Permissions};
use crate::support::{BRIDGE, SEEDS};

/// What nobody outside the guild may see.
const SECRET: &str = "3.2 million";

#[tokio::test(flavor = "multi_thread")]
async fn another_guilds_articles_are_neither_quoted_nor_named() {
    let desk = Desk::with(&[SEEDS]).await;
    let (ours, theirs) = (desk.discord.guild("Ours"), desk.discord.guild("Theirs"));
    desk.add(ours.id(), &[BRIDGE]);
    let (ana, eve) = (ours.member("ana"), theirs.member("eve"));
    assert!(
        ana.slash("ask", [("question", COST)])
            .await
            .text()
            .contains(SECRET)
    );
    for text in [
        eve.slash("ask", [("question", COST)]).await.text(),
        eve.dm(COST).await.text(),
        eve.mention(COST).await.text(),
        eve.slash("ask", [("question", COST), ("article", "1")])
            .await
            .text(),
        eve.slash("articles list", []).await.text(),
        eve.slash("articles search", [("words", "marlow")])
            .await
            .text(),
        eve.slash("articles show", [("article", "1")]).await.text(),
        eve.slash(
            "articles show",
            [("article", "Marlow bridge closes after cracks are found")],
        )
        .await
        .text(),
    ] {
        let quoted = text.to_lowercase().replace("marlow* in any", "");
        assert!(
            !quoted.contains(SECRET) && !quoted.contains("cracks are found ("),
            "{text}"
        );
        assert!(!text.contains("Thames Courier"), "{text}");
    }
    assert!(eve.complete("ask", "article", "marlow").await.is_empty());
    assert_eq!(ana.complete("ask", "article", "marlow").await.len(), 1);
    assert!(
        ana.in_dm()
            .complete("ask", "article", "marlow")
            .await
            .is_empty()
    );
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_names_of_buttons_show_nothing() {
    let desk = Desk::with(&[SEEDS]).await;
    let (ours, theirs) = (desk.discord.guild("Ours"), desk.discord.guild("Theirs"));
    desk.add(ours.id(), &[BRIDGE]);
    let (ana, bo, eve) = (ours.member("ana"), ours.member("bo"), theirs.member("eve"));
    let public = ana.slash("ask", [("question", COST)]).await.message();
    let private = ana
        .slash("ask", [("question", COST)])
        .with("private", true)
        .await
        .message();
    let elsewhere = ours.channel("elsewhere");
    let there = bo
        .in_channel(&elsewhere)
        .mention("how many packets of seed?")
        .await;
    let own = eve
        .mention("how many packets of seed may a member take?")
        .await;
    for button in ["In context", "Why this?", "Ask more", "👍"] {
        let of_public = public.custom_id(button);
        let of_private = private.custom_id(button);
        for reply in [
            // Another guild's, another channel's, and another one's private answer.
            eve.forge(&own, &of_public).forced().await,
            bo.in_channel(&elsewhere)
                .forge(&there, &of_public)
                .forced()
                .await,
            bo.forge(&public, &of_private).forced().await,
        ] {
            let text = reply.text();
            assert!(text.contains("does not work here"), "{button}: {text}");
            assert!(!text.contains("Marlow") && reply.is_private(), "{text}");
        }
    }
    let share = private.custom_id("Share");
    let reply = eve.forge(&own, &share).forced().await;
    assert!(
        reply.text().contains("does not work here"),
        "{}",
        reply.text()
    );
    for forged in ["q1:show:g:1:0", "q1:list:g:0"] {
        let text = eve.forge(&own, forged).forced().await.text();
        assert!(!text.contains("Marlow"), "{text}");
    }
    for forged in [
        "q1:why:999",
        "q1:why:abc",
        "q9:why:1",
        "x",
        "q1:forget:1",
        "q1:publish:1",
        "q1:undo:1",
        "q1:undo:1:1",
        "q1:typed:0",
    ] {
        let reply = eve.forge(&own, forged).forced().await;
        assert!(
            reply.is_private() && !reply.text().contains("Marlow"),
            "{}",
            reply.text()
        );
    }
    let modal = eve
        .forge_modal(&public.custom_id("Ask more"), &[("question", COST)])
        .forced()
        .await;
    assert!(!modal.text().contains(SECRET), "{}", modal.text());
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_right_to_edit_is_checked_at_every_step() {
    let desk = Desk::with(&[]).await;
    let guild = desk.discord.guild("Newsroom");
    let role = guild.role("editors", Permissions::empty());
    let owner = guild.owner();
    owner
        .slash("quoth settings", [])
        .with(
            "editor-role",
            crate::fake_discord::OptionValue::Role(role.id()),
        )
        .await;
    let ana = guild.member("ana");
    guild.allow_command("article", &ana);
    let file = File::new("bridge.md", "text/markdown", BRIDGE.as_bytes().to_vec());
    let add = || ana.slash("article add", []).with("file", file.clone());
    let refused = add().await.text();
    assert!(refused.contains("editor role"), "{refused}");
    ana.gain(&role);
    let preview = add().await;
    assert!(
        preview.text().contains("[Publish|primary]"),
        "{}",
        preview.text()
    );
    ana.lose(&role);
    let refused = preview.press("Publish").await;
    assert!(refused.text().contains("editor role"), "{}", refused.text());
    assert!(
        ana.complete("article remove", "article", "")
            .forced()
            .await
            .is_empty()
    );
    ana.gain(&role);
    let published = preview.press("Publish").await;
    assert!(
        published.text().contains("Published one article"),
        "{}",
        published.text()
    );
    let removed = ana.slash("article remove", [("article", "1")]).await;
    ana.lose(&role);
    let refused = removed.press("Undo").await;
    assert!(refused.text().contains("editor role"), "{}", refused.text());
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_library_that_is_switched_off_is_gone_from_buttons_too() {
    let desk = Desk::with(&[BRIDGE]).await;
    let guild = desk.discord.guild("Newsroom");
    let ana = guild.member("ana");
    let reply = ana.slash("ask", [("question", COST)]).await;
    assert!(reply.text().contains(SECRET));
    let page = ana.slash("articles list", []).with("library", true).await;
    guild
        .owner()
        .slash("quoth settings", [])
        .with("library", false)
        .await;
    for text in [
        ana.press(&reply.message(), "In context").await.text(),
        ana.press(&reply.message(), "Why this?").await.text(),
        ana.slash("ask", [("question", COST)]).await.text(),
        ana.slash("articles show", [("article", "L1")]).await.text(),
        ana.slash("articles list", [])
            .with("library", true)
            .await
            .text(),
        ana.forge(&page.message(), "q1:show:l:1:0")
            .forced()
            .await
            .text(),
    ] {
        assert!(
            !text.contains(SECRET) && !text.contains("Thames Courier"),
            "{text}"
        );
    }
    assert!(ana.complete("ask", "article", "marlow").await.is_empty());
    desk.finish().await;
}
