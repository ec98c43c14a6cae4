//! The language's JSON Schema as editors get it: one snapshot of the whole, and a law of its parts.

use serde_json::Value;

#[test]
fn the_schema_of_the_language() {
    let schema = annals_generate::language_schema();
    insta::assert_snapshot!(serde_json::to_string_pretty(&schema).expect("a schema is JSON"));
}

#[test]
fn every_reference_leads_to_a_definition() {
    let schema = annals_generate::language_schema();
    let mut references = Vec::new();
    collect(&schema, &mut references);
    assert!(!references.is_empty());
    for reference in references {
        let pointer = reference.strip_prefix('#').expect("references stay in the document");
        assert!(schema.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

fn collect<'s>(value: &'s Value, references: &mut Vec<&'s str>) {
    match value {
        Value::Object(fields) => {
            references.extend(fields.get("$ref").and_then(Value::as_str));
            fields.values().for_each(|value| collect(value, references));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, references)),
        _ => {}
    }
}
