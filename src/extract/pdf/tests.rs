//! Whole files in, drafts out.

use super::super::tests::{fixture, read_bytes, shown_of};

#[test]
fn columns_of_latex_are_read_in_order() {
    let extracted = read_bytes("columns.pdf", &fixture("columns.pdf"));
    assert_eq!(extracted.draft.metadata.title, "Tide tables of Saltmere harbour");
    insta::assert_snapshot!(shown_of(&extracted.draft).join("\n"), @"");
}
