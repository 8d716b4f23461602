//! Numbers that other tools gave for invented cases; `fixtures/outside.py` made them.

use serde::de::DeserializeOwned;

/// The cases of one sort.
pub fn numbers<T: DeserializeOwned>(sort: &str) -> T {
    let mut all: serde_json::Value = serde_json::from_str(include_str!("../../fixtures/outside.json")).unwrap();
    serde_json::from_value(all[sort].take()).unwrap()
}

/// Asserts that a metric is defined and is the other tool's number.
#[track_caller]
pub fn same(ours: Option<f64>, theirs: f64) {
    assert!(ours.is_some_and(|ours| (ours - theirs).abs() < 1e-9), "{ours:?} is not {theirs}");
}
