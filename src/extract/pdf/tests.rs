//! Whole files in, drafts out.

use super::super::Extracted;
use super::super::tests::{fixture, read_bytes, shown_of};

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
