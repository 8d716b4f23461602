use super::*;
use crate::inference::decide::decide_clean;
use crate::read::{MediaType, ReadLimits, read_bytes};

fn prepared(text: &str, roles: &[(Role, u8, Join)]) -> (Vec<Section>, Option<String>) {
    let reading = read_bytes(MediaType::Text, text.as_bytes(), &ReadLimits::default()).unwrap();
    let decisions: Vec<Decision> = roles
        .iter()
        .map(|(role, level, join)| Decision {
            role: *role,
            content: *role,
            dropped: (!role.is_content()).then_some("boilerplate"),
            level: *level,
            join: *join,
            starts_section: false,
            damaged: 0.0,
        })
        .collect();
    let pieces = reading.lines.iter().map(Piece::of).collect();
    sections("p", &reading, &decisions, pieces, None)
}

#[test]
fn lines_join_to_paragraphs_under_their_headings() {
    let text = "The Title\nOne\nA para-\ngraph that\ngoes on.\nRunning head\nNext one.\nTwo\nEmpty\nThree\n";
    let roles = [
        (Role::Title, 0, Join::Break),
        (Role::Heading, 1, Join::Break),
        (Role::Paragraph, 0, Join::DropHyphen),
        (Role::Paragraph, 0, Join::Space),
        (Role::Paragraph, 0, Join::Break),
        (Role::RunningHeader, 0, Join::Break),
        (Role::Paragraph, 0, Join::Break),
        (Role::Heading, 1, Join::Break),
        (Role::Heading, 2, Join::Break),
        (Role::Heading, 1, Join::Break),
    ];
    let (sections, title) = prepared(text, &roles);
    assert_eq!(title.as_deref(), Some("The Title"));
    let seen: Vec<(Vec<String>, &str)> = sections.iter().map(|section| (section.heading_path.clone(), section.text.as_str())).collect();
    let expected = [
        (vec!["One".to_owned()], "The Title\nOne\nA paragraph that goes on.\nNext one."),
        (vec!["Two".to_owned()], "Two\nEmpty"),
        (vec![], "Three"),
    ];
    assert_eq!(seen, expected);
    let place = sections[0].text.find("paragraph").unwrap() as u64;
    let raw = sections[0].spans.raw_range(place..place + 9).unwrap();
    assert_eq!(&text[raw.start as usize..raw.end as usize], "para-\ngraph");
}

#[test]
fn headings_can_be_quoted_where_they_are_an_opinion_a_statement_or_above_a_short_text() {
    let texts = |media_type: MediaType, text: &str, headings: &[usize]| -> Vec<String> {
        let reading = read_bytes(media_type, text.as_bytes(), &ReadLimits::default()).unwrap();
        let mut decisions = decide_clean(&reading.lines);
        for at in headings {
            (decisions[*at].content, decisions[*at].level) = (Role::Heading, 1 + *at as u8 / 2);
        }
        let pieces = reading.lines.iter().map(Piece::of).collect();
        let (sections, _) = sections("p", &reading, &decisions, pieces, None);
        for section in &sections {
            for line in section.text.split('\n') {
                let start = line.as_ptr() as u64 - section.text.as_ptr() as u64;
                let raw = section.spans.raw_range(start..start + line.len() as u64).unwrap();
                assert_eq!(&text[raw.start as usize..raw.end as usize], line);
            }
            assert!(section.text.len() <= SECTION_BYTES);
        }
        sections.into_iter().map(|section| section.text).collect()
    };
    let long = "It is oak. ".repeat(300);
    assert_eq!(texts(MediaType::Markdown, "# Pier 9 opens in May\n\nIt is oak.\n", &[0]), ["Pier 9 opens in May\nIt is oak."]);
    let head = |media_type, heading: &str| texts(media_type, &format!("{heading}\n\n{long}\n"), &[0]).remove(0);
    assert!(head(MediaType::Markdown, "# Pier 9 in May").starts_with("It is oak."));
    assert!(head(MediaType::Markdown, "# When does it open in May?").starts_with("It is oak."));
    assert!(head(MediaType::Markdown, "# It opens on 4 May.").starts_with("It opens on 4 May.\nIt is oak."));
    assert!(head(MediaType::Text, "Pier 9 in May").starts_with("Pier 9 in May\nIt is oak."));
    let nested = texts(MediaType::Text, &format!("Pier 9\nOak\nNew\n{long}\nEnd\n"), &[0, 2, 4]);
    assert!(
        nested[0].starts_with("Pier 9\nOak") && nested[1].starts_with("New\nIt is oak.") && nested.last().unwrap() == "End",
        "{nested:?}"
    );
    let large = texts(MediaType::Text, &format!("{}\n{long}\n", "Pier ".repeat(200).trim_end()), &[0]);
    assert_eq!(large.concat().matches("Pier").count(), 200);
}

#[test]
fn a_long_paragraph_is_cut_between_sentences_and_loses_nothing() {
    let text = "This is one sentence of many. ".repeat(200) + &"x".repeat(2_000);
    let reading = read_bytes(MediaType::Clean, text.as_bytes(), &ReadLimits::default()).unwrap();
    let pieces = reading.lines.iter().map(Piece::of).collect();
    let (sections, _) = sections("p", &reading, &decide_clean(&reading.lines), pieces, None);
    assert!(sections.iter().all(|section| section.text.len() <= SECTION_BYTES));
    let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    assert_eq!(letters(&sections.iter().map(|section| section.text.as_str()).collect::<String>()), letters(&text));
    for section in &sections {
        let raw = section.spans.raw_range(0..section.text.len() as u64).unwrap();
        assert_eq!(&text[raw.start as usize..raw.end as usize], section.text);
    }
}

/// The sections of a file of this type whose rows are rows and whose other lines are paragraphs.
fn of_tables(media_type: MediaType, text: &str) -> Vec<Section> {
    let reading = read_bytes(media_type, text.as_bytes(), &ReadLimits::default()).unwrap();
    let mut decisions = decide_clean(&reading.lines);
    for (at, line) in reading.lines.iter().enumerate() {
        if reading.rows[at].is_some() || media_type == MediaType::Text && line.text.contains(['|', ',']) {
            decisions[at].content = Role::TableRow;
        }
    }
    let pieces = reading.lines.iter().map(Piece::of).collect();
    let (sections, _) = sections("p", &reading, &decisions, pieces, None);
    for section in &sections {
        for row in section.text.split('\n') {
            let start = row.as_ptr() as u64 - section.text.as_ptr() as u64;
            let raw = section.spans.raw_range(start..start + row.len() as u64).unwrap();
            let first = row.split([' ', ',']).next().unwrap();
            assert!(text[raw.start as usize..raw.end as usize].starts_with(first), "{row}");
        }
    }
    sections
}

#[test]
fn every_part_of_a_long_table_begins_with_its_head() {
    let rows = |row: &dyn Fn(u32) -> String| (1..=200).map(row).collect::<String>();
    let html =
        |head: &str| format!("<p>Masts.</p><table>{head}{}</table><p>End.</p>", rows(&|n| format!("<tr><td>M{n}<td>{} m</tr>", n + 5)));
    let texts = [
        (MediaType::Html, html("<tr><th>Mast<th>Height</tr>")),
        (MediaType::Html, html("<thead><tr><td>Mast<td>Height</thead>")),
        (MediaType::Html, html("<tr><td>Mast<td>Height</tr>")),
        (MediaType::Markdown, format!("Masts.\n\nMast | Height\n--|--\n{}", rows(&|n| format!("M{n} | {} m\n", n + 5)))),
        (
            MediaType::Rst,
            format!("=====  ======\nMast   Height\n=====  ======\n{}=====  ======\n", rows(&|n| format!("M{n:<5} {} m\n", n + 5))),
        ),
        (MediaType::Rst, format!(".. csv-table::\n   :header: Mast | Height\n\n{}", rows(&|n| format!("   M{n} | {} m\n", n + 5)))),
        (
            MediaType::Rst,
            format!(
                ".. list-table::\n   :header-rows: 1\n\n   * - Mast\n     - Height\n{}",
                rows(&|n| format!("   * - M{n}\n     - {} m\n", n + 5))
            ),
        ),
        (
            MediaType::Xml,
            format!(
                "<doc><table><thead><row><entry>Mast</entry><entry>Height</entry></row></thead>{}</table></doc>",
                rows(&|n| format!("<row><entry>M{n}</entry><entry>{} m</entry></row>", n + 5))
            ),
        ),
        (MediaType::Text, format!("Masts.\n\nMast | Height\n{}", rows(&|n| format!("M{n} | {} m\n", n + 5)))),
        (MediaType::Text, format!("Masts.\n\nMast,Height\n{}", rows(&|n| format!("M{n},{} m\n", n + 5)))),
    ];
    for (media_type, text) in texts {
        let sections = of_tables(media_type, &text);
        let parts: Vec<&Section> = sections.iter().filter(|section| section.text.contains(" m")).collect();
        assert!(parts.len() > 2, "{media_type:?}");
        for section in &parts {
            let head = ["Mast | Height\n", "Mast,Height\n"].into_iter().any(|head| section.text.contains(head));
            assert!(head, "{media_type:?} {:?}", section.text);
            assert_eq!(section.text.matches("Height").count(), 1);
            assert!(section.text.len() <= TABLE_BYTES, "{}", section.text.len());
        }
        let heights = parts.iter().map(|section| section.text.matches(" m").count()).sum::<usize>();
        assert_eq!(heights, 200, "{media_type:?}");
    }
}

#[test]
fn a_row_longer_than_a_section_is_cut_under_the_head_and_a_table_of_two_parts_of_a_page_has_none() {
    let long = format!("<table><tr><th>Mast<th>Story</tr><tr><td>M1<td>{}</tr></table>", "It was cut in the far north. ".repeat(60));
    let sections = of_tables(MediaType::Html, &long);
    assert!(sections.len() > 1 && sections.iter().all(|section| section.text.starts_with("Mast | Story\n")));
    let layout = format!("<table><tr><td><p>Menu<p>Home<td>{}</tr></table>", "<p>It was cut in the far north.".repeat(60));
    assert_eq!(of_tables(MediaType::Html, &layout).iter().filter(|section| section.text.contains("Menu")).count(), 1);
}
