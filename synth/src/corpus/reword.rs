//! People ask in other words than the text: some words of a question are exchanged for others of the same meaning and form, in small steps
//! that leave names, quotes and numbers alone.

use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use super::language::Language;

/// The question with each exchangeable word exchanged by this chance, and how many were.
pub(super) fn reword(question: &str, chance: f64, language: &Language, rng: &mut ChaCha8Rng) -> (String, usize) {
    let (mut out, mut exchanged, mut quoted) = (Vec::new(), 0, false);
    for (number, piece) in question.split(' ').enumerate() {
        quoted ^= piece.matches(['"', '“', '”', '`']).count() % 2 == 1;
        let core = piece.trim_end_matches(['?', ',', '.']);
        let free = number > 0 && !quoted && core.chars().all(|c| c.is_lowercase()) && !core.is_empty();
        match language.synonyms(core).choose(rng).filter(|_| free && rng.random_bool(chance)) {
            Some(other) => {
                exchanged += 1;
                fix_article(&mut out, other);
                out.push(format!("{other}{}", &piece[core.len()..]));
            }
            None => out.push(piece.to_owned()),
        }
    }
    (out.join(" "), exchanged)
}

/// "an error" but "a mistake".
fn fix_article(before: &mut [String], next: &str) {
    let Some(article) = before.last_mut().filter(|word| matches!(word.as_str(), "a" | "an")) else { return };
    *article = if next.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }.to_owned();
}

/// How people type: now and then without capitals or the mark at the end.
pub(super) fn typed(question: String, rng: &mut ChaCha8Rng) -> String {
    match rng.random_range(0..20) {
        0 => question.to_lowercase().trim_end_matches('?').to_owned(),
        1 => question.to_lowercase(),
        2 => question.trim_end_matches('?').to_owned(),
        _ => question,
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn only_plain_words_are_exchanged() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let (question, count) = reword("When was a mistake of \"the error\" fixed by Fix Error?", 1.0, Language::get().unwrap(), &mut rng);
        assert_eq!(count, 2, "{question}");
        assert!(question.contains("\"the error\"") && question.contains("Fix Error"), "{question}");
        assert!(question.contains(" an error of") || question.contains(" a fault of"), "{question}");
    }
}
