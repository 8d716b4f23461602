use super::*;

#[test]
fn undoing_repairs_gives_what_the_reader_saw() {
    let section = Section {
        doc_id: "d".into(),
        path: "p".into(),
        title: None,
        section: 0,
        heading_path: vec![],
        role: Role::Paragraph,
        text: "an important point".into(),
        spans: OffsetMap::identity(18),
        page: None,
        repairs: vec![Repair { start: 3, end: 12, original: "irnpor-\ntant".into() }],
        links: vec![],
        pages: vec![],
    };
    assert_eq!(section.unrepaired(0..18), "an irnpor-\ntant point");
    assert_eq!(section.unrepaired(13..18), "point");
    assert_eq!(section.unrepaired(0..5), "an irnpor-\ntant");
}
