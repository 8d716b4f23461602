//! Inline SVG: intervals side by side, error rate against coverage, and how often answers of a confidence are right. Colours come from the page's style sheet; text is escaped.

use std::fmt::Write as _;

use retrieve_model::report::escape;

use super::metric::by_confidence;
use super::{Group, METRICS, ResultRow};

/// Height of a line of the interval chart.
const LINE: f64 = 34.0;
/// Left margin for names and width of the plot.
const LEFT: f64 = 170.0;
const WIDTH: f64 = 430.0;

/// Value and 95 % interval of some metrics for every system, one line a metric, from 0 to 1.
#[must_use]
pub fn intervals(group: &Group, metrics: &[&str]) -> String {
    let lines: Vec<_> = metrics.iter().filter_map(|name| group.lines.iter().find(|line| line.metric == **name)).collect();
    let height = LINE * lines.len() as f64 + 28.0;
    let x = |value: f64| LEFT + WIDTH * value.clamp(0.0, 1.0);
    let mut svg = format!(
        "<svg class=\"chart\" viewBox=\"0 0 {:.0} {height:.0}\" role=\"img\" aria-label=\"values with 95 % intervals\">",
        LEFT + WIDTH + 30.0
    );
    for tick in 0..=5 {
        let at = x(f64::from(tick) / 5.0);
        let _ = write!(svg, "<line class=\"grid\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"4\" y2=\"{:.1}\"/>", height - 22.0);
        let _ = write!(
            svg,
            "<text class=\"tick\" x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{:.1}</text>",
            height - 6.0,
            f64::from(tick) / 5.0
        );
    }
    for (number, line) in lines.iter().enumerate() {
        let top = LINE * number as f64 + 6.0;
        let title = METRICS.iter().find(|metric| metric.name == line.metric).map_or(line.metric.as_str(), |metric| metric.title);
        let _ = write!(
            svg,
            "<text class=\"name\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            LEFT - 12.0,
            top + 15.0,
            escape::html(title)
        );
        for (system, estimate) in line.estimates.iter().enumerate() {
            let Some(estimate) = estimate else { continue };
            let y = top + 6.0 + 10.0 * system as f64;
            let (low, high, at) = (x(estimate.low), x(estimate.high), x(estimate.value));
            let _ = write!(svg, "<line class=\"interval s{system}\" x1=\"{low:.1}\" x2=\"{high:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>");
            let _ = write!(
                svg,
                "<circle class=\"dot s{system}\" cx=\"{at:.1}\" cy=\"{y:.1}\" r=\"4\"><title>{:.3} [{:.3}, {:.3}]</title></circle>",
                estimate.value, estimate.low, estimate.high
            );
        }
    }
    svg.push_str("</svg>");
    svg
}

/// Bins of a reliability diagram.
const BINS: usize = 10;

/// Share of right answers among those given with about one confidence, one curve a system (a reliability diagram, Guo et al. 2017). On the diagonal
/// the confidence says what it means; bins with fewer than five answers are left out.
#[must_use]
pub fn reliability(rows: &[ResultRow], systems: &[String]) -> String {
    const SIDE: f64 = 240.0;
    let point = |confidence: f64, right: f64| (46.0 + SIDE * confidence, 10.0 + SIDE * (1.0 - right));
    let mut svg =
        String::from("<svg class=\"chart\" viewBox=\"0 0 310 296\" role=\"img\" aria-label=\"right answers against confidence\">");
    for tick in 0..=4 {
        let share = f64::from(tick) / 4.0;
        let (x, y) = point(share, share);
        let _ = write!(svg, "<line class=\"grid\" x1=\"46\" x2=\"286\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>");
        let _ = write!(svg, "<text class=\"tick\" x=\"40\" y=\"{:.1}\" text-anchor=\"end\">{share:.2}</text>", y + 4.0);
        let _ = write!(svg, "<text class=\"tick\" x=\"{x:.1}\" y=\"266\" text-anchor=\"middle\">{share:.2}</text>");
    }
    let ((x1, y1), (x2, y2)) = (point(0.0, 0.0), point(1.0, 1.0));
    let _ = write!(svg, "<line class=\"grid\" x1=\"{x1:.1}\" x2=\"{x2:.1}\" y1=\"{y1:.1}\" y2=\"{y2:.1}\"/>");
    svg.push_str("<text class=\"tick\" x=\"166\" y=\"288\" text-anchor=\"middle\">confidence of the answers given</text>");
    for (number, system) in systems.iter().enumerate() {
        // Answers, confidence, right ones.
        let mut bins = [(0.0, 0.0, 0.0); BINS];
        for row in rows.iter().filter(|row| row.system == *system && !row.report.answer.is_empty()) {
            let confidence = f64::from(row.report.confidence.clamp(0.0, 1.0));
            let bin = &mut bins[((confidence * BINS as f64) as usize).min(BINS - 1)];
            *bin = (bin.0 + 1.0, bin.1 + confidence, bin.2 + f64::from(u8::from(row.scores.right)));
        }
        let mut path = String::new();
        for (given, confidence, right) in bins.into_iter().filter(|bin| bin.0 >= 5.0) {
            let (confidence, right) = (confidence / given, right / given);
            let (x, y) = point(confidence, right);
            let _ = write!(path, "{}{x:.1} {y:.1}", if path.is_empty() { "M" } else { " L" });
            let _ = write!(
                svg,
                "<circle class=\"dot s{number}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\"><title>{given} answers with {confidence:.2}: {right:.2} right</title></circle>"
            );
        }
        let _ = write!(svg, "<path class=\"curve s{number}\" d=\"{path}\"/>");
    }
    svg.push_str("</svg>");
    svg
}

/// Error rate among the most confident questions against their share of all, one curve a system.
#[must_use]
pub fn risk_coverage(rows: &[ResultRow], systems: &[String]) -> String {
    const SIDE: (f64, f64) = (420.0, 240.0);
    let point = |coverage: f64, risk: f64| (46.0 + SIDE.0 * coverage, 10.0 + SIDE.1 * (1.0 - risk));
    let mut svg = String::from("<svg class=\"chart\" viewBox=\"0 0 490 296\" role=\"img\" aria-label=\"error rate against coverage\">");
    for tick in 0..=4 {
        let share = f64::from(tick) / 4.0;
        let ((x, _), (_, y)) = (point(share, 0.0), point(0.0, share));
        let _ = write!(svg, "<line class=\"grid\" x1=\"46\" x2=\"466\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>");
        let _ = write!(svg, "<text class=\"tick\" x=\"40\" y=\"{:.1}\" text-anchor=\"end\">{share:.2}</text>", y + 4.0);
        let _ = write!(svg, "<text class=\"tick\" x=\"{x:.1}\" y=\"266\" text-anchor=\"middle\">{:.0} %</text>", 100.0 * share);
    }
    svg.push_str("<text class=\"tick\" x=\"256\" y=\"288\" text-anchor=\"middle\">share of questions, most confident first</text>");
    for (number, system) in systems.iter().enumerate() {
        let own: Vec<&ResultRow> = rows.iter().filter(|row| row.system == *system).collect();
        let (mut wrong, mut path) = (0.0, String::new());
        let step = own.len().div_ceil(300).max(1);
        for (seen, at) in by_confidence(&own).into_iter().enumerate() {
            wrong += f64::from(u8::from(!own[at].scores.right));
            if seen % step == 0 || seen + 1 == own.len() {
                let (x, y) = point((seen + 1) as f64 / own.len() as f64, wrong / (seen + 1) as f64);
                let _ = write!(path, "{}{x:.1} {y:.1}", if path.is_empty() { "M" } else { " L" });
            }
        }
        let _ = write!(svg, "<path class=\"curve s{number}\" d=\"{path}\"/>");
    }
    svg.push_str("</svg>");
    svg
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::rows::tests::row;

    #[test]
    fn a_reliability_diagram_has_a_dot_where_there_are_enough_answers() {
        let systems = ["tandem".to_owned()];
        // Of eight answers with 0.95 half are right; two with 0.15 are too few to say anything.
        let mut rows: Vec<ResultRow> = (0..8).map(|n| row("q", "tandem", if n % 2 == 0 { "12 euros" } else { "9" }, 0.95)).collect();
        rows.extend([row("q", "tandem", "9", 0.15), row("q", "tandem", "", 0.15), row("q", "tandem", "9", 0.15)]);
        let svg = reliability(&rows, &systems);
        assert_eq!(svg.matches("<circle").count(), 1, "{svg}");
        assert!(svg.contains("8 answers with 0.95: 0.50 right"), "{svg}");
    }
}
