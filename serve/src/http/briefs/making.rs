//! How a report is made: its questions one after the other, then its files.

use std::collections::BTreeMap;
use std::fs;

use indicatif::ProgressBar;
use records::{Citation, Failure, Report, UserQuestion};
use retrieve_model::report::{Format, Target, write_reports};
use tokio::runtime::Handle;

use super::super::lane::Lane;
use super::{Brief, Now, Stage};
use crate::desk::Desk;

impl Brief {
    /// Answers the questions one after the other, between those that people wait for.
    pub(super) fn make(&self, desk: &Desk, lane: &Lane, handle: &Handle) {
        {
            let mut now = self.now();
            if now.stage == Stage::Removed {
                return;
            }
            *now = Now { stage: Stage::Running, parts: Vec::new() };
        }
        for question in self.questions() {
            let turn = handle.block_on(lane.turn());
            let answered = desk.current().and_then(|opened| opened.ask(&question, self.wanted.habits));
            drop(turn);
            let mut now = self.now();
            if now.stage == Stage::Removed {
                return;
            }
            now.parts.push(answered.map_err(|error| Failure::new(&question.question, "report", error)));
        }
        let stage = self.write(desk).map_or_else(Stage::Failed, |()| Stage::Done);
        let mut now = self.now();
        if now.stage != Stage::Removed {
            now.stage = stage;
        }
    }

    fn write(&self, desk: &Desk) -> Result<(), String> {
        let opened = desk.current().map_err(|error| error.to_string())?;
        let parts: BTreeMap<String, Result<Report, Failure>> = self.questions().map(|question| question.id).zip(self.parts()).collect();
        let answer = |question: &UserQuestion| {
            parts.get(&question.id).cloned().unwrap_or_else(|| Err(Failure::new(&question.id, "report", "was not asked")))
        };
        let questions = self.dir.join(format!("{}.jsonl", file_name(&self.wanted.title)));
        let lines: Vec<String> = self.questions().filter_map(|question| serde_json::to_string(&question).ok()).collect();
        fs::write(&questions, lines.join("\n")).map_err(|error| error.to_string())?;
        let _ = fs::remove_dir_all(self.folder());
        let look = |citation: &Citation| opened.context(citation);
        let formats = [Format::Html, Format::Docx];
        let (folder, identity) = (self.folder(), opened.identity());
        let target = Target::whole(&folder, &identity, &formats);
        let written = write_reports(&questions, &target, &answer, &look, &ProgressBar::hidden());
        written.map(drop).map_err(|error| error.to_string())
    }
}

/// A title as the name of a file: its letters and digits.
pub(super) fn file_name(title: &str) -> String {
    let kept: String = title.chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    let name: String = kept.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(60).collect();
    if name.is_empty() { "Report".into() } else { name }
}
