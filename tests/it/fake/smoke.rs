//! The real client library against the fake.

use super::toy;
use crate::fake_discord::{FakeDiscord, File, OptionValue, Permissions};

#[tokio::test(flavor = "multi_thread")]
async fn a_command_is_registered_used_and_answered() {
    let discord = FakeDiscord::start().await;
    let ana = discord.guild("Newsroom").member("ana");
    let toy = toy::start(&discord).await;
    discord.ready().await;

    let reply = ana.slash("echo", [("text", "hello")]).await;
    assert_eq!(
        reply.text(),
        "> hello\n[Again|primary] [Open|https://example.org]"
    );
    assert!(!reply.was_deferred() && !reply.is_private());

    let again = reply.press("Again").await;
    assert!(again.was_update());
    assert_eq!(reply.message().content(), "> hello again");

    toy.stop().await;
    discord.offline().await;
    discord.finish();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deferred_answer_is_filled_in_and_stays_private() {
    let discord = FakeDiscord::start().await;
    let ana = discord.guild("Newsroom").member("ana");
    let toy = toy::start(&discord).await;
    discord.ready().await;

    let reply = ana
        .slash("echo", [("text", "hello")])
        .with("slowly", true)
        .await;
    assert!(reply.was_deferred() && reply.is_private());
    assert_eq!(
        reply.message().earlier(),
        ["(only you can see this)\n(thinking…)"]
    );
    assert!(reply.text().starts_with("(only you can see this)\n> hello"));

    toy.stop().await;
    discord.finish();
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_reach_the_bot_by_mention_and_in_private_only() {
    let discord = FakeDiscord::start().await;
    let ana = discord.guild("Newsroom").member("ana");
    let toy = toy::start(&discord).await;
    discord.ready().await;

    let unheard = ana.say("hello everyone").post();
    assert_eq!(ana.mention("hello").await.text(), "heard");
    assert_eq!(ana.dm("hello").await.text(), "heard");
    assert_eq!(unheard.answers().len(), 0);

    toy.stop().await;
    discord.finish();
}

#[tokio::test(flavor = "multi_thread")]
async fn options_menus_modals_and_selects_are_understood_by_the_library() {
    let discord = FakeDiscord::start().await;
    let guild = discord.guild("Newsroom");
    let (ana, ben) = (guild.member("ana"), guild.member("ben"));
    let toy = toy::start(&discord).await;
    discord.ready().await;

    let offered = ana.complete("take", "article", "pu").await;
    let names: Vec<&str> = offered.iter().map(|choice| choice.name.as_str()).collect();
    assert_eq!(names, ["pu and more", "another"]);

    let role = guild.role("Editors", Permissions::empty());
    let all = ana
        .slash("take", [("article", "x")])
        .with("file", File::text("a.md", "words"))
        .with("whom", &ben)
        .with("place", &guild.general())
        .with("role", &role)
        .with("count", OptionValue::Integer(3));
    let reply = all.await;
    let expected =
        "x Some(\"words\") (Some(\"ben\"), Some(\"general\"), Some(\"Editors\")) Some(3)";
    assert_eq!(
        reply.text(),
        format!("{expected}\n[Form|primary]\n<Pick: First | Second>")
    );

    let form = reply.press("Form").await;
    assert_eq!(form.text(), "# Who are you?\nName:");
    assert_eq!(
        form.modal().fill("Name", "ana").submit().await.text(),
        "hello ana"
    );
    assert_eq!(
        reply.choose("Pick", &["Second"]).await.text(),
        "chosen: [\"2\"]"
    );

    let said = ben.say("a private thought").post();
    let repeated = ana.use_menu("Repeat this", &said).await;
    assert_eq!(
        repeated.text(),
        "(only you can see this)\na private thought"
    );
    // The library also reads its own answers back: in a direct conversation, and by menu.
    let reply = ana.in_dm().slash("echo", [("text", "hello")]).await;
    let repeated = ana.in_dm().use_menu("Repeat this", &reply.message()).await;
    assert!(repeated.text().ends_with("> hello"));

    toy.stop().await;
    discord.finish();
}
