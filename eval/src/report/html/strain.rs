//! The fragility curves, and the same numbers as a table.

use std::fmt::Write as _;

use retrieve_model::report::escape::html as text;

use super::super::{METRICS, curves};
use super::legend;
use super::tables::{difference_cells, value_cell};
use crate::fragility::{Against, Curve, Fragility};

/// Metrics that have a curve.
const DRAWN: [&str; 3] = ["exact_match", "reader_score", "ndcg_10"];

/// Writes the section.
pub(super) fn write(out: &mut String, fragility: &Fragility) {
    if fragility.curves.is_empty() {
        return;
    }
    let _ = writeln!(
        out,
        "<h2>What breaks it</h2><p class=\"soft\">{} questions over a sample of {} documents, asked again at every point; bands are 95 % intervals.</p>{}",
        fragility.questions,
        fragility.documents,
        legend(&fragility.systems)
    );
    let parts = [
        (Against::Noise, "Damaged documents", "The share of damaged words grows from left to right, one kind of damage at a time."),
        (
            Against::Knob,
            "Knobs of the workflow set wrong",
            "Each knob multiplied by a factor; 1 is where tuning left it. The two models have none of these knobs: their line is level.",
        ),
        (Against::Domain, "Another suite", "Both systems on another suite, the workflow with the knobs it was tuned to on this one."),
    ];
    for (against, heading, meaning) in parts {
        let own: Vec<&Curve> = fragility.curves.iter().filter(|curve| curve.against == against).collect();
        if own.is_empty() {
            continue;
        }
        let _ = writeln!(out, "<h3>{heading}</h3><p class=\"small soft\">{meaning}</p>");
        if against != Against::Domain {
            own.iter().for_each(|curve| drawn(out, curve));
        }
        table(out, &own, &fragility.systems);
    }
}

fn drawn(out: &mut String, curve: &Curve) {
    let _ = write!(out, "<h4>{} <span class=\"soft small\">{}</span></h4><div class=\"three\">", text(&curve.name), text(&curve.meaning));
    for metric in DRAWN {
        let title = METRICS.iter().find(|one| one.name == metric).map_or(metric, |one| one.title);
        let _ =
            write!(out, "<figure><figcaption class=\"small soft\">{}</figcaption>{}</figure>", text(title), curves::curve(curve, metric));
    }
    out.push_str("</div>\n");
}

fn table(out: &mut String, curves: &[&Curve], systems: &[String]) {
    let heads: String = systems.iter().enumerate().map(|(number, name)| format!("<th class=\"s{number}\">{}</th>", text(name))).collect();
    let _ = write!(
        out,
        "<details><summary><span class=\"q\">The numbers (exact match)</span></summary><div class=\"inside\"><div class=\"wide\"><table><thead><tr><th></th><th>at</th><th>characters changed</th>{heads}<th>difference</th><th></th></tr></thead><tbody>"
    );
    for curve in curves {
        for point in &curve.points {
            let characters = point.characters.map_or("—".into(), |share| format!("{:.1} %", 100.0 * share));
            let _ = write!(out, "<tr><td>{}</td><td>{}</td><td>{characters}</td>", text(&curve.name), text(&point.label));
            let line = point.lines.iter().find(|line| line.metric == "exact_match");
            line.iter().flat_map(|line| &line.estimates).for_each(|one| out.push_str(&value_cell(*one)));
            let _ = write!(out, "{}</tr>", difference_cells(line.and_then(|line| line.difference), true));
        }
    }
    out.push_str("</tbody></table></div><p class=\"small soft\">p-values corrected by Holm's method over every point and measure of a curve.</p></div></details>\n");
}
