//! Character references: `&amp;`, `&#8217;`, and those whose semicolon somebody forgot.

use html5gum::{Token, Tokenizer};

/// Where the run of characters ends that can belong to the reference at `start`.
pub(super) fn reference_end(source: &str, start: usize, limit: usize) -> usize {
    let bytes = &source.as_bytes()[start + 1..limit.min(start + 40)];
    let body = bytes.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'#').count();
    start + 1 + body + usize::from(bytes.get(body) == Some(&b';'))
}

/// The characters that a reference stands for; a text that is none stays as it is.
pub(super) fn decode_reference(reference: &str) -> String {
    match reference {
        "&amp;" => return "&".into(),
        "&nbsp;" => return "\u{a0}".into(),
        "&lt;" => return "<".into(),
        "&gt;" => return ">".into(),
        "&quot;" => return "\"".into(),
        _ => {}
    }
    let mut out = String::new();
    for token in Tokenizer::new(reference) {
        let Ok(token) = token;
        if let Token::String(text) = token {
            out.push_str(&String::from_utf8_lossy(&text));
        }
    }
    out
}
