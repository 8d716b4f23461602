use proptest::prelude::*;

use super::*;

fn is_lawful(reading: &Reading, bytes: &[u8]) -> Result<(), TestCaseError> {
    let mut end = 0;
    for line in &reading.lines {
        prop_assert!(line.raw_start >= end && line.raw_end <= bytes.len() as u64 && line.raw_start < line.raw_end);
        prop_assert_eq!(line.spans.raw_range(0..line.text.len() as u64), Some(line.raw_start..line.raw_end));
        prop_assert!(!line.text.trim().is_empty());
        let mapped = line.spans.segments().last().map_or(0, |segment| segment.clean + segment.clean_length);
        prop_assert!(mapped <= line.text.len() as u64);
        end = line.raw_end;
    }
    Ok(())
}

/// Pieces that mean something in one of the formats.
const PIECES: &[&str] = &[
    "<p>",
    "</p>",
    "<b",
    ">",
    "&amp;",
    "&",
    "a",
    " ",
    "\n",
    "é",
    "<!--",
    "-->",
    "<table>",
    "<td>",
    "</tr>",
    "<pre>",
    "```\n",
    "# ",
    "- ",
    "> ",
    "|",
    "|-|-|\n",
    "[x](y)",
    "*",
    "`",
    "\n\n",
    "    ",
    "\t",
    "&#x41;",
    "&notit;",
    "<script>",
    "</script>",
    "<li>",
    "1. ",
    "---\n",
    "\r\n",
    "<br>",
    "<div hidden>",
    "</div>",
    "\\",
    "\u{feff}",
    "\u{c}",
    "[^1]",
    "<a href=u>",
    "</a>",
    "~~~\n",
    "===\n",
    ".. ",
    ".. note:: ",
    ".. list-table::\n",
    "::\n",
    "  ",
    "+--+--+\n",
    "== ==\n",
    "- - ",
    ":a: ",
    ":pep:`8`",
    "``",
    "`a <b>`_",
    "_",
    ">>> ",
    "\0",
    "<para>",
    "<num>",
    "</num>",
    "<text>",
    "</text>",
    "<heading>",
    "<img",
    "<![CDATA[",
    "]]>",
    "<?",
    "?>",
    "<x y='",
];

fn mark_up() -> impl Strategy<Value = String> {
    let words = prop::sample::select(PIECES.to_vec());
    prop::collection::vec(words, 0..60).prop_map(|words| words.concat())
}

proptest! {
    #[test]
    fn any_bytes_give_lawful_lines_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..400), kind in 0..5_usize) {
        let media_type = [MediaType::Text, MediaType::Markdown, MediaType::Html, MediaType::Rst, MediaType::Xml][kind];
        if let Ok(reading) = read_bytes(media_type, &bytes, &ReadLimits::default()) {
            is_lawful(&reading, &bytes)?;
        }
    }

    #[test]
    fn any_mark_up_gives_lawful_lines(text in mark_up(), kind in 0..5_usize) {
        let media_type = [MediaType::Text, MediaType::Markdown, MediaType::Html, MediaType::Rst, MediaType::Xml][kind];
        if let Ok(reading) = read_bytes(media_type, text.as_bytes(), &ReadLimits::default()) {
            is_lawful(&reading, text.as_bytes())?;
        }
    }

    #[test]
    fn a_line_of_plain_text_is_its_range_of_the_file(text in "[ a-zé\n\r\t\u{c}]{1,200}") {
        if let Ok(reading) = read_bytes(MediaType::Text, text.as_bytes(), &ReadLimits::default()) {
            for line in &reading.lines {
                prop_assert_eq!(&text[line.raw_start as usize..line.raw_end as usize], &line.text);
            }
        }
    }
}

#[test]
fn too_many_lines_are_refused_before_they_take_memory() {
    let limits = ReadLimits { lines: 10, ..ReadLimits::default() };
    let error = read_bytes(MediaType::Text, "a\n".repeat(20).as_bytes(), &limits).unwrap_err();
    assert!(error.to_string().contains("over the limit of 10"));
}
