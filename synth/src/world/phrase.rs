//! Forms with choices: `[a|b|]` in a data file stands for one of its parts, parts may be empty and may hold further choices.

use std::ops::Range;

use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// One of the wordings a form stands for.
pub(crate) fn vary(form: &str, rng: &mut ChaCha8Rng) -> String {
    let mut text = form.to_owned();
    while let Some((place, options)) = innermost(&text) {
        let chosen = options[rng.random_range(0..options.len())].to_owned();
        text.replace_range(place, &chosen);
    }
    tidy(&text)
}

/// The first choice that holds no other, with its parts.
fn innermost(text: &str) -> Option<(Range<usize>, Vec<&str>)> {
    let close = text.find(']')?;
    let open = text[..close].rfind('[')?;
    Some((open..close + 1, text[open + 1..close].split('|').collect()))
}

/// Undoes what an empty part leaves behind: double spaces and spaces before punctuation.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if out.ends_with(' ') && matches!(c, ' ' | ',' | '.' | ';' | '?') {
            out.pop();
        }
        out.push(c);
    }
    out.trim().to_owned()
}

/// The text with its first letter as a capital, where that changes no length.
pub(crate) fn capitalised(text: &str) -> String {
    let mut out = text.to_owned();
    if let Some(first) = out.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    out
}

/// The text with its first letter in small.
pub(crate) fn decapitalised(text: &str) -> String {
    let mut out = text.to_owned();
    if let Some(first) = out.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    out
}

/// Every wording a form stands for.
#[cfg(test)]
pub(crate) fn wordings(form: &str) -> Vec<String> {
    let Some((place, options)) = innermost(form) else { return vec![tidy(form)] };
    let replaced = |option: &&str| wordings(&format!("{}{option}{}", &form[..place.start], &form[place.end..]));
    let mut all: Vec<String> = options.iter().flat_map(replaced).collect();
    all.sort();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn a_form_stands_for_all_its_choices_and_for_no_others() {
        let form = "{s} [was [set up|founded]|began][, they say,|] in {v}.";
        let all = wordings(form);
        assert_eq!(all.len(), 6);
        assert!(all.contains(&"{s} was founded, they say, in {v}.".to_owned()) && all.contains(&"{s} began in {v}.".to_owned()));
        for seed in 0..30 {
            assert!(all.contains(&vary(form, &mut ChaCha8Rng::seed_from_u64(seed))));
        }
    }
}
