//! How a question is answered, where its asker wants it otherwise than the model does by itself.

use serde::{Deserialize, Serialize};

use super::Answerer;

/// Most searches for a question.
pub const MOST_SEARCHES: u16 = 16;
/// Most sections that are read after a search.
pub const MOST_READ: u16 = 100;

/// How a question is answered; what is not given is the model's habit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Habits {
    /// How often a given answer should be right, 0 to 1.
    pub precision: Option<f32>,
    /// Searches at most, 1 to [`MOST_SEARCHES`].
    pub searches: Option<u16>,
    /// Sections read after a search at most, 1 to [`MOST_READ`].
    pub read: Option<u16>,
}

impl Habits {
    /// Whether every number is within its range.
    ///
    /// # Errors
    /// If one is not: which, and what it may be.
    pub fn check(self) -> Result<(), String> {
        if self.precision.is_some_and(|share| !(0.0..=1.0).contains(&share)) {
            return Err("precision is a number from 0 to 1".to_owned());
        }
        for (name, value, most) in [("searches", self.searches, MOST_SEARCHES), ("read", self.read, MOST_READ)] {
            if value.is_some_and(|value| !(1..=most).contains(&value)) {
                return Err(format!("{name} is a number from 1 to {most}"));
            }
        }
        Ok(())
    }

    /// The model with these habits.
    #[must_use]
    pub fn of(self, mut answerer: Answerer) -> Answerer {
        let search = &mut answerer.config.search;
        search.searches = self.searches.map_or(search.searches, usize::from);
        search.read = self.read.map_or(search.read, usize::from);
        answerer.with_precision(self.precision)
    }

    /// What this adds to the identity of a batch; empty where the model's own habits hold.
    #[must_use]
    pub fn identity(self) -> String {
        let named = |name: &str, value: Option<String>| value.map(|value| format!(" {name} {value}")).unwrap_or_default();
        let number = |value: Option<u16>| value.map(|value| value.to_string());
        let precision = self.precision.map(|precision| precision.to_string());
        named("precision", precision) + &named("searches", number(self.searches)) + &named("read", number(self.read))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn habits_out_of_range_are_refused_with_the_range() {
        for (habits, told) in [
            (Habits { precision: Some(1.1), ..Habits::default() }, "0 to 1"),
            (Habits { precision: Some(f32::NAN), ..Habits::default() }, "0 to 1"),
            (Habits { searches: Some(0), ..Habits::default() }, "1 to 16"),
            (Habits { read: Some(101), ..Habits::default() }, "1 to 100"),
        ] {
            let said = habits.check().unwrap_err();
            assert!(said.contains(told), "{said}");
        }
        Habits { precision: Some(1.0), searches: Some(16), read: Some(100) }.check().unwrap();
    }

    #[test]
    fn only_what_was_chosen_is_part_of_a_batchs_identity() {
        assert_eq!(Habits::default().identity(), "");
        let chosen = Habits { precision: Some(0.5), read: Some(4), ..Habits::default() };
        assert_eq!(chosen.identity(), " precision 0.5 read 4");
    }
}
