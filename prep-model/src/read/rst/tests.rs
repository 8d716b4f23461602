use super::*;

fn seen(source: &str) -> Vec<(String, String)> {
    read_rst(source).lines.into_iter().map(|line| (line.hints.html_path, line.text)).collect()
}

/// The element path and the text of every line.
pub(super) fn is(source: &str, expected: &[(&str, &str)]) {
    let seen = seen(source);
    let seen: Vec<(&str, &str)> = seen.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    assert_eq!(seen, expected);
}

#[test]
fn levels_come_from_the_order_in_which_the_styles_of_titles_come_up() {
    let source = "=====\nGuide\n=====\n\nOne\n===\n\nText.\n\nOne a\n-----\n\nTwo\n===\n\n----\n\nEnd.\n";
    is(source, &[("h1", "Guide"), ("h2", "One"), ("p", "Text."), ("h3", "One a"), ("h2", "Two"), ("p", "End.")]);
    assert_eq!(read_rst(source).title.as_deref(), Some("Guide"));
    assert_eq!(read_rst("One\n===\n\nx\n\nTwo\n===\n").title, None);
}

#[test]
fn a_formula_may_stand_on_the_line_of_its_name() {
    is(
        ".. math:: zone = 12 m\n\n.. math::\n\n   a = b\n\n.. math:: c\n   :label: x\n",
        &[("pre", "zone = 12 m"), ("pre", "a = b"), ("pre", "c")],
    );
}

#[test]
fn lists_nest_by_indent() {
    let source =
        "- one\n  goes on\n\n  - inner\n- two\n\n1. first\n2. second\n\nA. Einstein\nsaid so.\n\nterm\n  what it is\n\n:field: value\n";
    is(
        source,
        &[
            ("ul/li/p", "one goes on"),
            ("ul/li/ul/li/p", "inner"),
            ("ul/li/p", "two"),
            ("ol/li/p", "first"),
            ("ol/li/p", "second"),
            ("p", "A. Einstein said so."),
            ("dl/dt", "term"),
            ("dl/dd/p", "what it is"),
            ("dl/dd", ":field: value"),
        ],
    );
}

#[test]
fn literal_blocks_stay_as_they_stand() {
    let source = "Code::\n\n    def f():\n        pass\n\nAs in ::\n\n> quoted\n> twice\n\n::\n\n  bare\n\n>>> 1 + 1\n2\n\n  said\n";
    is(
        source,
        &[
            ("p", "Code:"),
            ("pre", "def f():"),
            ("pre", "    pass"),
            ("p", "As in"),
            ("pre", "> quoted"),
            ("pre", "> twice"),
            ("pre", "bare"),
            ("pre", ">>> 1 + 1"),
            ("pre", "2"),
            ("blockquote/p", "said"),
        ],
    );
}

#[test]
fn nesting_without_end_is_read_to_the_end() {
    let deep = format!("{}x\n", "- ".repeat(1_000));
    assert_eq!(seen(&deep).len(), 1);
    let stairs: String = (0..600).map(|indent| format!("{}x\n\n", " ".repeat(indent))).collect();
    assert_eq!(seen(&stairs).iter().map(|(_, text)| text.matches('x').count()).sum::<usize>(), 600);
}
