//! An [`Axis`] knows what it measures, which part of it is shown, and where its ticks go.

use super::text;

/// One axis of a panel: its label and unit, and how it is shown. Limits come from the data unless they are given.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Axis {
    pub(super) label: String,
    pub(super) unit: String,
    pub(super) log: bool,
    pub(super) no_numbers: bool,
    pub(super) whole: bool,
    pub(super) limits: Option<(f64, f64)>,
    pub(super) names: Vec<(f64, String)>,
}

impl Axis {
    /// Makes an axis with a label and a unit; either may be empty.
    pub fn new(label: &str, unit: &str) -> Axis {
        Axis { label: label.into(), unit: unit.into(), ..Axis::default() }
    }

    /// Shows this range; it is ignored if it is empty or not finite.
    pub fn limits(self, lo: f64, hi: f64) -> Axis {
        Axis { limits: (lo.is_finite() && hi.is_finite() && lo < hi).then_some((lo, hi)), ..self }
    }

    /// Makes the axis logarithmic; values that are not positive are left out.
    pub fn log(self) -> Axis {
        Axis { log: true, ..self }
    }

    /// Has ticks at whole numbers only, for an axis that counts.
    pub fn whole(self) -> Axis {
        Axis { whole: true, ..self }
    }

    /// Draws ticks without numbers, for a panel that shares its scale with a neighbour.
    pub fn without_numbers(self) -> Axis {
        Axis { no_numbers: true, ..self }
    }

    /// Shows names at values, in ascending order, in place of numbers. Where they do not all fit, it shows every
    /// second, third, ... of them.
    pub fn names<N: Into<String>>(self, names: impl IntoIterator<Item = (f64, N)>) -> Axis {
        Axis { names: names.into_iter().map(|(at, name)| (at, name.into())).collect(), ..self }
    }

    /// Returns the range to show for data spanning `lo..hi`, with the share `pad` of it added on each side.
    pub(super) fn view(&self, data: Option<(f64, f64)>, pad: f64) -> View {
        let (mut lo, mut hi) = data.map_or((0.0, 1.0), |(lo, hi)| (lo.clamp(-1e300, 1e300), hi.clamp(-1e300, 1e300)));
        if self.log {
            // Within these bounds the ratio of the padded ends is finite.
            let sound = |v: f64| v.clamp(1e-140, 1e140);
            (lo, hi) = if hi > 0.0 { (sound(lo), sound(hi)) } else { (0.1, 1.0) };
            if hi / lo < 1.0 + 1e-9 {
                (lo, hi) = (lo / 2.0, hi * 2.0);
            }
            let by = (hi / lo).powf(pad);
            (lo, hi) = (lo / by, hi * by);
        } else {
            if hi - lo <= f64::EPSILON * 8.0 * lo.abs().max(hi.abs()) {
                let half = if lo == 0.0 { 1.0 } else { lo.abs() * 0.1 };
                (lo, hi) = (lo - half, hi + half);
            } else {
                let by = (hi - lo) * pad;
                (lo, hi) = (lo - by, hi + by);
                // An end just short of a round number moves there: 2999.75 ms of samples are shown as 3000.
                let (step, near) = (round_step((hi - lo) / 4.0), 0.006 * (hi - lo));
                let (down, up) = ((lo / step).floor() * step, (hi / step).ceil() * step);
                (lo, hi) = (if lo - down < near { down } else { lo }, if up - hi < near { up } else { hi });
            }
        }
        match self.limits {
            Some((lo, hi)) if !self.log || (lo >= 1e-140 && hi <= 1e140) => {
                View { lo, hi, log: self.log, whole: self.whole }
            }
            _ => View { lo, hi, log: self.log, whole: self.whole },
        }
    }

    /// Writes label and unit on one line.
    pub(super) fn caption(&self) -> String {
        match (self.label.is_empty(), self.unit.is_empty()) {
            (_, true) => self.label.clone(),
            (true, false) => format!("({})", self.unit),
            (false, false) => format!("{} ({})", self.label, self.unit),
        }
    }

    /// Writes the caption on one line if it fits `room`, else label and unit on two.
    pub(super) fn caption_lines(&self, size: f64, room: f64) -> Vec<String> {
        let whole = self.caption();
        if whole.is_empty() {
            vec![]
        } else if self.label.is_empty() || self.unit.is_empty() || text::width(&whole, size, false) <= room {
            vec![whole]
        } else {
            vec![self.label.clone(), format!("({})", self.unit)]
        }
    }
}

/// The part of an axis that is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct View {
    pub(super) lo: f64,
    pub(super) hi: f64,
    pub(super) log: bool,
    /// Whether ticks are at whole numbers only.
    pub(super) whole: bool,
}

impl View {
    /// Returns where a value lies: 0 at the low end, 1 at the high end, `NaN` if it has no place.
    pub(super) fn at(&self, v: f64) -> f64 {
        if !self.log {
            (v - self.lo) / (self.hi - self.lo)
        } else if v > 0.0 {
            (v / self.lo).ln() / (self.hi / self.lo).ln()
        } else {
            f64::NAN
        }
    }
}

/// Tick marks are values with their labels, and the power of ten that is taken out of all of them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ticks {
    pub(super) marks: Vec<(f64, String)>,
    pub(super) factor: Option<String>,
}

impl Ticks {
    /// Makes ticks for a horizontal axis, as many as stand well apart side by side.
    pub(super) fn across(axis: &Axis, view: View, length: f64, size: f64) -> Ticks {
        let room = |ticks: &Ticks| {
            let widest = ticks.marks.iter().map(|m| text::width(&m.1, size, false)).fold(0.0, f64::max);
            (widest + size * 0.8).max(size * 2.0)
        };
        match axis.names.is_empty() {
            true => Ticks::finest(view, length, 8, room),
            false => Ticks::named(&axis.names, view, length, room),
        }
    }

    /// Makes ticks for a vertical axis, as many as stand well apart one above the other.
    pub(super) fn upward(axis: &Axis, view: View, length: f64, size: f64) -> Ticks {
        if !axis.names.is_empty() {
            return Ticks::named(&axis.names, view, length, |_| size * 1.2);
        }
        let ticks = Ticks::finest(view, length, 6, |_| size * 1.5);
        // Two numbers close together say more than one.
        if ticks.marks.len() > 1 { ticks } else { Ticks::finest(view, length, 6, |_| size * 1.1) }
    }

    /// Makes ticks of as many of the names as stand well apart: all, every second, every third.
    fn named(names: &[(f64, String)], view: View, length: f64, room: impl Fn(&Ticks) -> f64) -> Ticks {
        let shown: Vec<_> = names.iter().filter(|n| (0.0..=1.0).contains(&view.at(n.0))).cloned().collect();
        let every = |k: usize| Ticks { marks: shown.iter().step_by(k).cloned().collect(), factor: None };
        let apart = |t: &Ticks| {
            let gaps = t.marks.windows(2).map(|w| (view.at(w[1].0) - view.at(w[0].0)) * length);
            gaps.fold(f64::INFINITY, f64::min) >= room(t)
        };
        (1..=shown.len()).map(every).find(apart).unwrap_or_else(|| every(1))
    }

    /// Makes the finest ticks, at most `most`, that are as far apart as they need to be.
    fn finest(view: View, length: f64, most: usize, room: impl Fn(&Ticks) -> f64) -> Ticks {
        let mut last = Ticks::about(view, 1.0);
        for aim in (1..=2 * most).rev() {
            last = Ticks::about(view, aim as f64);
            let apart = last.marks.windows(2).map(|w| (view.at(w[1].0) - view.at(w[0].0)).abs() * length);
            if last.marks.len() <= most && apart.fold(f64::INFINITY, f64::min) >= room(&last) {
                break;
            }
        }
        last
    }

    /// Makes about `aim` ticks.
    fn about(view: View, aim: f64) -> Ticks {
        if view.log { Ticks::decades(view, aim) } else { Ticks::linear(view, aim) }
    }

    fn linear(view: View, aim: f64) -> Ticks {
        let raw = (view.hi - view.lo) / aim;
        let step = if view.whole { round_step(raw).max(1.0) } else { round_step(raw) };
        let (first, last) = ((view.lo / step - 1e-9).ceil(), (view.hi / step + 1e-9).floor());
        if !(step.is_finite() && step > 0.0 && last - first < 50.0) {
            return Ticks { marks: vec![], factor: None };
        }
        let largest = view.lo.abs().max(view.hi.abs());
        let exponent = largest.log10().floor();
        let scaled = !(-2.0..5.0).contains(&exponent);
        let unit = if scaled { 10f64.powf(exponent) } else { 1.0 };
        let decimals = (-((step / unit).log10() + 1e-9).floor()).clamp(0.0, 8.0) as usize;
        let count = (last - first).max(-1.0) as i64;
        let values = (0..=count).map(|k| (first + k as f64) * step);
        let marks = values.map(|v| (v, number(v / unit, decimals))).collect();
        Ticks { marks, factor: scaled.then(|| format!("×{}", ten_to(exponent as i32))) }
    }

    fn decades(view: View, aim: f64) -> Ticks {
        let (first, last) = (view.lo.log10().ceil() as i32, view.hi.log10().floor() as i32);
        if last - first < 1 {
            // A range with fewer than two powers of ten has plain numbers at 1, 2 and 5.
            let values = (first - 1..=last).flat_map(|d| [1.0, 2.0, 5.0].map(|m| m * 10f64.powi(d)));
            let shown = values.filter(|v| (view.lo..=view.hi).contains(v));
            let marks = shown.map(|v| (v, if (1e-3..1e5).contains(&v) { plain(v) } else { format!("{v:.0e}") }));
            return Ticks { marks: marks.collect(), factor: None };
        }
        let every = (f64::from(last - first) / aim).ceil().max(1.0) as usize;
        let marks = (first..=last).step_by(every).map(|d| (10f64.powi(d), ten_to(d))).collect();
        Ticks { marks, factor: None }
    }
}

/// Returns the least of 1, 2, 5 times a power of ten that is not below `raw`.
fn round_step(raw: f64) -> f64 {
    let power = 10f64.powf(raw.log10().floor());
    [1.0, 2.0, 5.0, 10.0].map(|m| m * power).into_iter().find(|s| *s >= raw * 0.999).unwrap_or(raw)
}

/// Writes a number with a minus sign that is as wide as a plus.
fn number(v: f64, decimals: usize) -> String {
    let text = format!("{v:.decimals$}");
    let digits = text.trim_start_matches('-');
    let zero = digits.chars().all(|c| c == '0' || c == '.');
    if text.starts_with('-') && !zero { format!("−{digits}") } else { digits.to_owned() }
}

fn plain(v: f64) -> String {
    number(v, (-v.log10().floor()).clamp(0.0, 8.0) as usize)
}

/// Writes ten to a power.
fn ten_to(power: i32) -> String {
    let up = |c: char| match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        c => char::from_u32('⁰' as u32 + c.to_digit(10).unwrap_or(0)).unwrap_or(c),
    };
    format!("10{}", power.to_string().chars().map(up).collect::<String>())
}
