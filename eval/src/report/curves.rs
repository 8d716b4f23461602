//! Inline SVG of a fragility curve: a line with its 95 % band for every system. Colours come from the page's style sheet.

use std::fmt::Write as _;

use retrieve_model::report::escape;

use crate::fragility::{Against, Curve, Point};
use crate::statistics::Estimate;

/// Size of a plot, and of the room for its axes.
const WIDTH: f64 = 270.0;
const HEIGHT: f64 = 150.0;
const LEFT: f64 = 38.0;
const TOP: f64 = 8.0;

/// The curve of one metric. Scores that can be negative have an axis from -1.
#[must_use]
pub fn curve(curve: &Curve, metric: &str) -> String {
    let values: Vec<Vec<Option<Estimate>>> = curve.points.iter().map(|point| estimates(point, metric)).collect();
    let lowest = values.iter().flatten().flatten().map(|one| one.low).fold(0.0, f64::min);
    let floor = if lowest < 0.0 { -1.0 } else { 0.0 };
    let y = |value: f64| TOP + HEIGHT * (1.0 - (value.clamp(floor, 1.0) - floor) / (1.0 - floor));
    let x = |at: usize| LEFT + 10.0 + (WIDTH - 20.0) * place(curve, at);
    let mut svg = format!(
        "<svg class=\"chart\" viewBox=\"0 0 {:.0} {:.0}\" role=\"img\" aria-label=\"{}\">",
        LEFT + WIDTH + 8.0,
        TOP + HEIGHT + 26.0,
        escape::html(&format!("{metric} against {}", curve.name))
    );
    for tick in 0..=4 {
        let value = floor + (1.0 - floor) * f64::from(tick) / 4.0;
        let at = y(value);
        let _ = write!(svg, "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>", LEFT + WIDTH);
        let _ = write!(svg, "<text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{value:.2}</text>", LEFT - 6.0, at + 4.0);
    }
    for (at, point) in curve.points.iter().enumerate() {
        let name = if curve.against == Against::Knob { format!("× {}", point.at) } else { format!("{:.0} %", 100.0 * point.at) };
        let _ =
            write!(svg, "<text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{name}</text>", x(at), TOP + HEIGHT + 18.0);
    }
    let systems = values.iter().map(Vec::len).max().unwrap_or(0);
    for system in 0..systems {
        let own: Vec<(f64, Estimate)> =
            values.iter().enumerate().filter_map(|(at, row)| Some((x(at), row.get(system).copied().flatten()?))).collect();
        draw(&mut svg, &own, system, &y);
    }
    svg.push_str("</svg>");
    svg
}

fn draw(svg: &mut String, points: &[(f64, Estimate)], system: usize, y: &dyn Fn(f64) -> f64) {
    let path = |values: &mut dyn Iterator<Item = (f64, f64)>| {
        values.map(|(x, value)| format!("{x:.1} {:.1}", y(value))).collect::<Vec<_>>().join(" L")
    };
    if points.is_empty() {
        return;
    }
    let mut around = points.iter().map(|(x, one)| (*x, one.high)).chain(points.iter().rev().map(|(x, one)| (*x, one.low)));
    let _ = write!(svg, "<path class=\"band s{system}\" d=\"M{}Z\"/>", path(&mut around));
    let _ = write!(svg, "<path class=\"curve s{system}\" d=\"M{}\"/>", path(&mut points.iter().map(|(x, one)| (*x, one.value))));
    for (x, one) in points {
        let _ = write!(
            svg,
            "<circle class=\"dot s{system}\" cx=\"{x:.1}\" cy=\"{:.1}\" r=\"3\"><title>{:.3} [{:.3}, {:.3}]</title></circle>",
            y(one.value),
            one.value,
            one.low,
            one.high
        );
    }
}

fn estimates(point: &Point, metric: &str) -> Vec<Option<Estimate>> {
    point.lines.iter().find(|line| line.metric == metric).map(|line| line.estimates.clone()).unwrap_or_default()
}

/// Where a point stands between the first (0) and the last (1): by its value for damage, step by step for factors.
fn place(curve: &Curve, at: usize) -> f64 {
    let (first, last) = (curve.points.first().map_or(0.0, |point| point.at), curve.points.last().map_or(0.0, |point| point.at));
    if curve.against == Against::Noise && last > first {
        return (curve.points[at].at - first) / (last - first);
    }
    at as f64 / curve.points.len().saturating_sub(1).max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Line;

    #[test]
    fn a_negative_score_gets_an_axis_from_minus_one_and_names_are_escaped() {
        let point = |at: f64, value: f64| Point {
            at,
            label: String::new(),
            characters: None,
            lines: vec![Line {
                metric: "reader_score".into(),
                estimates: vec![Some(Estimate { value, low: value - 0.1, high: value + 0.1, questions: 9 }), None],
                difference: None,
                others: vec![],
            }],
        };
        let one =
            Curve { against: Against::Noise, name: "<b>".into(), meaning: String::new(), points: vec![point(0.0, 0.5), point(0.5, -0.5)] };
        let svg = curve(&one, "reader_score");
        assert!(svg.contains("-1.00") && svg.contains("&lt;b&gt;") && svg.contains("50 %"), "{svg}");
        assert_eq!((svg.matches("class=\"curve").count(), svg.matches("<circle").count()), (1, 2));
    }
}
