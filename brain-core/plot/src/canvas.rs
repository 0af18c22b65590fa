//! A [`Canvas`] puts ink on paper. It is a thin cover over kuva's scene, in tenths of a point from the top left corner.

use super::decimate::Point;
use super::palette::{Colour, INK, Stroke};
use kuva::render::color::Color;
pub(super) use kuva::render::render::TextAnchor;
use kuva::render::render::{Primitive, Scene, TextSpan};

/// Units in a point of print.
pub(super) const PT: f64 = 10.0;
/// Units in a millimetre.
pub(super) const MM: f64 = 720.0 / 25.4;
/// Dots per inch of the PNG, as journals ask of line drawings.
pub(super) const DPI: f64 = 600.0;
/// Fonts of the SVG; the PNG always has the first of them.
const FONTS: &str = "DejaVu Sans, Verdana, Arial, sans-serif";
/// Height of a capital letter, relative to the size of the text.
pub(super) const CAPITAL: f64 = 0.73;

/// A rectangle of paper.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rect {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) w: f64,
    pub(super) h: f64,
}

/// The sheet of paper that is drawn on.
pub(super) struct Canvas {
    scene: Scene,
    clips: usize,
}

impl Canvas {
    pub(super) fn new(width: f64, height: f64) -> Canvas {
        let mut scene = Scene::new(width, height);
        scene.font_family = Some(FONTS.into());
        Canvas { scene, clips: 0 }
    }

    /// Draws a straight line.
    pub(super) fn line(&mut self, from: Point, to: Point, stroke: Stroke) {
        self.path(&[from, to], stroke);
    }

    /// Draws a line through points. It cuts dashes itself, for the PNG back end would begin them anew at every point.
    pub(super) fn path(&mut self, points: &[Point], stroke: Stroke) {
        if stroke.dashed {
            let mut start = 0.0;
            for piece in dashes(points, 3.0 * PT, 1.8 * PT, &mut start) {
                self.path(&piece, Stroke { dashed: false, ..stroke });
            }
        } else if points.len() > 1 {
            self.scene.add(Primitive::PolyLine {
                points: points.to_vec(),
                stroke: ink(stroke.colour),
                stroke_width: stroke.width * PT,
                stroke_dasharray: None,
            });
        }
    }

    /// Draws a filled rectangle.
    pub(super) fn fill(&mut self, r: Rect, colour: Colour) {
        let (fill, stroke, stroke_width, opacity) = (ink(colour), None, None, None);
        self.scene.add(Primitive::Rect {
            x: r.x,
            y: r.y,
            width: r.w,
            height: r.h,
            fill,
            stroke,
            stroke_width,
            opacity,
        });
    }

    /// Draws a filled dot.
    pub(super) fn dot(&mut self, (cx, cy): Point, r: f64, colour: Colour) {
        let (fill, fill_opacity, stroke, stroke_width) = (ink(colour), None, None, None);
        self.scene.add(Primitive::Circle { cx, cy, r, fill, fill_opacity, stroke, stroke_width });
    }

    /// Draws a text whose base line runs through `at`.
    pub(super) fn text(&mut self, at: Point, text: &str, size: f64, anchor: TextAnchor, colour: Colour, bold: bool) {
        self.write(at, text, size, anchor, colour, bold, None);
    }

    /// Draws a text that reads upwards, its middle at `at`.
    pub(super) fn upright(&mut self, at: Point, text: &str, size: f64) {
        self.write(at, text, size, TextAnchor::Middle, INK, false, Some(-90.0));
    }

    #[allow(clippy::too_many_arguments)]
    fn write(
        &mut self,
        (x, y): Point,
        text: &str,
        size: f64,
        anchor: TextAnchor,
        c: Colour,
        bold: bool,
        rotate: Option<f64>,
    ) {
        if text.is_empty() {
            return;
        }
        let (size, color) = (size.round() as u32, Some(ink(c)));
        if bold {
            // kuva's PNG back end has bold letters in spans only.
            let text = text.to_owned();
            let span = TextSpan { text, bold, italic: false, underline: false, code: false, math: false };
            self.scene.add(Primitive::RichText { x, y, spans: vec![span], size, anchor, color });
        } else {
            // kuva reads `$...$` as mathematics; here a dollar is a dollar.
            let content = text.replace('$', "\\$");
            self.scene.add(Primitive::Text { x, y, content, size, anchor, rotate, bold, color });
        }
    }

    /// Draws what `draw` draws, cut off at the edges of a rectangle.
    pub(super) fn within(&mut self, r: Rect, draw: impl FnOnce(&mut Canvas)) {
        let id = format!("axes{}", self.clips);
        self.clips += 1;
        self.scene.defs.push(format!(
            r#"<clipPath id="{id}"><rect x="{:.2}" y="{:.2}" width="{:.2}" height="{:.2}"/></clipPath>"#,
            r.x, r.y, r.w, r.h
        ));
        self.scene.add(Primitive::ClipStart { x: r.x, y: r.y, width: r.w, height: r.h, id });
        draw(self);
        self.scene.add(Primitive::ClipEnd);
    }

    /// Writes the sheet as SVG, sized in millimetres.
    pub(super) fn svg(&self) -> String {
        let (w, h) = (self.scene.width, self.scene.height);
        let size = format!(r#"width="{:.2}mm" height="{:.2}mm" viewBox="0 0 {w} {h}" "#, w / MM, h / MM);
        let svg = kuva::backend::svg::SvgBackend::new().with_pretty(true).render_scene(&self.scene);
        // The opening tag is `<svg xmlns=".." width=".." height=".." font-family=".."`, of which the size is replaced.
        match (svg.find("width="), svg.find("font-family=")) {
            (Some(a), Some(b)) if a < b => format!("{}{size}{}", &svg[..a], &svg[b..]),
            _ => svg,
        }
    }

    /// Writes the sheet as PNG.
    pub(super) fn png(&self) -> Result<Vec<u8>, String> {
        let scale = (DPI / (72.0 * PT)) as f32;
        let png = kuva::PngBackend::new().with_scale(scale).render_scene(&self.scene)?;
        Ok(with_resolution(png, DPI))
    }
}

/// Adds the resolution to a PNG (the chunk `pHYs`), so that it gets the size on a page that it was made for.
fn with_resolution(png: Vec<u8>, dots_per_inch: f64) -> Vec<u8> {
    // Signature (8 bytes) and header chunk (25) come first in every PNG.
    const HEAD: usize = 33;
    if png.len() < HEAD {
        return png;
    }
    let per_metre = ((dots_per_inch / 0.0254).round() as u32).to_be_bytes();
    let unit_is_metre = [1];
    let chunk = [&b"pHYs"[..], &per_metre, &per_metre, &unit_is_metre].concat();
    let (length, sum) = (chunk.len() as u32 - 4, crc32fast::hash(&chunk));
    [&png[..HEAD], &length.to_be_bytes(), &chunk, &sum.to_be_bytes(), &png[HEAD..]].concat()
}

fn ink(c: Colour) -> Color {
    Color::Rgb(c.0, c.1, c.2)
}

/// Cuts a line into dashes of length `on` with gaps of `off`; `phase` carries over from piece to piece.
fn dashes(points: &[Point], on: f64, off: f64, phase: &mut f64) -> Vec<Vec<Point>> {
    let mut out = vec![];
    let mut dash: Vec<Point> = points.first().copied().into_iter().collect();
    for pair in points.windows(2) {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        let length = (x1 - x0).hypot(y1 - y0);
        let mut done = 0.0;
        while done < length {
            let drawing = *phase < on;
            let left = if drawing { on - *phase } else { on + off - *phase };
            let go = left.min(length - done);
            done += go;
            *phase += go;
            let here = (x0 + (x1 - x0) * done / length, y0 + (y1 - y0) * done / length);
            if drawing {
                dash.push(here);
            }
            if go >= left {
                if drawing {
                    out.push(std::mem::take(&mut dash));
                } else {
                    *phase = 0.0;
                    dash = vec![here];
                }
            }
        }
    }
    if dash.len() > 1 {
        out.push(dash);
    }
    out
}
