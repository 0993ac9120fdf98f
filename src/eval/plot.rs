//! The picture of a measurement: risk–coverage curve, reliability and latency, side by side.

use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;

use super::EvalError;
use super::output::TextFile;
use super::report::Latency;

const SIZE: (u32, u32) = (1440, 500);
const BLUE: RGBColor = RGBColor(0x2b, 0x5c, 0x9e);
const ORANGE: RGBColor = RGBColor(0xd9, 0x6c, 0x1e);
const GREY: RGBColor = RGBColor(0x8a, 0x8f, 0x98);
const FAINT: RGBColor = RGBColor(0xe6, 0xe8, 0xec);
const INK: RGBColor = RGBColor(0x22, 0x26, 0x2e);
const FONT: &str = "sans-serif";
/// Bars of the latency histogram.
const N_BARS: usize = 32;

/// What is drawn.
pub(super) struct Picture {
    pub(super) title: String,
    /// `(coverage, risk)`, by coverage.
    pub(super) curve: Vec<(f64, f64)>,
    /// The point of the curve where the shipped threshold stands, if it answers anything.
    pub(super) shipped: Option<(f64, f64)>,
    pub(super) threshold: f64,
    pub(super) aurc: f64,
    /// `(mean confidence, share right)` of each bin.
    pub(super) reliability: Vec<(f64, f64)>,
    pub(super) times_ms: Vec<f64>,
    pub(super) latency: Latency,
}

type Panel<'b> = DrawingArea<SVGBackend<'b>, Shift>;
type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;
type Failure = Box<dyn std::error::Error>;

/// Draws the picture into a file as SVG.
pub(super) fn draw(mut file: TextFile, picture: &Picture) -> Result<(), EvalError> {
    let svg = svg(picture).map_err(|error| EvalError::Plot {
        path: file.path().to_owned(),
        reason: error.to_string(),
    })?;
    file.write(&svg)?;
    file.finish()
}

fn svg(picture: &Picture) -> Result<String, Failure> {
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        root.fill(&WHITE)?;
        let root = root
            .margin(10, 0, 0, 0)
            .titled(&picture.title, (FONT, 22).into_font().color(&INK))?;
        let panels = root.split_evenly((1, 3));
        if let [risk, reliability, latency] = panels.as_slice() {
            draw_risk(risk, picture)?;
            draw_reliability(reliability, picture)?;
            draw_latency(latency, picture)?;
        }
        root.present()?;
    }
    Ok(svg)
}

/// A panel with its caption, axes and grid.
struct Frame<'a> {
    caption: &'a str,
    x: (&'a str, f64),
    y: (&'a str, f64),
    /// Whether the y axis is a share, labelled in percent.
    shares: bool,
}

impl Frame<'_> {
    fn open<'a, 'b>(
        &self,
        panel: &'a Panel<'b>,
        percent_x: bool,
    ) -> Result<Chart<'a, 'b>, Failure> {
        let mut chart = ChartBuilder::on(panel)
            .caption(self.caption, (FONT, 18).into_font().color(&INK))
            .margin(14)
            .margin_right(24)
            .x_label_area_size(44)
            .y_label_area_size(58)
            .build_cartesian_2d(0.0..self.x.1, 0.0..self.y.1)?;
        let percent = |value: &f64| format!("{:.0} %", value * 100.0);
        let plain = |value: &f64| format!("{value:.0}");
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(FAINT)
            .axis_style(GREY)
            .x_labels(8)
            .y_labels(8)
            .label_style((FONT, 13).into_font().color(&INK))
            .axis_desc_style((FONT, 14).into_font().color(&INK))
            .x_desc(self.x.0)
            .y_desc(self.y.0)
            .x_label_formatter(if percent_x { &percent } else { &plain })
            .y_label_formatter(if self.shares { &percent } else { &plain })
            .draw()?;
        Ok(chart)
    }
}

fn draw_risk(panel: &Panel<'_>, picture: &Picture) -> Result<(), Failure> {
    let worst = picture
        .curve
        .iter()
        .map(|(_, risk)| *risk)
        .fold(0.0, f64::max);
    let frame = Frame {
        caption: &format!("Risk by coverage (AURC {:.3})", picture.aurc),
        x: ("questions answered, surest first", 1.0),
        y: ("first sentence wrong", (worst * 1.1).clamp(0.05, 1.0)),
        shares: true,
    };
    let mut chart = frame.open(panel, true)?;
    let line = picture.curve.iter().copied();
    let ends = picture.curve.first().zip(picture.curve.last());
    if let Some((first, last)) = ends {
        let area = line.clone().chain([(last.0, 0.0), (first.0, 0.0)]);
        chart.draw_series([Polygon::new(area.collect::<Vec<_>>(), BLUE.mix(0.12))])?;
    }
    chart.draw_series(LineSeries::new(line, BLUE.stroke_width(2)))?;
    if let Some((coverage, risk)) = picture.shipped {
        let top = frame.y.1;
        let line = [(coverage, 0.0), (coverage, top)];
        chart.draw_series(DashedLineSeries::new(line, 5, 4, ORANGE.stroke_width(1)))?;
        chart.draw_series([Circle::new((coverage, risk), 5, ORANGE.filled())])?;
        let label = format!("threshold {}", picture.threshold);
        note(&chart, (coverage, top * 0.95), &label, coverage > 0.5)?;
    }
    Ok(())
}

fn draw_reliability(panel: &Panel<'_>, picture: &Picture) -> Result<(), Failure> {
    let frame = Frame {
        caption: "Reliability (bins of equally many)",
        x: ("mean confidence", 1.0),
        y: ("first sentence right", 1.0),
        shares: true,
    };
    let mut chart = frame.open(panel, true)?;
    let diagonal = [(0.0, 0.0), (1.0, 1.0)];
    chart.draw_series(DashedLineSeries::new(diagonal, 6, 5, GREY.stroke_width(1)))?;
    let bins = || picture.reliability.iter().copied();
    chart.draw_series(LineSeries::new(bins(), BLUE.stroke_width(2)))?;
    chart.draw_series(bins().map(|bin| Circle::new(bin, 4, BLUE.filled())))?;
    Ok(())
}

fn draw_latency(panel: &Panel<'_>, picture: &Picture) -> Result<(), Failure> {
    let Latency { p50, p95, p99 } = picture.latency;
    // What is far beyond the slowest percent goes into the last bar, lest one stall squeeze the rest.
    let end = (p99 * 1.15).max(1e-3);
    let mut counts = [0u32; N_BARS];
    for time in &picture.times_ms {
        let bar = (time / end * N_BARS as f64) as usize;
        if let Some(count) = counts.get_mut(bar.min(N_BARS - 1)) {
            *count += 1;
        }
    }
    let most = f64::from(counts.iter().copied().max().unwrap_or(0));
    let frame = Frame {
        caption: "Latency (outliers in the last bar)",
        x: ("milliseconds a question", end),
        y: ("questions", (most * 1.2).max(1.0)),
        shares: false,
    };
    let mut chart = frame.open(panel, false)?;
    let width = end / N_BARS as f64;
    chart.draw_series(counts.iter().zip(0u32..).map(|(count, bar)| {
        let (left, gap) = (f64::from(bar) * width, width * 0.08);
        let corners = [(left + gap, 0.0), (left + width - gap, f64::from(*count))];
        Rectangle::new(corners, BLUE.mix(0.75).filled())
    }))?;
    for (value, name, height, room) in [(p50, "p50", 1.15, 0.25), (p95, "p95", 1.07, 0.78)] {
        let line = [(value, 0.0), (value, most * height)];
        chart.draw_series(DashedLineSeries::new(line, 5, 4, ORANGE.stroke_width(1)))?;
        let label = format!("{name} {value:.0} ms");
        note(&chart, (value, most * height), &label, value > end * room)?;
    }
    Ok(())
}

/// Writes a few words beside a point, on its left if asked to.
fn note(chart: &Chart<'_, '_>, at: (f64, f64), words: &str, left: bool) -> Result<(), Failure> {
    use plotters::style::text_anchor::{HPos, Pos, VPos};
    let (anchor, offset) = if left {
        (HPos::Right, -8)
    } else {
        (HPos::Left, 8)
    };
    let style = (FONT, 13)
        .into_font()
        .color(&ORANGE)
        .pos(Pos::new(anchor, VPos::Bottom));
    let (x, y) = chart.backend_coord(&at);
    let (left, top) = chart.plotting_area().get_base_pixel();
    let area = chart.plotting_area().strip_coord_spec();
    area.draw(&Text::new(
        words.to_owned(),
        (x - left + offset, y - top - 4),
        style,
    ))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture() -> Picture {
        Picture {
            title: "test · full".to_owned(),
            curve: vec![(0.5, 0.0), (1.0, 0.5)],
            shipped: Some((0.5, 0.0)),
            threshold: 0.3,
            aurc: 0.25,
            reliability: vec![(0.2, 0.0), (0.9, 1.0)],
            times_ms: vec![1.0, 2.0, 50.0],
            latency: Latency {
                p50: 2.0,
                p95: 50.0,
                p99: 50.0,
            },
        }
    }

    #[test]
    fn three_labelled_panels_are_drawn() {
        let svg = svg(&picture()).unwrap();
        for label in [
            "test · full",
            "AURC 0.250",
            "Reliability",
            "Latency",
            "p95 50 ms",
        ] {
            assert!(svg.contains(label), "{label}");
        }
    }

    #[test]
    fn nothing_measured_is_drawn_as_empty_panels() {
        let svg = svg(&Picture {
            curve: Vec::new(),
            shipped: None,
            reliability: Vec::new(),
            times_ms: Vec::new(),
            latency: Latency::default(),
            ..picture()
        });
        assert!(svg.unwrap().contains("Reliability"));
    }
}
