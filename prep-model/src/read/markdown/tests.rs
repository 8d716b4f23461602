use super::*;

#[test]
fn blocks_become_lines_and_mark_up_is_undone() {
    let source = "---\ntitle: \"A guide\"\n---\n# Head {#id}\n\nA *b* [c](u) \\* &amp; `d e`\nsoft\n\n- one\n- two\n\n  more\n\n> said\n\n\
                      | x | y |\n|---|---|\n| 1 | 2 |\n\n```rust\nfn a() {\n    b\n}\n```\n\n<div><p>html <b>text</b></p></div>\n";
    let Parsed { lines, title, tables, .. } = read_markdown(source);
    let seen: Vec<_> = lines.iter().map(|line| (line.hints.html_path.as_str(), line.text.as_str())).collect();
    let expected = [
        ("metadata", "title: \"A guide\""),
        ("h1", "Head"),
        ("p", "A b c * & d e soft"),
        ("ul/li/p", "one"),
        ("ul/li/p", "two"),
        ("ul/li/p", "more"),
        ("blockquote/p", "said"),
        ("table/thead", "x | y"),
        ("table/tr", "1 | 2"),
        ("pre", "fn a() {"),
        ("pre", "    b"),
        ("pre", "}"),
        ("div/p", "html text"),
    ];
    assert_eq!(seen, expected);
    assert_eq!(title.as_deref(), Some("A guide"));
    let rows = tables.finish(lines.len());
    let header = |at: usize| rows[at].map(|row| (row.row, row.header));
    assert_eq!([header(6), header(7), header(8), header(9)], [None, Some((1, true)), Some((2, false)), None]);
    for line in &lines {
        let raw = &source[line.raw_start as usize..line.raw_end as usize];
        assert!(raw.starts_with(line.text.trim_start().chars().next().unwrap()) || raw.starts_with(' '), "{raw:?} for {:?}", line.text);
    }
}

#[test]
fn words_beside_a_fence_are_listed_as_not_shown() {
    let source = "One.\n\n~~~~ The clerk is Moe. \ncode\n~~~~\n\n```rust\nx\n```\n";
    let unseen = read_markdown(source).unseen;
    let place = |line: &records::Line| line.spans.raw_range(0..3).unwrap().start as usize;
    let seen: Vec<(&str, &str)> = unseen.iter().map(|(line, _)| (line.text.as_str(), &source[place(line)..][..3])).collect();
    assert_eq!(seen, [("The clerk is Moe.", "The")]);
}

#[test]
fn links_keep_their_words_and_targets() {
    let source =
        "See [the *old* guide](../b.md#part \"B\"), [this one][x] and\n[that]({{< ref \"/c d.md\" >}} \"C\").\n\n[x]: http://x.y/z\n";
    let lines = read_markdown(source).lines;
    assert_eq!(lines[0].text, "See the old guide, this one and that.");
    let words = |link: &records::Link| (lines[0].text[link.start as usize..link.end as usize].to_owned(), link.target.clone());
    let seen: Vec<(String, String)> = lines[0].links.iter().map(words).collect();
    let expected = [("the old guide", "../b.md#part"), ("this one", "http://x.y/z"), ("that", "{{< ref \"/c d.md\" >}}")];
    assert_eq!(seen, expected.map(|(words, target)| (words.to_owned(), target.to_owned())));
}

#[test]
fn the_density_of_links_is_measured() {
    let lines = read_markdown("see [abc](u)\n").lines;
    assert!((lines[0].hints.link_density - 3.0 / 7.0).abs() < 1e-6);
}
