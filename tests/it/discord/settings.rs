//! Settings, help, about, privacy.

use insta::assert_snapshot;
use quoth::document::Collection;
use quoth::engine::Page;
use quoth::store::{Action, Actor};

use super::harness::{COST, Desk};
use crate::fake_discord::{OptionValue, Permissions};
use crate::support::BRIDGE;

#[tokio::test(flavor = "multi_thread")]
async fn settings_are_shown_changed_and_kept() {
    let mut desk = Desk::with(&[BRIDGE]).await;
    let guild = desk.discord.guild("Newsroom");
    let owner = guild.owner();
    assert_snapshot!(owner.slash("quoth settings", []).await.text(), @"
    (only you can see this)
    **Settings of this server**
    - Public answers: everywhere
    - Answers unless the question says otherwise: public
    - Library: asked too
    - Articles are changed by: those who manage the server
    - Changes are told in: no channel
    - Questions are kept for: 90 days

    (no previews)
    ");
    let log = guild.channel("log");
    let changed = owner
        .slash("quoth settings", [])
        .with("private", true)
        .with("log-channel", OptionValue::Channel(log.id()))
        .with("keep-days", 7)
        .await;
    assert!(changed.is_private());
    let told = desk
        .discord
        .until("a word in the log channel", || log.bot_messages().pop())
        .await;
    assert!(
        told.content().contains("changed my settings"),
        "{}",
        told.text()
    );
    desk.restart().await;
    let text = owner.slash("quoth settings", []).await.text();
    assert!(
        text.contains("otherwise: private") && text.contains("7 days"),
        "{text}"
    );
    // Private by default, and public if the question says so.
    let ana = guild.member("ana");
    assert!(ana.slash("ask", [("question", COST)]).await.is_private());
    assert!(
        !ana.slash("ask", [("question", COST)])
            .with("private", false)
            .await
            .is_private()
    );
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_those_who_manage_the_server_change_settings() {
    let desk = Desk::with(&[]).await;
    let guild = desk.discord.guild("Newsroom");
    let ana = guild.member("ana");
    assert_snapshot!(
        ana.slash("quoth settings", []).with("library", false).await.text(),
        @"
    (only you can see this)
    Only people who manage this server can do this.
    (no previews)
    "
    );
    assert!(desk.engine.guild_settings(guild.id()).unwrap().library);
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_sets_the_editor_role_is_told_what_else_it_needs() {
    let desk = Desk::with(&[]).await;
    let guild = desk.discord.guild("Newsroom");
    let role = guild.role("editors", Default::default());
    let set = guild
        .owner()
        .slash("quoth settings", [])
        .with("editor-role", OptionValue::Role(role.id()))
        .await;
    assert_snapshot!(set.text().replace(&role.id().to_string(), "editors"), @"
    (only you can see this)
    **Changed:** <@&editors> may change articles.
    **Settings of this server**
    - Public answers: everywhere
    - Answers unless the question says otherwise: public
    - Library: asked too
    - Articles are changed by: those who manage the server and <@&editors>
    -# That role sees `/article` only after an admin has allowed it the command under *Server Settings* → *Integrations*.
    - Changes are told in: no channel
    - Questions are kept for: 90 days

    (no previews)
    ");
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_public_in_the_channels_named_only() {
    let desk = Desk::with(&[BRIDGE]).await;
    let guild = desk.discord.guild("Newsroom");
    let questions = guild.channel("questions");
    guild
        .owner()
        .slash("quoth settings", [])
        .with("add-channel", OptionValue::Channel(questions.id()))
        .await;
    let ana = guild.member("ana");
    assert!(ana.slash("ask", [("question", COST)]).await.is_private());
    assert!(
        ana.slash("ask", [("question", COST)])
            .with("private", false)
            .await
            .is_private()
    );
    let there = ana.in_channel(&questions);
    assert!(!there.slash("ask", [("question", COST)]).await.is_private());
    let thread = ana.in_channel(&questions.thread("details"));
    assert!(!thread.slash("ask", [("question", COST)]).await.is_private());
    assert!(thread.mention(COST).await.content().contains("3.2 million"));
    // A mention cannot be answered in private.
    let told = ana.mention(COST).await;
    assert!(
        told.content().contains("I answer in public only in <#"),
        "{}",
        told.text()
    );
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn help_about_and_privacy_work_everywhere() {
    let desk = Desk::with(&[BRIDGE]).await;
    let guild = desk.discord.guild("Newsroom");
    let (ana, bo) = (guild.member("ana"), guild.member("bo"));
    for person in [ana.clone(), ana.in_dm()] {
        assert!(person.slash("quoth help", []).await.is_private());
        assert!(
            person
                .slash("quoth about", [])
                .await
                .text()
                .contains("Quoth")
        );
    }
    let answer = ana.slash("ask", [("question", COST)]).await;
    let privacy = ana.slash("quoth privacy", []).await;
    assert!(
        privacy.text().contains("I keep 1 question and 0 votes"),
        "{}",
        privacy.text()
    );
    // Nobody deletes another one's data.
    let forged = privacy.message().custom_id("Delete my data");
    let refused = bo.forge(&answer.message(), &forged).forced().await;
    assert!(
        refused.text().contains("Only the person"),
        "{}",
        refused.text()
    );
    assert_snapshot!(privacy.press("Delete my data").await.text(), @"
    (only you can see this)
    Done: all of it is deleted. I keep nothing more of you.
    (no previews)
    ");
    assert_eq!(desk.engine.kept_of_user(ana.id()).unwrap(), (0, 0));
    assert_snapshot!(ana.press(&answer.message(), "Why this?").await.text(), @"
    (only you can see this)
    This answer is no longer kept. Please ask again.
    (no previews)
    ");
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_settings_are_recorded_and_a_log_channel_can_be_written_to() {
    let desk = Desk::with(&[]).await;
    let guild = desk.discord.guild("Newsroom");
    let owner = guild.owner();
    let log = guild.channel("log");
    log.deny_bot(Permissions::SEND_MESSAGES);
    let choose = || {
        owner
            .slash("quoth settings", [])
            .with("log-channel", OptionValue::Channel(log.id()))
    };
    let refused = choose().await.text();
    assert!(refused.contains("I cannot write in <#"), "{refused}");
    let recorded = || {
        let page = Page {
            offset: 0,
            limit: 10,
        };
        let all = desk.engine.audit(Collection::Guild(guild.id()), page);
        all.unwrap()
            .into_iter()
            .map(|entry| (entry.action, entry.actor, entry.detail))
            .collect::<Vec<_>>()
    };
    assert_eq!(recorded(), []);
    log.deny_bot(Permissions::empty());
    choose().await;
    assert_eq!(log.bot_messages().len(), 1);
    assert_eq!(
        recorded(),
        [(
            Action::Settings,
            Actor::Discord(owner.id()),
            Some(format!("changes are told in <#{}>", log.id()))
        )]
    );
    desk.finish().await;
}
