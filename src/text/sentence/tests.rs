use super::*;
use proptest::prelude::*;

fn whole(text: &str) -> Span {
    Span::new(0, text.len())
}

fn split(text: &str) -> Vec<&str> {
    sentences(text, whole(text))
        .into_iter()
        .map(|span| span.slice(text).unwrap())
        .collect()
}

/// One case a line: ` | ` stands for a boundary at a space, ` || ` for one without white space,
/// `\n` for a line end, `#` begins a comment.
#[test]
fn hard_cases_are_cut_where_a_reader_would() {
    let cases = include_str!("../../../tests/fixtures/sentences.txt");
    let mut n_cases = 0;
    let mut failures = Vec::new();
    for line in cases
        .lines()
        .filter(|l| !l.is_empty() && !l.starts_with('#'))
    {
        n_cases += 1;
        let line = line.replace("\\n", "\n");
        let text = line.replace(" || ", "").replace(" | ", " ");
        let expected = line.replace(" || ", " | ");
        let found = split(&text).join(" | ");
        let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        if flat(&found) != flat(&expected) {
            failures.push(format!("  expected {expected}\n  found    {found}"));
        }
    }
    assert!(
        failures.is_empty(),
        "{} failures:\n{}",
        failures.len(),
        failures.join("\n")
    );
    assert!(n_cases >= 150, "only {n_cases} cases");
}

#[test]
fn only_the_given_block_is_cut() {
    let text = "Before. One ends. Two é. After.";
    let found = sentences(text, Span::new(8, 25));
    assert_eq!(found, [Span::new(8, 17), Span::new(18, 25)]);
    for misfit in [
        Span::new(0, 99),
        Span::new(0, 23),
        Span::new(9, 3),
        Span::new(40, 41),
    ] {
        assert!(sentences(text, misfit).is_empty(), "{misfit:?}");
    }
    assert!(sentences("", whole("")).is_empty());
    assert!(sentences(" \n ", Span::new(0, 3)).is_empty());
}

#[test]
fn line_ends_are_white_space_except_before_bullets_and_blank_lines() {
    for (text, expected) in [
        (
            "It fell on\nMonday. It\nrose.",
            vec!["It fell on\nMonday.", "It\nrose."],
        ),
        (
            "Buy:\n- milk\n- two eggs",
            vec!["Buy:", "- milk", "- two eggs"],
        ),
        (
            "Then\n1. open it\n2. Close it",
            vec!["Then", "1. open it", "2. Close it"],
        ),
        ("on March\n12. The firm", vec!["on March\n12.", "The firm"]),
        ("A title\n\nits text", vec!["A title", "its text"]),
    ] {
        assert_eq!(split(text), expected, "{text:?}");
    }
}

#[test]
fn long_sentences_are_cut_at_white_space_or_between_graphemes() {
    let exact = "x".repeat(MAX_SENTENCE_BYTES);
    assert_eq!(split(&exact).len(), 1);
    assert_eq!(split(&format!("{exact}y")).len(), 2);
    let spaced = "word ".repeat(300);
    assert!(
        split(&spaced)
            .iter()
            .all(|s| s.len() >= 400 && s.ends_with("word"))
    );
    let family = "👩\u{200d}👩\u{200d}👧".repeat(100);
    for piece in split(&family) {
        assert_eq!(piece.len() % "👩\u{200d}👩\u{200d}👧".len(), 0);
    }
    let piled = format!("a{}", "\u{301}".repeat(2_000));
    assert!(split(&piled).iter().all(|s| s.len() <= MAX_SENTENCE_BYTES));
}

/// Each of these was chosen to make a careless scanner quadratic.
#[test]
fn hostile_text_takes_linear_time() {
    for unit in [
        "x", "é", ".", ". ", "a.", "a. ", "(", "(A. ", "\"", ". \"(", "\n- ", "。”", "? Mr ", "[",
        ".\n", "\n", " \n",
    ] {
        let text = unit.repeat(1_000_000 / unit.len());
        let found = sentences(&text, whole(&text));
        assert!(
            found.iter().all(|s| s.len() <= MAX_SENTENCE_BYTES),
            "{unit:?}"
        );
    }
}

proptest! {
    #[test]
    fn sentences_cover_all_but_white_space_in_order(
        text in "([A-Z]?[a-zé]{0,5}[.!?…\"”’)(。 \n]{0,3}|Mr\\. |- |[1-9]\\. |\\PC|\\s){0,60}",
        from in 0_usize..20,
    ) {
        let from = text.ceil_char_boundary(from.min(text.len()));
        let mut end = from;
        for span in sentences(&text, Span::new(from, text.len())) {
            let slice = span.slice(&text).unwrap();
            prop_assert!(span.start >= end && !slice.is_empty());
            prop_assert!(slice.len() <= MAX_SENTENCE_BYTES);
            prop_assert_eq!(slice.trim(), slice);
            prop_assert!(text.get(end..span.start).unwrap().trim().is_empty());
            end = span.end;
        }
        prop_assert!(text.get(end..).unwrap().trim().is_empty());
    }
}
