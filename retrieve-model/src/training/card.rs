//! The model card: what the model is, what it was trained on and what it measured, rendered from the numbers and never typed.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::measure::Measured;
use crate::model::RetrieveConfig;

/// The blake3 and the name of each base that `just base` fetches.
const BASES: &str = include_str!("../../../data/base.blake3");

/// Data folders beside each other that are named one by one.
const MOST_NAMED: usize = 12;

/// What was measured, beside the card: overall and by kind of question.
pub const MEASURED: &str = "measured.json";

/// The README of a release folder; `training` says what was trained, for how long, `fitted` whether the confidence was fitted anew.
#[must_use]
pub fn card(
    name: &str,
    config: &RetrieveConfig,
    data: &[PathBuf],
    sections: usize,
    (questions, written): (usize, usize),
    (training, fitted): (&str, bool),
    measured: &Measured,
) -> String {
    let mut out = described(name, config);
    let _ = writeln!(out, "- data of this training: {} ({sections} sections, {questions} questions)", folders(data));
    if written > 0 {
        let _ = writeln!(
            out,
            "- {written} of these questions were written, the released model's by Claude (Anthropic; `data/written/assistant` and `data/invented`, kept as data, since they come out \
             differently each time) and, about the texts `ares`, also by the models behind ares_synthetic (Apache-2.0, stanford-futuredata/ARES; FLAN-T5 XXL by its paper), some once more as a choice between two such answers; the others made by rule"
        );
    }
    let _ = writeln!(out, "- training: {training}\n");
    let confidence = match fitted {
        true => "the confidence was fitted on one half of them, what `--precision` keeps was read off the other",
        false => "the confidence and what `--precision` keeps are the base's",
    };
    let _ = writeln!(
        out,
        "## Development split\n\n{} synthetic questions; {} (an answer to a written question counts as right from half of the words on, any other nearly whole). As it ships an answer that is likelier right than wrong is given, and from {} on one that is not sure, said so; answered, precision and right below count the former.\n",
        measured.questions, confidence, config.calibration.unsure
    );
    let _ = writeln!(out, "| measure | value |\n|---|---:|");
    for (name, value) in measured.values.iter().filter(|(name, _)| !name.contains('/')) {
        let _ = writeln!(out, "| {} | {value:.3} |", name.replace('_', " "));
    }
    let _ = writeln!(out, "\nThe same by kind of question: [`{MEASURED}`]({MEASURED}).");
    out
}

/// The names of data folders; of many beside each other only how many they are.
fn folders(data: &[PathBuf]) -> String {
    let name = |dir: Option<&Path>| dir.and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned();
    let mut beside: Vec<(Option<&Path>, Vec<String>)> = Vec::new();
    for dir in data {
        match beside.iter_mut().find(|(parent, _)| *parent == dir.parent()) {
            Some((_, names)) => names.push(name(Some(dir))),
            None => beside.push((dir.parent(), vec![name(Some(dir))])),
        }
    }
    let told = |(parent, names): (Option<&Path>, Vec<String>)| match names.len() {
        0..=MOST_NAMED => names.join(", "),
        many => format!("{many} corpora in {}", name(parent)),
    };
    beside.into_iter().map(told).collect::<Vec<_>>().join(", ")
}

/// What it is and what it is made of.
fn described(name: &str, config: &RetrieveConfig) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "# Tandem retrieval-and-report model, preset `{name}`\n");
    let _ = writeln!(
        out,
        "Finds the sections of a corpus that answer a question, points at the sentences and the value that answer it, or abstains."
    );
    let _ = writeln!(out, "It writes no text of its own, and it is not for questions whose answer no sentence states.\n");
    let encoder = &config.encoder;
    let _ = writeln!(
        out,
        "- encoder: width {}, {} blocks, {} heads, vocabulary {}; published weights with the blake3 {} before our training",
        encoder.hidden_size, encoder.num_hidden_layers, encoder.num_attention_heads, encoder.vocab_size, config.base
    );
    let retriever = config.retriever();
    if config.retriever.is_some() {
        let small = &retriever.encoder;
        let _ = writeln!(
            out,
            "- for retrieval vectors and comparison another one: width {}, {} blocks, blake3 {}",
            small.hidden_size, small.num_hidden_layers, retriever.base
        );
    }
    let bases = [config.base.as_str(), retriever.base.as_str()];
    let known = BASES.lines().filter_map(|line| line.split_once(' ')).filter(|(hash, _)| bases.contains(hash));
    for (_, name) in known {
        let after = if name == "all-mpnet-base-v2" { "microsoft/mpnet-base" } else { "nreimers/MiniLM-L6-H384-uncased" };
        let _ = writeln!(
            out,
            "- the base {name} (Apache-2.0, sentence-transformers; after {after}) was trained by its makers on a \
             billion pairs of sentences by people, question sites and question sets among them: only the training named below is on synthetic \
             questions alone"
        );
    }
    let bits = if config.narrow {
        "; words written in 3 bits, the blocks that read in 4, those that compare in 5, those of the vectors in 6"
    } else {
        ""
    };
    let _ = writeln!(out, "- the word vectors are as published{bits}");
    let _ = writeln!(
        out,
        "- retrieval vector: {} numbers from {} blocks, distilled towards the whole published encoder's on texts of the same data",
        retriever.encoder.hidden_size, config.vector_blocks
    );
    if config.search.compared > 0 {
        let _ = writeln!(
            out,
            "- of what keywords and vectors find, {} sections a search are compared with the question by the published encoder, whose blocks are beside",
            config.search.compared
        );
    }
    let _ = writeln!(out, "- reads {} sections a search, {} searches at most", config.search.read, config.search.searches);
    if config.further {
        let _ =
            writeln!(out, "- gives the other items of a list and what another source says against the first answer, where it learned to");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_folders_beside_each_other_are_counted() {
        let few = ["/data/world", "/data/wiki"].map(PathBuf::from);
        assert_eq!(folders(&few), "world, wiki");
        let many = (0..=MOST_NAMED).map(|n| PathBuf::from(format!("/data/invented/{n}")));
        assert_eq!(folders(&few.into_iter().chain(many).collect::<Vec<_>>()), "world, wiki, 13 corpora in invented");
    }
}
