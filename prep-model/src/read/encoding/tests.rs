use encoding_rs::{BIG5, EUC_JP, EUC_KR, GBK, KOI8_R, SHIFT_JIS, WINDOWS_1250, WINDOWS_1251};
use proptest::prelude::*;

use super::*;

const ENGLISH: &str = "The lantern in Besançon – “blue” – costs 12 €.\r\nZoë keeps it. 🚀 It burns all night long.\n";
const RUSSIAN: &str = "Смотритель маяка живёт на острове. Лампу зажигают в шесть часов вечера, а гасят в восемь утра.\n";
const POLISH: &str = "Zażółć gęślą jaźń. Łódź odpływa o świcie z Gdańska, a wraca późnym wieczorem.\n";
const KOREAN: &str = "등대지기는 섬에 산다. 등불은 저녁 여섯 시에 켜고 아침 여덟 시에 끈다.\n";
const JAPANESE: &str = "灯台守は島に住んでいる。ランプは夕方六時に灯し、朝八時に消す。\n";
const CHINESE: &str = "灯塔看守人住在岛上。每天傍晚六点点灯，早上八点熄灯。\n";

fn text_of(bytes: &[u8], marked_up: bool) -> String {
    decode(bytes, marked_up).unwrap().text.into_owned()
}

/// The bytes of the file that the map gives for a piece of the text.
fn raw<'a>(bytes: &'a [u8], decoded: &Decoded<'_>, piece: &str) -> &'a [u8] {
    let at = decoded.text.find(piece).unwrap() as u64;
    let spans = decoded.to_raw(OffsetMap::identity(decoded.text.len() as u64));
    let raw = spans.raw_range(at..at + piece.len() as u64).unwrap();
    &bytes[raw.start as usize..raw.end as usize]
}

fn utf16(text: &str, big: bool) -> Vec<u8> {
    text.encode_utf16().flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
}

fn utf32(text: &str, big: bool) -> Vec<u8> {
    text.chars().flat_map(|c| if big { (c as u32).to_be_bytes() } else { (c as u32).to_le_bytes() }).collect()
}

#[test]
fn a_byte_order_mark_is_no_text_but_counts_as_bytes() {
    let decoded = decode(b"\xEF\xBB\xBFabc", false).unwrap();
    assert_eq!(decoded.text, "abc");
    assert_eq!(decoded.to_raw(OffsetMap::identity(3)).raw_range(0..3), Some(3..6));
}

#[test]
fn wide_forms_are_read_with_and_without_a_mark_and_lead_back_to_their_bytes() {
    for big in [false, true] {
        for text in [ENGLISH, RUSSIAN] {
            for (bytes, marked) in [(utf16(text, big), utf16("\u{feff}", big)), (utf32(text, big), utf32("\u{feff}", big))] {
                for bytes in [bytes.clone(), [marked, bytes].concat()] {
                    let decoded = decode(&bytes, false).unwrap();
                    assert_eq!((&*decoded.text, decoded.replaced), (text, 0));
                }
            }
        }
        let bytes = utf16(ENGLISH, big);
        let decoded = decode(&bytes, false).unwrap();
        assert_eq!(raw(&bytes, &decoded, "keeps it."), utf16("keeps it.", big));
        assert_eq!(raw(&bytes, &decoded, "🚀 It burns"), utf16("🚀 It burns", big));
    }
}

#[test]
fn wide_text_without_letters_of_ascii_is_told_by_its_gaps() {
    for text in
        ["灯塔管理员是王小明。塔高三十一米。\n", "灯台守は山田太郎です。塔の高さは三十一メートルです。\n", "등대지기는 김철수입니다.\n"]
    {
        for big in [false, true] {
            assert_eq!(text_of(&utf16(text, big), false), text, "{big}");
            assert_eq!(text_of(&utf32(text, big), false), text, "{big}");
        }
    }
    assert_eq!(
        text_of(b"a\0b\nThe fee is four crowns, says the clerk of the harbour office, and not five as before.\n", false)
            .matches("four")
            .count(),
        1
    );
    assert!(matches!(decode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", false), Err(ReadError::Binary)));
}

#[test]
fn a_wide_text_that_is_cut_loses_its_last_character_only() {
    let bytes = [&[0xFF, 0xFE][..], &utf16("open at noon", false)].concat();
    let decoded = decode(&bytes[..bytes.len() - 1], false).unwrap();
    assert_eq!((&*decoded.text, decoded.replaced), ("open at noo\u{fffd}", 1));
}

#[test]
fn a_declared_set_is_believed_and_others_are_told_by_their_bytes() {
    let page = |label: &str, text: &str| format!("<html><head><meta charset={label}></head><body><p>{text}</p></body></html>");
    for (encoding, text) in [
        (WINDOWS_1251, RUSSIAN),
        (KOI8_R, RUSSIAN),
        (WINDOWS_1250, POLISH),
        (EUC_KR, KOREAN),
        (SHIFT_JIS, JAPANESE),
        (EUC_JP, JAPANESE),
        (GBK, CHINESE),
        (ISO_2022_JP, JAPANESE),
    ] {
        let page = page(encoding.name(), text);
        let bytes = encoding.encode(&page).0;
        let decoded = decode(&bytes, true).unwrap();
        assert_eq!((&*decoded.text, decoded.replaced), (&*page, 0), "{}", encoding.name());
        let word = text.split([' ', '。', '，']).next().unwrap();
        if encoding != ISO_2022_JP {
            assert_eq!(raw(&bytes, &decoded, word), &*encoding.encode(word).0, "{}", encoding.name());
        }
        let plain = text.repeat(3);
        assert_eq!(text_of(&encoding.encode(&plain).0, false), plain, "{}", encoding.name());
    }
    let xml = format!("<?xml version='1.0' encoding='windows-1250'?><p>{POLISH}</p>");
    assert_eq!(text_of(&WINDOWS_1250.encode(&xml).0, true), xml);
}

#[test]
fn a_wrong_declaration_does_not_spoil_utf8() {
    let page = format!("<meta charset=windows-1251><p>{RUSSIAN}</p>");
    assert_eq!(text_of(page.as_bytes(), true), page);
    assert_eq!(
        text_of(b"<meta charset=utf-8><p>caf\xe9 and cr\xe8me for all</p>", true),
        "<meta charset=utf-8><p>café and crème for all</p>"
    );
}

#[test]
fn western_text_of_one_byte_a_character_is_read_and_its_offsets_count_bytes() {
    let bytes = b"caf\xE9 \x93open\x94 every day of the week";
    let decoded = decode(bytes, false).unwrap();
    assert!(decoded.text.starts_with("café “open”"));
    assert_eq!(raw(bytes, &decoded, "open"), b"open");
}

#[test]
fn stray_bytes_in_utf8_are_replaced_and_counted_and_all_else_stays() {
    for (bytes, text, replaced) in [
        (&b"Zo\xc3\xab rows to Malm\xf6 and back"[..], "Zoë rows to Malm\u{fffd} and back", 1),
        (b"Na\xc3\xafve \xe2\x80\x93 \x93so\x94", "Naïve – \u{fffd}so\u{fffd}", 2),
        (b"The caf\xc3\xa9 at \xe2\x82", "The café at \u{fffd}", 1),
        (b"All plain until the end \xc3", "All plain until the end \u{fffd}", 1),
        (b"one \x81 in it, and more text", "one \u{fffd} in it, and more text", 1),
    ] {
        let decoded = decode(bytes, false).unwrap();
        assert_eq!((&*decoded.text, decoded.replaced), (text, replaced));
        let word = text.split(' ').find(|word| word.contains('\u{fffd}')).unwrap();
        let raw = raw(bytes, &decoded, word);
        assert_eq!(String::from_utf8_lossy(raw), word);
    }
}

#[test]
fn a_slip_of_a_control_character_leaves_a_short_text_a_text() {
    for bytes in [&b"Open.\r\n\x1a"[..], b"Ada\0 Moe is here.", b"\x07Ada Moe", b"Ada\x0bMoe\x0b and Lind."] {
        assert_eq!(text_of(bytes, false).as_bytes(), bytes);
    }
}

#[test]
fn what_is_no_text_is_refused_with_a_reason() {
    assert!(matches!(decode(b"", false), Err(ReadError::Empty)));
    assert!(matches!(decode(b" \n\t", false), Err(ReadError::Empty)));
    assert!(matches!(decode(b"\xFF\xFE\n\x00", false), Err(ReadError::Empty)));
    assert!(matches!(decode(b"PK\x03\x04\x00\x00", false), Err(ReadError::Binary)));
    assert!(matches!(decode(b"\xFF\xFE\x01\x00\x02\x00\x03\x00a\x00", false), Err(ReadError::Binary)));
    assert!(matches!(decode(b"\x81\x8d\x8f\x90 \xff\xfe in no set at all, it seems", false), Err(ReadError::Encoding { offset: 0 })));
}

proptest! {
    #[test]
    fn every_character_leads_to_the_bytes_it_came_from(text in "[a-zA-Zа-я가-힣ぁ-ん é.,\n]{1,60}", set in 0..8_usize) {
        let bytes = match set {
            0 => [&[0xFF, 0xFE][..], &utf16(&text, false)].concat(),
            1 => [&[0xFE, 0xFF][..], &utf16(&text, true)].concat(),
            2 => [&[0xFF, 0xFE, 0, 0][..], &utf32(&text, false)].concat(),
            set => [EUC_KR, EUC_JP, GB18030, BIG5, SHIFT_JIS][set - 3].encode(&text).0.into_owned(),
        };
        let transcript = if set < 3 { wide::decode(&bytes).unwrap() } else { Transcript::legacy(&bytes, [EUC_KR, EUC_JP, GB18030, BIG5, SHIFT_JIS][set - 3]) }.finish();
        let mut end = 0;
        for segment in transcript.map.segments() {
            prop_assert!(segment.clean >= end && segment.raw + segment.raw_length <= bytes.len() as u64);
            let clean = &transcript.text[segment.clean as usize..(segment.clean + segment.clean_length) as usize];
            let raw = &bytes[segment.raw as usize..(segment.raw + segment.raw_length) as usize];
            if segment.clean_length == segment.raw_length {
                // Alone on its line a character of two bytes has none to go with; Asian sets have Cyrillic of two, and keep it by itself.
                let alone = |at: Option<char>| at.is_none_or(|c| matches!(c, '\n' | '\r'));
                let before = transcript.text[..segment.clean as usize].chars().next_back();
                let after = transcript.text[segment.clean as usize + clean.len()..].chars().next();
                prop_assert!(clean.as_bytes() == raw || set >= 3 || alone(before) && alone(after), "{clean:?} {raw:?}");
            }
            end = segment.clean + segment.clean_length;
        }
        prop_assert_eq!(end, transcript.text.len() as u64);
    }

    #[test]
    fn one_byte_changed_in_utf8_leaves_the_rest_as_it_was(at in 0..60_usize, byte in 0x80..=0xff_u8) {
        let text = "Für Zoë: the crème brûlée costs 12 €, naïve façades déjà vu. ".repeat(2);
        let mut bytes = text.clone().into_bytes();
        let at = text.floor_char_boundary(at);
        bytes.insert(at, byte);
        let decoded = decode(&bytes, false).unwrap();
        // The byte may take the following ones of its kind with it where it looks like their beginning, but no others.
        let kept = |c: &char| c.is_ascii();
        prop_assert_eq!(decoded.text.chars().filter(kept).collect::<String>(), text.chars().filter(kept).collect::<String>());
        prop_assert!(decoded.replaced <= 3);
    }
}
