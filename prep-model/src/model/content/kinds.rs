//! Which elements stand around a line.

use crate::read::Element;

/// Elements that count when they stand right around a line.
const NEAR: [&str; 26] = [
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "p",
    "li",
    "tr",
    "td",
    "th",
    "pre",
    "blockquote",
    "figcaption",
    "figure",
    "dt",
    "dd",
    "a",
    "button",
    "label",
    "time",
    "strong",
    "code",
    "summary",
    "address",
    "caption",
];
/// Elements that count wherever they stand around it.
const AROUND: [&str; 18] = [
    "nav",
    "header",
    "footer",
    "aside",
    "form",
    "main",
    "article",
    "section",
    "table",
    "ul",
    "ol",
    "dl",
    "figure",
    "details",
    "blockquote",
    "p",
    "li",
    "fieldset",
];
/// How many elements count as right around a line.
const NEAREST: usize = 4;
/// Numbers that [`kinds`] gives.
pub(super) const KINDS: usize = NEAR.len() + AROUND.len();

/// `KINDS` numbers, 1 for each kind of element around a line in the element `place`.
pub(super) fn kinds(elements: &[Element], place: Option<u32>, out: &mut Vec<f32>) {
    let start = out.len();
    out.resize(start + KINDS, 0.0);
    let (mut next, mut far) = (place, 0);
    while let Some(element) = next.and_then(|next| elements.get(next as usize)) {
        let find = |names: &[&str]| names.iter().position(|name| *name == element.name);
        if let Some(place) = find(&NEAR).filter(|_| far < NEAREST) {
            out[start + place] = 1.0;
        }
        if let Some(place) = find(&AROUND) {
            out[start + NEAR.len() + place] = 1.0;
        }
        (next, far) = (element.parent, far + 1);
    }
}
