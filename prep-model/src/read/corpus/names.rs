//! File names as a citation gives them: as they are where they are UTF-8, else with every other byte as `\xDF`. No two names look the same: where a
//! name holds what such a byte would look like, its backslash is shown as `\x5C`.

use std::ffi::OsStr;
use std::path::Path;

/// The path of a file under a folder, with `/` between its parts.
pub(super) fn shown_path(root: &Path, path: &Path) -> String {
    let relative = path.strip_prefix(root).unwrap_or(path);
    relative.components().map(|part| shown(part.as_os_str())).collect::<Vec<_>>().join("/")
}

/// A name as text.
pub(super) fn shown(name: &OsStr) -> String {
    let mut out = String::new();
    // On Unix these are the name's own bytes; elsewhere what is no UTF-8 has a form of its own here, which stays as distinct.
    for chunk in name.as_encoded_bytes().utf8_chunks() {
        let mut rest = chunk.valid();
        while let Some(at) = rest.find('\\') {
            let (before, from) = rest.split_at(at);
            out.push_str(before);
            out.push_str(if is_escape(from) { "\\x5C" } else { "\\" });
            rest = &from[1..];
        }
        out.push_str(rest);
        chunk.invalid().iter().for_each(|byte| out.push_str(&format!("\\x{byte:02X}")));
    }
    out
}

/// Whether a text begins as an escaped byte does.
fn is_escape(text: &str) -> bool {
    text.strip_prefix("\\x").and_then(|text| text.as_bytes().get(..2)).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::ffi::OsStrExt as _;

    use proptest::prelude::*;

    use super::*;

    fn of(bytes: &[u8]) -> String {
        shown(OsStr::from_bytes(bytes))
    }

    #[test]
    fn a_name_is_shown_as_it_is_and_a_stray_byte_as_its_number() {
        for plain in ["a.txt", "Grüße.md", "back\\slash", "tab\there", "\\x", "\\xg0"] {
            assert_eq!(of(plain.as_bytes()), plain);
        }
        assert_eq!(of(b"Gro\xdfe.txt"), "Gro\\xDFe.txt");
        assert_eq!(of(b"Gro\xdee.txt"), "Gro\\xDEe.txt");
        assert_eq!(of(b"cut \xe2\x82"), "cut \\xE2\\x82");
        assert_eq!(of(b"Gro\\xDFe.txt"), "Gro\\x5CxDFe.txt");
        assert_eq!(shown_path(Path::new("/c"), Path::new(OsStr::from_bytes(b"/c/s\xff/a.txt"))), "s\\xFF/a.txt");
    }

    /// The bytes that a shown name stands for.
    fn read(shown: &str) -> Vec<u8> {
        let (mut out, mut rest) = (Vec::new(), shown);
        while let Some(c) = rest.chars().next() {
            if is_escape(rest) {
                out.push(u8::from_str_radix(&rest[2..4], 16).unwrap());
                rest = &rest[4..];
            } else {
                out.extend(rest[..c.len_utf8()].bytes());
                rest = &rest[c.len_utf8()..];
            }
        }
        out
    }

    proptest! {
        #[test]
        fn a_name_can_be_read_back_and_so_no_two_are_shown_alike(parts in prop::collection::vec("[ax5CD\\\\\u{fc}]{0,4}", 1..4), stray in prop::collection::vec(0x80..=0xff_u8, 3)) {
            let mut bytes = Vec::new();
            for (part, byte) in parts.iter().zip(stray) {
                bytes.extend(part.bytes());
                bytes.push(byte);
            }
            prop_assert_eq!(read(&of(&bytes)), bytes);
            let plain = parts.concat();
            prop_assert_eq!(read(&of(plain.as_bytes())), plain.into_bytes());
        }
    }
}
