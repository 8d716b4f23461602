//! The table `sections`: one row a section, its words in one column for the full-text search, its vector in another, and what has no
//! column of its own (headings, role, page, spans, repairs) as JSON in `details`, so that a section comes back as it went in.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, FixedSizeListArray, Float32Array, LargeStringArray, RecordBatch, StringArray, UInt32Array, UInt64Array,
};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Field, Float32Type, Schema, SchemaRef, UInt32Type, UInt64Type};
use arrow::error::ArrowError;
use lance_linalg::distance::Dot as _;
use records::{OffsetMap, PageStart, Repair, Role, Section};
use serde::{Deserialize, Serialize};

use super::vectors::normalise;

/// The column of the full-text index: the [body] of a section in the form in which words are compared.
pub(super) const BODY: &str = "body";
/// The column of the vector search.
pub(super) const VECTOR: &str = "vector";
/// What has to be read to give a section back.
pub(super) const PASSAGE: [&str; 6] = ["doc_id", "path", "title", "section", "text", "details"];

/// What the full-text search sees of a section: title, headings, text.
#[must_use]
pub fn body(section: &Section) -> String {
    let title = section.title.iter().filter(|title| section.heading_path.first() != Some(*title));
    let mut body = String::with_capacity(section.text.len() + 64);
    for line in title.chain(&section.heading_path) {
        body.push_str(line);
        body.push('\n');
    }
    body.push_str(&section.text);
    body
}

#[derive(Serialize, Deserialize)]
struct Details {
    heading_path: Vec<String>,
    role: Role,
    page: Option<u32>,
    spans: OffsetMap,
    repairs: Vec<Repair>,
    /// Missing in an index of sections without pages of extracted text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pages: Vec<PageStart>,
}

/// What stands between a section's details and its [`checksum`] in their column; an older index has neither.
const CHECKSUM: &str = ",\"checksum\":";

/// The first 64 bits of the BLAKE3 hash of what a citation rests on: the database has no checksum of its own, and what is read is quoted.
fn checksum(path: &str, section: u32, text: &str, details: &str) -> u64 {
    let mut hasher = blake3::Hasher::new();
    for part in [path.as_bytes(), &section.to_le_bytes(), text.as_bytes(), details.as_bytes()] {
        hasher.update(&(part.len() as u64).to_le_bytes()).update(part);
    }
    hasher.finalize().as_bytes()[..8].iter().fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

/// The columns; `vector` only where there are vectors.
pub(super) fn schema(dimensions: usize) -> SchemaRef {
    let mut fields = vec![
        Field::new("key", DataType::UInt64, false),
        Field::new("doc_id", DataType::Utf8, false),
        Field::new("path", DataType::Utf8, false),
        Field::new("title", DataType::Utf8, true),
        Field::new("section", DataType::UInt32, false),
        Field::new("text", DataType::LargeUtf8, false),
        Field::new(BODY, DataType::LargeUtf8, false),
        Field::new("details", DataType::LargeUtf8, false),
    ];
    if dimensions > 0 {
        fields.push(Field::new(VECTOR, DataType::FixedSizeList(item(), dimensions as i32), true));
    }
    Arc::new(Schema::new(fields))
}

fn item() -> Arc<Field> {
    Arc::new(Field::new("item", DataType::Float32, true))
}

/// Rows for the sections from key `first` on. A vector with a number that is none becomes a missing one: the section is still found by its words.
pub(super) fn encode(
    first: u64,
    sections: &[Section],
    bodies: &[String],
    vectors: &[Vec<f32>],
    dimensions: usize,
) -> Result<RecordBatch, ArrowError> {
    let details = |section: &Section| {
        let Section { heading_path, role, page, spans, repairs, pages, .. } = section.clone();
        let details = serde_json::to_string(&Details { heading_path, role, page, spans, repairs, pages })
            .map_err(|error| ArrowError::JsonError(error.to_string()))?;
        let details = details.strip_suffix('}').unwrap_or(&details);
        Ok::<_, ArrowError>(format!("{details}{CHECKSUM}{}}}", checksum(&section.path, section.section, &section.text, details)))
    };
    let details = sections.iter().map(details).collect::<Result<Vec<_>, _>>()?;
    let mut columns: Vec<ArrayRef> = vec![
        Arc::new(UInt64Array::from_iter_values(first..first + sections.len() as u64)),
        Arc::new(StringArray::from_iter_values(sections.iter().map(|section| &section.doc_id))),
        Arc::new(StringArray::from_iter_values(sections.iter().map(|section| &section.path))),
        Arc::new(sections.iter().map(|section| section.title.as_deref()).collect::<StringArray>()),
        Arc::new(UInt32Array::from_iter_values(sections.iter().map(|section| section.section))),
        Arc::new(LargeStringArray::from_iter_values(sections.iter().map(|section| &section.text))),
        Arc::new(LargeStringArray::from_iter_values(bodies)),
        Arc::new(LargeStringArray::from_iter_values(&details)),
    ];
    if dimensions > 0 {
        let usable: Vec<bool> = vectors.iter().map(|vector| is_usable(vector)).collect();
        let numbers = vectors.iter().flatten().map(|number| if number.is_finite() { *number } else { 0.0 });
        let values = Arc::new(Float32Array::from_iter_values(numbers));
        columns.push(Arc::new(FixedSizeListArray::try_new(item(), dimensions as i32, values, Some(NullBuffer::from(usable)))?));
    }
    RecordBatch::try_new(schema(dimensions), columns)
}

/// Whether a vector has a direction.
pub(super) fn is_usable(vector: &[f32]) -> bool {
    let norm = vector.iter().map(|number| number * number).sum::<f32>();
    norm.is_finite() && norm > 0.0
}

/// The sections of rows read with the columns of [`PASSAGE`], in the order of the rows.
pub(super) fn decode(batch: &RecordBatch) -> Result<Vec<Section>, String> {
    let column = |name: &str| batch.column_by_name(name).ok_or_else(|| format!("column `{name}` is missing"));
    let words = |name: &str| column(name)?.as_string_opt::<i32>().ok_or_else(|| format!("column `{name}` holds no text"));
    let long = |name: &str| column(name)?.as_string_opt::<i64>().ok_or_else(|| format!("column `{name}` holds no text"));
    let numbers = column("section")?.as_primitive_opt::<UInt32Type>().ok_or("column `section` holds no numbers")?;
    let (doc_ids, paths, titles) = (words("doc_id")?, words("path")?, words("title")?);
    let (texts, details) = (long("text")?, long("details")?);
    let row = |at: usize| {
        let (path, section, text) = (paths.value(at), numbers.value(at), texts.value(at));
        if let Some((details, written)) = details.value(at).rsplit_once(CHECKSUM)
            && written.strip_suffix('}') != Some(&checksum(path, section, text, details).to_string())
        {
            return Err(format!("section {section} of {path} is not what was written"));
        }
        let Details { heading_path, role, page, spans, repairs, pages } =
            serde_json::from_str(details.value(at)).map_err(|error| format!("column `details`, row {at}: {error}"))?;
        Ok(Section {
            doc_id: doc_ids.value(at).to_owned(),
            path: path.to_owned(),
            title: (!titles.is_null(at)).then(|| titles.value(at).to_owned()),
            section,
            heading_path,
            role,
            text: text.to_owned(),
            spans,
            page,
            repairs,
            links: Vec::new(),
            pages,
        })
    };
    (0..batch.num_rows()).map(row).collect()
}

/// The cosine of each row's vector with `query`, which has unit length; 0 for a row without one.
pub(super) fn cosines(batch: &RecordBatch, query: &[f32]) -> Vec<f32> {
    let lists = batch.column_by_name(VECTOR).and_then(|column| column.as_fixed_size_list_opt());
    let cosine = |at: usize| {
        let list = lists.filter(|lists| !lists.is_null(at))?.value(at);
        let mut vector = list.as_primitive_opt::<Float32Type>()?.values().to_vec();
        normalise(&mut vector);
        (vector.len() == query.len()).then(|| f32::dot(&vector, query))
    };
    (0..batch.num_rows()).map(|at| cosine(at).unwrap_or_default()).collect()
}

/// Addresses of the rows that a search found.
pub(super) fn addresses(batches: &[RecordBatch]) -> Option<Vec<u64>> {
    let mut out = Vec::new();
    for batch in batches {
        out.extend_from_slice(batch.column_by_name("_rowid")?.as_primitive_opt::<UInt64Type>()?.values());
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use records::Segment;

    use super::*;

    #[test]
    fn a_section_comes_back_as_it_went_in() {
        let mut spans = OffsetMap::verbatim(17, 4);
        spans.push(Segment { clean: 6, clean_length: 1, raw: 30, raw_length: 5 }).unwrap();
        let section = Section {
            doc_id: "d".into(),
            path: "a/b \"c\".md".into(),
            title: Some("Ein Titel\u{1F600}".into()),
            section: 3,
            heading_path: vec!["One".into(), "<Two>\n".into()],
            role: Role::TableRow,
            text: "text & \u{0}more".into(),
            spans,
            page: Some(7),
            repairs: vec![Repair { start: 0, end: 4, original: "tcxt".into() }],
            links: vec![],
            pages: vec![PageStart { page: 7, start: 3 }],
        };
        let plain = Section { title: None, page: None, repairs: vec![], heading_path: vec![], pages: vec![], ..section.clone() };
        let sections = [section, plain];
        let bodies: Vec<String> = sections.iter().map(body).collect();
        assert_eq!(bodies[0], "Ein Titel\u{1F600}\nOne\n<Two>\n\ntext & \u{0}more");
        let vectors = [vec![0.0, 2.0], vec![f32::NAN, 1.0]];
        let batch = encode(5, &sections, &bodies, &vectors, 2).unwrap();
        assert_eq!(decode(&batch).unwrap(), sections);
        assert_eq!(cosines(&batch, &[0.0, 1.0]), [1.0, 0.0]);
        let altered = LargeStringArray::from_iter_values(["text & \u{0}less", sections[1].text.as_str()]);
        let schema = batch.schema();
        let text = schema.index_of("text").unwrap();
        let mut columns = batch.columns().to_vec();
        columns[text] = Arc::new(altered);
        let batch = RecordBatch::try_new(schema, columns).unwrap();
        assert!(decode(&batch).unwrap_err().contains("section 3 of a/b \"c\".md"));
    }
}
