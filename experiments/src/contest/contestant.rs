//! Who competes: the optimisers of the paper, each as its reference code runs it, and the others of the family.

use brain_core::family::Choice;

/// An optimiser with its settings and starts.
#[derive(Clone, Debug)]
pub struct Contestant {
    /// Its name in tables.
    pub name: &'static str,
    /// The optimiser.
    pub choice: Choice,
    /// Number of its starts.
    pub starts: usize,
    /// Number of random places from which the starts are chosen by their losses; the starts are random where it is 0.
    pub screened: usize,
    /// Whether it is one of the five of the paper.
    pub of_paper: bool,
    /// Whether it begins again, elsewhere, where its search ends and budget is left. Bayesian optimisation does not: its own
    /// arithmetic costs more than the runs.
    pub again: bool,
}

/// Number of generations and of iterations that no budget lasts for.
const ENDLESS: usize = 1_000_000;

/// Returns all contestants: the five of the paper with its populations and starts of 20, then the rest of the family, then
/// Levenberg and Marquardt's method from screened starts, which is how `brain-fit` uses it.
pub fn contestants() -> Vec<Contestant> {
    let of = |name, choice: Choice| Contestant { name, choice, starts: 20, screened: 0, of_paper: false, again: true };
    let paper = |name, choice| Contestant { of_paper: true, ..of(name, choice) };
    let population = |name: &str| Choice::named(name).set("population", 20).set("generations", ENDLESS);
    let bayesian = Choice::named("bayesian").set("initial", 20).set("batch", 20).set("evaluations", 200);
    let lm = Choice::named("levenberg-marquardt");
    vec![
        paper("l-bfgs-b", Choice::named("l-bfgs-b")),
        paper("de", population("de")),
        paper("pso", population("pso")),
        paper("two-points-de", population("two-points-de")),
        Contestant { again: false, ..paper("bayesian", bayesian) },
        of("adam", Choice::named("adam")),
        Contestant { starts: 1, ..of("nelder-mead", Choice::named("nelder-mead")) },
        of("cma-es", Choice::named("cma-es").set("generations", ENDLESS)),
        of("levenberg-marquardt", lm.clone()),
        Contestant { screened: 200, ..of("lm-screened", lm) },
    ]
}
