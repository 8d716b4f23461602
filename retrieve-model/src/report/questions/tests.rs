//! Questions files as people write them.

use super::*;

fn read(name: &str, bytes: &[u8]) -> (Vec<UserQuestion>, Vec<Failure>, u64) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    let questions = Questions::open(&path).unwrap();
    let total = questions.total();
    let (good, bad): (Vec<_>, Vec<_>) = questions.partition(Result::is_ok);
    (good.into_iter().map(Result::unwrap).collect(), bad.into_iter().map(Result::unwrap_err).collect(), total)
}

#[test]
fn a_broken_line_fails_alone_and_is_named() {
    let bytes = b"{\"id\":\"a\",\"question\":\"Who?\",\"brief\":\"B\",\"sources\":[{\"id\":\"s\",\"text\":\"t\"}]}\n\n{broken\n{\"id\":7,\"question\":\"What?\"}\n\xff\xfe\n{\"id\":\"a\",\"question\":\"Again?\"}\n{\"id\":\"e\",\"question\":\"  \"}\n{\"question\":\"No id\"}";
    let (good, bad, total) = read("q.jsonl", bytes);
    assert_eq!(good.iter().map(|question| question.id.as_str()).collect::<Vec<_>>(), ["a", "7"]);
    assert_eq!(good[0].sources[0].id, "s");
    let places: Vec<&str> = bad.iter().map(|failure| failure.path.rsplit(':').next().unwrap()).collect();
    assert_eq!(places, ["3", "5", "6", "7", "8"]);
    assert!(bad[0].path.contains("q.jsonl"), "{bad:?}");
    assert!(bad[2].reason.contains("used before"), "{bad:?}");
    assert_eq!(good.len() + bad.len(), usize::try_from(total).unwrap());
}

#[test]
fn a_question_as_long_as_a_document_fails_and_the_longest_allowed_does_not() {
    let long = |bytes: usize| format!("Who {}?", "x".repeat(bytes - 5));
    let (good, bad, _) = read("q.txt", format!("{}\n{}\n", long(LONGEST_QUESTION), long(LONGEST_QUESTION + 1)).as_bytes());
    assert_eq!((good.len(), bad.len()), (1, 1));
    assert!(bad[0].reason.contains("20000") && bad[0].path.ends_with(":2"), "{bad:?}");
}

#[test]
fn a_file_in_a_wide_encoding_fails_line_by_line_and_says_why() {
    let wide = |text: &str, swap: bool| -> Vec<u8> {
        text.encode_utf16().flat_map(|unit| if swap { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    };
    for swap in [false, true] {
        for text in ["\u{FEFF}Who is it?\r\nWhere is it?\r\n", "Who is it?\nWhere?\n"] {
            let (good, bad, _) = read("q.txt", &wide(text, swap));
            assert!(good.is_empty() && bad.len() >= 2, "{good:?}");
            assert!(bad.iter().all(|failure| failure.reason.contains("UTF-16")), "{bad:?}");
        }
    }
    let (good, bad, _) = read("q.txt", b"Who is it?\n\0\0\0\nWhere?\n");
    assert_eq!((good.len(), bad.len()), (2, 1));
}

#[test]
fn a_text_file_has_one_question_a_line() {
    let (good, bad, total) = read("q.txt", "\u{FEFF}Who is it?\r\n\n  What # now?".as_bytes());
    let asked: Vec<_> = good.iter().map(|question| (question.id.as_str(), question.question.as_str())).collect();
    assert_eq!(asked, [("q1", "Who is it?"), ("q3", "What # now?")]);
    assert!(bad.is_empty() && total == 2);
}

#[test]
fn briefs_have_titles_and_a_wrong_one_fails_alone() {
    let text = "[[brief]]\ntitle = \"One\"\nquestions = [\"a?\", \"b?\"]\n\n[[brief]]\ntitle = 3\nquestions = []\n\n[[brief]]\ntitle = \"Two\"\nquestions = [\"c?\"]\n";
    let (good, bad, total) = read("q.toml", text.as_bytes());
    let asked: Vec<_> = good.iter().map(|question| (question.id.as_str(), question.brief.as_deref().unwrap())).collect();
    assert_eq!(asked, [("q1", "One"), ("q2", "One"), ("q4", "Two")]);
    assert!(bad.len() == 1 && total == 4, "{bad:?}");
    assert!(bad[0].path.ends_with(":5") || bad[0].path.ends_with(":6"), "{bad:?}");
}

#[test]
fn a_file_that_is_no_questions_file_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in [("q.toml", "[[brief]\n"), ("q.toml", "title = 1"), ("q.pdf", "%PDF")] {
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        let error = Questions::open(&path).err().unwrap().to_string();
        assert!(error.contains(name), "{error}");
    }
    assert!(Questions::open(&dir.path().join("none.txt")).is_err());
}
