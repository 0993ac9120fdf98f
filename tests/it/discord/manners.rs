//! Hostile texts, other bots, too many questions, languages.

use insta::assert_snapshot;

use super::harness::{COST, Desk};
use crate::support::BRIDGE;

const HOSTILE: &str = "---
title: '@everyone [free](https://evil.example) <@1> ||spoiler|| `code` **bold**'
outlet: '# Heading <#1> discord.gg/abc'
url: 'https://example.org/a_(b)?q=<script>'
---

The *bandit* of Marlow wrote \"@everyone come to discord.gg/abc\" and <@123456789012345678> on the wall. \
The paint cost him ~~nothing~~ 37 pounds, said :tada: inspector `Rust` [here](https://evil.example).
";

#[tokio::test(flavor = "multi_thread")]
async fn nothing_in_an_article_pings_links_or_formats() {
    let desk = Desk::with(&[]).await;
    let guild = desk.discord.guild("Newsroom");
    desk.add(guild.id(), &[HOSTILE]);
    let ana = guild.member("ana");
    let reply = ana
        .slash(
            "ask",
            [("question", "what did the paint cost the bandit of Marlow?")],
        )
        .await;
    assert_snapshot!(reply.text(), @r"
    > “The paint cost him **nothing 37 pounds**, said \:tada: inspector Rust here.”
    — *\@everyone \[free\](https\:\/\/evil.example) \<\@1\> \|\|spoiler\|\| \`code\` \*\*bold\*\**, \# Heading \<\#1\> discord.gg\/abc · `1` · [read there](<https://example.org/a_%28b%29?q=%3Cscript%3E#:~:text=The%20paint%20cost%20him,%3Atada%3A%20inspector%20Rust%20here%2E>)

    (no previews)
    [In context] [Why this?] [Ask more]
    [👍] [👎]
    ");
    let context = reply.press("In context").await;
    assert!(!context.text().contains(" @everyone"), "{}", context.text());
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bots_are_not_answered() {
    let desk = Desk::with(&[BRIDGE]).await;
    let guild = desk.discord.guild("Newsroom");
    let said = guild.bot("other").mention(COST).post();
    let plain = guild.member("ana").say("just talking").post();
    // What is answered later proves that those before were seen and left alone.
    guild.member("bo").mention(COST).await;
    assert!(said.answers().is_empty() && plain.answers().is_empty());
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_questions_are_put_off_with_a_friendly_word() {
    let desk = Desk::with(&[BRIDGE]).await;
    let guild = desk.discord.guild("Newsroom");
    let (ana, bo) = (guild.member("ana"), guild.member("bo"));
    for _ in 0..8 {
        assert!(
            ana.slash("ask", [("question", COST)])
                .await
                .text()
                .contains("3.2")
        );
    }
    assert_snapshot!(ana.slash("ask", [("question", COST)]).await.text(), @"
    (only you can see this)
    That was a lot at once. Please try again in 6 seconds.
    (no previews)
    ");
    assert!(
        bo.slash("ask", [("question", COST)])
            .await
            .text()
            .contains("3.2")
    );
    desk.discord.advance(std::time::Duration::from_secs(6));
    assert!(
        ana.slash("ask", [("question", COST)])
            .await
            .text()
            .contains("3.2")
    );
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_are_named_in_five_more_languages() {
    let desk = Desk::with(&[]).await;
    let commands = desk.discord.commands();
    let names: Vec<&str> = commands.iter().filter_map(|c| c["name"].as_str()).collect();
    assert!(names.len() >= 8, "{names:?}");
    for command in commands.iter().filter(|c| c["type"] == 1) {
        for locale in ["de", "fr", "es-ES", "pt-BR", "it"] {
            for key in ["name_localizations", "description_localizations"] {
                assert!(
                    command[key][locale].is_string(),
                    "{} {key} {locale}",
                    command["name"]
                );
            }
        }
    }
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_button_has_a_limit() {
    let desk = Desk::with(&[BRIDGE]).await;
    let ana = desk.discord.guild("Newsroom").member("ana");
    let found = ana.slash("articles search", [("words", "marlow")]).await;
    let mut n_refused = 0;
    for name in ["search:0:marlow", "list:l:0", "show:l:1:0"] {
        for _ in 0..12 {
            let press = ana.forge(&found.message(), &format!("q1:{name}"));
            let text = press.forced().await.text();
            n_refused += usize::from(text.contains("That was a lot at once"));
        }
    }
    // The command took one of thirty.
    assert_eq!(n_refused, 7);
    desk.finish().await;
}
