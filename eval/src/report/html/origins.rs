//! What the systems cost, and where the numbers come from.

use std::fmt::Write as _;

use retrieve_model::report::escape::html as text;

use super::super::{Cost, Results};
use crate::systems::SystemCard;

/// Time, memory and size of each system.
pub(super) fn costs(out: &mut String, systems: &[SystemCard], costs: &[Cost]) {
    out.push_str("<h2>Cost</h2><div class=\"wide\"><table><thead><tr><th>system</th><th>median s / question</th><th>mean</th><th>95 %</th><th>preparation s</th><th>preparation MB of memory</th><th>passages</th><th>index MB</th></tr></thead><tbody>");
    for (system, cost) in systems.iter().zip(costs) {
        let megabytes =
            |bytes: Option<u64>| bytes.filter(|bytes| *bytes > 0).map_or("—".into(), |bytes| format!("{:.1}", bytes as f64 / 1e6));
        let _ = write!(
            out,
            "<tr><td>{}<br><small>{}</small></td><td>{:.3}</td><td>{:.3}</td><td>{:.3}</td><td>{:.1}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            text(&system.name),
            text(&system.description),
            cost.median,
            cost.mean,
            cost.p95,
            system.preparation_seconds,
            megabytes(system.preparation_bytes),
            system.passages,
            megabytes(Some(system.index_bytes))
        );
    }
    out.push_str("</tbody></table></div>\n");
}

/// Where the numbers come from: commit, machine, data, configurations, the record of the tuning.
pub(super) fn origins(out: &mut String, results: &Results) {
    let counts = results.counts.iter().map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ");
    let _ = writeln!(
        out,
        "<h2>Where this comes from</h2><p class=\"small\">{} · commit {} · {} · data {} · seed {} · {} resamples · questions: {}</p>",
        text(&results.program),
        text(&results.commit),
        text(&results.machine),
        text(&results.data),
        results.suite.seed,
        results.resamples,
        text(&counts)
    );
    if let Some(leaks) = &results.leaks {
        let _ = writeln!(
            out,
            "<p class=\"small\">Compared with {} training documents and {} training questions of {}: no question, document or sentence that is asked stands in them.</p>",
            leaks.documents,
            leaks.questions,
            text(&leaks.folders.join(", "))
        );
    }
    for system in &results.systems {
        let configuration = serde_json::to_string_pretty(&system.configuration).unwrap_or_default();
        let _ = writeln!(
            out,
            "<details><summary>Configuration of {}</summary><div class=\"inside\"><pre>{}</pre></div></details>",
            text(&system.name),
            text(&configuration)
        );
    }
    if let Some(tuned) = &results.tuned {
        let _ = write!(
            out,
            "<details><summary>How the workflow was tuned: {} tries on {} development questions, objective {:.3}</summary><div class=\"inside\">\
             <p class=\"small soft\">Objective: 0.4 answer F1 + 0.4 evidence F1 + 0.2 nDCG@10 (answer F1 alone without gold facts). A try is kept if it is the best so far.</p>\
             <div class=\"wide\"><table><thead><tr><th>knob</th><th>round</th><th>value</th><th>objective</th><th></th></tr></thead><tbody>",
            tuned.tries.len(),
            tuned.questions,
            tuned.objective
        );
        for one in &tuned.tries {
            let kept = if one.kept { "<td class=\"win\">kept</td>" } else { "<td></td>" };
            let _ = write!(
                out,
                "<tr><td>{}</td><td>{}</td><td>{:.3}</td><td>{:.4}</td>{kept}</tr>",
                text(&one.knob),
                one.round,
                one.value,
                one.objective
            );
        }
        out.push_str("</tbody></table></div></div></details>\n");
    }
}
