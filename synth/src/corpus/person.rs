//! A handbook says "you", its reader says "I": a question in the words of the one who asks.

use super::language::{Class, Form, Language};

/// A text that speaks to "you" as its reader would say it; "we" and "our" become "you" and "your".
pub(super) fn as_reader(text: &str, language: &Language) -> String {
    let pieces: Vec<&str> = text.split(' ').collect();
    let lower: Vec<String> = pieces.iter().map(|piece| core(piece).to_lowercase().replace('’', "'")).collect();
    let word = |at: usize| lower.get(at).map_or("", String::as_str);
    let is_you = |at: usize| matches!(word(at), "you");
    let is_we = |at: usize| matches!(word(at), "we" | "us");
    let mut out: Vec<String> = Vec::with_capacity(pieces.len());
    for (at, piece) in pieces.iter().enumerate() {
        let before = if at == 0 { "" } else { word(at - 1) };
        let subject = is_subject(before, word(at + 1), language);
        let next_you = is_you(at + 1) && is_subject(word(at), word(at + 2), language);
        let now = match word(at) {
            "you" if subject => "I",
            "you" => "me",
            "your" => "my",
            "yours" => "mine",
            "yourself" => "myself",
            "you're" => "I'm",
            "you've" => "I've",
            "you'll" => "I'll",
            "you'd" => "I'd",
            "we" | "us" => "you",
            "our" => "your",
            "ours" => "yours",
            "we're" => "you're",
            "we've" => "you've",
            "we'll" => "you'll",
            "are" if next_you || is_you(at.wrapping_sub(1)) && !is_we(at + 1) => "am",
            "were" if next_you || is_you(at.wrapping_sub(1)) => "was",
            "aren't" if is_you(at.wrapping_sub(1)) => "am not",
            _ => {
                out.push((*piece).to_owned());
                continue;
            }
        };
        let capital = at == 0 && !now.starts_with('I');
        let now = if capital { now[..1].to_uppercase() + &now[1..] } else { now.to_owned() };
        out.push(piece.replacen(core(piece), &now, 1));
    }
    out.join(" ")
}

fn core(piece: &str) -> &str {
    piece.trim_matches(|c: char| !c.is_alphanumeric())
}

/// Whether "you" between these words is a subject.
fn is_subject(before: &str, after: &str, language: &Language) -> bool {
    let follows = language.is_auxiliary(before) || before == "am";
    let governed = language.is(Class::Preposition, before) && !language.is(Class::Subordinator, before);
    let verb = [Form::Base, Form::Past].iter().any(|form| language.verb(after, *form).is_some());
    // "It helps you write": what stands between two verbs is the object of the first.
    let caused = [Form::Base, Form::Third, Form::Past, Form::Gerund]
        .iter()
        .find_map(|form| language.verb(before, *form))
        .is_some_and(|verb| language.is(Class::Control, &verb.base));
    if caused {
        return false;
    }
    follows || !governed && (language.is_auxiliary(after) || verb || after.ends_with("ly") || language.is(Class::Adverb, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reader_speaks_of_himself() {
        let cases = [
            ("What should you do if your badge is lost?", "What should I do if my badge is lost?"),
            ("When are you paid?", "When am I paid?"),
            ("If you are late, who calls you?", "If I am late, who calls me?"),
            ("What can help you write a letter?", "What can help me write a letter?"),
            ("Why did we send it to you?", "Why did you send it to me?"),
            ("How do you get yourself and your team a desk?", "How do I get myself and my team a desk?"),
        ];
        for (told, asked) in cases {
            assert_eq!(as_reader(told, Language::get().unwrap()), asked);
        }
    }
}
