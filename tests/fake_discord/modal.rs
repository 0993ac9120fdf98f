//! A modal on a person's screen: filled in, and sent off.

use serde_json::{Value, json};

use super::acts::{Act, What};
use super::people::Person;
use super::render::show_modal;
use super::rules::components::kind;
use super::world::Id;

/// A modal on a person's screen.
#[derive(Clone, Debug)]
pub struct Modal {
    person: Person,
    source: Option<Id>,
    data: Value,
}

impl Modal {
    pub(super) fn new(person: Person, source: Option<Id>, data: Value) -> Modal {
        Modal {
            person,
            source,
            data,
        }
    }

    /// What the person sees.
    pub fn text(&self) -> String {
        show_modal(&self.data)
    }

    /// The id the bot gave it.
    pub fn custom_id(&self) -> &str {
        self.data["custom_id"].as_str().unwrap_or_default()
    }

    /// The fields by label: whether each has to be filled in, and how many characters it takes.
    pub fn fields(&mut self) -> Vec<(String, bool, u64)> {
        let inputs = inputs(&mut self.data).into_iter();
        let described = inputs.map(|(label, input)| {
            let own = input["label"].as_str().unwrap_or_default();
            let label = if label.is_empty() {
                own.to_owned()
            } else {
                label
            };
            (
                label,
                input["required"] != false,
                input["max_length"].as_u64().unwrap_or(4_000),
            )
        });
        described.collect()
    }

    /// Writes into the field with that label or `custom_id`.
    ///
    /// # Panics
    /// If there is none, or the app takes no text of that length there.
    #[must_use]
    pub fn fill(mut self, field: &str, text: &str) -> Modal {
        let shown = self.text();
        let input = inputs(&mut self.data).into_iter().find(|(label, input)| {
            label.as_str() == field || input["label"] == field || input["custom_id"] == field
        });
        let Some((_, input)) = input else {
            panic!("no field `{field}` in\n{shown}");
        };
        let n_chars = text.chars().count() as u64;
        let most = input["max_length"].as_u64().unwrap_or(4_000);
        assert!(
            n_chars <= most,
            "`{field}` takes {most} characters, not {n_chars}"
        );
        input["value"] = json!(text);
        self
    }

    /// Sends it off.
    ///
    /// # Panics
    /// If the app would not: a required field is empty, or too short.
    pub fn submit(mut self) -> Act {
        for (label, input) in inputs(&mut self.data) {
            let n_chars = input["value"]
                .as_str()
                .map_or(0, |text| text.chars().count()) as u64;
            let is_optional = input["required"] == false && n_chars == 0;
            let least = input["min_length"].as_u64().unwrap_or(1).max(1);
            assert!(
                is_optional || n_chars >= least,
                "`{label}` needs {least} characters, not {n_chars}"
            );
        }
        let rows = self.data["components"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(submitted);
        let data =
            json!({ "custom_id": self.data["custom_id"], "components": rows.collect::<Vec<_>>() });
        let title = self.data["title"].as_str().unwrap_or_default().to_owned();
        self.person.act(What::Modal(title, data, self.source))
    }
}

/// The text inputs of a modal, with the labels around them.
fn inputs(data: &mut Value) -> Vec<(String, &mut Value)> {
    let rows = data["components"].as_array_mut().into_iter().flatten();
    rows.filter_map(|row| {
        let label = row["label"].as_str().unwrap_or_default().to_owned();
        let input = if row["type"] == kind::LABEL {
            &mut row["component"]
        } else {
            row["components"].as_array_mut()?.first_mut()?
        };
        (input["type"] == kind::TEXT_INPUT).then_some((label, input))
    })
    .collect()
}

/// A row of a modal as the app sends it back.
fn submitted(row: &Value) -> Option<Value> {
    let value = |input: &Value| {
        let text = input["value"].as_str().unwrap_or_default();
        json!({ "type": kind::TEXT_INPUT, "custom_id": input["custom_id"], "value": text, "id": 2 })
    };
    match row["type"].as_u64() {
        Some(kind::ROW) => Some(
            json!({ "type": kind::ROW, "id": 1, "components": [value(&row["components"][0])] }),
        ),
        Some(kind::LABEL) => {
            Some(json!({ "type": kind::LABEL, "id": 1, "component": value(&row["component"]) }))
        }
        _ => None,
    }
}
