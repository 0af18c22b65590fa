//! Every optimiser of the list finds known minima, is the same search after it was saved, and bears losses that are no
//! numbers.

use super::*;
use crate::Checkpoint;
use crate::family::{Choice, SettingsReader};

/// A sum of squares of some residuals with their Jacobian, `(r, dr/dx)`, at a place of the unit box.
type Residuals = fn(&[f64]) -> Vec<(f64, Vec<f64>)>;

/// Rosenbrock's function, <https://doi.org/10.1093/comjnl/3.3.175>, over -2..2: it is 0 at x = (1, 1).
fn rosenbrock(z: &[f64]) -> Vec<(f64, Vec<f64>)> {
    let [x, y] = [4.0 * z[0] - 2.0, 4.0 * z[1] - 2.0];
    vec![(10.0 * (y - x * x), vec![-80.0 * x, 40.0]), (1.0 - x, vec![-4.0, 0.0])]
}

/// The same, over x in -1.5..0.5: it is 0.25 at the bound x = 0.5, y = 0.25.
fn rosenbrock_at_a_bound(z: &[f64]) -> Vec<(f64, Vec<f64>)> {
    let [x, y] = [2.0 * z[0] - 1.5, 4.0 * z[1] - 2.0];
    vec![(10.0 * (y - x * x), vec![-40.0 * x, 40.0]), (1.0 - x, vec![-2.0, 0.0])]
}

/// Rastrigin's function of three coordinates, `sum 10 + x^2 - 10 cos(2 pi x)` as a sum of squares, over -4.12..6.12: it is 0
/// at x = 0 and has a local minimum at every other whole number.
fn rastrigin(z: &[f64]) -> Vec<(f64, Vec<f64>)> {
    let mut found = vec![];
    for (a, z) in z.iter().enumerate() {
        let x = 10.24 * z - 4.12;
        // 10 - 10 cos(2 pi x) = 20 sin(pi x)^2
        let (sin, cos) = (std::f64::consts::PI * x).sin_cos();
        let slope = |s: f64| (0..3).map(|b| if a == b { 10.24 * s } else { 0.0 }).collect();
        found.push((x, slope(1.0)));
        found.push((20f64.sqrt() * sin, slope(20f64.sqrt() * std::f64::consts::PI * cos)));
    }
    found
}

fn evaluate(f: Residuals, places: &[Vec<f64>], derivatives: bool) -> Evaluation {
    let (n, k) = (places.len(), places[0].len());
    let mut found = Evaluation { loss: vec![0.0; n], ..Evaluation::default() };
    if derivatives {
        (found.gradient, found.jtj) = (vec![0.0; k * n], vec![0.0; k * (k + 1) / 2 * n]);
    }
    for (i, z) in places.iter().enumerate() {
        assert!(z.iter().all(|z| (0.0..=1.0).contains(z)), "{z:?}");
        for (r, slope) in f(z) {
            found.loss[i] += r * r;
            for a in (0..k).filter(|_| derivatives) {
                found.gradient[a * n + i] += r * slope[a];
                (a..k).for_each(|b| found.jtj[crate::optim::packed(k, a, b) * n + i] += slope[a] * slope[b]);
            }
        }
    }
    found
}

fn optimiser(choice: &Choice) -> Box<dyn Optimiser> {
    optimisers().build(choice, &SettingsReader::new(1.0).unwrap()).unwrap()
}

fn starts(k: usize, n: usize) -> Vec<Vec<f64>> {
    (0..n).map(|i| anywhere(k, &mut Seed::new(5).at(i as u64))).collect()
}

/// Searches to the end, and returns the least loss, its place, and the number of evaluations.
fn search(choice: &Choice, f: Residuals, k: usize, n: usize) -> (f64, Vec<f64>, usize) {
    let optimiser = optimiser(choice);
    let mut search = optimiser.begin(&starts(k, n), Seed::new(1));
    let mut evaluations = 0;
    loop {
        let places = search.ask();
        if places.is_empty() {
            let (loss, place) = least(&*search).unwrap();
            return (loss, place, evaluations);
        }
        evaluations += places.len();
        search.tell(&evaluate(f, &places, optimiser.needs() != Needs::Loss));
    }
}

fn all() -> impl Iterator<Item = Choice> {
    optimisers().names().map(Choice::named).collect::<Vec<_>>().into_iter()
}

#[test]
fn rosenbrock_s_valley() {
    for choice in all() {
        // Adam creeps along the valley, and a Gaussian process has 200 places.
        let (choice, enough) = match choice.name.as_str() {
            "adam" => (choice.set("iterations", 1000), 1e-3),
            "bayesian" => (choice, 0.1),
            "pso" | "two-points-de" | "de" => (choice.set("generations", 200), 1e-6),
            _ => (choice, 1e-12),
        };
        let (loss, place, evaluations) = search(&choice, rosenbrock, 2, 20);
        println!("{}: {loss} at {place:?} after {evaluations}", choice.name);
        assert!(loss < enough, "{}: {loss}", choice.name);
        let far = place.iter().map(|z| (z - 0.75).abs()).fold(0.0, f64::max);
        assert!(far < 4.0 * enough.sqrt() + 1e-6, "{}: {place:?}", choice.name);
    }
}

#[test]
fn a_minimum_on_a_bound() {
    for choice in all() {
        let (loss, place, evaluations) = search(&choice, rosenbrock_at_a_bound, 2, 20);
        println!("{}: {loss} at {place:?} after {evaluations}", choice.name);
        let enough = if choice.name == "bayesian" { 0.05 } else { 1e-3 };
        assert!((loss - 0.25).abs() < enough && place[0] > 0.99, "{}: {loss} {place:?}", choice.name);
    }
}

/// What a population finds among a thousand minima: descents from 20 starts do not.
#[test]
fn rastrigin_s_many_minima() {
    for name in ["de", "two-points-de", "pso", "cma-es"] {
        let choice = Choice::named(name).set("generations", 300).set("population", 40);
        let (loss, place, _) = search(&choice, rastrigin, 3, 40);
        println!("{name}: {loss} at {place:?}");
        // The best of the other minima is at 1.
        assert!(loss < 0.01, "{name}: {loss}");
    }
    let (loss, _, _) = search(&Choice::named("l-bfgs-b"), rastrigin, 3, 20);
    assert!(loss > 0.5, "{loss}");
}

/// From one start in a smooth valley a method that has the gradient needs far fewer evaluations than a simplex.
#[test]
fn gradients_save_evaluations() {
    let count = |name| search(&Choice::named(name), rosenbrock, 2, 1).2;
    let (lm, lbfgsb, simplex) = (count("levenberg-marquardt"), count("l-bfgs-b"), count("nelder-mead"));
    assert!(lm < lbfgsb && lbfgsb < 80 && simplex > 150, "{lm} {lbfgsb} {simplex}");
}

#[test]
fn a_saved_search_goes_on_as_the_same() {
    for choice in all() {
        let optimiser = optimiser(&choice);
        let begin = || optimiser.begin(&starts(3, 6), Seed::new(3));
        let answer = |places: &[Vec<f64>]| evaluate(rastrigin, places, optimiser.needs() != Needs::Loss);
        let mut whole = begin();
        for round in 0..24 {
            let mut checkpoint = Checkpoint::default();
            whole.archive(&mut Archive::saving(&mut checkpoint)).unwrap();
            let mut again = begin();
            again.archive(&mut Archive::restoring(&mut checkpoint)).unwrap();
            checkpoint.finish().unwrap();
            let (mut places, other) = (whole.ask(), again.ask());
            assert_eq!(places, other, "{} round {round}", choice.name);
            // Three rounds on both, of which the last two depend on all that was restored.
            let mut ahead = other;
            for _ in 0..2 {
                if ahead.is_empty() {
                    break;
                }
                again.tell(&answer(&ahead));
                ahead = again.ask();
            }
            if places.is_empty() {
                break;
            }
            whole.tell(&answer(&places));
            if round % 5 == 0 {
                let mut checkpoint = Checkpoint::default();
                whole.archive(&mut Archive::saving(&mut checkpoint)).unwrap();
                places = whole.ask();
                if places.is_empty() {
                    break;
                }
                whole.tell(&answer(&places));
                assert_eq!(whole.ask(), ahead, "{} round {round}", choice.name);
                whole = begin();
                whole.archive(&mut Archive::restoring(&mut checkpoint)).unwrap();
            }
        }
    }
}

#[test]
fn another_seed_is_another_search() {
    for name in ["de", "two-points-de", "pso", "bayesian", "cma-es"] {
        let third = |seed| {
            let mut search = optimiser(&Choice::named(name)).begin(&starts(2, 6), Seed::new(seed));
            for _ in 0..3 {
                let places = search.ask();
                search.tell(&evaluate(rosenbrock, &places, false));
            }
            search.ask()
        };
        assert_eq!(third(1), third(1), "{name}");
        assert_ne!(third(1), third(2), "{name}");
    }
}

/// A third of the box has no loss, and one start lies there.
#[test]
fn losses_that_are_no_numbers() {
    let broken = |places: &[Vec<f64>], derivatives: bool| {
        let mut found = evaluate(rosenbrock, places, derivatives);
        let n = places.len();
        for (i, _) in places.iter().enumerate().filter(|(_, z)| z[0] < 0.33) {
            found.loss[i] = f64::NAN;
            found.gradient.iter_mut().skip(i).step_by(n).for_each(|g| *g = f64::NAN);
        }
        found
    };
    for choice in all() {
        let optimiser = optimiser(&choice);
        let mut search =
            optimiser.begin(&[vec![0.1, 0.5], vec![0.9, 0.2], vec![0.5, 0.5], vec![0.4, 0.9]], Seed::new(1));
        loop {
            let places = search.ask();
            if places.is_empty() {
                break;
            }
            search.tell(&broken(&places, optimiser.needs() != Needs::Loss));
        }
        let (loss, place) = least(&*search).unwrap();
        assert!(loss < 0.3 && place[0] >= 0.33, "{}: {loss} {place:?}", choice.name);
        // Where nothing is a number, a search ends too, and holds nothing.
        let mut search = optimiser.begin(&[vec![0.1, 0.5], vec![0.2, 0.2]], Seed::new(1));
        for _ in 0..2000 {
            let places = search.ask();
            if places.is_empty() {
                break;
            }
            let (n, d) = (places.len(), if optimiser.needs() != Needs::Loss { f64::NAN } else { 0.0 });
            let nothing = Evaluation { loss: vec![f64::NAN; n], gradient: vec![d; 2 * n], jtj: vec![d; 3 * n] };
            search.tell(&nothing);
        }
        assert!(search.ask().is_empty() && least(&*search).is_none(), "{}", choice.name);
    }
}

#[test]
fn settings_are_checked() {
    for (choice, start) in [
        (Choice::named("de").set("population", 3), "population: 3 must be within 4"),
        (Choice::named("bayesian").set("evaluations", 10), "evaluations: 10 must be within 20"),
        (Choice::named("l-bfgs-b").set("memory", 0), "memory: 0 must be within 1"),
        (Choice::named("adam").set("beta1", 1.0), "beta1: 1 must be at least 0 and below 1"),
        (Choice::named("adamm"), "unknown optimiser `adamm`; did you mean `adam`"),
    ] {
        let error = optimisers().build(&choice, &SettingsReader::new(1.0).unwrap()).unwrap_err().to_string();
        assert!(error.starts_with(start), "{error}");
    }
}
