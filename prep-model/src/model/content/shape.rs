//! What a line of a page looks like, whatever its language.

use records::Line;

/// Numbers that [`shape`] gives.
pub(super) const SHAPE: usize = 20;
/// What may stand behind the end of a sentence.
const CLOSING: [char; 7] = ['"', '\'', '”', '’', ')', ']', '»'];

/// Words of a text; in scripts without spaces two characters count as one.
fn words(text: &str) -> usize {
    text.split_whitespace().count() + text.chars().filter(|character| *character > '\u{2e7f}').count() / 2
}

fn ends_sentence(text: &str) -> bool {
    text.trim_end_matches(CLOSING).ends_with(['.', '!', '?', '…', ':', ';', '。', '！', '？', '।', '؟'])
}

/// Whether a line is running text: a sentence of some words, or many words, and not a link.
pub(crate) fn is_prose(line: &Line) -> bool {
    let words = words(&line.text);
    line.hints.link_density < 0.5 && (words >= 6 && ends_sentence(&line.text) || words >= 25)
}

fn flag(is: bool) -> f32 {
    f32::from(u8::from(is))
}

/// `SHAPE` numbers of about 0 to 1.
pub(super) fn shape(line: &Line, out: &mut Vec<f32>) {
    let (text, density) = (line.text.trim(), line.hints.link_density);
    let (mut characters, mut upper, mut digits, mut marks, mut commas) = (0_u32, 0_u32, 0_u32, 0_u32, 0_u32);
    for character in text.chars() {
        characters += 1;
        upper += u32::from(character.is_uppercase());
        digits += u32::from(character.is_numeric());
        marks += u32::from(!character.is_alphanumeric() && !character.is_whitespace());
        commas += u32::from(matches!(character, ',' | '，' | '、'));
    }
    let words = words(text);
    let capitals = text.split_whitespace().filter(|word| word.starts_with(char::is_uppercase)).count();
    let share = |count: u32| count as f32 / characters.max(1) as f32;
    out.extend([
        (1.0 + text.len() as f32).ln() / 6.0,
        (1.0 + words as f32).ln() / 5.0,
        density,
        flag(density > 0.5),
        flag(density > 0.9),
        share(upper),
        share(digits),
        share(marks),
        capitals as f32 / words.max(1) as f32,
        flag(ends_sentence(text)),
        flag(text.ends_with(['.', '!', '。'])),
        flag(text.ends_with(['?', '？'])),
        flag(text.ends_with(':')),
        flag(text.contains('©')),
        flag(text.contains('|')),
        flag(text.starts_with(char::is_lowercase)),
        flag(is_prose(line)),
        flag(words <= 1),
        flag(words <= 3),
        (commas as f32 / 5.0).min(1.0),
    ]);
}
