use super::*;
use crate::read::{MediaType, ReadLimits, read_bytes};

fn seen(source: &str) -> Vec<(String, String)> {
    read_xml(source).unwrap().lines.into_iter().map(|line| (line.hints.html_path, line.text)).collect()
}

/// The element path and the text of every line.
fn is(source: &str, expected: &[(&str, &str)]) {
    let seen = seen(source);
    let seen: Vec<(&str, &str)> = seen.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    assert_eq!(seen, expected);
}

#[test]
fn a_section_of_law_has_its_numbers_before_its_blocks_and_its_notes_as_metadata() {
    let source = "<?xml version='1.0'?>\n<section xmlns='x'>\n <num>1-2.3</num>\n <heading>Duties.</heading>\n <text>The board:</text>\n \
                  <para>\n  <num>(a)</num>\n  <para><num>(1)</num><text>Shall meet under <cite path='y'>§ 4</cite>; and</text></para>\n \
                  </para>\n <para><num>(b)</num><heading>Pay. —</heading><text>None.</text></para>\n <annotations>\n  <annotation>Law 2-3, \
                  <cite>§ 4</cite></annotation>\n  <text>Note</text>\n </annotations>\n</section>";
    is(
        source,
        &[
            ("section/h1", "1-2.3 Duties."),
            ("section/p", "The board:"),
            ("section/p/p/p", "(a) (1) Shall meet under § 4; and"),
            ("section/p/h2", "(b) Pay. —"),
            ("section/p/p", "None."),
            ("section/metadata/div", "Law 2-3, § 4"),
            ("section/metadata/p", "Note"),
        ],
    );
}

#[test]
fn a_paper_has_a_title_sections_by_level_and_references_of_one_line() {
    let source = "<article><front><article-meta><title-group><article-title>On <italic>Mice</italic></article-title></title-group>\
                  <contrib-group><contrib><name><surname>Doe</surname><given-names>Jo</given-names></name></contrib></contrib-group>\
                  <abstract><p>Short.</p></abstract></article-meta></front><body><sec><label>1</label><title>Start</title><p>Text\
                  <xref>1</xref> and <odd>so</odd> on.</p><list><list-item><p>one</p></list-item></list>\
                  <fig><label>Figure 1.</label><caption><p>Seen.</p></caption></fig></sec></body>\
                  <back><ref-list><title>References</title><ref><label>1</label><element-citation><name><surname>Roe</surname></name>\
                  <article-title>Rats</article-title></element-citation></ref></ref-list></back></article>";
    is(
        source,
        &[
            ("section/div/div/div/h1", "On Mice"),
            ("section/div/div/metadata/div/div/div", "Doe Jo"),
            ("section/div/div/section/p", "Short."),
            ("section/div/section/h2", "1 Start"),
            ("section/div/section/p", "Text1 and so on."),
            ("section/div/section/ul/li/p", "one"),
            ("section/div/section/div/caption/p", "Figure 1. Seen."),
            ("section/div/section/h2", "References"),
            ("section/div/section/reference/reference/div/div", "1 Roe Rats"),
        ],
    );
    assert_eq!(read_xml(source).unwrap().title.as_deref(), Some("On Mice"));
}

#[test]
fn entities_and_character_data_lead_to_their_bytes() {
    let source = "<p>A &amp; B &#xA7; 4 &sect;&unknown; <![CDATA[5 < 6 &amp;]]> & so</p>";
    let reading = read_bytes(MediaType::Xml, source.as_bytes(), &ReadLimits::default()).unwrap();
    let line = &reading.lines[0];
    assert_eq!(line.text, "A & B § 4 §&unknown; 5 < 6 &amp; & so");
    let raw = |text: &str| {
        let at = line.text.find(text).unwrap() as u64;
        let raw = line.spans.raw_range(at..at + text.len() as u64).unwrap();
        &source[raw.start as usize..raw.end as usize]
    };
    assert_eq!((raw("&"), raw("§"), raw("4 §"), raw("5 < 6 &amp;")), ("&amp;", "&#xA7;", "4 &sect;", "5 < 6 &amp;"));
}

#[test]
fn a_row_is_a_line_and_code_keeps_its_lines() {
    let source = "<x><text>Rates:<table><tr><th>Level</th><th>Pay</th></tr><tr><td><p>One</p></td><td>$5</td></tr></table></text>\
                  <programlisting>a\n  b &lt; c\n</programlisting></x>";
    let expected = [
        ("div/p", "Rates:"),
        ("div/p/div/tr/td", "Level | Pay"),
        ("div/p/div/tr/td/p", "One | $5"),
        ("div/pre", "a"),
        ("div/pre", "  b < c"),
    ];
    is(source, &expected);
    let rows = read_xml(source).unwrap().tables.finish(5);
    assert_eq!(
        rows.iter().map(|row| row.map(|row| (row.row, row.header))).collect::<Vec<_>>(),
        [None, Some((1, true)), Some((2, false)), None, None]
    );
}

#[test]
fn a_number_without_its_block_is_not_lost() {
    is(
        "<section><para><num>(a)</num></para><para><num>(b)</num><text>x</text></para></section>",
        &[("section/p", "(a)"), ("section/p/p", "(b) x")],
    );
}

#[test]
fn a_broken_file_is_read_around_its_breaks_or_refused() {
    is("<p>5 < 6 is true</p><p>next</p>", &[("p", "5 < 6 is true"), ("p", "next")]);
    is("<section><text>One.</text><text>Two <ci", &[("section/p", "One."), ("section/p", "Two ci")]);
    is("</a><p>x</b>y</p></p>", &[("p", "xy")]);
    assert_eq!(read_xml(" <").err(), Some(ReadError::BrokenXml { offset: 1 }));
    assert_eq!(read_xml(&"< ".repeat(200)).err(), Some(ReadError::BrokenXml { offset: 0 }));
}

#[test]
fn nesting_without_end_is_read_to_the_end() {
    let source = format!("{}x{}", "<p>".repeat(5_000), "</p>".repeat(5_000));
    assert_eq!(seen(&source).len(), 1);
}

#[test]
fn what_an_element_holds_that_is_passed_over_is_listed() {
    let source = "<play><line>Enter.</line><script>The &quot;hero&quot;\nenters.</script><line>Exit.</line><style>loud";
    let parsed = read_xml(source).unwrap();
    let texts: Vec<&str> = parsed.lines.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(texts, ["Enter.", "Exit."]);
    let unseen: Vec<(&str, &str)> = parsed.unseen.iter().map(|(line, reason)| (line.text.as_str(), reason.as_str())).collect();
    assert_eq!(unseen, [("The \"hero\" enters.", "not shown: script"), ("loud", "not shown: style")]);
}
