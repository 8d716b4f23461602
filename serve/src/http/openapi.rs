//! The description of the interfaces for programs, by which clients are made and the page for programs is written.

use std::sync::LazyLock;

use axum::Json;
use serde_json::Value;

/// OpenAPI 3.1.
pub static DESCRIPTION: LazyLock<Value> = LazyLock::new(|| {
    let mut description: Value = serde_json::from_str(include_str!("openapi.json")).expect("tested");
    description["info"]["version"] = env!("CARGO_PKG_VERSION").into();
    description
});

/// The description itself.
pub async fn document() -> Json<&'static Value> {
    Json(&DESCRIPTION)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_leads_somewhere_and_every_operation_has_a_name_of_its_own() {
        let mut references = Vec::new();
        let mut names = Vec::new();
        walk(&DESCRIPTION, &mut |key, value| match key {
            "$ref" => references.push(value.as_str().unwrap().to_owned()),
            "operationId" => names.push(value.as_str().unwrap().to_owned()),
            _ => {}
        });
        for reference in &references {
            assert!(DESCRIPTION.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
        }
        let count = names.len();
        names.sort();
        names.dedup();
        assert!(count > 15 && names.len() == count, "{names:?}");
    }

    fn walk(value: &Value, visit: &mut dyn FnMut(&str, &Value)) {
        match value {
            Value::Object(fields) => fields.iter().for_each(|(key, value)| {
                visit(key, value);
                walk(value, visit);
            }),
            Value::Array(values) => values.iter().for_each(|value| walk(value, visit)),
            _ => {}
        }
    }
}
