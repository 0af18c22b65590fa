//! A short form of the program that counts how often intervals hold the truth.

use brain_fit::fit::{Fitted, Registry};
use experiments::coverage::{CASES, Case, Cell, NOISES, Row, fits, rows};

/// Data sets of each model and noise.
const SETS: u64 = 40;
/// A count that is so improbable for right intervals is wrong.
const CHANCE: f64 = 1e-4;

fn case(name: &str) -> &'static Case {
    CASES.iter().find(|case| case.model == name).unwrap()
}

/// Fits data sets of a model under each noise, and asks that intervals hold the truth, and that half as long ones do not.
fn check(model: &'static str, identifiable: usize) {
    let registry = Registry::default();
    let cell = Cell::new(case(model), &registry).unwrap();
    for noise in &NOISES {
        let fits: Vec<Vec<Fitted>> = fits(&cell, noise, &registry, SETS, 7).unwrap();
        let right = rows(model, noise.name, &cell.truth, &fits, 1.0);
        right.iter().for_each(|row| println!("{row}"));
        let wrong = |rows: &[Row]| rows.iter().filter(|row| !row.may_be_right(CHANCE)).count();
        assert!(right.iter().filter(|row| row.identifiable).count() > identifiable, "{right:#?}");
        assert_eq!(wrong(&right), 0, "{right:#?}");
        let narrow = rows(model, noise.name, &cell.truth, &fits, 0.5);
        assert!(!narrow.last().unwrap().may_be_right(CHANCE), "errors that are half as large pass: {narrow:#?}");
    }
}

#[test]
fn intervals_of_a_forced_membrane_hold_the_truth_and_half_as_long_ones_do_not() {
    check("lif", 6);
}

#[test]
#[ignore = "half a minute: 80 fits of a conductance-based model"]
fn intervals_of_conductances_hold_the_truth_and_half_as_long_ones_do_not() {
    check("hh-traub", 4);
}

/// Errors of the membrane make up for each other in what they do to a threshold, which is known far better than each of
/// them alone would tell.
#[test]
fn errors_of_a_threshold_are_those_of_repeated_fits() {
    let registry = Registry::default();
    let cell = Cell::new(case("glif3"), &registry).unwrap();
    let noise = &NOISES[0];
    let fits = fits(&cell, noise, &registry, 12, 7).unwrap();
    let rows = rows("glif3", noise.name, &cell.truth, &fits, 1.0);
    let row = rows.iter().find(|row| row.parameter == "V_th").unwrap();
    println!("{row}");
    // A dozen sets tell the spread to a fifth.
    let ratio = row.error.unwrap() / row.spread.unwrap();
    assert!((0.5..2.0).contains(&ratio), "{row}");
}
