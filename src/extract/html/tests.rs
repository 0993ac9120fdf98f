//! Whole pages in, drafts out.

use std::path::Path;
use std::time::{Duration, Instant};

use super::super::tests::{check_invariants, fixture, read_bytes, shown_of};
use super::super::{ExtractError, Extracted, MAX_BLOCKS, MAX_FILE_BYTES, extract};
use super::*;

fn read(source: &str) -> Extracted {
    read_bytes("a-page.html", source.as_bytes())
}

fn shown(source: &str) -> Vec<String> {
    shown_of(&read(source).draft)
}

/// A paragraph of prose, different for each number.
fn prose(n: usize) -> String {
    format!(
        "<p>Report number {n} says that the ferry left the harbour, at noon, with {n} passengers on \
         board, and that nobody on the quay had seen the fog coming before it was there.</p>"
    )
}

#[test]
fn mark_up_becomes_blocks() {
    for (source, expected) in [
        (
            "<p>One <b>two</b>\n  three.<p>Four",
            vec!["P One two three.", "P Four"],
        ),
        (
            "<h2>Head <i>line</i></h2><div>a<div>b</div>c</div>",
            vec!["H2 Head line", "P a", "P b", "P c"],
        ),
        ("<p>a<br>b<br><br>c", vec!["P a\nb", "P c"]),
        (
            "<ul><li>a</li><li><p>b</p><p>more</p></li><li>c<ol><li>d</li></ol></li></ul>",
            vec!["L a", "L b", "P more", "L c", "L d"],
        ),
        (
            "<dl><dt>Term<dd>What it is</dl>",
            vec!["P Term", "L What it is"],
        ),
        (
            "<table><caption>T</caption><tr><th>A<th>B</tr><tr><td><p>1</p></td><td>x</td></tr><tr><td>2<td></table>",
            vec!["P T", "P A | B", "P 1 | x", "P 2"],
        ),
        (
            "<table><tr><td><p>Left.</p><table><tr><td>a<td>b</table></td><td>Right.</td></tr></table>",
            vec!["P Left.", "P a | b", "P Right."],
        ),
        (
            "<pre>one\n  two\n\nthree</pre>",
            vec!["P one\n  two", "P three"],
        ),
        (
            "<blockquote><p>Said.</p></blockquote>after",
            vec!["P Said.", "P after"],
        ),
        (
            "<a href=x>All <b>of</b> it</a> linked",
            vec!["P All of it linked"],
        ),
        (
            "caf&eacute; &amp; 5&nbsp;&euro; &lt;b&gt; e\u{301}",
            vec!["P café & 5 € <b> é"],
        ),
        (
            "<figure><img alt=x><figcaption>Shown.</figcaption></figure>",
            vec!["P Shown."],
        ),
        (
            "a<script>b</script><style>c</style><noscript>d</noscript> e",
            vec!["P a e"],
        ),
        ("<p>a</p><hr><p hidden>b</p>", vec!["P a"]),
        (
            "<p>10<sup>25</sup> m<sup><a href=x>2</a></sup>, H<sub>2</sub>O, the 1<sup>st</sup>, x<sup>0.5</sup>",
            vec!["P 10²⁵ m², H₂O, the 1st, x^(0.5)"],
        ),
        (
            "<table><tr><td>m<sup>2<td>3</sup></table>",
            vec!["P m² | 3"],
        ),
        ("<h1></h1><p>a", vec!["P a"]),
        (
            "<custom-tag>in</custom-tag>line <font color=red>red</font>",
            vec!["P inline red"],
        ),
    ] {
        assert_eq!(shown(source), expected, "{source:?}");
    }
}

#[test]
fn the_headline_is_the_title_and_not_the_text() {
    for (source, title, blocks) in [
        ("<title>T</title><h1>T</h1><p>a", "T", vec!["P a"]),
        ("<title>T – Site</title><h1>T</h1><p>a", "T", vec!["P a"]),
        (
            "<title>T</title><h1>One</h1><h1>Two</h1><p>a",
            "T",
            vec!["H1 One", "H1 Two", "P a"],
        ),
        ("<h1>Only</h1><p>a", "Only", vec!["P a"]),
        (
            "<h1>10<sup>25</sup> stars</h1><p>a",
            "10²⁵ stars",
            vec!["P a"],
        ),
        ("<p>a", "a page", vec!["P a"]),
        ("<title> </title><p>a", "a page", vec!["P a"]),
    ] {
        let draft = read(source).draft;
        assert_eq!(draft.metadata.title, title, "{source}");
        assert_eq!(shown_of(&draft), blocks, "{source}");
    }
}

#[test]
fn a_news_page_gives_its_article_and_what_it_says_of_itself() {
    let Extracted { draft, warnings } = read_bytes("page.html", &fixture("page.html"));
    assert_eq!(warnings, [""; 0]);
    let metadata = &draft.metadata;
    assert_eq!(
        metadata.title,
        "Lighthouse keepers vote to keep the fog bell"
    );
    assert_eq!(metadata.outlet.as_deref(), Some("The Coast Herald"));
    assert_eq!(metadata.published.unwrap().to_string(), "2024-05-21");
    assert_eq!(
        metadata.url.as_deref(),
        Some("https://coast-herald.example/2024/05/fog-bell")
    );
    insta::assert_snapshot!(shown_of(&draft).join("\n"), @r"
    P The keepers of Gull Island voted on Monday to keep the bronze fog bell, which the coastal agency had wanted to replace with a loudspeaker. Eleven of the fourteen keepers were in favour of the bell. The agency said it would respect the result until the contract is renewed in 2029.
    P “A loudspeaker needs a cable, and the sea eats cables,” said head keeper Anselm Dray. He rang the bell himself during the storm of 2013, when the generator was flooded and the lamp had been dark for six hours.
    H2 Older than the tower
    P The bell was cast in 1786 — four decades before the present tower was built. It weighs 640 kilograms and hangs from an oak frame that was renewed twice, most recently after a keeper noticed beetles in the northern post.
    H2 What the agency offered
    L A loudspeaker with a range of three sea miles.
    L A battery that lasts for two days.
    L Training for every keeper at the agency’s own school.
    P The offer did not convince the islanders. Dray pointed out that the bell can be heard at a distance of five miles when the wind is kind, and that it had never once been out of order. The agency’s spokeswoman, Lena Marsh, replied that nobody had kept records before 1950.
    ");
}

#[test]
fn a_page_of_pandoc_keeps_lists_and_tables() {
    let draft = read_bytes("pandoc.html", &fixture("pandoc.html")).draft;
    assert_eq!(draft.metadata.title, "The clockmaker of Brunnfeld retires");
    assert_eq!(draft.metadata.published.unwrap().to_string(), "2023-09-14");
    insta::assert_snapshot!(shown_of(&draft).join("\n"), @r"
    P 2023-09-14
    P After fifty-two years Johanna Keller has locked the door of her workshop in Brunnfeld for the last time. She repaired the clock of the town hall nine times and refused to be paid for it once.
    H2 A trade without heirs
    P Keller trained four apprentices, and none of them stayed in the trade. “A clock tells you what is wrong with it if you are quiet,” she said on Thursday.
    L The workshop’s lathe goes to the museum in Altdorf.
    L The tools go to a school in Linz.
    H3 What happens to the clock
    P The town has signed a contract with a firm in Graz. It will cost 2,400 euros a year.
    P Year | Repairs
    P 1988 | 2
    P 2004 | 5
    ");
}

#[test]
fn a_long_page_loses_what_is_around_its_article() {
    let menu: String = (0..30)
        .map(|i| format!("<li><a href=/{i}>Topic {i}</a></li>"))
        .collect();
    let article: String = (0..8).map(prose).collect();
    let source = format!(
        "<div class=menu><ul>{menu}</ul></div><div id=content class=article><h1>A ferry</h1>{article}\
         <h2>Later</h2>{}</div><div class=sidebar><ul>{menu}</ul></div><footer><p>© Herald</p></footer>",
        prose(9)
    );
    let blocks = shown(&source);
    assert_eq!(blocks.len(), 10, "{blocks:#?}");
    assert!(blocks[0].starts_with("P Report number 0"), "{}", blocks[0]);
    assert_eq!(blocks[8], "H2 Later");
}

#[test]
fn a_short_page_is_taken_whole() {
    let source = format!(
        "<div class=sidebar>Aside</div>{}<footer>Foot</footer>",
        prose(1)
    );
    assert_eq!(shown(&source).len(), 2);
}

#[test]
fn an_article_in_two_halves_is_not_cut_in_half() {
    let half = |from: usize| (from..from + 8).map(prose).collect::<String>();
    let source = format!(
        "<div id=a><div class=x>{}</div></div><div id=b><div class=y>{}</div></div>",
        half(0),
        half(100)
    );
    let text = read(&source).draft.text;
    assert!(
        text.contains("number 0 ") && text.contains("number 107 "),
        "{text}"
    );
}

#[test]
fn the_number_of_blocks_is_bounded() {
    let at = |n: usize| extract(Path::new("a.html"), "<p>a".repeat(n).as_bytes());
    assert_eq!(at(MAX_BLOCKS).unwrap().draft.blocks.len(), MAX_BLOCKS);
    let error = at(MAX_BLOCKS + 1).unwrap_err();
    assert!(matches!(error, ExtractError::TooManyBlocks { .. }));
}

#[test]
fn a_page_of_100_mb_is_refused_by_its_size() {
    let page = vec![b'<'; 100_000_000];
    let error = extract(Path::new("a.html"), &page).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("article `a.html` is 100000000 bytes, above the limit of {MAX_FILE_BYTES}")
    );
}

#[test]
fn elements_may_nest_96_deep_and_deeper_ones_are_flattened() {
    let at = |n: usize| {
        let source = format!(
            "{}<p>deep</p>{}<p>after",
            "<div>".repeat(n),
            "</div>".repeat(n)
        );
        let extracted = read(&source);
        assert_eq!(shown_of(&extracted.draft), ["P deep", "P after"], "{n}");
        extracted.warnings
    };
    assert!(at(MAX_HTML_DEPTH - 1).is_empty());
    let expected = ["elements nested deeper than 96 levels were flattened"];
    assert_eq!(at(MAX_HTML_DEPTH), expected);
    assert_eq!(at(50_000), expected);
}

#[test]
fn hostile_pages_cost_no_more_than_a_moment() {
    let n = 50_000;
    let long = (0..20).map(prose).collect::<String>();
    for (name, source) in [
        ("divs", format!("{}x{long}", "<div>".repeat(n))),
        ("ends", format!("{long}{}", "</div>".repeat(n))),
        ("spans", format!("{}x{long}", "<span>".repeat(n))),
        (
            "fonts",
            (0..n).map(|i| format!("<font size={i}><p>x")).collect(),
        ),
        ("links", format!("{}{long}", "<a href=x>y".repeat(n))),
        ("tables", format!("{}x{long}", "<table><tr><td>".repeat(n))),
        (
            "blocked ends",
            format!(
                "<section><td>{}{}",
                "<div>".repeat(n),
                "</section>".repeat(n)
            ),
        ),
        ("lists", format!("{}x{long}", "<ul><li>".repeat(n))),
        ("breaks", format!("{long}{}", "<br>".repeat(n))),
        ("attributes", format!("<p {}>x{long}", "a b c ".repeat(n))),
        ("equals", format!("<p {}>x{long}", "=".repeat(n))),
        ("open tags", "<p ".repeat(n)),
        ("brackets", "<".repeat(n)),
        ("comments", "<!--".repeat(n)),
        ("scripts", "<script>".repeat(n)),
        ("half ends", format!("<script>{}", "</scrip".repeat(n))),
        ("entities", "&amp&#x;&#".repeat(n)),
        ("dropped", format!("{}x", "<nav><div>".repeat(n))),
        ("paragraphs", (0..4_000).map(prose).collect()),
        ("words", "<p>word, ".repeat(n)),
        ("rows", format!("<table>{}", "<tr><td>a<td>b".repeat(n))),
    ] {
        let start = Instant::now();
        let outcome = extract(Path::new("a.html"), source.as_bytes());
        let took = start.elapsed();
        assert!(took < Duration::from_secs(4), "{name} took {took:?}");
        if let Ok(extracted) = outcome {
            check_invariants(&extracted.draft);
        }
    }
}
