use super::*;

fn atlas(paths: &[&str]) -> Atlas {
    let words = LinkWords::get().unwrap();
    let mut atlas = Atlas::default();
    for path in paths {
        let mut section = super::super::tests::section(path, "Text.", &[]);
        section.heading_path = vec!["Minor change: adding an item".into()];
        atlas.look(&section, words);
    }
    atlas
}

#[test]
fn a_link_finds_its_document_by_any_of_its_names() {
    let atlas =
        atlas(&["content/a/one.md", "content/b/_index.md", "content/2013/2013-11-06-a-post.md", "pep-0008.rst", "text/0012-x-y.md"]);
    let words = LinkWords::get().unwrap();
    let to = |target: &str| atlas.resolve(0, target, words).map(|goal| (goal.document, goal.heading.is_some()));
    assert_eq!(
        [to("../b/"), to("/b/#minor-change-adding-an-item"), to("{{< ref \"b/_index.md\" >}}")],
        [Ok((1, false)), Ok((1, true)), Ok((1, false))]
    );
    assert_eq!([to("/2013/11/06/a-post/"), to("a-post.md"), to(":pep:8")], [Ok((2, false)), Ok((2, false)), Ok((3, false))]);
    assert_eq!([to("https://github.com/rust-lang/rfcs/pull/12"), to("https://h.i/blob/main/text/0012-x-y.md#no")], [Ok((4, false)); 2]);
    assert_eq!([to("one.md"), to("#part"), to("../c.md")], [Err(Miss::Same), Err(Miss::Same), Err(Miss::Missing)]);
    assert_eq!(
        [to("https://h.i/content/x"), to("mailto:a@b.c"), to(":rfc:12")],
        [Err(Miss::External), Err(Miss::External), Err(Miss::Missing)]
    );
}

#[test]
fn a_host_is_the_corpus_own_if_its_paths_are() {
    let paths: Vec<String> = (0..6).map(|number| format!("content/news/post-{number}.md")).collect();
    let mut atlas = atlas(&paths.iter().map(String::as_str).collect::<Vec<_>>());
    let words = LinkWords::get().unwrap();
    (0..6).for_each(|number| atlas.learn_host(&format!("https://own.gov/news/post-{number}/")));
    (0..6).for_each(|number| atlas.learn_host(&format!("https://other.gov/news/other-{number}/")));
    assert_eq!(atlas.resolve(0, "https://www.own.gov/news/post-3", words).unwrap().document, 3);
    assert_eq!(atlas.resolve(0, "https://other.gov/news/post-3", words), Err(Miss::External));
}
