//! What must hold whatever the input; each target feeds one kind of input to one of these.

use std::path::Path;
use std::sync::LazyLock;

use quoth::document::{Block, Collection, Date, DocumentRef, Language, Span};
use quoth::extract::{self, extract};
use quoth::index::{Analyzer, is_question_word, query_terms};
use quoth::neural::WordPiece;
use quoth::retrieve::{MAX_CHARS, Query};
use quoth::text::{fold, normalize, passages, plain_blocks, words};

static TOKENIZER: LazyLock<WordPiece> = LazyLock::new(|| {
    WordPiece::parse(include_bytes!("../../models/tokenizer.json")).expect("the file is sound")
});

/// A file becomes an error, or a draft whose blocks and passages slice its text.
pub fn extraction(name: &str, bytes: &[u8]) {
    let Ok(extracted) = extract(Path::new(name), bytes) else {
        return;
    };
    let draft = extracted.draft;
    assert!(!draft.metadata.title.trim().is_empty(), "no title");
    assert_eq!(normalize(&draft.text), draft.text, "not normalised");
    let mut end = 0;
    for block in &draft.blocks {
        let inside = block
            .span
            .slice(&draft.text)
            .expect("the block slices the text");
        assert!(!inside.is_empty() && inside.trim() == inside, "{inside:?}");
        let between = Span::new(end, block.span.start).slice(&draft.text);
        let between = between.expect("blocks are ordered and disjoint");
        assert!(between.trim().is_empty(), "{between:?} is in no block");
        end = block.span.end;
    }
    segmentation(&draft.text, &draft.blocks);
}

/// An archive becomes an error, or entries with names that are safe to show and content within bounds.
pub fn archive(bytes: &[u8]) {
    let Ok(entries) = extract::archive::open(Path::new("archive.zip"), bytes) else {
        return;
    };
    let mut names = std::collections::HashSet::new();
    for entry in entries {
        assert!(names.insert(entry.name.clone()), "{:?} twice", entry.name);
        let path = Path::new(&entry.name);
        let is_plain = |part| matches!(part, std::path::Component::Normal(_));
        assert!(path.components().all(is_plain), "{:?}", entry.name);
        if let Ok(content) = entry.content {
            assert!(content.len() as u64 <= extract::max_bytes(path));
            extraction(&entry.name, &content);
        }
    }
}

/// Plain text is cut into blocks, sentences, passages, words and word pieces that slice it.
pub fn text(raw: &str) {
    let text = normalize(raw);
    assert_eq!(
        normalize(&text),
        text,
        "normalising twice changes something"
    );
    segmentation(&text, &plain_blocks(&text));
    for word in words(&text) {
        fold(word.slice(&text).expect("the word slices the text"));
    }
    for piece in TOKENIZER.pieces(&text) {
        assert!(piece.span().slice(&text).is_some(), "{:?}", piece.span());
    }
}

fn segmentation(text: &str, blocks: &[Block]) {
    for passage in passages(text, blocks, &|sentence| TOKENIZER.count(sentence)) {
        assert!(
            passage
                .span
                .slice(text)
                .is_some_and(|slice| !slice.is_empty())
        );
        assert!(!passage.sentences.is_empty(), "a passage without sentences");
        for sentence in passage.sentences {
            assert!(sentence.slice(text).is_some_and(|slice| !slice.is_empty()));
            assert!(
                passage.span.contains(sentence),
                "a sentence outside its passage"
            );
        }
    }
}

/// What a person types is refused, or becomes a query that is stable and has terms at most.
pub fn query(typed: &str) {
    let _ = DocumentRef::parse(typed, Collection::Local);
    let _ = typed.parse::<Collection>();
    let _ = typed.parse::<Date>();
    let Ok(query) = Query::parse(typed) else {
        return;
    };
    assert!(query.text().chars().count() <= MAX_CHARS);
    assert_eq!(Query::parse(query.text()).as_ref(), Ok(&query));
    query_terms(
        query.text(),
        &[Language::English, Language::Russian, Language::Other],
    );
    for term in Analyzer::new(Language::English).terms(query.text()) {
        is_question_word(&term);
    }
}

/// Reads bytes as a feed and as a page that names feeds; checks the bounds of what comes out.
///
/// # Panics
/// If a bound is broken.
pub fn feed(bytes: &[u8]) {
    use quoth::extract::feed::{
        MAX_CONTENT_BYTES, MAX_DISCOVERED, MAX_FIELD_BYTES, MAX_ITEMS, discover, parse,
    };
    assert!(discover(bytes).len() <= MAX_DISCOVERED);
    let Ok(feed) = parse(bytes) else {
        return;
    };
    assert!(feed.items.len() <= MAX_ITEMS);
    for item in feed.items {
        assert!(!item.identity.is_empty() && item.identity.len() <= MAX_FIELD_BYTES);
        assert!(item.title.len() <= MAX_FIELD_BYTES);
        assert!(!item.title.contains(char::is_control));
        let content = item.content.map_or(0, |content| content.as_str().len());
        assert!(content <= MAX_CONTENT_BYTES);
    }
}
