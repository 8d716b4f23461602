//! The characters the network tells apart, and the smaller set that a repair may write.

/// No character: padding.
pub const PAD: u8 = 0;
/// The place behind the last character of a line, where something may be missing.
pub const END: u8 = 1;
/// Number of character classes.
pub const CHARACTERS: usize = 160;

/// Characters beyond ASCII that a repair may write.
const BEYOND_ASCII: [char; 28] = [
    '’', '‘', '“', '”', '–', '—', '…', '•', '·', 'é', 'è', 'ê', 'á', 'à', 'â', 'í', 'ó', 'ú', 'ü', 'ö', 'ä', 'ñ', 'ç', 'ß', '£', '§', '°',
    '€',
];
const ASCII: usize = 95;
/// Number of characters that a repair may write.
pub const WRITABLE: usize = ASCII + BEYOND_ASCII.len();
const FIRST_WRITABLE: u8 = 2;
const FIRST_OTHER: u8 = FIRST_WRITABLE + WRITABLE as u8;

/// Which writable character this is, if any.
#[must_use]
pub fn writable(character: char) -> Option<usize> {
    match character {
        ' '..='~' => Some(character as usize - ' ' as usize),
        _ => BEYOND_ASCII.iter().position(|other| *other == character).map(|at| ASCII + at),
    }
}

/// The writable character of a class.
#[must_use]
pub fn written(class: usize) -> Option<char> {
    if class < ASCII { char::from_u32(' ' as u32 + class as u32) } else { BEYOND_ASCII.get(class - ASCII).copied() }
}

/// The class of a character: its own for every writable one, one of a few for all others.
#[must_use]
pub fn class(character: char) -> u8 {
    if let Some(at) = writable(character) {
        return FIRST_WRITABLE + at as u8;
    }
    FIRST_OTHER
        + match character {
            '\t' | '\u{a0}' => 0,
            'ﬁ' => 1,
            'ﬂ' => 2,
            'ﬀ' => 3,
            'ﬃ' => 4,
            'ﬄ' => 5,
            '\u{ad}' => 6,
            'Ã' => 7,
            'Â' => 8,
            '™' => 9,
            'œ' => 10,
            '\u{fffd}' => 11,
            '¬' => 12,
            '¦' => 13,
            '©' | '®' => 14,
            'ſ' => 15,
            _ if character.is_whitespace() => 16,
            _ if character.is_control() => 17,
            _ if character.is_lowercase() => 18,
            _ if character.is_uppercase() => 19,
            _ if character.is_alphabetic() => 20,
            _ if character.is_numeric() => 21,
            _ if (character as u32) < 0x300 => 22,
            _ if (0x2000..0x2c00).contains(&(character as u32)) => 23,
            _ => 24,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_writable_character_can_be_written_and_read_back() {
        for at in 0..WRITABLE {
            assert_eq!(writable(written(at).unwrap()), Some(at));
        }
        assert_eq!(written(WRITABLE), None);
    }

    #[test]
    fn every_character_has_a_class_in_range() {
        for code in (0..0x11000).filter_map(char::from_u32) {
            assert!((class(code) as usize) < CHARACTERS && class(code) > END);
        }
    }
}
