//! Loads of articles that meet each other, and what becomes of their previews.

use super::harness::Desk;
use crate::fake_discord::{Endpoint, File};
use crate::support::{BRIDGE, FERRY, SEEDS};

fn markdown(name: &str, text: &str) -> File {
    File::new(name, "text/markdown", text.as_bytes().to_vec())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guild_loads_once_at_a_time_and_what_fails_can_be_pressed_again() {
    let desk = Desk::with(&[]).await;
    let guild = desk.discord.guild("Newsroom");
    let owner = guild.owner();
    let add = |name: &str, text: &str| {
        owner
            .slash("article add", [])
            .with("file", markdown(name, text))
    };
    let preview = add("bridge.md", BRIDGE).await;
    let held = desk.discord.hold(Endpoint::Download);
    let loading = add("ferry.md", FERRY).send();
    held.arrived(1).await;
    let told = "Other articles are being loaded; please try again in a minute.";
    let second = add("seeds.md", SEEDS).await;
    assert!(second.text().contains(told), "{}", second.text());
    // The preview and its buttons stay.
    let pressed = preview.press("Publish").send().followed_up(1).await;
    assert!(
        pressed.follow_ups()[0].text().contains(told),
        "{}",
        pressed.text()
    );
    assert!(pressed.follow_ups()[0].is_private());
    // Another guild is not kept waiting.
    let elsewhere = desk.discord.guild("Elsewhere");
    desk.add(elsewhere.id(), &[BRIDGE]);
    let removed = elsewhere
        .owner()
        .slash("article remove", [("article", "1")])
        .await;
    assert!(removed.text().contains("Removed `1`"), "{}", removed.text());
    held.release();
    assert!(loading.answered().await.text().contains("Publish one"));
    let published = preview.press("Publish").await;
    assert!(
        published.text().contains("Published one article"),
        "{}",
        published.text()
    );
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn undo_brings_back_what_it_was_shown_for_and_nothing_else() {
    let desk = Desk::with(&[]).await;
    let guild = desk.discord.guild("Newsroom");
    desk.add(guild.id(), &[BRIDGE]);
    let owner = guild.owner();
    let removed = owner.slash("article remove", [("article", "1")]).await;
    let undo = removed.message().custom_id("Undo");
    let restored = removed.press("Undo").await;
    assert!(
        restored.text().contains("Restored `1`"),
        "{}",
        restored.text()
    );
    let newer = BRIDGE.replace("3.2 million", "4.5 million");
    let preview = owner
        .slash("article replace", [("article", "1")])
        .with("file", markdown("newer.md", &newer))
        .await;
    preview.press("Publish").await;
    let late = owner.forge(&removed.message(), &undo).forced().await;
    assert!(
        late.text().contains("has changed since then"),
        "{}",
        late.text()
    );
    let exported = owner.slash("article export", [("article", "1")]).await;
    let text = String::from_utf8(exported.message().files()[0].bytes.clone()).unwrap();
    assert!(text.contains("4.5 million"), "{text}");
    desk.finish().await;
}
