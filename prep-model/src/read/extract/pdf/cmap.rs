//! The map from a font's codes to characters that a PDF carries along.

use std::collections::HashMap;

/// Most codes of one map.
const MOST: usize = 200_000;

/// Codes to text, and how many bytes a code has.
#[derive(Debug, Default)]
pub(super) struct CMap {
    texts: HashMap<u32, String>,
    /// Bytes of a code; 0 where the map does not say.
    pub width: usize,
}

enum Token {
    Hex(Vec<u8>),
    Open,
    Close,
    Word(String),
}

impl CMap {
    pub fn parse(bytes: &[u8]) -> Self {
        let mut out = Self::default();
        let mut strings: Vec<Vec<u8>> = Vec::new();
        let mut list: Option<Vec<Vec<u8>>> = None;
        let mut in_ranges = false;
        for token in tokens(bytes) {
            match token {
                Token::Hex(value) => match &mut list {
                    Some(list) => list.push(value),
                    None => strings.push(value),
                },
                Token::Open => list = Some(Vec::new()),
                Token::Close => {
                    if let (Some(list), [.., from, _]) = (list.take(), strings.as_slice()) {
                        let first = number(from);
                        list.iter().zip(0..).for_each(|(value, at)| out.set(first.saturating_add(at), text(value)));
                        strings.clear();
                    }
                }
                Token::Word(word) => {
                    if word == "endcodespacerange" {
                        out.width = strings.iter().map(Vec::len).max().unwrap_or(0);
                    }
                    if word == "endbfchar" {
                        strings.chunks_exact(2).for_each(|pair| out.set(number(&pair[0]), text(&pair[1])));
                    }
                    in_ranges |= word == "beginbfrange";
                    if word.starts_with("begin") || word.starts_with("end") {
                        in_ranges &= word != "endbfrange";
                        strings.clear();
                    }
                }
            }
            if in_ranges && list.is_none() && strings.len() == 3 {
                out.range(&strings);
                strings.clear();
            }
        }
        out
    }

    fn range(&mut self, strings: &[Vec<u8>]) {
        let (from, to) = (number(&strings[0]), number(&strings[1]));
        let mut units = strings[2].clone();
        for code in from..=to.min(from.saturating_add(0xffff)) {
            self.set(code, text(&units));
            // The last byte counts on; a carry is said to be an error.
            if let Some(last) = units.last_mut() {
                *last = last.wrapping_add(1);
                let carries = *last == 0;
                let length = units.len();
                if carries && length > 1 {
                    units[length - 2] = units[length - 2].wrapping_add(1);
                }
            }
        }
    }

    fn set(&mut self, code: u32, text: String) {
        if self.texts.len() < MOST {
            self.texts.insert(code, text);
        }
    }

    pub fn get(&self, code: u32) -> Option<&str> {
        self.texts.get(&code).map(String::as_str)
    }
}

fn number(bytes: &[u8]) -> u32 {
    bytes.iter().take(4).fold(0, |value, byte| value << 8 | u32::from(*byte))
}

fn text(bytes: &[u8]) -> String {
    if let [one] = bytes {
        return char::from(*one).to_string();
    }
    let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
    String::from_utf16_lossy(&units).replace('\0', "")
}

fn tokens(bytes: &[u8]) -> Vec<Token> {
    let (mut out, mut at) = (Vec::new(), 0);
    while let Some(byte) = bytes.get(at).copied() {
        at += 1;
        match byte {
            b'<' if bytes.get(at) != Some(&b'<') => {
                let end = bytes[at..].iter().position(|byte| *byte == b'>').map_or(bytes.len(), |end| at + end);
                let digits: Vec<u8> =
                    bytes[at..end].iter().filter_map(|byte| char::from(*byte).to_digit(16)).map(|digit| digit as u8).collect();
                out.push(Token::Hex(digits.chunks(2).map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or(0)).collect()));
                at = end + 1;
            }
            b'[' => out.push(Token::Open),
            b']' => out.push(Token::Close),
            b'%' => at = bytes[at..].iter().position(|byte| matches!(byte, b'\n' | b'\r')).map_or(bytes.len(), |end| at + end),
            byte if byte.is_ascii_alphabetic() => {
                let end = bytes[at..].iter().position(|byte| !byte.is_ascii_alphanumeric()).map_or(bytes.len(), |end| at + end);
                out.push(Token::Word(String::from_utf8_lossy(&bytes[at - 1..end]).into_owned()));
                at = end;
            }
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_codes_ranges_and_lists_are_read() {
        let map = CMap::parse(
            b"1 begincodespacerange <0000> <FFFF> endcodespacerange 2 beginbfchar <0003> <0020> <0010> <00660069> endbfchar\n\
              2 beginbfrange <0020> <0022> <0041> <0030> <0031> [<0058> <D835DC00>] endbfrange",
        );
        let seen: Vec<Option<&str>> = [3, 0x10, 0x20, 0x22, 0x30, 0x31, 0x99].map(|code| map.get(code)).to_vec();
        assert_eq!(seen, [Some(" "), Some("fi"), Some("A"), Some("C"), Some("X"), Some("\u{1d400}"), None]);
        assert_eq!(map.width, 2);
    }
}
