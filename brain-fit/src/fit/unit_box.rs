//! The unit box: a coordinate runs from 0 at its lower bound to 1 at its upper one.

use brain_core::optim::{Evaluation, packed};

/// Gives the distance between two bounds: how far a step of one in the box moves the coordinate.
pub fn width((low, high): (f64, f64)) -> f64 {
    high - low
}

/// Gives the place in the box of a coordinate; one beyond its bounds is moved to them, and bounds that leave a single value
/// have it at 0.
pub fn place(bounds: (f64, f64), coordinate: f64) -> f64 {
    match width(bounds) {
        width if width > 0.0 => ((coordinate - bounds.0) / width).clamp(0.0, 1.0),
        _ => 0.0,
    }
}

/// Gives the coordinate at a place of the box.
pub fn coordinate(bounds: (f64, f64), place: f64) -> f64 {
    (bounds.0 + place * width(bounds)).min(bounds.1)
}

/// Turns derivatives of `k` coordinates into those w.r.t. what they follow from: `slope(a, i)` is the derivative of
/// coordinate `a` of column `i`. Derivatives that are left out stay so.
pub fn chain_rule(k: usize, found: &mut Evaluation, slope: impl Fn(usize, usize) -> f64) {
    if found.gradient.is_empty() {
        return;
    }
    let n = found.loss.len();
    for i in 0..n {
        for a in 0..k {
            found.gradient[a * n + i] *= slope(a, i);
            for b in a..k {
                found.jtj[packed(k, a, b) * n + i] *= slope(a, i) * slope(b, i);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_there_and_back() {
        let bounds = [(-80.0, -40.0), (2.0, 2.0), (1.0, 3.0)];
        let places = |z: [f64; 3]| [0, 1, 2].map(|a| place(bounds[a], z[a]));
        let coordinates = |z: [f64; 3]| [0, 1, 2].map(|a| coordinate(bounds[a], z[a]));
        assert_eq!(places([-70.0, 2.0, 5.0]), [0.25, 0.0, 1.0]);
        assert_eq!(coordinates([0.25, 0.5, 1.0]), [-70.0, 2.0, 3.0]);
        assert_eq!(coordinates([1.0, 0.0, 0.0]), [-40.0, 2.0, 1.0]);
        let mut found = Evaluation { loss: vec![0.0], gradient: vec![1.0; 3], jtj: vec![1.0; 6] };
        chain_rule(3, &mut found, |a, _| width(bounds[a]));
        assert_eq!(found.gradient, [40.0, 0.0, 2.0]);
        assert_eq!(found.jtj, [1600.0, 0.0, 80.0, 0.0, 0.0, 4.0]);
        let mut alone = Evaluation { loss: vec![1.0], ..Evaluation::default() };
        chain_rule(3, &mut alone, |_, _| 2.0);
        assert!(alone.gradient.is_empty() && alone.loss == [1.0]);
    }
}
