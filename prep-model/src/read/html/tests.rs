use records::Line;

use super::*;

fn seen(source: &str) -> Vec<(String, String)> {
    read_html(source).lines.into_iter().map(|line| (line.hints.html_path, line.text)).collect()
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
    assert_eq!(read_html(source).title.as_deref(), Some("T & U"));
    assert!((read_html(source).lines[0].hints.link_density - 1.0).abs() < 1e-6);
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
    let lines = read_html("<p>a &copy; b &copyright</p>").lines;
    assert_eq!(lines[0].text, "a © b ©right");
    assert_eq!(lines[0].spans.raw_range(2..4), Some(5..11));
}

#[test]
fn links_keep_their_words_and_targets() {
    let source = "<p>See <a href='../b.html?x=1&amp;y#part'>the <b>old</b>\n guide</a>, or <a name=z>this</a>.<ul><li><a href=c>c</a>";
    let lines = read_html(source).lines;
    let seen = |line: &Line| {
        let words = |link: &records::Link| (line.text[link.start as usize..link.end as usize].to_owned(), link.target.clone());
        line.links.iter().map(words).collect::<Vec<_>>()
    };
    assert_eq!(seen(&lines[0]), pairs(&[("the old guide", "../b.html?x=1&y#part")]));
    assert_eq!(seen(&lines[1]), pairs(&[("c", "c")]));
    assert_eq!(read_html("<a href='javascript:x'></a>text").lines[0].links, []);
}

#[test]
fn deep_nesting_and_stray_ends_do_no_harm() {
    let deep = format!("{}x{}", "<div>".repeat(200_000), "</div></p></b>".repeat(200_000));
    assert_eq!(read_html(&deep).lines.len(), 1);
    assert_eq!(seen("<<p>>a</q></p <b").len(), 2);
}

/// The text that nobody sees, and why.
fn unseen(source: &str) -> Vec<(String, String)> {
    read_html(source).unseen.into_iter().map(|(line, reason)| (reason, line.text)).collect()
}

#[test]
fn what_is_not_shown_is_kept_apart_with_the_reason() {
    let source = "<p>a<div hidden>b <i>c</i><p>d</div><select><option>e<option>f</select><svg><title>g</title></svg>\
                  <noscript><p>h</p></noscript><style>i</style><script>j</script>k";
    assert_eq!(seen(source), pairs(&[("p", "a"), ("", "k")]));
    let expected = [("hidden", "b c d"), ("not shown: select", "e f"), ("not shown: svg", "g"), ("not shown: noscript", "h")];
    assert_eq!(unseen(source), pairs(&expected));
}

#[test]
fn an_element_without_an_end_hides_nothing_but_itself() {
    let shown = |source: &str| read_html(source).lines.into_iter().map(|line| line.text).collect::<Vec<_>>().join(" ");
    for source in [
        "<p>one</p><svg><path d='m0'><p>two</p><p>three</p>",
        "<p>one</p><svg><svg></svg><p>two</p>three",
        "<p>one</p><svg><path><p>two</p><svg></svg><p>three</p>",
        "<p>one</p><object data=x><p>two</p>three",
        "<p>one</p><noscript>two<p>three</p>",
        "<p>one</p><div style='display:none'><p>two</p>three",
        "<p>one</p><iframe src=x><p>two</p>three",
        "<p>one</p><select><option>two<p>three</p>",
        "<title>x</title><p>one</p><textarea>two<p>three</p>",
    ] {
        assert_eq!(shown(source), "one two three", "{source}");
    }
    assert_eq!(shown("<title>One<p>two</p><p>three</p>"), "two three");
}

#[test]
fn an_element_that_closes_itself_swallows_nothing() {
    let xhtml = "<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'><head><title/><script src='a.js'/><style/></head>\
                 <body><h1/><p>one</p><script src='b.js'/><div class='menu'/><textarea/><a id='x'/><p>two &lt; three</p></body></html>";
    let expected = [("html/body/p", "one"), ("html/body/p", "two < three")];
    assert_eq!(seen(xhtml), pairs(&expected));
    let data = xhtml.replace("two &lt; three", "<![CDATA[two]]> three<!-- no -->");
    assert_eq!(seen(&data)[1].1, "two three");
    assert_eq!(seen("<p>a<![CDATA[b]]></p>"), pairs(&[("p", "a")]));
    assert_eq!(seen("<title/><script src=a /><p>one</p><script>no</script><iframe/><p>two</p>"), pairs(&[("p", "one"), ("p", "two")]));
}

#[test]
fn a_second_title_is_text_and_a_title_alone_is_too() {
    assert_eq!(seen("<title>a</title><p>b</p><title>c</title>"), pairs(&[("p", "b"), ("title", "c")]));
    assert_eq!(seen("<head><title>a</title></head>"), pairs(&[("head/title", "a")]));
}

#[test]
fn a_title_that_tells_what_the_page_does_not_is_its_first_line() {
    let page = |title: &str| format!("<html><head><title>{title}</title></head><body><h1>Ferry to Holm</h1><table><tr><td>a</table>");
    let shown = |title: &str| read_html(&page(title)).lines.into_iter().map(|line| line.text).collect::<Vec<_>>();
    assert_eq!(shown("Last boat at 22:40"), ["Last boat at 22:40", "Ferry to Holm", "a"]);
    assert_eq!(read_html(&page("Last boat at 22:40")).title.as_deref(), Some("Last boat at 22:40"));
    // A name, and one that says again what the page says.
    for told in ["Harbour office", "Ferry to Holm - Harbour office"] {
        assert_eq!(shown(told), ["Ferry to Holm", "a"]);
    }
    let rows = read_html(&page("Last boat at 22:40")).tables.finish(3);
    assert_eq!(rows.iter().map(Option::is_some).collect::<Vec<_>>(), [false, false, true]);
}

#[test]
fn rows_know_their_table_and_whether_they_name_its_columns() {
    let source = "<table><tr><th>A<th>B<tr><th>1<td>2</table><p>x</p><table><thead><tr><td>C</td></tr></thead><tr><td><p>3</p><p>4</p></td>\
                  </tr><tr><td><table><tr><td>5</td></tr></table><tr><td>6</td></tr></table>";
    let parsed = read_html(source);
    let texts: Vec<String> = parsed.lines.iter().map(|line| line.text.clone()).collect();
    let rows = parsed.tables.finish(texts.len());
    let seen: Vec<_> = texts.iter().zip(rows).map(|(text, row)| (text.as_str(), row.map(|row| (row.table, row.row, row.header)))).collect();
    let expected = [
        ("A | B", Some((0, 1, true))),
        ("1 | 2", Some((0, 2, false))),
        ("x", None),
        ("C", Some((1, 1, true))),
        ("3", Some((1, 2, false))),
        ("4", Some((1, 2, false))),
        ("5", Some((2, 1, false))),
        ("6", Some((1, 4, false))),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn a_hidden_element_without_an_end_tag_ends_where_authors_leave_it_out() {
    let seen = |source: &str| {
        let Parsed { lines, unseen, .. } = read_html(source);
        let joined = |texts: Vec<String>| texts.join(" ");
        let shown = joined(lines.into_iter().map(|line| line.text).collect());
        (shown, joined(unseen.into_iter().map(|(line, _)| line.text).collect()))
    };
    for (source, shown, hidden) in [
        ("<p>a</p><p hidden>b</p>", "a", "b"),
        ("<p>a</p><p hidden>b", "a", "b"),
        ("<p>a<p hidden>b<p>c<p hidden>d", "a c", "b d"),
        ("<p>a<p hidden>b <i>c</i></body></html>", "a", "b c"),
        ("<div><p>a<p hidden>b</div>c", "a c", "b"),
        ("<p>a<p hidden>b<div>c</div>", "a c", "b"),
        ("<ul><li hidden>a<ul><li>b<li>c</ul>d<li>e</ul>", "e", "a b c d"),
        ("<ul><li>a<li hidden>b</ul><p>c", "a c", "b"),
        ("<dl><dt>a<dd hidden>b<dd>c</dl>", "a c", "b"),
        ("<table><tr><th>a<th>b<tr hidden><td>c<td>d<tr><td>e<td hidden>f<td>g</table>h", "a | b e | g h", "c d f"),
        ("<p>a</p><p style='color:red; Display : None'>b</p><p style='visibility:\thidden'>c</p>d", "a d", "b c"),
        ("a<div hidden><div>b</div>c</div>d", "a d", "b c"),
        ("a<p hidden=until-found>b</p><p aria-hidden=true>c</p><p style='display:none-such'>d</p>", "a b c d", ""),
        // A slip: what follows is shown, and what was hidden well before it stays hidden.
        ("<p hidden>a</p><p>b</p><div hidden>c<p>d</p>", "b c d", "a"),
        ("<p>a</p><span hidden>b<p hidden>c</p><p>d</p>", "a b d", "c"),
        ("<ul><li hidden>a<p>b</p><p>c</p>", "a b c", ""),
        ("<html hidden><body style='display:none'>a</body>", "a", ""),
    ] {
        assert_eq!(seen(source), (shown.to_owned(), hidden.to_owned()), "{source}");
    }
    let many = "<p>a</p><span hidden>b".repeat(300);
    assert_eq!(seen(&many).0.split(' ').count(), 600);
}
