//! One contestant's run on one target.

use super::{Contestant, Target};
use anyhow::Result;
use brain_core::Seed;
use brain_core::family::SettingsReader;
use brain_core::optim::search::{Needs, optimisers};
use std::time::Instant;

/// Number of parameter sets whose time is measured.
const MEASURED: usize = 20;
/// Number of repeats, of which the fastest counts; after so many seconds there are no more than the fewest.
const REPEATS: usize = 15;
const FEWEST: usize = 2;
const LONG: f64 = 1.0;

/// What derivatives cost, in runs of one parameter set.
#[derive(Clone, Copy, Debug, serde::Serialize)]
pub struct Worth {
    /// Time of one run, s.
    pub seconds: f64,
    /// A loss with its gradient.
    pub gradient: f64,
    /// A loss with its gradient and normal equations.
    pub normal: f64,
}

impl Worth {
    /// Measures them at random places, all evaluated together.
    pub fn measure(target: &dyn Target) -> Result<Self> {
        let places = starts(target.coordinates().len(), MEASURED, Seed::new(0).child("worth"));
        let mut best = [f64::INFINITY; 3];
        let all = Instant::now();
        // In turns, so that what else the machine does slows all alike.
        for repeat in 0..REPEATS {
            if repeat >= FEWEST && all.elapsed().as_secs_f64() > LONG {
                break;
            }
            for (best, needs) in best.iter_mut().zip([Needs::Loss, Needs::Gradient, Needs::Normal]) {
                let began = Instant::now();
                target.evaluate(&places, needs)?;
                *best = best.min(began.elapsed().as_secs_f64());
            }
        }
        let [loss, gradient, normal] = best;
        Ok(Self { seconds: loss / MEASURED as f64, gradient: gradient / loss, normal: normal / loss })
    }

    /// Returns what an evaluation costs.
    pub fn of(&self, needs: Needs) -> f64 {
        match needs {
            Needs::Loss => 1.0,
            Needs::Gradient => self.gradient,
            Needs::Normal => self.normal,
        }
    }
}

/// What a contestant may spend.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Budget {
    /// So many runs.
    Runs(f64),
    /// So much time, s.
    Seconds(f64),
}

/// A point of a curve: what was spent, and the least loss so far.
#[derive(Clone, Copy, Debug, serde::Serialize)]
pub struct Mark {
    /// Runs, with derivatives at their worth.
    pub runs: f64,
    /// Time, s.
    pub seconds: f64,
    /// Least loss.
    pub loss: f64,
}

/// The end of a run.
#[derive(Clone, Debug)]
pub struct Finished {
    /// The least loss.
    pub loss: f64,
    /// Its place.
    pub place: Vec<f64>,
    /// The loss after every question.
    pub curve: Vec<Mark>,
    /// Number of places that were evaluated.
    pub evaluations: usize,
}

/// A run under way: what it spent and found.
struct Account<'a> {
    target: &'a dyn Target,
    worth: Worth,
    budget: Budget,
    began: Instant,
    runs: f64,
    found: Finished,
}

impl Account<'_> {
    /// Evaluates places, unless the budget is too small for them.
    fn evaluate(&mut self, places: &[Vec<f64>], needs: Needs) -> Result<Option<brain_core::optim::Evaluation>> {
        let cost = self.worth.of(needs) * places.len() as f64;
        let affordable = match self.budget {
            Budget::Runs(runs) => self.runs + cost <= runs,
            Budget::Seconds(seconds) => self.began.elapsed().as_secs_f64() < seconds,
        };
        if !affordable || places.is_empty() {
            return Ok(None);
        }
        let found = self.target.evaluate(places, needs)?;
        self.runs += cost;
        self.found.evaluations += places.len();
        for (loss, place) in found.loss.iter().zip(places) {
            if *loss < self.found.loss {
                (self.found.loss, self.found.place) = (*loss, place.clone());
            }
        }
        let seconds = self.began.elapsed().as_secs_f64();
        self.found.curve.push(Mark { runs: self.runs, seconds, loss: self.found.loss });
        Ok(Some(found))
    }
}

/// Draws starts, uniform within the box.
fn starts(coordinates: usize, n: usize, seed: Seed) -> Vec<Vec<f64>> {
    let one = |i: usize| {
        let mut stream = seed.at(i as u64);
        (0..coordinates).map(|_| stream.uniform()).collect()
    };
    (0..n).map(one).collect()
}

/// Runs a contestant until its budget is spent, or to its end where it does not begin [again](Contestant::again).
pub fn compete(
    target: &dyn Target,
    contestant: &Contestant,
    worth: Worth,
    budget: Budget,
    seed: u64,
) -> Result<Finished> {
    let optimiser = optimisers().build(&contestant.choice, &SettingsReader::new(1.0)?)?;
    let found = Finished { loss: f64::INFINITY, place: vec![], curve: vec![], evaluations: 0 };
    let mut account = Account { target, worth, budget, began: Instant::now(), runs: 0.0, found };
    let k = target.coordinates().len();
    for round in 0.. {
        let seed = Seed::new(seed).child("contest").nth(round);
        let mut from = starts(k, contestant.screened.max(contestant.starts), seed.child("starts"));
        if contestant.screened > 0 {
            let Some(screened) = account.evaluate(&from, Needs::Loss)? else { break };
            let mut order: Vec<usize> = (0..from.len()).collect();
            order.sort_by(|&a, &b| screened.loss[a].total_cmp(&screened.loss[b]));
            from = order[..contestant.starts].iter().map(|&i| from[i].clone()).collect();
        }
        let mut search = optimiser.begin(&from, seed.child("search"));
        let spent = loop {
            let places = search.ask();
            if places.is_empty() {
                break false;
            }
            let Some(found) = account.evaluate(&places, optimiser.needs())? else { break true };
            search.tell(&found);
        };
        if spent || !contestant.again {
            break;
        }
    }
    Ok(account.found)
}
