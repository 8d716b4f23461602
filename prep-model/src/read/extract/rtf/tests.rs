use super::*;

#[test]
fn letters_headings_items_rows_and_notes_are_told_apart() {
    let text = br"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\stylesheet{\s1 heading 1;}{\s0 Normal;}}{\info{\title Of masts}}
\pard\s1 The mast\par\pard It is gr\'fcn \u8212? high{\footnote See there.}.\par{\listtext\'b7\tab}\ls1 one\par
\pard\trowd\intbl a\cell b\cell\row\pard\page Next {\*\secret no}{\deleted gone}\par}";
    let found = read(text, &ReadLimits::default()).unwrap();
    let blocks = |page: usize| -> Vec<(&str, &str)> {
        let page = &found.pages[page];
        page.blocks.iter().map(|block| (block.path.as_str(), &page.text[block.start as usize..block.end as usize])).collect()
    };
    let first = [
        ("html/body/h1", "The mast"),
        ("html/body/p", "It is gr\u{fc}n \u{2014} high."),
        ("html/body/ul/li", "one"),
        ("html/body/table/tr/td", "a | b"),
        ("html/body/footnote", "See there."),
    ];
    assert_eq!((blocks(0), blocks(1)), (first.to_vec(), vec![("html/body/p", "Next")]));
    assert_eq!(found.title.as_deref(), Some("Of masts"));
}
