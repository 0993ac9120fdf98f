//! Whole files in, drafts out.

use std::path::Path;

use super::super::tests::{fixture, read_bytes, shown_of};
use super::super::{ExtractError, Extracted, MAX_PAGES, MAX_PDF_BYTES, extract};
use super::{glyphs, open};

fn read(name: &str) -> Extracted {
    read_bytes(name, &fixture(name))
}

fn day(extracted: &Extracted) -> String {
    let published = extracted.draft.metadata.published;
    published.map(|day| day.to_string()).unwrap_or_default()
}

#[test]
fn two_columns_of_latex_are_read_in_order() {
    let extracted = read("columns.pdf");
    assert_eq!(
        extracted.draft.metadata.title,
        "Tide tables of Saltmere harbour"
    );
    assert_eq!(day(&extracted), "2024-06-11");
    assert_eq!(
        extracted.warnings,
        ["date `2024-06-11` is the day on which the file was made; check it"]
    );
    insta::assert_snapshot!(shown_of(&extracted.draft).join("\n"), @r"
    H2 1 Observation
    P The tide gauge at Saltmere was installed in the spring of 1911 by the harbour master, Edith Rowan, who read it twice a day for thirty-one years. Her notebooks give the water level to the nearest half inch. They were kept in a tin trunk beneath the stairs of the customs house, where a plumber came upon them in 2019 while he was replacing a lead pipe.
    P A second gauge stood on the north pier from 1926 onwards. It differs from the first by four inches at spring tides, which the harbour authority explained by the swell that the breakwater reflects. The difference disappears in calm weather.
    H2 2 Reconstruction
    P Three volunteers copied 22,640 readings into a table during the winter. Every page was typed by two of them independently, and the third compared the results; disagreements occurred in fewer than one reading out of two hundred. An official of the hydrographic office confirmed the conversion of the old datum to the present one.
    L Readings before 1914 lack the hour and were left out.
    L Readings during the flood of January 1928 exceed the scale of the gauge.
    P The mean level rose by seventeen centimetres over the whole period. Most of the increase falls into the years after 1930, and it is steadier at the north pier than at the customs house. The volunteers do not attribute it to a single cause, since the harbour basin was deepened twice and the quay settled under the weight of the new cranes.
    H3 2.1 What remains unknown
    P Nobody knows why the notebook for 1919 has no entries between March and September. Rowan’s diary, which her niece gave to the museum, mentions an “inconvenient fever” and the arrival of a temporary clerk, but the clerk’s name is nowhere recorded. The volunteers have asked for readers who can identify the handwriting on the last eleven pages of that notebook.
    P The finished table is to be published by the museum in autumn, together with photographs of each notebook. Schools in the county will receive a shortened edition with exercises in arithmetic.
    ");
}

#[test]
fn pages_of_libreoffice_lose_their_heads_and_keep_their_lists() {
    let extracted = read("report.pdf");
    assert_eq!(
        extracted.draft.metadata.title,
        "How the Orchard Line was saved"
    );
    insta::assert_snapshot!(shown_of(&extracted.draft).join("\n"), @r"
    P For eleven months no train ran between Withy Green and Pell. The viaduct over the Lode had lost two of its footings in the flood of February 2021, and the operator announced that a repair was beyond its means. Last Saturday the first railcar crossed again, with the mayor of Pell at the bell rope and two hundred people on the embankment.
    H2 The flood
    P Water rose by three metres in a single night. Signalman Piet Verhoef stopped the last train at the home signal because, as he put it, “the river sounded wrong”. An hour later the second pier leaned towards the mill. Nobody was hurt, although the mill lost its wheel and forty sacks of flour.
    P Engineers put the damage at 1.9 million euros. The insurer paid a quarter of that sum and declined the remainder, arguing that the footings had been inspected too seldom since the war.
    H3 The inspection of 1974
    P A report of that year, found in the county archive by a retired teacher, had already asked for new stone at both footings. It was filed without an answer. The county has since apologised and has promised to publish every inspection of its forty-three bridges.
    H2 The money
    P The remainder came from three sources:
    L a lottery among the villages, which brought in 212,000 euros;
    L a loan from the dairy cooperative, without interest, to be repaid within twenty years out of the fares of the summer trains;
    L a grant by the state.
    P Verhoef, who is now seventy, sold lottery tickets at the level crossing. He says that drivers who had to wait for a train that did not exist were in a generous mood. The operator gave him a lifelong pass, which he has promised to use every Tuesday.
    P The viaduct now rests on concrete that reaches nine metres below the bed of the river. Sensors report each movement of more than two millimetres to the signal box at Pell, and trains stop by themselves when a third of them agree. The design was drawn up by a student at the technical college, Amina Farouk, whose diploma thesis it had been.
    P Traffic is lighter than before the flood. Six trains a day run on weekdays and nine on Sundays; the morning train for schoolchildren is to return in the autumn, when the second railcar comes back from the workshop. The operator expects ninety thousand passengers in the first year and says that it needs eighty thousand to cover its costs.
    P Not everybody is pleased. Two farmers whose fields were used as a building site are still waiting for compensation, and the owner of the mill wants the new piers to be clad in stone. A decision of the court at Hallam is expected before Christmas.
    ");
}

#[test]
fn a_printed_page_of_chromium_has_the_words_of_its_source() {
    let extracted = read("page.pdf");
    assert_eq!(
        extracted.draft.metadata.title,
        "Lighthouse keepers vote to keep the fog bell"
    );
    // The day of printing says nothing.
    assert_eq!(day(&extracted), "");
    let printed = shown_of(&extracted.draft);
    let source = shown_of(&read("page.html").draft);
    for block in source.iter().filter(|block| !block.starts_with("L ")) {
        assert!(
            printed.contains(block),
            "{block:?} is missing: {printed:#?}"
        );
    }
    assert_eq!(read("readable.pdf").draft, extracted.draft);
}

/// A PDF whose pages all have this content.
fn pdf(n_pages: usize, content: &str) -> Vec<u8> {
    let kids: String = (0..n_pages)
        .map(|idx| format!("{} 0 R ", idx + 5))
        .collect();
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        format!("<</Type/Pages/Kids[{kids}]/Count {n_pages}>>"),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_owned(),
        format!("<</Length {}>>stream\n{content}\nendstream", content.len()),
    ];
    let page = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 400]/Contents 4 0 R/Resources<</Font<</F 3 0 R>>>>>>";
    objects.extend((0..n_pages).map(|_| page.to_owned()));
    let mut file = "%PDF-1.4\n".to_owned();
    let mut table = String::new();
    for (idx, object) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", file.len()));
        file.push_str(&format!("{} 0 obj\n{object}\nendobj\n", idx + 1));
    }
    let (start, n) = (file.len(), objects.len() + 1);
    file.push_str(&format!(
        "xref\n0 {n}\n0000000000 65535 f \n{table}trailer<</Size {n}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n"
    ));
    file.into_bytes()
}

/// Content that shows this text in a font that every reader has.
fn shows(text: &str) -> String {
    format!("BT /F 12 Tf 50 300 Td ({text}) Tj ET")
}

#[test]
fn a_thousand_pages_are_read_and_one_more_is_refused() {
    let at = |n: usize| extract(Path::new("a.pdf"), &pdf(n, &shows("Words of a page.")));
    assert_eq!(at(MAX_PAGES).unwrap().draft.blocks.len(), MAX_PAGES);
    assert_eq!(
        at(MAX_PAGES + 1).unwrap_err().to_string(),
        "article `a.pdf` has 1001 pages, above the limit of 1000"
    );
}

#[test]
fn characters_beyond_the_limit_are_left_out() {
    let bytes = pdf(1, &shows("abcd"));
    let pdf = open(&bytes).ok().unwrap();
    let mut reader = glyphs::Reader::new(&pdf);
    let page = &pdf.pages()[0];
    for (limit, expected) in [(3, "abc"), (4, "abcd"), (5, "abcd")] {
        let glyphs = reader.page(page, limit).glyphs;
        let text: String = glyphs.iter().map(|glyph| glyph.c).collect();
        assert_eq!(text, expected, "{limit}");
    }
}

#[test]
fn a_file_of_50_mib_is_looked_at_and_one_byte_more_is_not() {
    let limit = usize::try_from(MAX_PDF_BYTES).unwrap();
    let mut bytes = pdf(1, &shows("Words."));
    bytes.resize(limit, b' ');
    assert_eq!(read_bytes("a.pdf", &bytes).draft.text, "Words.");
    bytes.push(b' ');
    assert_eq!(
        extract(Path::new("a.pdf"), &bytes).unwrap_err(),
        ExtractError::TooLarge {
            path: "a.pdf".into(),
            size_bytes: MAX_PDF_BYTES + 1,
            limit_bytes: MAX_PDF_BYTES,
        }
    );
}

#[test]
fn text_at_an_angle_or_off_the_page_is_not_read() {
    for (content, expected) in [
        (
            "BT /F 12 Tf 50 300 Td (on) Tj ET BT /F 12 Tf 900 300 Td (off) Tj ET",
            "on",
        ),
        (
            "BT /F 12 Tf 50 300 Td (level) Tj ET BT /F 12 Tf 0 1 -1 0 90 90 Tm (up) Tj ET",
            "level",
        ),
        (
            "/Artifact BMC BT /F 12 Tf 50 380 Td (head) Tj ET EMC BT /F 12 Tf 50 300 Td (text) Tj ET",
            "text",
        ),
    ] {
        assert_eq!(read_bytes("a.pdf", &pdf(1, content)).draft.text, expected);
    }
}
