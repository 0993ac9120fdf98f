//! Documents and texts that try to break messages, for tests.

use proptest::prelude::*;

use crate::document::{Collection, Date, Document, DocumentId, DocumentRef, Language, Metadata};
use crate::text;

/// A document as it would be stored, with an outlet, a date and an address.
pub(in crate::discord) fn document(title: &str, body: &str) -> Document {
    let body = text::normalize(body);
    Document {
        id: DocumentId(1),
        reference: DocumentRef {
            collection: Collection::Library,
            number: 46,
        },
        metadata: Metadata {
            title: title.to_owned(),
            outlet: Some("The *Outlet*".to_owned()),
            published: Date::from_ymd(2025, 3, 18),
            url: Some("https://example.org/a".to_owned()),
            tags: vec!["#tag".to_owned(), "@here".to_owned()],
        },
        language: Language::English,
        blocks: text::plain_blocks(&body),
        text: body,
    }
}

/// A document whose every part tries to break messages.
pub(in crate::discord) fn any_document() -> impl Strategy<Value = Document> {
    let address = prop_oneof![
        "[a-z]{1,9}".prop_map(|host| format!("https://{host}.example/")),
        Just("https://discord.gg/".to_owned()),
        Just("javascript:".to_owned()),
    ];
    // Longer than the store takes of them; with endless ones the tests are slow and find no more.
    let short = || title().prop_map(|text| text.chars().take(300).collect::<String>());
    let address = (address, short()).prop_map(|(start, rest)| start + &rest);
    (
        title(),
        text(),
        proptest::option::of(short()),
        proptest::collection::vec(short(), 0..10),
        proptest::option::of(address),
    )
        .prop_map(|(title, body, outlet, tags, url)| {
            let plain = document(&title, &body);
            let metadata = Metadata {
                outlet,
                tags,
                url,
                ..plain.metadata
            };
            Document { metadata, ..plain }
        })
}

/// Pieces that mean something to Discord, or are long, or are shown in no width.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,12} ",
        "[*_~|`>#@<\\[\\]()/:-]{1,6}",
        Just("@everyone ".to_owned()),
        Just("<@123456789012345678> ".to_owned()),
        Just("[x](https://evil.example) ".to_owned()),
        Just("discord.gg/abc ".to_owned()),
        Just("\n# Heading\n".to_owned()),
        Just("\n\n".to_owned()),
        Just("```\ncode\n```".to_owned()),
        Just("😀👩‍👩‍👧‍👦".to_owned()),
        Just("\u{202e}\u{200b}\u{2066}".to_owned()),
        Just("橋".repeat(50)),
        Just("x".repeat(10_000)),
        Just("*".repeat(900)),
        any::<String>(),
    ]
}

/// A text of up to a few thousand characters, or far more.
pub(in crate::discord) fn text() -> impl Strategy<Value = String> {
    proptest::collection::vec(piece(), 1..60).prop_map(|pieces| pieces.concat())
}

/// A title, or a question.
pub(in crate::discord) fn title() -> impl Strategy<Value = String> {
    proptest::collection::vec(piece(), 1..8).prop_map(|pieces| pieces.concat())
}
