//! The character set that a file states at its head: `<meta charset>` of HTML, the declaration of XML.

use encoding_rs::{Encoding, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE};

/// Bytes in which a declaration is looked for: four times what browsers read.
const HEAD: usize = 4_096;

/// The declared set. A page whose bytes can be read as far as its declaration is not in UTF-16, whatever it says.
pub(super) fn declared(body: &[u8]) -> Option<&'static Encoding> {
    let head = body[..body.len().min(HEAD)].to_ascii_lowercase();
    let label = of_xml(&head).or_else(|| of_meta(&head))?;
    match Encoding::for_label(label)? {
        encoding if encoding == UTF_16LE || encoding == UTF_16BE => Some(UTF_8),
        encoding => Some(encoding).filter(|encoding| *encoding != REPLACEMENT),
    }
}

fn of_xml(head: &[u8]) -> Option<&[u8]> {
    let declaration = head.trim_ascii_start().strip_prefix(b"<?xml")?;
    value(&declaration[..find(declaration, b"?>")?], b"encoding")
}

fn of_meta(head: &[u8]) -> Option<&[u8]> {
    let mut rest = head;
    while let Some(at) = rest.iter().position(|byte| *byte == b'<') {
        rest = &rest[at..];
        if let Some(comment) = rest.strip_prefix(b"<!--") {
            rest = &comment[find(comment, b"-->")?..];
            continue;
        }
        let tag = &rest[..rest.iter().position(|byte| *byte == b'>').unwrap_or(rest.len())];
        if let Some(found) = tag.strip_prefix(b"<meta").and_then(|attributes| value(attributes, b"charset")) {
            return Some(found);
        }
        rest = &rest[1..];
    }
    None
}

/// What stands behind `name =`, with or without quotes.
fn value<'a>(text: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let behind = text[find(text, name)? + name.len()..].trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let behind = behind.strip_prefix(b"\"").or_else(|| behind.strip_prefix(b"'")).unwrap_or(behind);
    let end = behind.iter().position(|byte| matches!(byte, b'"' | b'\'' | b';' | b'/') || byte.is_ascii_whitespace());
    Some(&behind[..end.unwrap_or(behind.len())])
}

fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    text.windows(needle.len()).position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Option<&'static str> {
        declared(text.as_bytes()).map(Encoding::name)
    }

    #[test]
    fn declarations_of_html_and_xml_are_found() {
        assert_eq!(name("<html><head><meta charset=koi8-r></head>"), Some("KOI8-R"));
        assert_eq!(name("<META HTTP-EQUIV='Content-Type' CONTENT='text/html; charset=Shift_JIS'/>"), Some("Shift_JIS"));
        assert_eq!(name("<?xml version='1.0' encoding = 'windows-1257'?><a/>"), Some("windows-1257"));
        assert_eq!(name("<!-- <meta charset=big5> --><meta charset=\"gbk\">"), Some("GBK"));
        assert_eq!(name("<meta charset='utf-16'>"), Some("UTF-8"));
        assert_eq!([name("<p>charset=big5"), name("<meta charset=klingon>"), name("<meta name=a><?xml")], [None; 3]);
    }
}
