//! Discord's own schemas of request bodies, made strict and readable.
//!
//! The official document is changed in three ways when it is loaded. Objects take no fields but their
//! own (not for commands). A choice among components is decided by their `type`, so that an error names
//! the field and not "none of eleven schemas". And two habits of the client library are allowed that
//! Discord takes as well: `default_member_permissions` as a string, attachment ids as numbers.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};

use super::violations::Problem;

const DOCUMENT: &str = include_str!("discord-api/bodies.json");
const COMPONENTS: &str = "#/components/schemas/";
/// Schemas that are used by name, and whether they are strict.
const USED: [(&str, bool); 12] = [
    ("MessageCreateRequest", true),
    ("MessageEditRequestPartial", true),
    ("IncomingWebhookRequestPartial", true),
    ("IncomingWebhookUpdateRequestPartial", true),
    ("CreateMessageInteractionCallbackRequest", true),
    ("UpdateMessageInteractionCallbackRequest", true),
    ("ModalInteractionCallbackRequest", true),
    (
        "InteractionApplicationCommandAutocompleteCallbackStringData",
        true,
    ),
    (
        "InteractionApplicationCommandAutocompleteCallbackIntegerData",
        true,
    ),
    (
        "InteractionApplicationCommandAutocompleteCallbackNumberData",
        true,
    ),
    ("ApplicationCommandCreateRequest", false),
    ("ApplicationCommandUpdateRequest", false),
];

static VALIDATORS: LazyLock<BTreeMap<&'static str, Validator>> = LazyLock::new(|| {
    let document: Value = serde_json::from_str(DOCUMENT).unwrap();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let [loose, strict] = [false, true].map(|is_strict| {
        let prepared = schemas.iter().map(|(name, schema)| {
            let mut schema = schema.clone();
            prepare(&mut schema, schemas, is_strict);
            (name.clone(), schema)
        });
        prepared.collect::<Map<_, _>>()
    });
    let built = USED.iter().map(|(name, is_strict)| {
        let components = if *is_strict { &strict } else { &loose };
        let schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "components": { "schemas": components },
            "$ref": format!("{COMPONENTS}{name}"),
        });
        let options = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .should_validate_formats(true);
        (*name, options.build(&schema).unwrap())
    });
    built.collect()
});

/// What a body breaks of a schema, by the name it has in Discord's document.
pub fn problems(name: &str, body: &Value) -> Vec<Problem> {
    let mut body = body.clone();
    allow_habits(&mut body);
    VALIDATORS[name]
        .iter_errors(&body)
        .map(|error| {
            let at = error.instance_path().to_string();
            let mut sentence = error.to_string();
            if sentence.len() > 300 {
                sentence = sentence.chars().take(300).collect();
            }
            Problem::new(
                "schema",
                at.trim_start_matches('/').replace('/', "."),
                sentence,
            )
        })
        .collect()
}

fn allow_habits(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(allow_habits),
        Value::Object(fields) => {
            if let Some(permissions) = fields.get_mut("default_member_permissions")
                && let Some(bits) = permissions
                    .as_str()
                    .and_then(|bits| bits.parse::<u64>().ok())
            {
                *permissions = json!(bits);
            }
            for attachment in fields
                .get_mut("attachments")
                .and_then(Value::as_array_mut)
                .into_iter()
                .flatten()
            {
                if let Some(number) = attachment["id"].as_u64() {
                    attachment["id"] = json!(number.to_string());
                }
            }
            fields.values_mut().for_each(allow_habits);
        }
        _ => {}
    }
}

/// Makes a schema strict, and its choices say what they choose by.
fn prepare(schema: &mut Value, all: &Map<String, Value>, is_strict: bool) {
    match schema {
        Value::Array(values) => values
            .iter_mut()
            .for_each(|value| prepare(value, all, is_strict)),
        Value::Object(fields) => {
            fields
                .values_mut()
                .for_each(|value| prepare(value, all, is_strict));
            if is_strict && fields.get("properties").is_some_and(Value::is_object) {
                fields.entry("additionalProperties").or_insert(json!(false));
            }
            if let Some(Value::Array(options)) = fields.get("oneOf")
                && let Some(decided) = decide(options, all)
            {
                fields.remove("oneOf");
                fields.extend(decided);
            }
        }
        _ => {}
    }
}

/// `oneOf` as conditions: null or the one other; or by the number in `type`.
fn decide(options: &[Value], all: &Map<String, Value>) -> Option<Map<String, Value>> {
    let is_null = |option: &Value| option["type"] == "null";
    let others: Vec<&Value> = options.iter().filter(|option| !is_null(option)).collect();
    let number = |option: &Value| -> Option<Value> {
        let name = option["$ref"].as_str()?.strip_prefix(COMPONENTS)?;
        match all.get(name)?["properties"]["type"]["enum"]
            .as_array()?
            .as_slice()
        {
            [number] => Some(number.clone()),
            _ => None,
        }
    };
    let schema = match others.as_slice() {
        [one] if options.len() == 2 => (*one).clone(),
        several if several.len() > 1 => {
            let numbers: Option<Vec<Value>> = several.iter().map(|option| number(option)).collect();
            let numbers = numbers?;
            let cases: Vec<Value> = several
                .iter()
                .zip(&numbers)
                .map(|(option, number)| {
                    let is_it = json!({ "properties": { "type": { "const": number } }, "required": ["type"] });
                    json!({ "if": is_it, "then": option })
                })
                .collect();
            json!({
                "type": "object", "required": ["type"], "properties": { "type": { "enum": numbers } },
                "allOf": cases,
            })
        }
        _ => return None,
    };
    let has_null = options.len() > others.len();
    let decided = if has_null {
        json!({ "if": { "type": "null" }, "else": schema })
    } else {
        schema
    };
    decided.as_object().cloned()
}
