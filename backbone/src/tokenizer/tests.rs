use proptest::prelude::*;

use super::*;

fn small() -> Tokenizer {
    let texts = ["the cat sat on the mat, the cat sat", "⟨pad⟩ [CLS] <|pad|> the pad", "naïve façade, 中文 and 😀 emoji"];
    Tokenizer::train(texts.iter().cycle().take(60).map(|text| (*text).to_owned()), 400).unwrap()
}

fn check_offsets(tokens: &Tokens, text: &str) {
    assert_eq!(tokens.ids.len(), tokens.offsets.len());
    let mut covered = 0;
    for &(start, end) in &tokens.offsets {
        let (start, end) = (start as usize, end as usize);
        assert!(start <= covered && start < end && end >= covered, "{text:?} {:?}", tokens.offsets);
        assert!(text.is_char_boundary(start) && text.is_char_boundary(end));
        covered = end;
    }
    assert_eq!(covered, text.len(), "{text:?}");
}

#[test]
fn markers_written_in_a_text_stay_text() {
    let tokenizer = small();
    for text in ["[CLS]", "<|pad|>", "⟨pad⟩", "⟨reserved 9⟩", " ⟨mask⟩ ", "pad", "\u{0}\u{1}", ""] {
        let tokens = tokenizer.encode(text);
        assert!(tokens.ids.iter().all(|id| *id >= SPECIAL && (*id as usize) < tokenizer.vocabulary()), "{text}");
        check_offsets(&tokens, text);
    }
}

#[test]
fn a_word_keeps_its_space_and_its_place() {
    let tokenizer = small();
    let text = "the cat sat";
    let tokens = tokenizer.encode(text);
    assert_eq!(tokens.offsets, [(0, 3), (3, 7), (7, 11)]);
    assert_eq!(tokens.bytes(1..2, text), 4..7);
    assert_eq!(tokens.bytes(1..3, text), 4..11);
    assert_eq!(tokens.bytes(3..3, text), 0..0);
    assert_eq!(tokens.bytes(2..9, text), 0..0);
    assert_eq!(tokens.covering(4..7), 1..2);
    assert_eq!(tokens.covering(0..11), 0..3);
    assert_eq!(tokens.covering(20..21), 3..3);
}

#[test]
fn a_saved_tokenizer_encodes_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let tokenizer = small();
    tokenizer.save(dir.path()).unwrap();
    let loaded = Tokenizer::load(dir.path()).unwrap();
    assert_eq!(loaded.vocabulary(), tokenizer.vocabulary());
    assert_eq!(loaded.encode("the façade sat"), tokenizer.encode("the façade sat"));
}

#[test]
fn training_twice_gives_the_same_bytes() {
    let (first, second) = (small(), small());
    assert_eq!(first.encoder.to_string(false).unwrap(), second.encoder.to_string(false).unwrap());
}

#[test]
fn a_broken_or_missing_file_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let missing = Tokenizer::load(dir.path()).unwrap_err().to_string();
    assert!(missing.contains("tokenizer.json") && missing.contains("train the model"), "{missing}");
    std::fs::write(dir.path().join(FILE), "{").unwrap();
    assert!(Tokenizer::load(dir.path()).unwrap_err().to_string().contains("tokenizer.json"));
}

#[test]
fn a_foreign_tokenizer_with_reachable_markers_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let mut foreign = small();
    foreign.encoder.add_special_tokens(&[AddedToken::from("[CLS]", true)]);
    foreign.save(dir.path()).unwrap();
    assert!(Tokenizer::load(dir.path()).unwrap_err().to_string().contains("not a tokenizer of this program"));
}

#[test]
fn a_vocabulary_without_room_for_bytes_is_refused() {
    assert!(matches!(Tokenizer::train(std::iter::empty(), 100), Err(TokenizerError::TooSmall(100))));
}

#[test]
fn a_long_line_is_cut_without_losing_a_byte() {
    let tokenizer = small();
    for text in ["the cat sat on the mat ".repeat(8_000), "é".repeat(80_000)] {
        let tokens = tokenizer.encode(&text);
        check_offsets(&tokens, &text);
    }
}

proptest! {
    #[test]
    fn no_text_reaches_a_special_id_and_offsets_cover_the_text(text in any::<String>(), noise in "[ \\t\\nA-Za-z⟨⟩|<>\\[\\]0-9é中😀]{0,60}") {
        use std::sync::LazyLock;
        static TOKENIZER: LazyLock<Tokenizer> = LazyLock::new(small);
        for text in [text, noise] {
            let tokens = TOKENIZER.encode(&text);
            prop_assert!(tokens.ids.iter().all(|id| *id >= SPECIAL));
            check_offsets(&tokens, &text);
        }
    }
}
