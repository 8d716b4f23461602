//! The ladder: which part loses what.

use std::fmt::Write as _;

use retrieve_model::report::escape::html as text;

use super::super::METRICS;
use super::tables::{difference_cells, value_cell};
use crate::ladder::{Ladder, Maker, Rung};

/// Metrics of the table.
const SHOWN: [&str; 3] = ["exact_match", "reader_score", "ndcg_10"];

/// Writes the section.
pub(super) fn write(out: &mut String, ladder: &Ladder) {
    if ladder.rungs.is_empty() {
        return;
    }
    let _ = writeln!(
        out,
        "<h2>Where answers are lost</h2><p class=\"soft\">{} answerable questions. Each of the three stages made by one system or the other, then both systems given what a stage \
         should have made. The difference is in exact match: of the combinations against the workflow alone, of the given texts against the rung before.</p>",
        ladder.questions
    );
    let heads: String = SHOWN
        .iter()
        .filter_map(|name| METRICS.iter().find(|metric| metric.name == *name))
        .map(|metric| format!("<th>{}</th>", text(metric.title)))
        .collect();
    let _ = write!(
        out,
        "<div class=\"wide\"><table><thead><tr><th>reads</th><th>prepared by</th><th>found by</th><th>answered by</th>{heads}<th>difference</th><th></th></tr></thead><tbody>"
    );
    ladder.rungs.iter().for_each(|rung| row(out, rung));
    out.push_str("</tbody></table></div><p class=\"small soft\">Paired bootstrap; p-values corrected by Holm's method over all metrics of all rungs.</p>\n");
}

fn row(out: &mut String, rung: &Rung) {
    let maker = |maker: Maker| {
        let class = match maker {
            Maker::Tandem => "s0",
            Maker::Workflow => "s1",
            Maker::Given => "soft",
        };
        format!("<td class=\"{class}\">{}</td>", maker.name())
    };
    let _ = write!(out, "<tr><td>{}</td>{}{}{}", text(&rung.text), maker(rung.preparation), maker(rung.retrieval), maker(rung.answer));
    SHOWN.iter().for_each(|metric| out.push_str(&value_cell(rung.estimate(metric))));
    let difference = rung.lines.iter().find(|line| line.metric == "exact_match").and_then(|line| line.difference);
    let _ = write!(out, "{}</tr>", difference_cells(difference, true));
}
