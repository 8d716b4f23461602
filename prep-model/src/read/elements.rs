//! What HTML elements mean for cutting a page into lines, and the few words in class names that say what a part of a page is for.

/// How an element behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    /// Starts and ends a line.
    Block,
    /// Runs on in the line, worth a name in the path.
    Inline,
    /// Runs on in the line, not worth a name.
    Unnamed,
    /// Has no content.
    Void,
    /// Holds nothing a reader sees.
    Skipped,
}

/// How the element `name` behaves.
pub(super) fn flow(name: &str) -> Flow {
    match name {
        "script" | "style" | "noscript" | "template" | "svg" | "iframe" | "object" | "canvas" | "audio" | "video" | "select"
        | "datalist" | "annotation" | "noframes" => Flow::Skipped,
        "area" | "base" | "col" | "embed" | "img" | "input" | "link" | "meta" | "param" | "source" | "track" | "wbr" | "frame" | "br"
        | "hr" => Flow::Void,
        "a" | "button" | "strong" | "b" | "time" | "label" | "code" => Flow::Inline,
        "html" | "head" | "title" | "body" | "div" | "p" | "section" | "article" | "main" | "header" | "footer" | "nav" | "aside"
        | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "hgroup" | "ul" | "ol" | "menu" | "li" | "dl" | "dt" | "dd" | "table" | "caption"
        | "thead" | "tbody" | "tfoot" | "tr" | "td" | "th" | "pre" | "xmp" | "listing" | "plaintext" | "blockquote" | "figure"
        | "figcaption" | "address" | "form" | "fieldset" | "legend" | "details" | "summary" | "dialog" | "center" | "textarea"
        | "frameset" | "search" | "option" | "optgroup" => Flow::Block,
        _ => Flow::Unnamed,
    }
}

/// Whether an open `open` ends where `new` starts, as authors leave out end tags.
pub(super) fn ends_before(open: &str, new: &str) -> bool {
    match open {
        "p" => flow(new) == Flow::Block,
        "li" => new == "li",
        "dt" | "dd" => matches!(new, "dt" | "dd"),
        "td" | "th" => matches!(new, "td" | "th" | "tr" | "tbody" | "tfoot" | "thead"),
        "tr" => matches!(new, "tr" | "tbody" | "tfoot" | "thead"),
        "thead" | "tbody" | "tfoot" => matches!(new, "tbody" | "tfoot" | "thead"),
        "option" => matches!(new, "option" | "optgroup"),
        "head" => new == "body",
        _ => false,
    }
}

/// Elements that an implied end tag never reaches across: a list item does not end the item its list stands in.
pub(super) fn is_barrier(open: &str) -> bool {
    matches!(
        open,
        "ul" | "ol" | "menu" | "dl" | "table" | "html" | "body" | "blockquote" | "article" | "section" | "main" | "form" | "dialog"
    )
}

/// Words of class names, ids and ARIA roles, and the name under which the path shows them.
const MARKERS: [(&str, &str); 62] = [
    ("nav", "nav"),
    ("navbar", "nav"),
    ("navigation", "nav"),
    ("menu", "nav"),
    ("submenu", "nav"),
    ("breadcrumb", "nav"),
    ("breadcrumbs", "nav"),
    ("pagination", "nav"),
    ("pager", "nav"),
    ("skip", "nav"),
    ("tabs", "nav"),
    ("header", "header"),
    ("masthead", "header"),
    ("banner", "header"),
    ("topbar", "header"),
    ("footer", "footer"),
    ("contentinfo", "footer"),
    ("copyright", "footer"),
    ("legal", "footer"),
    ("sidebar", "sidebar"),
    ("complementary", "sidebar"),
    ("widget", "sidebar"),
    ("rail", "sidebar"),
    ("cookie", "cookie"),
    ("cookies", "cookie"),
    ("consent", "cookie"),
    ("gdpr", "cookie"),
    ("share", "share"),
    ("sharing", "share"),
    ("social", "share"),
    ("follow", "share"),
    ("ad", "advert"),
    ("ads", "advert"),
    ("advert", "advert"),
    ("advertisement", "advert"),
    ("sponsored", "advert"),
    ("promo", "advert"),
    ("related", "related"),
    ("recommended", "related"),
    ("trending", "related"),
    ("popular", "related"),
    ("comment", "comment"),
    ("comments", "comment"),
    ("newsletter", "newsletter"),
    ("subscribe", "newsletter"),
    ("signup", "newsletter"),
    ("login", "login"),
    ("search", "search"),
    ("modal", "modal"),
    ("popup", "modal"),
    ("overlay", "modal"),
    ("toc", "toc"),
    ("byline", "byline"),
    ("author", "byline"),
    ("dateline", "byline"),
    ("tags", "byline"),
    ("caption", "caption"),
    ("footnote", "footnote"),
    ("footnotes", "footnote"),
    ("reference", "reference"),
    ("references", "reference"),
    ("bibliography", "reference"),
];

/// What the words of a class list, id or role say the element is for, if anything: `site-Footer__links` is a `footer`.
pub(super) fn marker(words: &str) -> Option<&'static str> {
    let mut word = String::new();
    let mut lower_before = false;
    for character in words.chars().chain(std::iter::once(' ')) {
        let starts_word = character.is_ascii_uppercase() && lower_before;
        if (starts_word || !character.is_ascii_alphanumeric()) && !word.is_empty() {
            if let Some((_, name)) = MARKERS.iter().find(|(marker, _)| *marker == word) {
                return Some(name);
            }
            word.clear();
        }
        if character.is_ascii_alphanumeric() && word.len() < 32 {
            word.push(character.to_ascii_lowercase());
        }
        lower_before = character.is_ascii_lowercase();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn class_names_say_what_a_part_is_for() {
        assert_eq!(marker("site-Footer__links"), Some("footer"));
        assert_eq!(marker("mainNav"), Some("nav"));
        assert_eq!(marker("shadow adept"), None);
    }
}
