//! Documents, queries and judgements of the older collections: SMART records (CISI, Cranfield, MED, as Salton's group kept them) and TREC mark-up.

use std::collections::BTreeMap;
use std::path::Path;

use records::SourceText;

use crate::EvalError;
use crate::metrics::Judgements;

/// Reads a file whose bytes may be of an older encoding.
pub(super) fn read_text(path: &Path) -> Result<String, EvalError> {
    Ok(String::from_utf8_lossy(&std::fs::read(path).map_err(EvalError::io(path))?).into_owned())
}

/// A record of a SMART file: its id and its fields, by their letter.
pub(super) struct Record {
    id: String,
    fields: BTreeMap<char, String>,
}

impl Record {
    fn field(&self, letter: char) -> String {
        self.fields.get(&letter).map(|text| collapsed(text)).unwrap_or_default()
    }

    /// Title and text as a document.
    pub(super) fn into_source(self) -> SourceText {
        let (title, text) = (self.field('T'), self.field('W'));
        SourceText { title: Some(title).filter(|title| !title.is_empty()), text, id: self.id }
    }

    /// The text as a query.
    pub(super) fn into_query(self) -> (String, String) {
        let query = self.field('W');
        (self.id, query)
    }
}

fn collapsed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The records of a text: `.I 12` begins one, a line `.W` or the like one of its fields.
pub(super) fn smart(text: &str) -> Vec<Record> {
    let mut out: Vec<Record> = Vec::new();
    let mut letter = None;
    for line in text.lines() {
        if let Some(id) = line.strip_prefix(".I ") {
            out.push(Record { id: id.trim().to_owned(), fields: BTreeMap::new() });
            letter = None;
        } else if let Some(named) = field_letter(line) {
            letter = Some(named);
        } else if let (Some(record), Some(letter)) = (out.last_mut(), letter) {
            let field = record.fields.entry(letter).or_default();
            field.push_str(line);
            field.push('\n');
        }
    }
    out
}

fn field_letter(line: &str) -> Option<char> {
    let mut characters = line.trim_end().chars();
    let (dot, letter) = (characters.next()?, characters.next()?);
    (dot == '.' && letter.is_ascii_uppercase() && characters.next().is_none()).then_some(letter)
}

/// Judgements by query. Four columns with a 0 in the second of every line are TREC's `query 0 document grade`; else the columns are `query document`,
/// in files of three with a grade behind them, of which a negative one means not relevant.
///
/// # Errors
/// With the number of a line that has too few columns.
pub(super) fn judgements(text: &str) -> Result<BTreeMap<String, Judgements>, usize> {
    let rows: Vec<(usize, Vec<&str>)> = text
        .lines()
        .enumerate()
        .map(|(at, line)| (at + 1, line.split_whitespace().collect()))
        .filter(|(_, row): &(_, Vec<_>)| !row.is_empty())
        .collect();
    let trec = rows.iter().all(|(_, row)| row.len() >= 4 && row[1] == "0");
    let mut out: BTreeMap<String, Judgements> = BTreeMap::new();
    for (number, row) in rows {
        let document = row.get(if trec { 2 } else { 1 }).ok_or(number)?;
        let grade = match (trec, row.len()) {
            (true, _) => row[3].parse::<f64>().map_err(|_| number)?,
            (false, 3) => f64::from(u8::from(!row[2].starts_with('-'))),
            (false, _) => 1.0,
        };
        out.entry(row[0].to_owned()).or_default().insert((*document).to_owned(), grade.max(0.0) as u32);
    }
    Ok(out)
}

/// The texts between `<tag>` and `</tag>`, in order, upper or lower case; where the end is missing, up to the next tag.
fn tagged<'a>(text: &'a str, tag: &str) -> Vec<&'a str> {
    // ASCII only, so places stay what they are.
    let lower = text.to_ascii_lowercase();
    let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(start) = lower[at..].find(&open).map(|found| at + found + open.len()) {
        let next_open = lower[start..].find('<').map_or(text.len(), |found| start + found);
        let end = lower[start..].find(&close).map_or(next_open, |found| start + found);
        out.push(&text[start..end]);
        at = end;
    }
    out
}

fn without_tags(text: &str) -> String {
    let mut out = String::new();
    for piece in text.split('<') {
        out.push_str(piece.split_once('>').map_or(piece, |(_, rest)| rest));
        out.push(' ');
    }
    collapsed(&out)
}

/// The documents of a TREC file: `<DOC>` with `<DOCNO>`, a title or headline, and the rest as text.
pub(super) fn trec_documents(text: &str) -> Vec<SourceText> {
    let document = |body: &str| {
        let id = collapsed(tagged(body, "docno").first()?);
        let title = ["title", "headline", "head"].iter().find_map(|tag| tagged(body, tag).first().map(|title| without_tags(title)));
        let text = tagged(body, "text");
        let text = if text.is_empty() {
            without_tags(body.split_once("</").map_or(body, |(_, rest)| rest))
        } else {
            without_tags(&text.join(" "))
        };
        Some(SourceText { id, title: title.filter(|title| !title.is_empty()), text })
    };
    tagged(text, "doc").into_iter().filter_map(document).collect()
}

/// The topics of a TREC file: number and title, the field that is short like a user's query.
pub(super) fn trec_topics(text: &str) -> Vec<(String, String)> {
    let topic = |body: &str| {
        // Fields of topics have no end tags: each goes on to the next one.
        let field = |tag: &str| {
            let start = body.to_ascii_lowercase().find(&format!("<{tag}>"))? + tag.len() + 2;
            Some(collapsed(body[start..].split('<').next().unwrap_or_default()))
        };
        let number = field("num")?;
        let number = number.trim_start_matches(|c: char| !c.is_ascii_digit()).to_owned();
        let title = field("title")?;
        Some((number, title.trim_start_matches("Topic:").trim().to_owned()))
    };
    tagged(text, "top").into_iter().filter_map(topic).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smart_records_have_ids_titles_and_texts() {
        let text = ".I 1\n.T\nTwo  lines\nof title\n.A\nSomeone\n.W\n  Text. \n.X\n1 2 3\n.I 2\n.W\nOther.\n";
        let documents: Vec<SourceText> = smart(text).into_iter().map(Record::into_source).collect();
        assert_eq!(
            (documents[0].id.as_str(), documents[0].title.as_deref(), documents[0].text.as_str()),
            ("1", Some("Two lines of title"), "Text.")
        );
        assert_eq!((documents[1].title.as_deref(), documents[1].text.as_str()), (None, "Other."));
    }

    #[test]
    fn judgements_of_every_column_order() {
        let grade = |text: &str, query: &str, document: &str| judgements(text).unwrap()[query].get(document).copied();
        assert_eq!(grade("     1     28\t0\t0.000000\n     1     35\t0\t0.000000\n", "1", "28"), Some(1), "SMART, as CISI has it");
        assert_eq!(grade("401 0 FBIS3-1 2\n401 0 FBIS3-2 0\n", "401", "FBIS3-1"), Some(2), "TREC");
        assert_eq!(grade("401 0 FBIS3-1 2\n401 0 FBIS3-2 0\n", "401", "FBIS3-2"), Some(0));
        assert_eq!(grade("1 184 2\n1 29 -1\n", "1", "29"), Some(0), "three columns, as Cranfield has them");
        assert_eq!(judgements("1 2 3\n4\n"), Err(2));
    }

    #[test]
    fn trec_documents_and_topics_are_read_from_their_tags() {
        let documents = trec_documents(
            "<DOC>\n<DOCNO> FT-1 </DOCNO>\n<HEADLINE>On ferries</HEADLINE>\n<TEXT>\n<P>They leave\nat nine.</P></TEXT>\n</DOC>\n<doc><docno>FT-2</docno>Bare.</doc>",
        );
        assert_eq!(
            (documents[0].id.as_str(), documents[0].title.as_deref(), documents[0].text.as_str()),
            ("FT-1", Some("On ferries"), "They leave at nine.")
        );
        assert_eq!((documents[1].id.as_str(), documents[1].text.as_str()), ("FT-2", "Bare."));
        let topics = trec_topics("<top>\n<num> Number: 401\n<title> foreign minorities, Germany\n<desc> Description:\nWhat?\n</top>");
        assert_eq!(topics, [("401".to_owned(), "foreign minorities, Germany".to_owned())]);
    }
}
