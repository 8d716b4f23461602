use records::Hints;

use super::*;

fn lines(source: &str) -> Vec<records::Line> {
    let inline = Inline::new(source, Targets::from([("python".to_owned(), "http://p.y/".to_owned())]));
    let mut builder = LineBuilder::default();
    inline.read(0..source.len(), &mut builder);
    let mut lines = Vec::new();
    builder.finish(Hints::default(), &mut lines);
    for line in &lines {
        assert_eq!(line.spans.raw_range(0..line.text.len() as u64), Some(line.raw_start..line.raw_end));
    }
    lines
}

fn read(source: &str) -> String {
    lines(source).into_iter().map(|line| line.text).collect()
}

#[test]
fn links_keep_their_words_and_targets() {
    let source = "`the docs <http://x.y/>`_, Python_, `a part`_, :pep:`8`, :pep:`the guide <8#tabs>`, :sub:`2` and `it <Python_>`__.";
    let line = lines(source).remove(0);
    let words = |link: &records::Link| (line.text[link.start as usize..link.end as usize].to_owned(), link.target.clone());
    let seen: Vec<(String, String)> = line.links.iter().map(words).collect();
    let expected = [
        ("the docs", "http://x.y/"),
        ("Python", "http://p.y/"),
        ("a part", "#a part"),
        ("PEP 8", ":pep:8"),
        ("the guide", ":pep:8#tabs"),
        ("it", "http://p.y/"),
    ];
    assert_eq!(seen, expected.map(|(words, target)| (words.to_owned(), target.to_owned())));
}

#[test]
fn marks_are_undone() {
    assert_eq!(read("a *b* **c d** ``e_f *`` `g`"), "a b c d e_f * g");
    assert_eq!(read("see `the docs <http://x.y/>`_ and Python_, or `this one`__."), "see the docs and Python, or this one.");
    assert_eq!(
        read(":pep:`8` and :pep:`the guide <8>`, :rfc:`2822`; :py:func:`~os.path.join` and :ref:`here`"),
        "PEP 8 and the guide, RFC 2822; os.path.join and here"
    );
    assert_eq!(read("a guide [2]_. And [#note]_ more, _`target`"), "a guide. And more, target");
    assert_eq!(read("over *two\n   lines* here"), "over two lines here");
    assert_eq!(read("H\\ :sub:`2`\\ O and \\*args"), "H2O and *args");
}

#[test]
fn what_is_no_mark_stays() {
    for text in [
        "2 * 3 * 4",
        "f(*args, **kw)",
        "snake_case_ word",
        "a ` b",
        "it's",
        "\"*\" is",
        "x [2] y",
        "10:30: go",
        "*",
        "`",
        "_",
        "\\",
        "__init__",
    ] {
        assert_eq!(read(text), text);
    }
}
