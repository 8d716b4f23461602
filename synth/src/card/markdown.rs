//! Pieces of a Markdown page whose words come from data: nothing in them can become mark-up.

/// A text as plain words of Markdown: one line, every character with a meaning escaped.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        for c in word.chars().filter(|c| !c.is_control()) {
            if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '&' | '~' | '#' | '$' | ':' | '@' | '!') {
                out.push('\\');
            }
            out.push(c);
        }
    }
    out
}

/// A text as a YAML string: JSON strings are YAML.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A number with its thousands apart.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A share of 1 in per cent.
pub(super) fn share(part: f64) -> String {
    format!("{:.1} %", part * 100.0)
}

/// A table; cells are Markdown already. Columns whose cells are all numbers stand to the right.
pub(super) fn table(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let rows: Vec<Vec<String>> = rows.collect();
    if rows.is_empty() {
        return "None.\n".to_owned();
    }
    let is_number = |cell: &String| cell.starts_with(|c: char| c.is_ascii_digit()) && !cell.contains(char::is_alphabetic);
    let rule = (0..header.len()).map(|at| if rows.iter().all(|row| row.get(at).is_some_and(is_number)) { "---:" } else { "---" });
    let line = |cells: Vec<&str>| format!("| {} |\n", cells.join(" | "));
    let mut out = line(header.to_vec()) + &line(rule.collect());
    rows.iter().for_each(|row| out.push_str(&line(row.iter().map(String::as_str).collect())));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_document_cannot_become_mark_up() {
        assert_eq!(escaped("a |b|\n# <c> [d](e)"), "a \\|b\\| \\# \\<c\\> \\[d\\](e)");
        assert_eq!(quoted("a: \"b\"\n---"), "\"a: \\\"b\\\"\\n---\"");
    }

    #[test]
    fn columns_of_numbers_stand_to_the_right() {
        let rows = [("a", 1_234_567), ("b", 12)].map(|(name, number)| vec![name.to_owned(), count(number)]);
        assert_eq!(table(&["x", "n"], rows.into_iter()), "| x | n |\n| --- | ---: |\n| a | 1,234,567 |\n| b | 12 |\n");
        assert_eq!(table(&["x"], std::iter::empty()), "None.\n");
        assert_eq!(share(0.125), "12.5 %");
    }
}
