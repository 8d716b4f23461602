use proptest::prelude::*;
use rand::SeedableRng;

use super::*;

proptest! {
    #[test]
    fn pieces_cover_the_clean_text_in_order(text in "[a-zA-Zé0-9.,]{0,9}( {1,2}[a-zA-Zö0-9.,]{1,9}){0,12}", damage in 0.0..1.0_f64, seed: u64) {
        let channel = Channel::load().unwrap();
        let pieces = channel.pieces(&text, 0..text.len(), damage, &mut ChaCha8Rng::seed_from_u64(seed));
        let restored: String = pieces.iter().map(|piece| &text[piece.clean().clone()]).collect();
        prop_assert_eq!(&restored, &text);
        if damage == 0.0 {
            let written: String = pieces.iter().map(|piece| piece.text(&text)).collect();
            prop_assert_eq!(written, text);
        }
    }
}

#[test]
fn damage_of_case_stays_inside_the_word() {
    for seed in 0..20 {
        let (text, mut pieces) = ("(Kellhurst).", Vec::new());
        change_case(text, 0..text.len(), &mut pieces, &mut ChaCha8Rng::seed_from_u64(seed));
        assert_eq!(pieces[0], Piece::Same(0..1));
        assert_eq!(pieces[1].clean(), &(1..10));
    }
}

#[test]
fn nothing_is_deleted_beside_a_mark() {
    let channel = Channel::load().unwrap();
    for word in ["Silo):", "(Silo's", "O'Silo-Inn"] {
        let deleted = channel.places(word, &(0..word.len())).into_iter().filter(|(_, read, _)| read.is_empty());
        for (range, _, _) in deleted {
            let around = [word[..range.start].chars().next_back(), word[range.end..].chars().next()];
            assert!(around.iter().all(|c| c.is_some_and(char::is_alphanumeric)), "{word} {range:?}");
        }
    }
    assert!(channel.places("silos", &(0..5)).iter().any(|(_, read, _)| read.is_empty()), "inside a word signs do get lost");
}

#[test]
fn a_share_of_the_words_is_damaged_in_bursts() {
    let text = "modern machinery hums in every hall ".repeat(2_000);
    let pieces = Channel::load().unwrap().pieces(&text, 0..text.len(), 0.1, &mut ChaCha8Rng::seed_from_u64(1));
    let written: String = pieces.iter().map(|piece| piece.text(&text)).collect();
    let right = |word: &&str| ["modern", "machinery", "hums", "in", "every", "hall"].contains(word);
    let damaged = written.split(' ').filter(|word| !right(word)).count();
    assert!((600..2_000).contains(&damaged), "{damaged}");
}

#[test]
fn levels_rise_from_the_best_segment_to_the_worst() {
    let channel = Channel::load().unwrap();
    let levels: Vec<f64> = (0..=10).map(|tenth| channel.level(f64::from(tenth) / 10.0)).collect();
    assert!(levels.is_sorted() && levels[10] <= 2.0, "{levels:?}");
}
