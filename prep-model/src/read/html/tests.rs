use super::*;

fn seen(source: &str) -> Vec<(String, String)> {
    read_html(source).0.into_iter().map(|line| (line.hints.html_path, line.text)).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

#[test]
fn blocks_become_lines_with_their_path() {
    let source = "<html><head><title>T &amp; U</title><style>x</style></head><body><div class='site-nav'><a href=x>Home</a></div>\
                  <h1>Head</h1><p>One\n  <b>two</b>&nbsp;three<p>Next<script>no()</script><ul><li>a<li>b</ul></body>";
    let expected = [
        ("html/body/div.nav/a", "Home"),
        ("html/body/h1", "Head"),
        ("html/body/p", "One two three"),
        ("html/body/p", "Next"),
        ("html/body/ul/li", "a"),
        ("html/body/ul/li", "b"),
    ];
    assert_eq!(seen(source), pairs(&expected));
    assert_eq!(read_html(source).1.as_deref(), Some("T & U"));
    assert!((read_html(source).0[0].hints.link_density - 1.0).abs() < 1e-6);
}

#[test]
fn a_row_is_a_line_and_hidden_parts_are_left_out() {
    let source = "<table><tr><th>A<th>B<tr><td>1</td><td>2</td></tr></table><div style='display: none'>x<div>y</div></div>z";
    assert_eq!(seen(source), pairs(&[("table/tr/th", "A | B"), ("table/tr/td", "1 | 2"), ("", "z")]));
    assert_eq!(seen("a<div hidden>rest of the page"), pairs(&[("", "a"), ("div", "rest of the page")]));
}

#[test]
fn preformatted_text_keeps_its_lines_and_indents() {
    assert_eq!(seen("<pre>\nfn a() {\n  b &lt; c\n}</pre>"), pairs(&[("pre", "fn a() {"), ("pre", "  b < c"), ("pre", "}")]));
}

#[test]
fn an_entity_maps_to_all_its_bytes() {
    let (lines, _) = read_html("<p>a &copy; b &copyright</p>");
    assert_eq!(lines[0].text, "a © b ©right");
    assert_eq!(lines[0].spans.raw_range(2..4), Some(5..11));
}

#[test]
fn links_keep_their_words_and_targets() {
    let (lines, _) =
        read_html("<p>See <a href='../b.html?x=1&amp;y#part'>the <b>old</b>\n guide</a>, or <a name=z>this</a>.<ul><li><a href=c>c</a>");
    let seen = |line: &Line| {
        let words = |link: &records::Link| (line.text[link.start as usize..link.end as usize].to_owned(), link.target.clone());
        line.links.iter().map(words).collect::<Vec<_>>()
    };
    assert_eq!(seen(&lines[0]), pairs(&[("the old guide", "../b.html?x=1&y#part")]));
    assert_eq!(seen(&lines[1]), pairs(&[("c", "c")]));
    assert_eq!(read_html("<a href='javascript:x'></a>text").0[0].links, []);
}

#[test]
fn deep_nesting_and_stray_ends_do_no_harm() {
    let deep = format!("{}x{}", "<div>".repeat(200_000), "</div></p></b>".repeat(200_000));
    assert_eq!(read_html(&deep).0.len(), 1);
    assert_eq!(seen("<<p>>a</q></p <b").len(), 2);
}
