//! Text of a document as text of a page.

/// A text in which nothing is mark-up. Signs that do not print are shown by their pictures; a form feed ends a page.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(c),
            '\r' => {}
            // The control pictures stand in the order of the signs they stand for.
            '\0'..='\x1f' => out.extend(char::from_u32(0x2400 + c as u32)),
            // Marks that turn the direction of the text that follows, beyond the document's own.
            '\u{7f}'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_document_is_mark_up() {
        assert_eq!(escaped("<b a='x'>&\"\u{0c}\u{202e}"), "&lt;b a=&#39;x&#39;&gt;&amp;&quot;␌\u{fffd}");
    }
}
