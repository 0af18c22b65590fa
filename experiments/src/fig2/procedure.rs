//! One fit of `hh-paper` by L-BFGS-B from 20 starts, remembered step by step.

use crate::contest::Target;
use crate::contest::paper::PaperTarget;
use anyhow::Result;
use brain_core::Seed;
use brain_core::family::{Choice, SettingsReader};
use brain_core::optim::search::{Needs, optimisers};

/// Number of starts.
const STARTS: usize = 20;
/// Number of updates.
const UPDATES: usize = 40;
/// Positions of the two parameters whose plane is drawn: `g_Na` and `V_T`.
pub const PLANE: [usize; 2] = [1, 3];

/// A fit from many starts.
pub struct Procedure {
    /// The target.
    pub target: PaperTarget,
    /// Places of the starts.
    pub starts: Vec<Vec<f64>>,
    /// Gradients of the loss there.
    pub gradients: Vec<Vec<f64>>,
    /// The best places of each start after each update, `[update][start]`.
    pub updates: Vec<Vec<Vec<f64>>>,
    /// The losses in the end.
    pub losses: Vec<f64>,
}

impl Procedure {
    /// Fits.
    pub fn new(seed: u64) -> Result<Self> {
        let target = PaperTarget::hh()?;
        let k = target.coordinates().len();
        let seed = Seed::new(seed).child("procedure");
        let start = |i: usize| {
            let mut stream = seed.at(i as u64);
            (0..k).map(|_| stream.uniform()).collect()
        };
        let starts: Vec<Vec<f64>> = (0..STARTS).map(start).collect();
        let found = target.evaluate(&starts, Needs::Gradient)?;
        let gradients = (0..STARTS).map(|i| found.gradient.iter().skip(i).step_by(STARTS).map(|g| 2.0 * g).collect());
        let gradients = gradients.collect();
        let optimiser = optimisers().build(&Choice::named("l-bfgs-b"), &SettingsReader::new(1.0)?)?;
        let mut search = optimiser.begin(&starts, seed);
        let mut updates = vec![starts.clone()];
        for _ in 0..UPDATES {
            let places = search.ask();
            if places.is_empty() {
                break;
            }
            search.tell(&target.evaluate(&places, optimiser.needs())?);
            updates.push(search.held().into_iter().map(|(_, place)| place).collect());
        }
        let losses = search.held().into_iter().map(|(loss, _)| loss).collect();
        Ok(Self { target, starts, gradients, updates, losses })
    }
}
