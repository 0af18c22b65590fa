//! A short form of the program that counts how often intervals hold the truth.

use brain_fit::fit::Registry;
use experiments::coverage::{CASES, Case, Cell, NOISES, fits, rows};

/// Counts of this many data sets may be off by this many of their standard deviations.
const SLACK: f64 = 3.0;

fn case(name: &str) -> &'static Case {
    CASES.iter().find(|case| case.model == name).unwrap()
}

#[test]
fn intervals_hold_the_truth_and_half_as_long_ones_do_not() {
    let registry = Registry::default();
    let cell = Cell::new(case("lif"), &registry).unwrap();
    for noise in &NOISES {
        let fits = fits(&cell, noise, &registry, 40, 7).unwrap();
        let right = rows("lif", noise.name, &cell.truth, &fits, 1.0);
        println!("{right:#?}");
        assert!(right.iter().filter(|row| row.identifiable).count() >= 6, "{right:?}");
        assert!(right.iter().all(|row| row.is_right(SLACK)), "{right:?}");
        let narrow = rows("lif", noise.name, &cell.truth, &fits, 0.5);
        assert!(!narrow.last().unwrap().is_right(SLACK), "errors that are half as large pass: {narrow:?}");
    }
}
