//! What people may do, see and get: permissions, privacy, menus, files.

use serde_json::{Value, json};

use super::raw::{Raw, ask, message};
use crate::fake_discord::{EVERYONE, FakeDiscord, File, PRIVILEGED, Permissions};

#[tokio::test]
async fn permissions_are_those_of_roles_and_channels() {
    let discord = FakeDiscord::start().await;
    let guild = discord.guild("Newsroom");
    let ana = guild.member("ana");
    let boss = guild.member_with("boss", Permissions::ADMINISTRATOR);
    let editors = guild.role("Editors", Permissions::MANAGE_GUILD);
    assert_eq!(ana.permissions(), EVERYONE);
    ana.gain(&editors);
    assert_eq!(ana.permissions(), EVERYONE | Permissions::MANAGE_GUILD);
    assert_eq!(guild.owner().permissions(), Permissions::all());

    let closed = guild.channel("closed");
    closed.deny_everyone(Permissions::VIEW_CHANNEL);
    let inside = ana.in_channel(&closed);
    assert_eq!(inside.permissions(), Permissions::empty());
    closed.allow_role(&editors, Permissions::VIEW_CHANNEL);
    assert!(
        inside
            .permissions()
            .contains(Permissions::VIEW_CHANNEL | Permissions::MANAGE_GUILD)
    );
    assert_eq!(
        ana.in_channel(&closed.thread("within")).permissions(),
        inside.permissions()
    );
    ana.lose(&editors);
    assert_eq!(inside.permissions(), Permissions::empty());
    closed.allow(&ana, Permissions::VIEW_CHANNEL);
    assert!(inside.permissions().contains(Permissions::VIEW_CHANNEL));
    assert_eq!(boss.in_channel(&closed).permissions(), Permissions::all());

    let elsewhere = discord.guild("Elsewhere");
    assert_eq!(
        ana.in_channel(&elsewhere.general()).permissions(),
        Permissions::empty()
    );
    discord.finish();
}

#[tokio::test]
async fn the_app_offers_what_permissions_and_contexts_allow() {
    let discord = FakeDiscord::start().await;
    let raw = Raw::new(&discord);
    let guild = discord.guild("Newsroom");
    let ana = guild.member("ana");
    let boss = guild.member_with("boss", Permissions::MANAGE_GUILD);
    let named = |name: &str, fields: Value| {
        let mut command = json!({ "name": name, "description": "d" });
        command
            .as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        command
    };
    raw.register(json!([
        named("all", json!({})),
        named("editors", json!({ "default_member_permissions": "32" })),
        named("admins", json!({ "default_member_permissions": "0" })),
        named("here", json!({ "contexts": [0] })),
    ]))
    .await;
    let offered = |person: &crate::fake_discord::Person| -> Vec<&str> {
        ["all", "editors", "admins", "here"]
            .into_iter()
            .filter(|name| person.is_offered(name))
            .collect()
    };
    assert_eq!(offered(&ana), ["all", "here"]);
    assert_eq!(offered(&ana.in_dm()), ["all", "editors", "admins"]);
    assert_eq!(offered(&boss), ["all", "editors", "here"]);
    assert_eq!(
        offered(&guild.owner()),
        ["all", "editors", "admins", "here"]
    );
    guild.allow_command("editors", &ana);
    assert_eq!(offered(&ana), ["all", "editors", "here"]);

    let refused = ana.slash("admins", []).try_send().unwrap_err();
    assert!(refused.contains("needs"), "{refused}");
    assert!(ana.slash("admins", []).forced().try_send().is_ok());
    discord.finish();
}

#[tokio::test]
async fn the_app_sends_only_options_that_are_known_and_fit() {
    let discord = FakeDiscord::start().await;
    let raw = Raw::new(&discord);
    let ana = discord.guild("Newsroom").member("ana");
    raw.register(ask()).await;
    let problem = |options: [(&str, &str); 1]| ana.slash("ask", options).try_send().err();
    assert_eq!(problem([("question", &"q".repeat(20))]), None);
    assert!(
        problem([("question", &"q".repeat(21))])
            .unwrap()
            .contains("20")
    );
    assert!(problem([("answer", "x")]).unwrap().contains("missing"));
    assert!(
        ana.slash("ask", [("question", "x"), ("topic", "y")])
            .try_send()
            .unwrap_err()
            .contains("topic")
    );
    assert!(
        ana.slash("ask", [])
            .with("question", true)
            .try_send()
            .unwrap_err()
            .contains("type")
    );
    assert!(ana.slash("ask me", []).try_send().is_err());
    discord.finish();
}

#[tokio::test]
async fn content_is_withheld_unless_the_bot_is_addressed() {
    let discord = FakeDiscord::start().await;
    let raw = Raw::new(&discord);
    let guild = discord.guild("Newsroom");
    let ana = guild.member("ana");
    let path = format!("/channels/{}/messages", guild.general().id());
    let (_, sent) = raw.send("POST", &path, message("an answer")).await;
    assert_eq!(sent["content"], "an answer");
    let [own] = guild.general().bot_messages().try_into().unwrap();

    let cases = [
        (ana.say("to everyone").post(), ""),
        (
            ana.mention("to you").post(),
            "<@1000000000000000001> to you",
        ),
        (ana.reply(&own, "and you").post(), "and you"),
        (ana.reply(&own, "and you").without_ping().post(), ""),
        (ana.dm("in private").post(), "in private"),
    ];
    for (posted, expected) in cases {
        let channel = if posted.content() == "in private" {
            ana.in_dm().channel()
        } else {
            guild.general()
        };
        let path = format!("/channels/{}/messages/{}", channel.id(), posted.id());
        let (status, read) = raw.send("GET", &path, Value::Null).await;
        assert_eq!((status, &read["content"]), (200, &json!(expected)));
    }
    // Nor does a reply to a slash command's answer count.
    raw.register(ask()).await;
    let reply = ana.slash("ask", [("question", "who?")]).send();
    raw.respond(&reply, 4, message("they")).await;
    let posted = ana.reply(&reply.message(), "and when?").post();
    let (_, read) = raw
        .send("GET", &format!("{path}/{}", posted.id()), Value::Null)
        .await;
    assert_eq!(
        (&read["content"], &read["referenced_message"]["content"]),
        (&json!(""), &json!("they"))
    );
    const { assert!(PRIVILEGED & (1 << 15) != 0) };
    discord.finish();
}

#[tokio::test]
async fn the_bot_writes_and_reads_where_it_may() {
    let discord = FakeDiscord::start().await;
    let raw = Raw::new(&discord);
    let guild = discord.guild("Newsroom");
    let ana = guild.member("ana");
    let channel = guild.general();
    let path = format!("/channels/{}/messages", channel.id());
    let posted = ana.say("hello").post();
    let mut reply = message("hi");
    reply["message_reference"] = json!({ "message_id": posted.id().to_string() });
    assert_eq!(raw.send("POST", &path, reply.clone()).await.0, 200);
    assert_eq!(posted.answers().len(), 1);

    let code = |answer: (u16, Value)| (answer.0, answer.1["code"].as_u64().unwrap_or_default());
    channel.deny_bot(Permissions::READ_MESSAGE_HISTORY);
    assert_eq!(
        code(raw.send("POST", &path, reply.clone()).await),
        (403, 160_002)
    );
    channel.deny_bot(Permissions::SEND_MESSAGES);
    assert_eq!(
        code(raw.send("POST", &path, message("x")).await),
        (403, 50_013)
    );
    channel.deny_bot(Permissions::VIEW_CHANNEL);
    assert_eq!(
        code(raw.send("POST", &path, message("x")).await),
        (403, 50_001)
    );
    channel.deny_bot(Permissions::EMBED_LINKS);
    let mut embed = message("x");
    embed["embeds"] = json!([{ "title": "t" }]);
    assert_eq!(code(raw.send("POST", &path, embed).await), (403, 50_013));
    assert_eq!(
        code(
            raw.send("PATCH", &format!("{path}/{}", posted.id()), message("x"))
                .await
        ),
        (403, 50_005)
    );
    assert_eq!(discord.take_violations()[0].rule, "foreign-message");

    posted.delete();
    assert_eq!(raw.send("POST", &path, reply.clone()).await.0, 400);
    reply["message_reference"]["fail_if_not_exists"] = json!(false);
    assert_eq!(raw.send("POST", &path, reply).await.0, 200);

    let dm = format!("/channels/{}/messages", ana.in_dm().channel().id());
    assert_eq!(raw.send("POST", &dm, message("psst")).await.0, 200);
    ana.refuse_dms();
    assert_eq!(
        code(raw.send("POST", &dm, message("psst")).await),
        (403, 50_007)
    );
    guild.kick_bot();
    assert_eq!(
        code(raw.send("POST", &path, message("x")).await),
        (403, 50_001)
    );
    assert_eq!(discord.invalid_requests().forbidden, 7);
    discord.finish();
}

#[tokio::test]
async fn a_nonce_is_sent_once() {
    let discord = FakeDiscord::start().await;
    let raw = Raw::new(&discord);
    let channel = discord.guild("Newsroom").general();
    let path = format!("/channels/{}/messages", channel.id());
    let mut body = message("once");
    body["nonce"] = json!("answer-7");
    body["enforce_nonce"] = json!(true);
    let (_, first) = raw.send("POST", &path, body.clone()).await;
    let (_, second) = raw.send("POST", &path, body).await;
    assert_eq!(first["id"], second["id"]);
    assert_eq!(channel.bot_messages().len(), 1);
    discord.finish();
}

#[tokio::test]
async fn a_forger_reaches_the_bot_but_an_honest_app_does_not() {
    let discord = FakeDiscord::start().await;
    let raw = Raw::new(&discord);
    let newsroom = discord.guild("Newsroom");
    let ana = newsroom.member("ana");
    let ben = discord.guild("Elsewhere").member("ben");
    raw.register(ask()).await;
    let reply = ana.slash("ask", [("question", "who?")]).send();
    let mut body = message("they");
    body["components"] = json!([{ "type": 1, "components": [{ "type": 2, "style": 1, "label": "More", "custom_id": "more" }] }]);
    raw.respond(&reply, 4, body).await;
    let answer = reply.message();
    assert!(
        ben.press(&answer, "More")
            .try_send()
            .unwrap_err()
            .contains("does not see")
    );
    assert!(ben.press(&answer, "More").forced().try_send().is_ok());
    assert!(ana.forge(&answer, "q1:forged").try_send().is_ok());
    assert!(
        ana.press(&answer, "q1:forged")
            .try_send()
            .unwrap_err()
            .contains("no button")
    );
    discord.finish();
}

#[tokio::test]
async fn files_are_served_until_their_link_ends() {
    let discord = FakeDiscord::start().await;
    let raw = Raw::new(&discord);
    let ana = discord.guild("Newsroom").member("ana");
    raw.register(json!([{ "name": "add", "description": "d", "options": [
        { "type": 11, "name": "file", "description": "d", "required": true },
    ] }]))
    .await;
    let file = File::text("a b.md", "# Words").claiming(3);
    let posted = ana.dm("read this").with_file(file.clone()).post();
    let [stored] = posted.files().try_into().unwrap();
    assert_eq!((stored.claimed_size, stored.bytes.len()), (3, 7));
    assert!(
        ana.slash("add", [])
            .with("file", file.redirecting("http://127.0.0.1:9/x"))
            .try_send()
            .is_ok()
    );

    let path = format!(
        "/channels/{}/messages/{}",
        ana.in_dm().channel().id(),
        posted.id()
    );
    let (_, read) = raw.send("GET", &path, Value::Null).await;
    let url = read["attachments"][0]["url"].as_str().unwrap().to_owned();
    assert!(
        url.starts_with(&discord.cdn_url()) && url.contains("a%20b.md"),
        "{url}"
    );
    let get = |url: String| async move {
        let response = reqwest::get(url).await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };
    assert_eq!(get(url.clone()).await, (200, "# Words".to_owned()));
    discord.expire_files();
    assert_eq!(get(url).await.0, 404);
    discord.finish();
}

#[tokio::test]
async fn a_message_wakes_an_archived_thread() {
    let discord = FakeDiscord::start().await;
    let thread = discord.guild("Newsroom").general().thread("old");
    thread.archive();
    assert!(thread.is_archived());
    let raw = Raw::new(&discord);
    raw.send(
        "POST",
        &format!("/channels/{}/messages", thread.id()),
        message("hello"),
    )
    .await;
    assert!(!thread.is_archived());
    discord.finish();
}
