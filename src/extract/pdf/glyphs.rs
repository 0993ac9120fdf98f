//! Drawing instructions to placed characters.

use hayro_interpret::font::{Glyph, GlyphRun};
use hayro_interpret::hayro_cmap::BfString;
use hayro_interpret::hayro_syntax::Pdf;
use hayro_interpret::hayro_syntax::object::Dict;
use hayro_interpret::hayro_syntax::page::Page as Source;
use hayro_interpret::kurbo::{Affine, BezPath, Point, Rect};
use hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps,
    InterpreterCache, InterpreterSettings, RenderContent, SoftMask, TransformExt, interpret_page,
};

use super::Page;

/// Glyphs are drawn in a square of this side.
const UNITS_PER_EM: f64 = 1_000.0;
/// Greatest slope of a line that counts as level.
const MAX_SLOPE: f64 = 0.02;
/// Smallest and largest size of text that is read, in points; smaller is dust, larger is decoration.
const SIZES: std::ops::RangeInclusive<f64> = 2.0..=400.0;

/// A character and its place on the page, in points from the upper left corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Placed {
    /// U+FFFD where the font does not tell.
    pub(super) c: char,
    pub(super) x0: f32,
    pub(super) x1: f32,
    /// The base line.
    pub(super) y: f32,
    pub(super) size: f32,
}

/// Reads pages of one document; fonts are kept from page to page.
pub(super) struct Reader<'a> {
    pdf: &'a Pdf,
    cache: InterpreterCache<'a>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(pdf: &'a Pdf) -> Reader<'a> {
        Reader {
            pdf,
            cache: InterpreterCache::new(),
        }
    }

    /// The characters of a page, in the order in which they are drawn, at most `max_glyphs`.
    pub(super) fn page(&mut self, source: &Source<'a>, max_glyphs: usize) -> Page {
        let (width, height) = source.render_dimensions();
        let bounds = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
        let settings = InterpreterSettings {
            // Comments and form fields are not of the article.
            render_content: RenderContent::PAGE,
            ..InterpreterSettings::default()
        };
        let upright = source.initial_transform(true).to_kurbo();
        let mut context = Context::new(upright, bounds, &self.cache, self.pdf.xref(), settings);
        let mut collector = Collector {
            bounds,
            max_glyphs,
            glyphs: Vec::new(),
            marked: Vec::new(),
        };
        interpret_page(source, &mut context, &mut collector);
        Page {
            width,
            height,
            glyphs: collector.glyphs,
        }
    }
}

/// Notes glyphs and ignores everything else that is drawn.
struct Collector {
    bounds: Rect,
    max_glyphs: usize,
    glyphs: Vec<Placed>,
    /// One entry an open marked content: whether it is an artifact (running head, page number).
    marked: Vec<bool>,
}

impl Collector {
    fn take(&mut self, glyph: &Glyph<'_>, transform: Affine) {
        let [a, b, c, d, _, _] = transform.as_coeffs();
        let size = c.hypot(d) * UNITS_PER_EM;
        let is_level = a > 0.0 && b.abs() <= a * MAX_SLOPE;
        if !is_level || !SIZES.contains(&size) || self.glyphs.len() >= self.max_glyphs {
            return;
        }
        let width = match glyph {
            Glyph::Outline(outline) => outline.advance_width(),
            Glyph::Type3(glyph) => glyph.advance_width(),
        };
        let start = transform * Point::ZERO;
        let width = f64::from(width.unwrap_or(500.0)) * a;
        let width = if width.is_finite() {
            width.clamp(0.0, size * 4.0)
        } else {
            size / 2.0
        };
        if !self.bounds.contains(start) {
            return;
        }
        let mut push = |c: char, from: f64, to: f64| {
            self.glyphs.push(Placed {
                c,
                x0: (start.x + width * from) as f32,
                x1: (start.x + width * to) as f32,
                y: start.y as f32,
                size: size as f32,
            });
        };
        match glyph.as_unicode() {
            None => push(char::REPLACEMENT_CHARACTER, 0.0, 1.0),
            Some(BfString::Char(c)) => match ligature(c) {
                Some(letters) => spread(letters, push),
                None => push(readable(c), 0.0, 1.0),
            },
            Some(BfString::String(text)) => spread(&text, push),
        }
    }
}

/// Gives each character of a glyph its share of the width.
fn spread(text: &str, mut push: impl FnMut(char, f64, f64)) {
    // A glyph that claims to be a whole line is no glyph of a text.
    let n = text.chars().take(MAX_CHARS_OF_GLYPH).count() as f64;
    for (idx, c) in text.chars().take(MAX_CHARS_OF_GLYPH).enumerate() {
        let idx = idx as f64;
        push(readable(c), idx / n, (idx + 1.0) / n);
    }
}

/// Most characters that one glyph stands for.
const MAX_CHARS_OF_GLYPH: usize = 8;

/// The letters of a ligature: it is the font's, not the author's.
fn ligature(c: char) -> Option<&'static str> {
    Some(match c {
        'ﬀ' => "ff",
        'ﬁ' => "fi",
        'ﬂ' => "fl",
        'ﬃ' => "ffi",
        'ﬄ' => "ffl",
        'ﬅ' | 'ﬆ' => "st",
        _ => return None,
    })
}

/// What a font's character stands for: its private characters for marks of lists become a bullet, its
/// control characters nothing known.
fn readable(c: char) -> char {
    match c {
        '\t' | '\u{a0}' => ' ',
        '\u{f0b7}' | '\u{f0a7}' | '\u{f076}' | '\u{f0d8}' | '\u{f06e}' => '•',
        '\u{e000}'..='\u{f8ff}' => char::REPLACEMENT_CHARACTER,
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    }
}

impl<'a> Device<'a> for Collector {
    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, _: &DrawMode) {
        if self.marked.contains(&true) {
            return;
        }
        for glyph in run.glyphs() {
            self.take(glyph, props.transform * glyph.transform());
        }
    }

    fn begin_marked_content(&mut self, tag: &[u8], _: Option<&Dict<'_>>) {
        self.marked.push(tag == b"Artifact");
    }

    fn end_marked_content(&mut self) {
        self.marked.pop();
    }

    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'a>, _: &DrawMode) {}
    fn draw_rect(&mut self, _: &Rect, _: DrawProps<'a>, _: &DrawMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_clip_rect(&mut self, _: &Rect) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn draw_image(&mut self, _: Image<'a, '_>, _: ImageDrawProps<'a>) {}
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}
