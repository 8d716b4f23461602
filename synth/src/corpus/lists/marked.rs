//! The items of a list that has marks, as law writes them.

use std::ops::Range;

use super::ITEMS;

/// Most words of an item.
const MARKED_WORDS: usize = 30;

/// What stands under a line that announces something.
pub(super) enum Marked {
    /// No marks.
    None,
    /// A list with marks that goes on elsewhere, or has lists inside.
    Open,
    Whole(Vec<Range<usize>>),
}

/// The items of a list with marks: "(1) ...; (2) ...; and (3) ...", closed by a full stop.
pub(super) fn marked_items(text: &str, lines: &[Range<usize>]) -> Marked {
    let mark = |line: &Range<usize>| {
        let line = &text[line.clone()];
        let end = line.find(')').filter(|_| line.starts_with('('))?;
        (!line[end + 1..].trim_start().starts_with('(')).then(|| line[1..end].to_owned())
    };
    let Some(first) = lines.first().and_then(mark) else { return Marked::None };
    let Some(order) = ["1", "a", "A", "i", "I"].into_iter().find(|order| *order == first) else { return Marked::Open };
    let follows = |(number, line): &(usize, &Range<usize>)| mark(line).is_some_and(|mark| mark == nth(order, *number));
    let items: Vec<Range<usize>> = lines.iter().enumerate().take_while(follows).map(|(_, line)| line.clone()).collect();
    let item = |range: &Range<usize>| &text[range.clone()];
    let short = items.iter().all(|range| item(range).split(' ').count() <= MARKED_WORDS && !item(range).contains(". "));
    let (last, front) = items.split_last().map_or(("", &items[..]), |(last, front)| (item(last), front));
    let open = front.iter().all(|range| [";", ",", "; and", "; or", ", and", ", or"].iter().any(|end| item(range).ends_with(end)));
    // Whole sentences might go on in the next section.
    let closed = lines.len() > items.len() && front.iter().all(|range| item(range).ends_with('.'));
    if ITEMS.contains(&items.len()) && short && last.ends_with('.') && (open || closed) { Marked::Whole(items) } else { Marked::Open }
}

/// The mark of an item by its number from 0, in the order that begins with a mark.
fn nth(order: &str, number: usize) -> String {
    const ROMAN: [&str; 8] = ["i", "ii", "iii", "iv", "v", "vi", "vii", "viii"];
    let letter = |first: u8| char::from(first + number.min(25) as u8).to_string();
    match order {
        "a" => letter(b'a'),
        "A" => letter(b'A'),
        "i" => ROMAN.get(number).map_or_else(String::new, |mark| (*mark).to_owned()),
        "I" => ROMAN.get(number).map_or_else(String::new, |mark| mark.to_uppercase()),
        _ => (number + 1).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::lines;
    use super::*;

    #[test]
    fn the_items_of_law_have_marks_and_a_full_stop_at_the_end() {
        let text = "(1) A fee of $10;\n(2) A photograph; and\n(3) A signed form.\n(b) The office is open.";
        let Marked::Whole(items) = marked_items(text, &lines(text)) else { panic!("no list") };
        assert_eq!(items.iter().map(|item| &text[item.clone()]).collect::<Vec<_>>(), text.split('\n').take(3).collect::<Vec<_>>());
        for open in ["(1) A fee;\n(2) A form; and", "(1) A fee; and\n(A) In cash.\n(2) A form.", "(4) A fee; and\n(5) A form."] {
            assert!(matches!(marked_items(open, &lines(open)), Marked::Open), "{open}");
        }
        assert!(matches!(marked_items("A fee\nA form", &lines("A fee\nA form")), Marked::None));
    }
}
