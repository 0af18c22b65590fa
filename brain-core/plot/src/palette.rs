//! These colours stay apart for colour-blind readers and in grey (Okabe and Ito 2008); strokes are made of them.

/// A colour as red, green and blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour(pub u8, pub u8, pub u8);

/// Colour of what was measured.
pub const RECORDED: Colour = Colour(0, 0, 0);
/// Colour of what the model says.
pub const MODEL: Colour = Colour(213, 94, 0);
/// Colour of what a second model, or a second method, says.
pub const SECOND_MODEL: Colour = Colour(0, 114, 178);
/// Colour of what a third one says.
pub const THIRD_MODEL: Colour = Colour(0, 158, 115);
/// Colour that marks what was held out of a fit.
pub const TEST: Colour = SECOND_MODEL;
/// Colour of axes and text.
pub const INK: Colour = Colour(30, 30, 30);
/// Colour of guides, lines across a panel and secondary text.
pub const GUIDE: Colour = Colour(110, 110, 110);
/// Colour of shaded spans behind the data.
pub const SHADE: Colour = Colour(234, 234, 234);
/// Colours for series without a role, in order of use.
pub const CYCLE: [Colour; 7] =
    [SECOND_MODEL, MODEL, THIRD_MODEL, Colour(204, 121, 167), Colour(86, 180, 233), Colour(230, 159, 0), RECORDED];

impl Colour {
    /// Mixes the colour with white; `share` 1 is the colour, 0 is white.
    pub fn tint(self, share: f64) -> Colour {
        let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 1.0 };
        let mix = |c: u8| (255.0 - (255.0 - f64::from(c)) * share).round() as u8;
        Colour(mix(self.0), mix(self.1), mix(self.2))
    }

    /// Makes a stroke of this colour, its width in points.
    pub fn width(self, points: f64) -> Stroke {
        Stroke { width: points, ..self.into() }
    }

    /// Makes a dashed stroke of this colour.
    pub fn dashed(self) -> Stroke {
        Stroke { dashed: true, ..self.into() }
    }
}

/// The look of a series. A [`Colour`] is a stroke, too, with the usual width.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stroke {
    /// Colour.
    pub colour: Colour,
    /// Width of a line, or a quarter of the diameter of a dot, points.
    pub width: f64,
    /// Whether the line is dashed.
    pub dashed: bool,
}

impl Stroke {
    /// Returns the same stroke, dashed, which leaves another visible that it covers.
    pub fn dashed(self) -> Stroke {
        Stroke { dashed: true, ..self }
    }

    /// Returns the same stroke with another width, in points.
    pub fn width(self, points: f64) -> Stroke {
        Stroke { width: points, ..self }
    }
}

impl From<Colour> for Stroke {
    fn from(colour: Colour) -> Stroke {
        Stroke { colour, width: 0.75, dashed: false }
    }
}
