use std::io::Write as _;

use super::*;

type File = cfb::CompoundFile<Cursor<Vec<u8>>>;

fn put(file: &mut File, path: &str, bytes: &[u8]) {
    file.create_stream(path).unwrap().write_all(bytes).unwrap();
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// A message with text on it, a file and another message.
fn message() -> Vec<u8> {
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    // 2024-03-05 08:00:00 UTC.
    let submitted = (1_709_625_600 * SECOND + EPOCH).to_le_bytes();
    let entry = |tag: u32, value: [u8; 8]| [&tag.to_le_bytes()[..], &[0; 4], &value].concat();
    put(&mut file, "/__properties_version1.0", &[vec![0; 32], entry(0x0039_0040, submitted)].concat());
    put(&mut file, "/__substg1.0_0037001F", &wide("The crane"));
    put(&mut file, "/__substg1.0_0C1A001F", &wide("Pia Lund"));
    put(&mut file, "/__substg1.0_5D01001F", &wide("pia@vik.example"));
    put(&mut file, "/__substg1.0_0E04001F", &wide("Ola Ness"));
    put(&mut file, "/__substg1.0_1000001F", &wide("The crane was mended on 2 May.\r\n\r\n> Who mends the crane?\r\n"));
    let attached = "/__attach_version1.0_#00000000";
    file.create_storage(attached).unwrap();
    put(&mut file, &format!("{attached}/__substg1.0_3707001F"), &wide("bill.txt"));
    put(&mut file, &format!("{attached}/__substg1.0_37010102"), b"The bill is 900 crowns.");
    let inner = "/__attach_version1.0_#00000001/__substg1.0_3701000D";
    file.create_storage_all(inner).unwrap();
    put(&mut file, &format!("{inner}/__properties_version1.0"), &[vec![0; 24], entry(0x3FFD_0003, 1_251_u64.to_le_bytes())].concat());
    put(&mut file, &format!("{inner}/__substg1.0_0037001F"), &wide("Before"));
    // "Кран" in its character set.
    put(&mut file, &format!("{inner}/__substg1.0_1000001E"), &[0xCA, 0xF0, 0xE0, 0xED]);
    file.flush().unwrap();
    file.into_inner().into_inner()
}

#[test]
fn a_message_its_file_and_the_message_inside_come_out() {
    let bytes = message();
    assert!(is_message(&bytes));
    let found = read(&bytes, &ReadLimits::default()).unwrap();
    let document = found.document.unwrap();
    assert_eq!(document.title.as_deref(), Some("The crane"));
    let pages: Vec<(&str, &str)> = document.pages.iter().map(|page| (page.label.as_str(), page.text.as_str())).collect();
    let first = "The crane\nFrom: Pia Lund <pia@vik.example>\nTo: Ola Ness\nDate: Tue, 5 Mar 2024 08:00:00 +0000\n\
                     The crane was mended on 2 May.\nWho mends the crane?";
    assert_eq!(pages, [("The crane", first), ("Before", "Before\nКран")]);
    assert!(document.pages[0].blocks.last().unwrap().path.contains("blockquote"));
    let members: Vec<(&str, &[u8])> = found.members.iter().map(|member| (member.name.as_str(), &member.bytes[..])).collect();
    assert_eq!(members, [("bill.txt", &b"The bill is 900 crowns."[..])]);
}

#[test]
fn a_message_that_is_broken_anywhere_is_an_error_or_less_of_it() {
    let bytes = message();
    for cut in (0..bytes.len()).step_by(97) {
        let _ = read(&bytes[..cut], &ReadLimits::default());
    }
    for at in (0..bytes.len()).step_by(13) {
        let mut bytes = bytes.clone();
        bytes[at] ^= 0x55;
        let _ = read(&bytes, &ReadLimits::default());
    }
}

#[test]
fn rich_text_is_unpacked_as_the_format_describes() {
    // The example of [MS-OXRTFCP] 4.1.1.
    let packed = [
        0x2d, 0, 0, 0, 0x2b, 0, 0, 0, 0x4c, 0x5a, 0x46, 0x75, 0xf1, 0xc5, 0xc7, 0xa7, 0x03, 0, 0x0a, 0, 0x72, 0x63, 0x70, 0x67, 0x31, 0x32,
        0x35, 0x42, 0x32, 0x0a, 0xf3, 0x20, 0x68, 0x65, 0x6c, 0x09, 0, 0x20, 0x62, 0x77, 0x05, 0xb0, 0x6c, 0x64, 0x7d, 0x0a, 0x80, 0x0f,
        0xa0,
    ];
    let found = unpacked(&packed, &ReadLimits::default()).unwrap();
    assert_eq!(String::from_utf8(found).unwrap(), "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n");
    assert_eq!(unpacked(&packed[..30], &ReadLimits::default()), None);
}
