//! Where a definition ends and something else begins.

/// Words that show that a clause follows "and".
const SECOND: [&str; 20] = [
    "we", "you", "they", "it", "is", "are", "was", "were", "has", "have", "had", "can", "will", "would", "should", "may", "must", "could",
    "does", "it’s",
];

/// The part of a text that belongs to one predicate, without the mark at its end.
pub(super) fn predicate(text: &str) -> &str {
    const ENDS: [&str; 10] = ["; ", ": ", " — ", " – ", ", but ", ", so ", ", because ", ", although ", ", while ", ", however"];
    // A second clause has a verb of its own.
    let joined = text.match_indices(", and ").map(|(at, _)| at).find(|at| {
        let mut next = text[at + 6..].split(' ').take(8).take_while(|word| !matches!(*word, "that" | "which" | "who" | "where" | "when"));
        next.any(|word| SECOND.contains(&word.trim_end_matches(',')) || word.contains(['’', '\'']) && !word.ends_with('s'))
    });
    let end = ENDS.iter().filter_map(|end| text.find(end)).chain(text.find(". ")).chain(joined).min().unwrap_or(text.len());
    let cut = text[..end].trim_end_matches(['.', ';', ',', ':', ' ', '!']);
    // A bracket that does not close is left out.
    match cut.rfind('(').filter(|open| !cut[*open..].contains(')')) {
        Some(open) => cut[..open].trim_end(),
        None => cut,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_predicate_ends_where_another_begins() {
        assert_eq!(predicate("a tool for teams, but it is slow."), "a tool for teams");
        assert_eq!(predicate("a tool (see the guide) for teams."), "a tool (see the guide) for teams");
    }
}
