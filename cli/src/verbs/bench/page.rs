//! What was measured, as a table for the terminal and for a page, and as curves.

use std::fmt::Write as _;

use super::growth::Size;

const GIB: f64 = (1u64 << 30) as f64;
/// A panel of the plot.
const WIDTH: f64 = 300.0;
const HEIGHT: f64 = 220.0;
/// Room for the numbers beside and below.
const MARGIN: f64 = 44.0;
/// Colours that stay apart for those who see red and green alike (Okabe and Ito 2008).
const COLOURS: [&str; 4] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7"];

/// A column of the table: its name, and a size's value.
type Column = (&'static str, fn(&Size) -> String);

const COLUMNS: [Column; 11] = [
    ("sections", |size| size.sections.to_string()),
    ("documents", |size| size.documents.to_string()),
    ("prep, s", |size| format!("{:.1}", size.prep.seconds)),
    ("prep, GiB", |size| gib(size.prep.memory)),
    ("index, s", |size| format!("{:.1}", size.index.seconds)),
    ("index, GiB", |size| gib(size.index.memory)),
    ("index on disk, GiB", |size| gib(Some(size.index.disk))),
    ("first stage p50 / p99, ms", |size| times(size.queries.first_stage)),
    ("reranked p50 / p99, ms", |size| times(size.queries.reranked)),
    ("search, GiB", |size| gib(size.queries.memory)),
    ("report, s a question", |size| format!("{:.2}", size.report.seconds / f64::from(size.questions.max(1)))),
];

fn gib(bytes: Option<u64>) -> String {
    bytes.map_or_else(|| "–".to_owned(), |bytes| format!("{:.2}", bytes as f64 / GIB))
}

fn times(times: super::queries::Times) -> String {
    format!("{:.1} / {:.1}", times.p50, times.p99)
}

/// A line for each measure, a column for each size.
pub fn table(sizes: &[Size]) -> String {
    let mut out = String::new();
    for (name, value) in COLUMNS {
        let _ = write!(out, "{name:<27}");
        for size in sizes {
            let _ = write!(out, " {:>16}", value(size));
        }
        out.push('\n');
    }
    out
}

/// The same as a page.
pub fn markdown(sizes: &[Size]) -> String {
    let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut out = "# Growth\n\n".to_owned();
    out += &row(std::iter::once("measure".to_owned()).chain(sizes.iter().map(|size| size.wanted.to_string())).collect());
    out += &row(std::iter::once("---".to_owned()).chain(sizes.iter().map(|_| "---:".to_owned())).collect());
    for (name, value) in COLUMNS {
        out += &row(std::iter::once(name.to_owned()).chain(sizes.iter().map(value)).collect());
    }
    out + "\nMemory is the most that a process had, pages of mapped files that it looked at included. Documents of invented worlds; `tandem bench growth`.\n\n![Growth](growth.svg)\n"
}

/// Curves over the number of sections, both axes logarithmic.
pub fn plots(sizes: &[Size]) -> String {
    let curve = |name, value: fn(&Size) -> f64| (name, sizes.iter().map(|size| (size.sections as f64, value(size))).collect::<Vec<_>>());
    let memory = |bytes: Option<u64>| bytes.unwrap_or_default() as f64 / GIB;
    let panels = [
        ("seconds", vec![curve("prep", |size| size.prep.seconds), curve("index", |size| size.index.seconds)]),
        (
            "milliseconds of a query",
            vec![
                curve("first stage p50", |size| size.queries.first_stage.p50),
                curve("p99", |size| size.queries.first_stage.p99),
                curve("reranked p50", |size| size.queries.reranked.p50),
                curve("p99", |size| size.queries.reranked.p99),
            ],
        ),
        (
            "GiB of memory",
            [
                ("prep", sizes.iter().map(|size| memory(size.prep.memory)).collect::<Vec<_>>()),
                ("index", sizes.iter().map(|size| memory(size.index.memory)).collect()),
                ("search", sizes.iter().map(|size| memory(size.queries.memory)).collect()),
            ]
            .into_iter()
            .map(|(name, values)| (name, sizes.iter().map(|size| size.sections as f64).zip(values).collect()))
            .collect(),
        ),
    ];
    let all = WIDTH * panels.len() as f64;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {all} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"11\">\n\
         <rect width=\"{all}\" height=\"{HEIGHT}\" fill=\"#ffffff\"/>\n"
    );
    for (number, (title, curves)) in panels.iter().enumerate() {
        svg += &panel(WIDTH * number as f64, title, curves);
    }
    svg + "</svg>\n"
}

/// A curve's name and points.
type Curve = (&'static str, Vec<(f64, f64)>);

fn panel(left: f64, title: &str, curves: &[Curve]) -> String {
    let points = || curves.iter().flat_map(|(_, points)| points).copied().filter(|(x, y)| *x > 0.0 && *y > 0.0);
    let across = decades(points().map(|point| point.0));
    let up = decades(points().map(|point| point.1));
    let scaled = |value: f64, (low, high): (i32, i32), from: f64, to: f64| {
        from + (to - from) * (value.log10() - f64::from(low)) / f64::from(high - low)
    };
    let x = |value: f64| scaled(value, across, left + MARGIN, left + WIDTH - 16.0);
    let y = |value: f64| scaled(value, up, HEIGHT - 30.0, 30.0);
    let mut svg = format!("<text x=\"{}\" y=\"16\" font-weight=\"bold\">{title}</text>\n", left + MARGIN);
    for power in across.0..=across.1 {
        let at = x(10f64.powi(power));
        let _ = writeln!(svg, "<line x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"30\" y2=\"{}\" stroke=\"#dddddd\"/>", HEIGHT - 30.0);
        let _ = writeln!(svg, "<text x=\"{at:.1}\" y=\"{}\" text-anchor=\"middle\">10^{power}</text>", HEIGHT - 14.0);
    }
    for power in up.0..=up.1 {
        let (at, end) = (y(10f64.powi(power)), left + WIDTH - 16.0);
        let _ = writeln!(svg, "<line x1=\"{}\" x2=\"{end}\" y1=\"{at:.1}\" y2=\"{at:.1}\" stroke=\"#dddddd\"/>", left + MARGIN);
        let _ = writeln!(svg, "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>", left + MARGIN - 5.0, at + 4.0, 10f64.powi(power));
    }
    for ((name, points), colour) in curves.iter().zip(COLOURS) {
        let path: Vec<String> =
            points.iter().filter(|(_, value)| *value > 0.0).map(|point| format!("{:.1},{:.1}", x(point.0), y(point.1))).collect();
        let _ = writeln!(svg, "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>", path.join(" "));
        for place in &path {
            let (x, y) = place.split_once(',').unwrap_or_default();
            let _ = writeln!(svg, "<circle cx=\"{x}\" cy=\"{y}\" r=\"3\" fill=\"{colour}\"/>");
        }
        if let Some((x, y)) = path.first().and_then(|place| place.split_once(',')) {
            let y = y.parse::<f64>().unwrap_or_default() - 6.0;
            let _ = writeln!(svg, "<text x=\"{x}\" y=\"{y:.1}\" fill=\"{colour}\">{name}</text>");
        }
    }
    svg
}

/// The powers of ten around values; one at least apart.
fn decades(values: impl Iterator<Item = f64> + Clone) -> (i32, i32) {
    let low = values.clone().fold(f64::INFINITY, f64::min).log10().floor();
    let high = values.fold(0.0, f64::max).log10().ceil();
    if low.is_finite() && high.is_finite() { (low as i32, (high as i32).max(low as i32 + 1)) } else { (0, 1) }
}

#[cfg(test)]
mod tests {
    use super::super::queries::{Queried, Times};
    use super::super::watched::Cost;
    use super::*;

    fn sizes() -> Vec<Size> {
        let size = |sections: u64| Size {
            wanted: sections,
            sections,
            documents: sections / 3,
            questions: 10,
            prep: Cost { seconds: sections as f64 / 1000.0, memory: Some(3 << 29), ..Cost::default() },
            index: Cost { seconds: sections as f64 / 300.0, ..Cost::default() },
            queries: Queried { first_stage: Times { p50: 4.0, p99: 9.5, first: 30.0 }, ..Queried::default() },
            report: Cost { seconds: 5.0, ..Cost::default() },
        };
        vec![size(10_000), size(100_000)]
    }

    #[test]
    fn a_table_has_a_column_for_each_size() {
        let page = markdown(&sizes());
        assert!(page.contains("| measure | 10000 | 100000 |\n| --- | ---: | ---: |\n| sections | 10000 | 100000 |"), "{page}");
        assert!(page.contains("| prep, GiB | 1.50 | 1.50 |") && page.contains("| index, GiB | – | – |"), "{page}");
        assert!(
            page.contains("| first stage p50 / p99, ms | 4.0 / 9.5 | 4.0 / 9.5 |")
                && page.contains("| report, s a question | 0.50 | 0.50 |")
        );
        assert!(table(&sizes()).lines().all(|line| line.split_whitespace().count() > 2));
    }

    #[test]
    fn curves_stay_inside_of_their_panels_and_what_is_not_known_is_left_out() {
        let svg = plots(&sizes());
        assert_eq!(svg.matches("<polyline").count(), 9);
        for circle in svg.split("<circle cx=\"").skip(1) {
            let x: f64 = circle.split('"').next().unwrap().parse().unwrap();
            let y: f64 = circle.split("cy=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap();
            assert!((MARGIN..=3.0 * WIDTH).contains(&x) && (29.0..=HEIGHT - 29.0).contains(&y), "{x} {y}");
        }
        // Four of the times, two of the queries, and the memory of the preparation, each at both sizes.
        assert_eq!(svg.matches("<circle").count(), 2 * (2 + 2 + 1), "{svg}");
        assert!(!plots(&[]).contains("NaN") && !plots(&sizes()[..1]).contains("NaN"));
    }
}
