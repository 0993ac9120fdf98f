use proptest::prelude::*;

use super::*;

const RSS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
     xmlns:media="http://search.yahoo.com/mrss/" xmlns:atom="http://www.w3.org/2005/Atom">
<channel>
  <title>The Courier &amp; Post</title>
  <link>https://courier.example/</link>
  <atom:link href="https://courier.example/feed" rel="self"/>
  <image><title>Logo</title><url>https://courier.example/logo.png</url></image>
  <ttl>60</ttl>
  <item>
    <title><![CDATA[Bridge <b>closes</b> &amp; ferry &#8217;stays&#8217;]]></title>
    <media:title>A picture</media:title>
    <link>https://courier.example/bridge</link>
    <guid isPermaLink="false">tag:42</guid>
    <pubDate>Thu, 2 May 2024 08:30:00 +0100</pubDate>
    <description>Cracks were found.</description>
    <content:encoded><![CDATA[<p>Cracks were found in two hangers.</p>]]></content:encoded>
    <media:group><media:content><description>Not this</description></media:content></media:group>
  </item>
  <item>
    <title>No identity but this title</title>
    <description>&lt;p&gt;A teaser.&lt;/p&gt;</description>
  </item>
  <item><description>Nothing tells this one from others</description></item>
</channel>
</rss>"#;

const ATOM: &str = r#"<?xml version="1.0"?>
<feed xmlns="http://www.w3.org/2005/Atom">
  <title type="text">Wire</title>
  <link href="https://wire.example/"/>
  <entry>
    <title type="html">Deal &amp;amp; doubts</title>
    <link rel="enclosure" href="https://wire.example/a.mp3"/>
    <link href="/2024/deal?a=1&amp;b=2"/>
    <link rel="alternate" href="/other"/>
    <id>urn:1</id>
    <published>2024-06-10T23:30:00-05:00</published>
    <updated>2024-07-01T00:00:00Z</updated>
    <author><name>Someone</name><title>Dr</title></author>
    <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><h2>Who</h2><p>Nord &lt;wind&gt; <em>buys</em></p><hr/></div></content>
  </entry>
  <entry>
    <title>Second</title><id>urn:2</id><updated>2024-07-02T00:00:00Z</updated>
    <summary>Plain &amp; short</summary>
  </entry>
</feed>"#;

const RDF: &str = r#"<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
  <channel rdf:about="https://old.example/"><title>Old</title></channel>
  <image><title>Logo</title></image>
  <item rdf:about="https://old.example/1"><title>One</title><link> https://old.example/1 </link><dc:date>2003-01-05T09:00:00Z</dc:date></item>
</rdf:RDF>"#;

const JSON: &str = r#"{"version": "https://jsonfeed.org/version/1.1", "title": "Notes",
  "items": [
    {"id": "1", "url": "https://notes.example/1", "title": "A &amp; b", "content_html": "<p>Text</p>", "date_published": "2024-02-03T10:00:00Z"},
    {"id": 2, "content_html": " ", "content_text": "Only text", "date_modified": "2024-02-04"},
    {"external_url": "https://elsewhere.example/", "summary": "Short"},
    {"tags": ["nothing"]}
  ]}"#;

fn date(text: &str) -> Option<Date> {
    Some(Date::parse(text).unwrap())
}

fn html(text: &str) -> Option<Content> {
    Some(Content::Html(text.to_owned()))
}

fn plain(text: &str) -> Option<Content> {
    Some(Content::Plain(text.to_owned()))
}

#[test]
fn rss_is_read() {
    let feed = parse(RSS.as_bytes()).unwrap();
    assert_eq!(feed.title, "The Courier & Post");
    assert_eq!(feed.ttl, Some(Duration::from_secs(3_600)));
    assert_eq!(feed.fault, None);
    let expected = [
        Item {
            identity: "tag:42".to_owned(),
            link: Some("https://courier.example/bridge".to_owned()),
            title: "Bridge closes & ferry ’stays’".to_owned(),
            published: date("2024-05-02"),
            content: html("<p>Cracks were found in two hangers.</p>"),
        },
        Item {
            identity: "No identity but this title".to_owned(),
            title: "No identity but this title".to_owned(),
            content: html("<p>A teaser.</p>"),
            ..Item::default()
        },
    ];
    assert_eq!(feed.items, expected);
}

#[test]
fn atom_is_read() {
    let feed = parse(ATOM.as_bytes()).unwrap();
    assert_eq!(feed.title, "Wire");
    let expected = [
        Item {
            identity: "urn:1".to_owned(),
            link: Some("/2024/deal?a=1&b=2".to_owned()),
            title: "Deal & doubts".to_owned(),
            published: date("2024-06-10"),
            content: html("<div><h2>Who</h2><p>Nord &lt;wind&gt; <em>buys</em></p><hr></hr></div>"),
        },
        Item {
            identity: "urn:2".to_owned(),
            title: "Second".to_owned(),
            published: date("2024-07-02"),
            content: plain("Plain & short"),
            ..Item::default()
        },
    ];
    assert_eq!(feed.items, expected);
    // The same with a prefix before every name.
    let prefixed = ATOM
        .replace("</", "</a:")
        .replace('<', "<a:")
        .replace("<a:/a:", "</a:")
        .replace("<a:?", "<?")
        .replace("a:div", "x:div");
    assert_eq!(parse(prefixed.as_bytes()).unwrap().items, expected);
}

#[test]
fn rss_1_and_json_feed_are_read() {
    let old = parse(RDF.as_bytes()).unwrap();
    assert_eq!(old.title, "Old");
    let link = Some("https://old.example/1".to_owned());
    assert_eq!((old.items.len(), &old.items[0].link), (1, &link));
    assert_eq!(old.items[0].identity, "https://old.example/1");
    assert_eq!(old.items[0].published, date("2003-01-05"));

    let feed = parse(JSON.as_bytes()).unwrap();
    let identities: Vec<&str> = feed.items.iter().map(|i| i.identity.as_str()).collect();
    assert_eq!(identities, ["1", "2", "https://elsewhere.example/"]);
    assert_eq!(feed.items[0].title, "A & b");
    assert_eq!(feed.items[0].content, html("<p>Text</p>"));
    assert_eq!(feed.items[1].content, plain("Only text"));
    assert_eq!(feed.items[1].published, date("2024-02-04"));
    assert_eq!(feed.items[2].content, plain("Short"));
}

#[test]
fn what_is_no_feed_is_refused() {
    for text in [
        "",
        "   ",
        "words",
        "<html><body>not found</body></html>",
        "<?xml version='1.0'?>",
        "<opml version='2.0'/>",
        "{}",
        "{\"version\": \"1\"}",
        "{\"version\": \"https://jsonfeed.org/version/1\", \"items\": 5}",
        "{\"version\"",
    ] {
        assert!(parse(text.as_bytes()).is_err(), "{text:?}");
    }
}

#[test]
fn a_feed_that_breaks_off_gives_the_items_before() {
    let half = RSS.split_once("<item>\n    <title>No identity").unwrap().0;
    for end in ["", "<item><title>Half", "<item></wrong>", "<item><title>a<"] {
        let feed = parse(format!("{half}{end}").as_bytes()).unwrap();
        assert_eq!(feed.items.len(), 1, "{end:?}");
        let is_torn = end.contains("wrong") || end.ends_with('<');
        assert_eq!(feed.fault.is_some(), is_torn, "{end:?}");
    }
}

#[test]
fn encodings_are_read_as_declared() {
    let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?><rss version='2.0'><channel>\
        <title>Caf\xe9</title></channel></rss>";
    assert_eq!(parse(latin).unwrap().title, "Café");
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(RDF.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    assert_eq!(parse(&utf16).unwrap().title, "Old");
    let unmarked: Vec<u8> = RDF.encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(parse(&unmarked).unwrap().title, "Old");
    // A declaration that comes late, or says what cannot be, is not heeded.
    let late =
        "<rss><channel><?xml version='1.0' encoding='utf-16'?><title>é</title></channel></rss>";
    assert_eq!(parse(late.as_bytes()).unwrap().title, "é");
    let false_one = format!("<?xml version='1.0' encoding='utf-16'?>{}", late);
    assert_eq!(parse(false_one.as_bytes()).unwrap().title, "é");
    let damaged = b"<rss version='2.0'><channel><title>Caf\xe9</title></channel></rss>";
    assert_eq!(parse(damaged).unwrap().title, "Caf\u{fffd}");
    let marked = [b"\xef\xbb\xbf".as_slice(), JSON.as_bytes()].concat();
    assert_eq!(parse(&marked).unwrap().title, "Notes");
}

#[test]
fn entities_are_not_expanded() {
    let mut declared = "<!ENTITY a0 \"boom boom boom\">".to_owned();
    for n in 1..20 {
        let tens = format!("&a{};", n - 1).repeat(10);
        declared.push_str(&format!("<!ENTITY a{n} \"{tens}\">"));
    }
    let bomb = format!(
        "<?xml version='1.0'?><!DOCTYPE rss [{declared}<!ENTITY f SYSTEM 'file:///etc/passwd'>]>\
         <rss version='2.0'><channel><item><title>&a19; &f;</title><guid>1</guid></item></channel></rss>"
    );
    let feed = parse(bomb.as_bytes()).unwrap();
    assert_eq!(feed.items[0].title, "&a19; &f;");
}

#[test]
fn fields_items_and_contents_have_limits() {
    let item = |n: usize| format!("<item><guid>{n}</guid></item>");
    let of = |n_items: usize| {
        let items: String = (0..n_items).map(item).collect();
        parse(format!("<rss><channel>{items}</channel></rss>").as_bytes()).unwrap()
    };
    assert_eq!(of(MAX_ITEMS).items.len(), MAX_ITEMS);
    assert_eq!(of(MAX_ITEMS + 1).items.len(), MAX_ITEMS);

    let with = |title: &str, content: &str| {
        let xml = format!(
            "<rss><channel><item><guid>1</guid><title>{title}</title>\
             <content:encoded>{content}</content:encoded></item></channel></rss>"
        );
        let json = format!(
            "{{\"version\":\"{}\",\"items\":[{{\"id\":\"1\",\"title\":\"{title}\",\
             \"content_html\":\"{content}\"}}]}}",
            "https://jsonfeed.org/version/1.1"
        );
        [xml, json].map(|text| parse(text.as_bytes()).unwrap().items.remove(0))
    };
    for (n_title, n_content) in [
        (MAX_FIELD_BYTES, MAX_CONTENT_BYTES),
        (MAX_FIELD_BYTES + 1, MAX_CONTENT_BYTES + 1),
        (1_000_000, 3_000_000),
    ] {
        for item in with(&"t".repeat(n_title), &"c".repeat(n_content)) {
            assert_eq!(item.title.len(), MAX_FIELD_BYTES);
            assert_eq!(item.content.unwrap().as_str().len(), MAX_CONTENT_BYTES);
        }
    }
    // A cut never splits a character.
    for item in with(&"é".repeat(MAX_FIELD_BYTES), "c") {
        assert_eq!(item.title.len(), MAX_FIELD_BYTES);
    }
}

#[test]
fn what_multiplies_elsewhere_stays_small() {
    // Each of these made a feed parser hang, overflow or use gigabytes.
    let authors: Vec<String> = (0..20_000)
        .map(|n| format!("{{\"name\":\"{n}\"}}"))
        .collect();
    let items = "{\"id\":\"1\"},".repeat(20_000);
    let json = format!(
        "{{\"version\":\"https://jsonfeed.org/version/1.1\",\"authors\":[{}],\"items\":[{}]}}",
        authors.join(","),
        items.trim_end_matches(',')
    );
    assert_eq!(parse(json.as_bytes()).unwrap().items.len(), MAX_ITEMS);

    let texts = format!("<media:text>{}</media:text>", "t".repeat(100)).repeat(5_000);
    let media = "<media:content duration='99999999999999999999:99:99'/>".repeat(20_000);
    let nested = "<a>".repeat(300_000);
    let attributes: String = (0..200_000).map(|n| format!(" a{n}=''")).collect();
    for inside in [
        format!("<media:group>{texts}{media}</media:group>"),
        nested,
        format!("<link{attributes}/>"),
        format!("<link xml:base='{}'/>", "x".repeat(1_000_000)).repeat(3),
    ] {
        let rss = format!("<rss><channel><item><guid>1</guid></item><item>{inside}");
        assert_eq!(parse(rss.as_bytes()).unwrap().items.len(), 1);
        let atom = format!("<feed><entry><id>1</id></entry><entry>{inside}");
        assert_eq!(parse(atom.as_bytes()).unwrap().items.len(), 1);
    }
}

#[test]
fn dates_of_all_kinds_are_read() {
    for (text, expected) in [
        ("Tue, 18 Mar 2025 10:00:00 GMT", "2025-03-18"),
        ("18 March 2025", "2025-03-18"),
        ("Tue,18 Mar 2025", "2025-03-18"),
        ("Tuesday, 18-Mar-25 10:00:00 GMT", "2025-03-18"),
        ("Sat, 1 Jan 00 00:00:00 EST", "2000-01-01"),
        ("Fri, 31 Dec 99 00:00:00 EST", "1999-12-31"),
        ("2025-03-18", "2025-03-18"),
        ("2025-03-18T23:59:59+14:00", "2025-03-18"),
        ("2025-03-18 10:00", "2025-03-18"),
    ] {
        assert_eq!(day(text), date(expected), "{text}");
    }
    for text in [
        "",
        "yesterday",
        "31 Feb 2025",
        "Tue, 18 Nox 2025",
        "18 Mar",
        "18 Mar 99999",
        "18 é 2025",
    ] {
        assert_eq!(day(text), None, "{text}");
    }
}

#[test]
fn titles_become_one_plain_line() {
    for (title, expected) in [
        ("  A \n\t b ", "A b"),
        ("A <i>b</i><br/>c", "A bc"),
        ("3 < 4 and 5 > 4", "3 < 4 and 5 > 4"),
        ("a <b unclosed", "a <b unclosed"),
        ("AT&amp;T", "AT&T"),
        ("a\u{1b}[31mb &#27;[0m", "a [31mb &#27;[0m"),
        ("AT&amp;amp;T", "AT&T"),
        ("&#x2019;&#8217;&rsquo;", "’’’"),
        (
            "&unknown; &; & &#0; &#99999999;",
            "&unknown; &; & &#0; &#99999999;",
        ),
    ] {
        assert_eq!(plain_line(title), expected, "{title}");
    }
}

#[test]
fn feeds_of_a_page_are_found() {
    let page = br#"<!DOCTYPE html><html><head>
        <link rel="stylesheet" href="a.css">
        <!-- <link rel="alternate" type="application/rss+xml" href="commented"> -->
        <script>"<link rel='alternate' type='application/rss+xml' href='scripted'>"</script>
        <LINK REL="alternate" TYPE="application/rss+xml" HREF="/feed?a=1&amp;b=2" title="News &amp; more">
        <link href=atom.xml type=application/atom+xml rel='home alternate'>
        <link rel=alternate type="application/rss+xml" href="/feed?a=1&amp;b=2">
        <link rel=alternate type="application/feed+json; charset=utf-8" href=' https://e.example/f.json '/>
        <link rel=alternate hreflang=de href=/de>
        <link rel=alternate type=application/rss+xml href="">
        <links rel=alternate type=application/rss+xml href=x>
        </head><body><link rel=alternate type=application/rss+xml href=body></body>"#;
    let found = discover(page);
    let expected = [
        ("/feed?a=1&b=2", "News & more"),
        ("atom.xml", ""),
        ("https://e.example/f.json", ""),
    ];
    assert_eq!(found, expected.map(|(a, t)| (a.to_owned(), t.to_owned())));
    let many: String = (0..=MAX_DISCOVERED)
        .map(|n| format!("<link rel=alternate type=application/rss+xml href={n}>"))
        .collect();
    assert_eq!(discover(many.as_bytes()).len(), MAX_DISCOVERED);
}

/// Pieces of feeds and pages, strung together at random.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "<rss version='2.0'>",
        "<feed>",
        "<a:feed>",
        "<rdf:RDF>",
        "<channel>",
        "</channel>",
        "<item>",
        "</item>",
        "<entry>",
        "</entry>",
        "<title>",
        "</title>",
        "<link>",
        "</link>",
        "<link href='",
        "<link rel=\"alternate\" type=\"application/rss+xml\" href=",
        "<guid>",
        "</guid>",
        "<id>",
        "</id>",
        "<content type='xhtml'>",
        "<content:encoded>",
        "</content:encoded>",
        "<![CDATA[",
        "]]>",
        "&amp;",
        "&#xd800;",
        "&#1114112;",
        "&",
        ";",
        "&a;",
        "<!DOCTYPE a [",
        "]>",
        "<?xml",
        "?>",
        " encoding='utf-16'",
        " encoding='x'",
        "<!--",
        "-->",
        "<",
        ">",
        "/>",
        "\"",
        "'",
        "=",
        "é",
        "\u{1f600}",
        "\u{0}",
        "<pubDate>1 Jan 2020</pubDate>",
        "<updated>",
        "text",
        "{\"version\":",
        "\"https://jsonfeed.org/version/1\",",
        "\"items\":[",
        "{\"id\":",
        "1",
        "}",
        "]",
        "<script>",
        "</script>",
        "<body",
        "</",
        "x:",
        ":",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn any_bytes_are_a_feed_or_an_error(
        start in prop::sample::select(vec!["<rss><channel>", "<feed>", "<rdf:RDF>", "{", ""]),
        text in pieces(),
        noise in prop::collection::vec(any::<u8>(), 0..20),
        at in any::<prop::sample::Index>(),
    ) {
        let mut bytes = format!("{start}{text}").into_bytes();
        let at = at.index(bytes.len() + 1);
        bytes.splice(at..at, noise);
        discover(&bytes);
        if let Ok(feed) = parse(&bytes) {
            prop_assert!(feed.items.len() <= MAX_ITEMS);
            for item in feed.items {
                prop_assert!(!item.identity.is_empty());
                prop_assert!(item.title.len() <= MAX_FIELD_BYTES);
                prop_assert!(!item.title.contains(char::is_control));
                prop_assert!(!item.identity.contains(char::is_control));
            }
        }
    }
}
