//! UTF-16 and UTF-32: by their byte order mark, or without one where the zero bytes between letters leave no doubt.

use super::HEAD;
use super::transcript::Transcript;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Utf16 { big: bool },
    Utf32 { big: bool },
}

/// The text, if the bytes are of such a form.
pub(super) fn decode(bytes: &[u8]) -> Option<Transcript> {
    let (form, start) = marked(bytes).or_else(|| evident(bytes).map(|form| (form, 0)))?;
    Some(read(bytes, start, form))
}

fn marked(bytes: &[u8]) -> Option<(Form, usize)> {
    match bytes {
        // A text of UTF-16 that begins with a zero character would look the same; nobody writes one.
        [0xFF, 0xFE, 0, 0, ..] if bytes.len().is_multiple_of(4) => Some((Form::Utf32 { big: false }, 4)),
        [0, 0, 0xFE, 0xFF, ..] => Some((Form::Utf32 { big: true }, 4)),
        [0xFF, 0xFE, ..] => Some((Form::Utf16 { big: false }, 2)),
        [0xFE, 0xFF, ..] => Some((Form::Utf16 { big: true }, 2)),
        _ => None,
    }
}

/// The form whose zero bytes all stand on the same side of the units, if what it gives is text from end to end. In scripts without many zero
/// bytes the spaces, line ends and stops tell the order of the bytes: turned round, none of them is what a text is full of.
fn evident(bytes: &[u8]) -> Option<Form> {
    let head = &bytes[..bytes.len().min(HEAD)];
    if head.len() < 8 || !head.contains(&0) || is_narrow(head) {
        return None;
    }
    let forms = [Form::Utf32 { big: false }, Form::Utf32 { big: true }, Form::Utf16 { big: false }, Form::Utf16 { big: true }];
    let read = forms.map(|form| (form, read(&head[..head.len() / 4 * 4], 0, form)));
    let is_text = |c: char| !c.is_control() && !('\u{e000}'..'\u{f900}').contains(&c) || matches!(c, '\t' | '\n' | '\r' | '\u{c}');
    let is_gap = |c: &char| matches!(c, ' ' | '\n' | '\r' | '\u{3000}'..='\u{3002}' | '\u{ff0c}');
    // A surrogate pair may be cut at the end of the head.
    let texts = read.into_iter().filter(|(_, read)| read.replaced <= 1 && read.text.chars().all(is_text));
    let told = texts.filter_map(|(form, read)| {
        let characters = read.text.chars().count();
        let plain = read.text.chars().filter(char::is_ascii).count();
        let gaps = read.text.chars().filter(is_gap).count();
        (gaps > 0 || plain * 20 >= characters).then_some((form, gaps, plain))
    });
    // A unit of 32 bits read as two of 16 holds a zero character, which is no text; so only the two orders are weighed against each other.
    told.max_by_key(|(_, gaps, plain)| (*gaps, *plain)).map(|(form, ..)| form)
}

/// Whether a few zero bytes stand in what is UTF-8 without them. Of letters of the West every other byte of a wide form is zero; of other alphabets
/// every other byte is the number of their block; and Chinese is hardly ever UTF-8.
fn is_narrow(head: &[u8]) -> bool {
    let rest: Vec<u8> = head.iter().copied().filter(|byte| *byte != 0).collect();
    let is_cut = |error: std::str::Utf8Error| error.error_len().is_none();
    let is_text = std::str::from_utf8(&rest).map_or_else(is_cut, |_| true);
    let controls = rest.iter().filter(|byte| **byte < 0x20 && !matches!(**byte, b'\t' | b'\n' | b'\r' | 0x0c)).count();
    let is_block = |side: usize| {
        let mut counts = [0_usize; 256];
        head.iter().skip(side).step_by(2).for_each(|byte| counts[usize::from(*byte)] += 1);
        counts[1..].iter().any(|count| 4 * count > head.len())
    };
    is_text && controls * 20 <= rest.len() && (head.len() - rest.len()) * 10 <= head.len() && !is_block(0) && !is_block(1)
}

fn read(bytes: &[u8], start: usize, form: Form) -> Transcript {
    let mut out = Transcript::default();
    match form {
        Form::Utf16 { big } => {
            let unit = |pair: &[u8]| if big { u16::from_be_bytes([pair[0], pair[1]]) } else { u16::from_le_bytes([pair[0], pair[1]]) };
            let mut at = start;
            for decoded in char::decode_utf16(bytes[start..].chunks_exact(2).map(unit)) {
                match decoded {
                    Ok(character) => {
                        out.push(character, at..at + 2 * character.len_utf16());
                        at += 2 * character.len_utf16();
                    }
                    Err(_) => {
                        out.replace(at..at + 2);
                        at += 2;
                    }
                }
            }
        }
        Form::Utf32 { big } => {
            for (number, unit) in bytes[start..].chunks_exact(4).enumerate() {
                let unit = [unit[0], unit[1], unit[2], unit[3]];
                let at = start + 4 * number;
                match char::from_u32(if big { u32::from_be_bytes(unit) } else { u32::from_le_bytes(unit) }) {
                    Some(character) => out.push(character, at..at + 4),
                    None => out.replace(at..at + 4),
                }
            }
        }
    }
    let width = if matches!(form, Form::Utf16 { .. }) { 2 } else { 4 };
    let rest = (bytes.len() - start) % width;
    if rest > 0 {
        out.replace(bytes.len() - rest..bytes.len());
    }
    out
}
