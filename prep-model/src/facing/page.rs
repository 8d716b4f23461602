//! The page of one document.

use std::fmt::Write as _;

use text::escape::{html, one_line};

use super::sides::{Became, Left, became, pieces, right};
use super::{Prepared, STYLE};

/// Bytes of a document's text that are shown; a browser takes no more with ease.
const MOST_SHOWN: usize = 4 << 20;

/// The page.
pub fn page(name: &str, media_type: &str, found: &Prepared, left: &[Left]) -> String {
    let Prepared { title, sections, dropped, .. } = found;
    let right = right(sections, left);
    let fates = became(left, sections, &right, dropped, title.as_deref());
    let (mut original, mut prepared) = (String::new(), String::new());
    let mut last = None;
    for (number, (line, became)) in left.iter().zip(&fates).enumerate() {
        if original.len() > MOST_SHOWN {
            original += "<p class=\"note\">The rest is too long to be shown here.</p>";
            break;
        }
        if let Some(page) = &line.page {
            let _ = write!(original, "<h3>{}</h3>", html(&one_line(page)));
        }
        let text = html(&line.text);
        let _ = match became {
            Became::Kept(to) => write!(original, "<a id=\"o{number}\" href=\"#p{to}\">{text}</a>"),
            Became::Heading(to) => write!(original, "<a class=\"heading\" id=\"o{number}\" href=\"#p{to}\">{text}</a>"),
            Became::Dropped(reason) => {
                write!(original, "<p class=\"dropped\" id=\"o{number}\">{text} <small>{}</small></p>", html(&reason.replace('_', " ")))
            }
            Became::Nothing => write!(original, "<p class=\"nothing\" id=\"o{number}\">{text}</p>"),
        };
    }
    for (number, line) in right.iter().enumerate() {
        if prepared.len() > MOST_SHOWN {
            prepared += "<p class=\"note\">The rest is too long to be shown here.</p>";
            break;
        }
        let section = &sections[line.section];
        if last.replace(line.section) != Some(line.section) {
            let headings: Vec<String> = section.heading_path.iter().map(|heading| html(&one_line(heading))).collect();
            let _ = write!(prepared, "<h3>Section {} <small>{}</small></h3>", line.section + 1, headings.join(" &rsaquo; "));
        }
        let to = line.left.map(|left| format!(" href=\"#o{left}\"")).unwrap_or_default();
        let _ = write!(prepared, "<a id=\"p{number}\"{to}>");
        for piece in pieces(section, &line.range) {
            let text = html(piece.text);
            let _ = match piece.was {
                None => write!(prepared, "{text}"),
                Some(was) => write!(prepared, "<del>{}</del><ins>{text}</ins>", html(was)),
            };
        }
        prepared += "</a>";
    }
    let repairs: usize = sections.iter().map(|section| section.repairs.len()).sum();
    let told = format!("{} sections, {repairs} repairs, {} pieces left out", sections.len(), dropped.len());
    let shown = title.as_deref().map(|title| format!("{} &middot; ", html(&one_line(title)))).unwrap_or_default();
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{name}</title><style>{STYLE}</style></head>\n<body class=\"facing\"><header><h1>{name}</h1><p>{shown}{} &middot; {told} &middot; \
         <a href=\"index.html\">all documents</a></p></header>\n\
         <main><section aria-label=\"Original\" tabindex=\"0\"><h2>Original</h2>{original}</section>\n\
         <section aria-label=\"Prepared\" tabindex=\"0\"><h2>Prepared</h2>{prepared}</section></main></body></html>\n",
        html(media_type),
        name = html(&one_line(name)),
    )
}
