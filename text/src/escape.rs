//! Text of a document, a question or a file name on its way into a report: here it becomes data of the target format, and can never be
//! mark-up, a link, a control sequence or a new line of it. Every renderer writes foreign text through one of these four.

/// For HTML, as text or as a quoted attribute.
#[must_use]
pub fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(visible(c)),
        }
    }
    out
}

/// For a terminal: one line, no control characters, no change of writing direction.
#[must_use]
pub fn terminal(text: &str) -> String {
    one_line(text).chars().map(visible).collect()
}

/// For Markdown: one line of text wherever it stands. Characters that mean something are escaped, and a word that a renderer would turn into
/// a link by itself (an address) is set as code, where nothing means anything.
#[must_use]
pub fn markdown(text: &str) -> String {
    let line: String = one_line(text).chars().map(visible).collect();
    let mut out = String::with_capacity(line.len() + line.len() / 8);
    for (at, word) in line.split(' ').enumerate() {
        if at > 0 {
            out.push(' ');
        }
        if is_address(word) { code(word, &mut out) } else { escaped(word, at == 0, &mut out) }
    }
    out
}

/// For the XML of an office file: one line, without the characters that XML forbids. The mark-up characters are left to the writer of the XML.
#[must_use]
pub fn office(text: &str) -> String {
    let allowed = |c| if matches!(c, '\u{FFFE}' | '\u{FFFF}') { char::REPLACEMENT_CHARACTER } else { visible(c) };
    one_line(text).chars().map(allowed).collect()
}

/// White space, line breaks and tabs included, as single spaces; none at the ends.
#[must_use]
pub fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// Control characters and those that reorder a line are shown as a replacement character; white space stays.
fn visible(c: char) -> char {
    let reorders = matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    if reorders || (c.is_control() && c != '\n' && c != '\t') { char::REPLACEMENT_CHARACTER } else { c }
}

fn is_address(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    ["://", "www.", "@", "mailto:", "xmpp:"].iter().any(|mark| lower.contains(mark))
}

/// A code span: its fence is longer than any run of backticks inside.
fn code(word: &str, out: &mut String) {
    let longest = word.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    // The spaces are dropped by the renderer; they keep a backtick at either end apart from the fence.
    let space = if longest > 0 { " " } else { "" };
    out.extend([fence.as_str(), space, word, space, fence.as_str()]);
}

fn escaped(word: &str, first: bool, out: &mut String) {
    // `12.` and `3)` begin a list, but only at the start of a line.
    let number = if first { word.len() - word.trim_start_matches(|c: char| c.is_ascii_digit()).len() } else { 0 };
    for (at, c) in word.char_indices() {
        let always = matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '~' | '|' | '$' | '^');
        let opens = first && at == 0 && matches!(c, '#' | '+' | '-' | '=' | ':' | '%');
        let lists = number > 0 && at == number && matches!(c, '.' | ')');
        if always || opens || lists {
            out.push('\\');
        }
        out.push(c);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn markup_becomes_text() {
        assert_eq!(html("<script>alert('x' & \"y\")</script>"), "&lt;script&gt;alert(&#39;x&#39; &amp; &quot;y&quot;)&lt;/script&gt;");
        assert_eq!(html("a\u{0}b\u{202E}c\u{1b}[31m"), "a\u{FFFD}b\u{FFFD}c\u{FFFD}[31m");
        assert_eq!(terminal("a\u{1b}[2J\nb\u{7}"), "a\u{FFFD}[2J b\u{FFFD}");
        assert_eq!(office("a\u{0}b\u{B}\u{FFFE}c\n\td\u{FFFF}"), "a\u{FFFD}b \u{FFFD}c d\u{FFFD}");
    }

    #[test]
    fn markdown_text_opens_nothing() {
        assert_eq!(markdown("# not a heading"), "\\# not a heading");
        assert_eq!(markdown("see\n\n# not a heading"), "see # not a heading");
        assert_eq!(markdown("1. no list"), "1\\. no list");
        assert_eq!(markdown("costs 1.5 million (about 2)."), "costs 1.5 million (about 2).");
        assert_eq!(markdown("![x](y) <b> *z*"), "!\\[x\\](y) \\<b\\> \\*z\\*");
        assert_eq!(markdown("at https://evil.example/`a and me@here.org"), "at `` https://evil.example/`a `` and `me@here.org`");
    }

    /// The events of Markdown text that are anything but text, code, and the paragraph around it.
    fn marks(source: &str) -> Vec<String> {
        use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
        let plain = |event: &Event<'_>| {
            matches!(event, Event::Text(_) | Event::Code(_) | Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph))
        };
        Parser::new_ext(source, Options::all()).filter(|event| !plain(event)).map(|event| format!("{event:?}")).collect()
    }

    proptest! {
        #[test]
        fn no_text_becomes_markdown(text in "(?s)([#*_`<>\\[\\]()!+=~|:&;$^{}\"'.@ \n\t0-9a-c\\\\-]|https://|www\\.|&amp;|\\PC){0,40}") {
            let source = markdown(&text);
            prop_assert!(marks(&source).is_empty(), "{text:?} {source:?} {:?}", marks(&source));
        }

        #[test]
        fn no_text_becomes_html(text in "(?s).{0,60}") {
            let out = html(&text);
            prop_assert!(!out.contains(['<', '>', '"', '\'']));
        }
    }
}
