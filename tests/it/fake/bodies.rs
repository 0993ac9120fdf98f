//! Each rule of a request body: kept at the limit, broken one above it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::raw::{Raw, ask, message};
use crate::fake_discord::{FakeDiscord, MAX_FILE_BYTES};

/// A message with these fields more.
fn with(fields: Value) -> Value {
    let mut body = message("hello");
    body.as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    body
}

fn button(custom_id: &str) -> Value {
    json!({ "type": 2, "style": 1, "label": "Press", "custom_id": custom_id })
}

fn row(components: Vec<Value>) -> Value {
    json!({ "type": 1, "components": components })
}

fn buttons(n: usize) -> Value {
    row((0..n).map(|number| button(&format!("b{number}"))).collect())
}

fn options(n: usize) -> Vec<Value> {
    (0..n)
        .map(|number| json!({ "label": "Option", "value": number.to_string() }))
        .collect()
}

fn select(fields: Value) -> Value {
    let mut select = json!({ "type": 3, "custom_id": "s", "options": options(3) });
    select
        .as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    json!({ "components": [row(vec![select])] })
}

fn described(n_chars: usize) -> Value {
    json!({ "description": "d".repeat(n_chars) })
}

/// Sends bodies to one address, and compares the rules they break with those expected.
async fn check(method: &str, path: impl Fn(&FakeDiscord) -> String, cases: Vec<(Value, &[&str])>) {
    let discord = FakeDiscord::start().await;
    let raw = Raw::new(&discord);
    let path = path(&discord);
    for (body, expected) in cases {
        let shown: String = body.to_string().chars().take(400).collect();
        let (status, answer) = raw.send(method, &path, body).await;
        let broken = discord.take_violations();
        let rules: Vec<&str> = broken.iter().map(|violation| violation.rule).collect();
        for rule in expected {
            assert!(
                rules.contains(rule),
                "`{rule}` not found by {rules:?} in {shown}\n{broken:#?}"
            );
        }
        if expected.is_empty() {
            assert!(
                rules.is_empty() && status < 300,
                "{status} {answer} {broken:#?} for {shown}"
            );
        } else if expected != ["mentions"] {
            assert_eq!(status, 400, "{rules:?} of {shown} should have been refused");
        }
    }
    discord.finish();
}

async fn check_messages(cases: Vec<(Value, &[&str])>) {
    let path = |discord: &FakeDiscord| {
        let channel = discord.guild("Newsroom").general();
        format!("/channels/{}/messages", channel.id())
    };
    check("POST", path, cases).await;
}

#[tokio::test]
async fn texts_of_messages() {
    let v2 = |components: Value| json!({ "flags": 1 << 15, "components": components, "allowed_mentions": { "parse": [] } });
    check_messages(vec![
        (message(&"é".repeat(2_000)), &[]),
        (message(&"é".repeat(2_001)), &["content-length"]),
        (message(""), &["empty-message"]),
        (message(" \n"), &["empty-message"]),
        (
            json!({ "allowed_mentions": { "parse": [] } }),
            &["empty-message"],
        ),
        (
            json!({ "components": [buttons(1)], "allowed_mentions": { "parse": [] } }),
            &["empty-message"],
        ),
        (with(json!({ "contents": "x" })), &["schema"]),
        (with(json!({ "content": 3 })), &["schema"]),
        (with(json!({ "flags": 1 << 2 })), &[]),
        (with(json!({ "flags": 1 << 6 })), &["flags"]),
        (with(json!({ "nonce": "n".repeat(25) })), &[]),
        (with(json!({ "nonce": "n".repeat(26) })), &["schema"]),
        (
            v2(json!([{ "type": 10, "content": "t".repeat(4_000) }])),
            &[],
        ),
        (
            v2(json!([{ "type": 10, "content": "t".repeat(4_001) }])),
            &["components-text"],
        ),
        (with(json!({ "flags": 1 << 15 })), &["components-v2"]),
        (
            with(json!({ "components": [{ "type": 10, "content": "text" }] })),
            &["components-v2"],
        ),
        (v2(json!([])), &["empty-message"]),
    ])
    .await;
}

#[tokio::test]
async fn nobody_is_ever_pinged() {
    let mentions = |allowed: Value| json!({ "content": "hello", "allowed_mentions": allowed });
    check_messages(vec![
        (mentions(json!({ "parse": [] })), &[]),
        (
            mentions(json!({ "parse": [], "users": [], "roles": [], "replied_user": false })),
            &[],
        ),
        (json!({ "content": "hello" }), &["mentions"]),
        (mentions(Value::Null), &["mentions"]),
        (mentions(json!({})), &["mentions"]),
        (mentions(json!({ "parse": ["users"] })), &["mentions"]),
        (
            mentions(json!({ "parse": [], "users": ["1"] })),
            &["mentions"],
        ),
        (
            mentions(json!({ "parse": [], "replied_user": true })),
            &["mentions"],
        ),
    ])
    .await;
}

#[tokio::test]
async fn embeds() {
    let embeds = |embeds: Vec<Value>| with(json!({ "embeds": embeds }));
    let field = |name: &str, value: &str| json!({ "title": "t", "fields": [{ "name": name, "value": value }] });
    check_messages(vec![
        (embeds(vec![described(4_096)]), &[]),
        (embeds(vec![described(4_097)]), &["schema"]),
        (embeds(vec![described(3_000), described(3_000)]), &[]),
        (
            embeds(vec![described(3_000), described(3_001)]),
            &["embeds-length"],
        ),
        (embeds(vec![json!({ "title": "t".repeat(256) })]), &[]),
        (
            embeds(vec![json!({ "title": "t".repeat(257) })]),
            &["schema"],
        ),
        (embeds(vec![described(1); 10]), &[]),
        (embeds(vec![described(1); 11]), &["schema"]),
        (embeds(vec![field("name", &"v".repeat(1_024))]), &[]),
        (embeds(vec![field("name", &"v".repeat(1_025))]), &["schema"]),
        (embeds(vec![field("", "value")]), &["embed-field"]),
        (embeds(vec![json!({ "color": 1 })]), &["embed-empty"]),
        (
            embeds(vec![json!({ "title": "t", "url": "no address" })]),
            &["schema"],
        ),
    ])
    .await;
}

#[tokio::test]
async fn buttons_and_selects() {
    let rows = |rows: Vec<Value>| with(json!({ "components": rows }));
    let one = |button: Value| rows(vec![row(vec![button])]);
    let in_rows = |n_rows: usize| {
        rows(
            (0..n_rows)
                .map(|number| row(vec![button(&format!("r{number}"))]))
                .collect(),
        )
    };
    let with_select = |fields: Value| with(select(fields));
    check_messages(vec![
        (rows(vec![buttons(5)]), &[]),
        (rows(vec![buttons(6)]), &["buttons"]),
        (in_rows(5), &[]),
        (in_rows(6), &["rows"]),
        (rows(vec![row(vec![])]), &["row"]),
        (one(button(&"c".repeat(100))), &[]),
        (one(button(&"c".repeat(101))), &["custom-id-length"]),
        (one(button("")), &["custom-id-length"]),
        (rows(vec![row(vec![button("same"), button("same")])]), &["custom-id-duplicate"]),
        (one(json!({ "type": 2, "style": 1, "label": "l".repeat(80), "custom_id": "c" })), &[]),
        (one(json!({ "type": 2, "style": 1, "label": "l".repeat(81), "custom_id": "c" })), &["label-length"]),
        (one(json!({ "type": 2, "style": 1, "custom_id": "c" })), &["button"]),
        (one(json!({ "type": 2, "style": 1, "emoji": { "name": "👍" }, "custom_id": "c" })), &[]),
        (one(json!({ "type": 2, "style": 1, "label": "l" })), &["button"]),
        (one(json!({ "type": 2, "style": 5, "label": "l", "url": "https://example.org" })), &[]),
        (one(json!({ "type": 2, "style": 5, "label": "l", "custom_id": "c" })), &["button"]),
        (one(json!({ "type": 2, "style": 5, "label": "l", "url": "ftp://example.org" })), &["button-url"]),
        (one(json!({ "type": 2, "style": 9, "label": "l", "custom_id": "c" })), &["schema"]),
        (with_select(json!({ "options": options(25) })), &[]),
        (with_select(json!({ "options": options(26) })), &["schema"]),
        (with_select(json!({ "max_values": 3 })), &[]),
        (with_select(json!({ "max_values": 4 })), &["select-values"]),
        (with_select(json!({ "min_values": 2, "max_values": 1 })), &["select-values"]),
        (
            with_select(json!({ "options": [{ "label": "a", "value": "1" }, { "label": "b", "value": "1" }] })),
            &["select-duplicate"],
        ),
        (
            rows(vec![row(vec![button("b"), json!({ "type": 3, "custom_id": "s", "options": options(1) })])]),
            &["row"],
        ),
    ])
    .await;
}

/// One command with these fields.
fn command(fields: Value) -> Value {
    let mut command = json!({ "name": "ask", "description": "Ask" });
    command
        .as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    json!([command])
}

fn text_option(fields: Value) -> Value {
    let mut option = json!({ "type": 3, "name": "question", "description": "What" });
    option
        .as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    option
}

fn named(n: usize, of: impl Fn(String) -> Value) -> Vec<Value> {
    (0..n).map(|number| of(format!("n{number}"))).collect()
}

/// A command whose names, descriptions and values have so many characters together.
fn of_length(n_chars: usize) -> Value {
    // "ask", "Ask" and 7 options of 2 + 4 characters with 25 choices of 20 + 20.
    let n_before = 6 + 7 * (2 + 4 + 25 * 40);
    let choices: Vec<Value> = (0..25)
        .map(|number| json!({ "name": format!("{number:020}"), "value": format!("{number:020}") }))
        .collect();
    let mut options = named(7, |name| {
        text_option(json!({ "name": name, "choices": choices }))
    });
    // The rest in descriptions, up to 100 characters each; the first has 4 already.
    let mut left = n_chars - n_before;
    for option in &mut options {
        let n_more = left.min(96);
        option["description"] = json!("d".repeat(4 + n_more));
        left -= n_more;
    }
    for number in 0..left.div_ceil(102) {
        let n_described = (left - 102 * number).min(102) - 2;
        options.push(text_option(json!({
            "name": format!("m{number}"), "description": "d".repeat(n_described),
        })));
    }
    json!([{ "name": "ask", "description": "Ask", "options": options }])
}

#[tokio::test]
async fn commands() {
    let path = |discord: &FakeDiscord| format!("/applications/{}/commands", discord.bot_id());
    let option = |fields: Value| command(json!({ "options": [text_option(fields)] }));
    let options = |options: Vec<Value>| command(json!({ "options": options }));
    let choices = |n: usize, value: &str| named(n, |name| json!({ "name": name, "value": value }));
    let slash = |n| named(n, |name| json!({ "name": name, "description": "d" }));
    let menus = |kind: u64, n| named(n, |name| json!({ "name": name, "type": kind }));
    let group =
        |inner: Value| json!({ "type": 2, "name": "g", "description": "d", "options": [inner] });
    let sub =
        |inner: Value| json!({ "type": 1, "name": "s", "description": "d", "options": [inner] });
    check(
        "PUT",
        path,
        vec![
            (ask(), &[]),
            (command(json!({ "name": "n".repeat(32) })), &[]),
            (command(json!({ "name": "n".repeat(33) })), &["command-name"]),
            (command(json!({ "name": "frage-ß_1" })), &[]),
            (command(json!({ "name": "with space" })), &["command-name"]),
            (command(json!({ "name": "Ask" })), &["command-name"]),
            (command(json!({ "name": "ask!" })), &["command-name"]),
            (command(json!({ "name_localizations": { "de": "frage" } })), &[]),
            (command(json!({ "name_localizations": { "de": "Frage!" } })), &["command-name"]),
            (command(json!({ "name_localizations": { "xx": "frage" } })), &["command-name"]),
            (command(json!({ "description": "d".repeat(100) })), &[]),
            (command(json!({ "description": "d".repeat(101) })), &["command-description"]),
            (command(json!({ "description": "" })), &["command-description"]),
            (json!([{ "name": "ask" }]), &["command-description"]),
            (command(json!({ "description_localizations": { "de": "d".repeat(101) } })), &["command-description"]),
            (command(json!({ "default_member_permissions": "32" })), &[]),
            (command(json!({ "default_member_permissions": "all" })), &["schema"]),
            (json!(slash(100)), &[]),
            (json!(slash(101)), &["command-count"]),
            (json!(menus(3, 15)), &[]),
            (json!(menus(3, 16)), &["command-count"]),
            (json!(menus(2, 16)), &["command-count"]),
            (json!([{ "name": "Ask about this", "type": 3 }]), &[]),
            (json!([{ "name": "Ask", "type": 3, "description": "d" }]), &["command-description"]),
            (json!([{ "name": "a", "description": "d" }, { "name": "a", "description": "d" }]), &["command-duplicate"]),
            (options(named(25, |name| text_option(json!({ "name": name })))), &[]),
            (options(named(26, |name| text_option(json!({ "name": name })))), &["option-count"]),
            (options(vec![text_option(json!({})), text_option(json!({}))]), &["option-duplicate"]),
            (
                options(vec![text_option(json!({})), text_option(json!({ "name": "b", "required": true }))]),
                &["option-order"],
            ),
            (option(json!({ "name": "Big" })), &["command-name"]),
            (option(json!({ "description": "" })), &["command-description"]),
            (option(json!({ "choices": choices(25, "v") })), &[]),
            (option(json!({ "choices": choices(26, "v") })), &["choices"]),
            (option(json!({ "choices": choices(1, &"v".repeat(101)) })), &["choice-length"]),
            (option(json!({ "choices": [{ "name": "a", "value": "1" }, { "name": "a", "value": "2" }] })), &["choice-duplicate"]),
            (option(json!({ "choices": choices(1, "v"), "autocomplete": true })), &["autocomplete"]),
            (options(vec![group(sub(text_option(json!({}))))]), &[]),
            (options(vec![group(group(sub(text_option(json!({})))))]), &["option-nesting"]),
            (options(vec![sub(sub(text_option(json!({}))))]), &["schema"]),
            (options(vec![sub(text_option(json!({}))), text_option(json!({ "name": "b" }))]), &["option-mix"]),
            (of_length(8_000), &[]),
            (of_length(8_001), &["command-length"]),
        ],
    )
    .await;
}

#[tokio::test]
async fn files() {
    let discord = FakeDiscord::start().await;
    let raw = Raw::new(&discord);
    let channel = discord.guild("Newsroom").general();
    let path = format!("/channels/{}/messages", channel.id());
    let mut broken = BTreeMap::new();
    for (name, sizes) in [
        ("one at the limit", vec![MAX_FILE_BYTES]),
        ("one above", vec![MAX_FILE_BYTES + 1]),
        (
            "two below the limit of a request",
            vec![MAX_FILE_BYTES, MAX_FILE_BYTES],
        ),
        ("three above it", vec![MAX_FILE_BYTES; 3]),
    ] {
        let files: Vec<(&str, usize)> = sizes.iter().map(|size| ("a.txt", *size)).collect();
        let (status, _) = raw.upload(&path, message("files"), &files).await;
        let rules: Vec<_> = discord
            .take_violations()
            .into_iter()
            .map(|violation| violation.rule)
            .collect();
        broken.insert(name, (status, rules));
    }
    let expected = [
        ("one at the limit", (200, vec![])),
        ("one above", (413, vec!["file-size"])),
        ("two below the limit of a request", (200, vec![])),
        ("three above it", (413, vec!["request-size"])),
    ];
    assert_eq!(broken, BTreeMap::from(expected));
    discord.finish();
}

#[tokio::test]
async fn a_file_alone_is_a_message_and_can_be_read() {
    let discord = FakeDiscord::start().await;
    let raw = Raw::new(&discord);
    let channel = discord.guild("Newsroom").general();
    let path = format!("/channels/{}/messages", channel.id());
    let body = json!({
        "allowed_mentions": { "parse": [] },
        "attachments": [{ "id": 0, "filename": "chart.svg", "description": "a chart" }],
    });
    let (status, _) = raw.upload(&path, body, &[("chart.svg", 3)]).await;
    assert_eq!(status, 200);
    let [posted] = channel.bot_messages().try_into().unwrap();
    assert_eq!(posted.text(), "📎 chart.svg");
    let [file] = posted.files().try_into().unwrap();
    assert_eq!(
        (file.bytes.as_slice(), file.description.as_deref()),
        (&b"xxx"[..], Some("a chart"))
    );
    discord.finish();
}

#[tokio::test]
async fn unknown_routes_and_foreign_tokens_are_found() {
    let discord = FakeDiscord::start().await;
    let mut raw = Raw::new(&discord);
    assert_eq!(raw.send("GET", "/voice/regions", Value::Null).await.0, 404);
    assert_eq!(discord.take_violations()[0].rule, "unknown-route");
    raw.token = "another".to_owned();
    assert_eq!(raw.send("GET", "/users/@me", Value::Null).await.0, 401);
    assert_eq!(discord.take_violations()[0].rule, "authorization");
    assert_eq!(discord.invalid_requests().unauthorized, 1);
    discord.finish();
}

#[tokio::test]
async fn a_refusal_names_the_field() {
    let discord = FakeDiscord::start().await;
    let raw = Raw::new(&discord);
    let channel = discord.guild("Newsroom").general();
    let path = format!("/channels/{}/messages", channel.id());
    let (status, body) = raw.send("POST", &path, message(&"a".repeat(2_001))).await;
    assert_eq!((status, &body["code"]), (400, &json!(50_035)));
    assert_eq!(
        body["errors"]["content"]["_errors"][0]["code"],
        "content-length"
    );
    discord.take_violations();
    discord.finish();
}
