//! Articles that are previewed together: none is stored, so the collection does not tell of them.

use std::collections::HashMap;

use super::judge::is_worth_comparing;
use crate::corpus::{Loaded, Shingles};
use crate::store::{Signature, plain_url};

/// Texts kept for comparison; near copies of what comes after them show only when they are loaded.
pub const MAX_COMPANIONS: usize = 1_000;

/// The articles of one run that would be stored, each compared with those before it.
#[derive(Default)]
pub struct Companions {
    texts: Vec<Text>,
    /// The location of the first article of each address.
    addresses: HashMap<String, String>,
}

struct Text {
    location: String,
    shingles: Shingles,
    signature: Signature,
}

impl Companions {
    /// What there is to know of an article beside those met before, one clause each; from now on it is
    /// one of them. To be asked of what would be stored. Time grows with the number of texts kept.
    pub fn meet(&mut self, loaded: &Loaded) -> Vec<String> {
        let location = &loaded.source.location;
        let mut told = Vec::new();
        if let Some(url) = &loaded.draft.metadata.url {
            let first = self
                .addresses
                .entry(plain_url(url))
                .or_insert_with(|| location.clone());
            if first != location {
                told.push(format!("it has the address of `{first}`"));
            }
        }
        let shingles = Shingles::new(&loaded.draft.text);
        let Some(signature) = shingles.signature() else {
            return told;
        };
        let near = self.texts.iter().find(|text| {
            is_worth_comparing(&signature, &text.signature)
                && shingles.overlap(&text.shingles).is_near()
        });
        if let Some(near) = near {
            told.push(format!("nearly the same as `{}`", near.location));
        }
        if self.texts.len() < MAX_COMPANIONS {
            self.texts.push(Text {
                location: location.clone(),
                shingles,
                signature,
            });
        }
        told
    }
}
