//! From a data folder to a released model and back: a tiny run on hand-made documents.

use std::fs;
use std::path::Path;

use backbone::{DeviceChoice, TrainingConfig, TransformerConfig, open_device};
use indicatif::ProgressBar;
use prep_model::inference::Preparer;
use prep_model::model::{FEATURES, ModelConfig};
use prep_model::training::{PrepTrainingError, PrepTrainingOptions, Preset, train, train_preset};
use records::{Document, Join, LineLabel, RawEdit, Role, Split, TableWriter};

/// A plain-text document as it is written, with what is known of its lines.
struct Draft {
    raw: String,
    rows: Vec<LineLabel>,
    /// Paragraphs that are still to be damaged.
    left: usize,
}

impl Draft {
    /// A title, two headings, wrapped paragraphs with some damage, a page number.
    fn report(number: usize) -> Self {
        let mut out = Self { raw: String::new(), rows: Vec::new(), left: 1 - number % 2 };
        out.line(&format!("Report number {number}"), Role::Title, Join::Break, 0);
        out.raw.push('\n');
        for part in 0..3 {
            out.line(&format!("{}. Opening of part {part}", part + 1), Role::Heading, Join::Break, 1);
            out.raw.push('\n');
            out.line(&format!("The main hall of house {number} is open to all guests who come by"), Role::Paragraph, Join::Space, 0);
            let wrapped = "train or by car, and the main door stands open until it is dark; the gar-";
            out.line(wrapped, Role::Paragraph, Join::DropHyphen, 0);
            out.line("den is open as well.", Role::Paragraph, Join::Break, 0);
            out.raw.push('\n');
        }
        out.raw.push_str("                  ");
        out.line(&format!("- {} -", number % 9 + 1), Role::PageNumber, Join::Break, 0);
        out
    }

    /// Writes a line: a paragraph with "rnain" for "main" where one is still to be damaged.
    fn line(&mut self, text: &str, role: Role, join: Join, level: u8) {
        let raw_start = self.raw.len() as u64;
        let damaged = (role == Role::Paragraph && self.left > 0).then(|| text.find("main")).flatten();
        self.left -= usize::from(damaged.is_some());
        let mut edits = Vec::new();
        match damaged {
            Some(at) => {
                self.raw.push_str(&text[..at]);
                let start = self.raw.len() as u64;
                self.raw.push_str("rnain");
                edits.push(RawEdit { raw_start: start, raw_end: start + 2, replacement: "m".into() });
                self.raw.push_str(&text[at + 4..]);
            }
            None => self.raw.push_str(text),
        }
        let (doc_id, raw_end) = (String::new(), self.raw.len() as u64);
        self.rows.push(LineLabel { doc_id, line: 0, raw_start, raw_end, role, level, join, starts_section: role == Role::Heading, edits });
        self.raw.push('\n');
    }
}

/// A data folder of such documents, every fifth of them for development.
fn make_data(dir: &Path, documents: usize) {
    fs::create_dir_all(dir.join("raw")).unwrap();
    let mut table = TableWriter::<Document>::create(dir, 0).unwrap();
    let mut labels = TableWriter::<LineLabel>::create(dir, 0).unwrap();
    for number in 0..documents {
        let Draft { raw, rows, .. } = Draft::report(number);
        let doc_id = blake3::hash(raw.as_bytes()).to_hex().to_string();
        let path = format!("doc{number}.txt");
        fs::write(dir.join("raw").join(&path), &raw).unwrap();
        let split = if number % 5 == 4 { Split::Dev } else { Split::Train };
        let media_type = "text/plain".to_owned();
        table
            .push(Document {
                doc_id: doc_id.clone(),
                path,
                media_type,
                bytes: raw.len() as u64,
                title: None,
                corpus: "test".into(),
                split,
                noise_level: 0.0,
                replaced: 0,
                dropped: 0,
            })
            .unwrap();
        labels.extend(rows.into_iter().map(|row| LineLabel { doc_id: doc_id.clone(), ..row })).unwrap();
    }
    table.finish().unwrap();
    labels.finish().unwrap();
}

fn tiny(steps: u64) -> Preset {
    let training =
        TrainingConfig { steps, learning_rate: 0.01, warm_up: 5, validate_every: 0, checkpoint_every: 0, ..TrainingConfig::default() };
    let model = ModelConfig::new(16, 24, 64, 16, 16, TransformerConfig::new(32, 1, 2, 64), 32, 96, FEATURES);
    Preset { documents: 100, dev_documents: 4, windows: 3, stretches: 12, model, training }
}

#[test]
fn a_model_learns_its_data_and_works_after_loading() {
    let (data, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    make_data(data.path(), 20);
    let numbers = train_preset(data.path(), out.path(), &tiny(150), DeviceChoice::Cpu, &ProgressBar::hidden()).unwrap();
    let number = |name: &str| numbers.iter().find(|(known, _)| known == name).unwrap().1;
    assert!(number("role_accuracy") > 0.95 && number("join_accuracy") > 0.95 && number("boundary_f1") > 0.95, "{numbers:?}");
    assert!(number("edit_recall") > 0.8 && number("clean_changes_per_10000") < 5.0, "{numbers:?}");

    let preparer = Preparer::load(&out.path().join("model"), &open_device(DeviceChoice::Cpu).unwrap()).unwrap();
    let bytes = fs::read(data.path().join("raw/doc4.txt")).unwrap();
    let (document, sections) = preparer.prepare("doc4.txt", &bytes).unwrap();
    assert_eq!(document.title.as_deref(), Some("Report number 4"));
    let expected = "The main hall of house 4 is open to all guests who come by train or by car, and the main door stands open until it is dark; the \
                    garden is open as well.";
    // One damaged word is no evidence of a scan, and one number none of pages: both stay as they are, though the model knows better.
    let (damaged, numbered) = (expected.replace("main hall", "rnain hall"), format!("{expected}\n- 5 -"));
    let texts = [
        format!("Report number 4\n1. Opening of part 0\n{damaged}"),
        format!("2. Opening of part 1\n{expected}"),
        format!("3. Opening of part 2\n{numbered}"),
    ];
    assert_eq!(sections.iter().map(|section| section.text.as_str()).collect::<Vec<_>>(), texts);
    assert_eq!(sections[1].heading_path, ["2. Opening of part 1"]);
    assert!(sections.iter().all(|section| section.repairs.is_empty()));
}

#[test]
fn what_is_missing_is_named() {
    let empty = tempfile::tempdir().unwrap();
    let options = PrepTrainingOptions { preset: "huge".into(), ..PrepTrainingOptions::default() };
    let error = train(empty.path(), empty.path(), &options, &ProgressBar::hidden()).unwrap_err();
    assert!(matches!(error, PrepTrainingError::Preset { .. }) && error.to_string().contains("demo, small"));
    let error = train(empty.path(), empty.path(), &PrepTrainingOptions::default(), &ProgressBar::hidden()).unwrap_err();
    assert!(error.to_string().contains("documents"), "{error}");
    let error = Preparer::load(empty.path(), &open_device(DeviceChoice::Cpu).unwrap()).unwrap_err();
    assert!(error.to_string().contains("config.json"), "{error}");
}
