//! The electrode is fitted with the membrane: it adds `R_s I + V_0` to the potential.
//!
//! Both are linear in the residual `r = V + R_s I + V_0 - V_recorded`, so that the best of them for each place of the
//! membrane follows from it, and the optimiser sees the membrane alone (variable projection; Golub and Pereyra 1973,
//! <https://doi.org/10.1137/0710036>, with the Gauss-Newton matrix of Kaufman 1975, <https://doi.org/10.1007/BF01932995>):
//!
//! ```text
//! x = -S^-1 b,   L* = L - b S^-1 b,   g* = g - C S^-1 b,   H* = H - C S^-1 C^T,
//! S = D^T W D,   b = D^T W r,   C = J^T W D
//! ```
//!
//! with a column of `D` for each unknown. A squared error whose target is lower by such a column tells `b` and its row of
//! `C`: the loss is larger by `2 b + S`, the gradient by `C`.

use super::FitError;
use super::errors::SweepNoise;
use super::sweep::FitSweep;
use super::traces::Traces;
use crate::electrode::Electrode;
use brain_core::device::to_host;
use brain_core::optim::{Evaluation, cholesky, cholesky_solve, packed};
use brain_core::{Backend, Objective};
use candle_core::Tensor;

/// A unit of an unknown adds so much to the potential where it adds most, mV.
const UNIT: f64 = 10.0;
/// A ridge, as a part of the diagonal: a constant current and an offset cannot be told apart.
const RIDGE: f64 = 1e-9;

/// What of the electrode is fitted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FittedElectrode {
    /// Whether the series resistance is.
    pub resistance: bool,
    /// Whether the offset is.
    pub offset: bool,
}

impl FittedElectrode {
    /// Tells whether anything is fitted.
    pub fn any(self) -> bool {
        self.resistance || self.offset
    }
}

/// The electrode that a fit found, in the unit of the model's input.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FoundElectrode {
    /// Series resistance, mV for a unit of current.
    pub resistance: f64,
    /// Offset, mV.
    pub offset: f64,
    /// The variance of each for residuals of variance 1 in every sample of weight 1; none where it was not fitted or cannot
    /// be told from the membrane.
    pub variances: [Option<f64>; 2],
}

impl FoundElectrode {
    /// Gives it in MOhm and mV; `per_pa` is what a pA is in the unit of the model's input.
    pub fn electrode(&self, per_pa: f64) -> Electrode {
        Electrode { series_resistance_mohm: 1e3 * per_pa * self.resistance, offset_mv: self.offset }
    }
}

/// The electrode of a fit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ElectrodeReport {
    /// What the fit found beyond what was given.
    pub electrode: Electrode,
    /// Standard errors of the series resistance, MOhm, and of the offset, mV, where they were fitted.
    pub std_errors: [Option<f64>; 2],
}

impl ElectrodeReport {
    /// Makes the report of what was found beside a membrane that leaves such noise in sweeps of an interval `dt`, ms.
    pub fn new(found: &FoundElectrode, per_pa: f64, noise: &[SweepNoise], dt: f64) -> Self {
        let spread = |n: &SweepNoise| n.sd * n.sd * (n.independent / dt).max(1.0);
        let variance = noise.iter().map(spread).sum::<f64>() / noise.len().max(1) as f64;
        let [resistance, offset] = found.variances.map(|v| v.map(|v| (v * variance).sqrt()));
        let std_errors = [resistance.map(|error| 1e3 * per_pa * error), offset];
        Self { electrode: found.electrode(per_pa), std_errors }
    }

    /// Says in words what the electrode adds.
    pub fn note(&self) -> String {
        let number = |x: f64, error: Option<f64>, unit: &str| match error {
            Some(error) => format!("{x:.2} +- {error:.2} {unit}"),
            None => format!("{x:.2} {unit}"),
        };
        let Electrode { series_resistance_mohm: resistance, offset_mv: offset } = self.electrode;
        format!(
            "The electrode adds a series resistance of {} and an offset of {}, which are taken away from the recorded potentials; errors of the membrane take both as known.",
            number(resistance, self.std_errors[0], "MOhm"),
            number(offset, self.std_errors[1], "mV")
        )
    }
}

/// Gives sweeps without what an electrode added to their potential; their start is the recorded one unless it was given.
pub fn without_electrode(sweeps: &[FitSweep], found: &FoundElectrode, start_is_given: bool) -> Vec<FitSweep> {
    let one = |s: &FitSweep| {
        let added = |k: usize| found.resistance * s.current[k] + found.offset;
        let voltage = s.voltage.iter().enumerate().map(|(k, v)| v - added(k)).collect();
        let v0 = if start_is_given { s.v0 } else { s.v0 - added(0) };
        FitSweep { voltage, v0, ..s.clone() }
    };
    sweeps.iter().map(one).collect()
}

/// One unknown: what a unit of it adds to the potential.
#[derive(Clone, Debug)]
struct Term {
    /// Whether it is the resistance, else the offset.
    resistance: bool,
    /// What the optimiser's unit is of it.
    unit: f64,
    /// The squared errors with targets that are lower by what a unit adds, one for each of the problem's.
    shifted: Vec<Objective>,
}

/// The unknowns of an electrode beside those of a squared error.
#[derive(Clone, Debug)]
pub struct ElectrodeTerms {
    terms: Vec<Term>,
    /// `S`, and its Cholesky factor, `[term, term]`.
    gram: Vec<f64>,
    factor: Vec<f64>,
}

/// The best electrode of each column: `x`, `b` `[term][column]`, and `C` `[term][coordinate, column]`.
struct Projected {
    x: Vec<Vec<f64>>,
    b: Vec<Vec<f64>>,
    c: Vec<Vec<f64>>,
}

impl ElectrodeTerms {
    /// Makes the terms beside squared errors of the first `part` of the traces, one for each of them; there are none where
    /// nothing is fitted.
    pub fn new(
        fitted: FittedElectrode,
        objectives: &[Objective],
        traces: &[Traces],
        part: f64,
        backend: &Backend,
    ) -> Result<Option<Self>, FitError> {
        let largest = traces.iter().flat_map(|t| &t.current).fold(0.0, |most: f64, i| most.max(i.abs()));
        let which = [(true, fitted.resistance, largest), (false, fitted.offset, 1.0)];
        let (mut terms, mut added) = (Vec::new(), Vec::new());
        for (resistance, _, most) in which.into_iter().filter(|&(_, fitted, most)| fitted && most > 0.0) {
            let unit = UNIT / most;
            let of = |t: &Traces| t.over(part, |k| unit * if resistance { t.current[k] } else { 1.0 });
            let each: Vec<Vec<f64>> = traces.iter().map(of).collect();
            let shifted = |((objective, t), add): ((&Objective, &Traces), &Vec<f64>)| {
                let target: Vec<f64> = t.target.iter().zip(add).map(|(target, add)| target - add).collect();
                let target = backend.tensor(&target, objective.target.dims())?;
                Ok::<_, FitError>(Objective { target, ..objective.clone() })
            };
            let shifted = objectives.iter().zip(traces).zip(&each).map(shifted).collect::<Result<_, _>>()?;
            terms.push(Term { resistance, unit, shifted });
            added.push(each);
        }
        let m = terms.len();
        let product = |a: &[Vec<f64>], b: &[Vec<f64>]| -> f64 {
            let one = |((t, a), b): ((&Traces, &Vec<f64>), &Vec<f64>)| -> f64 {
                t.weight.iter().zip(a).zip(b).map(|((w, a), b)| w * a * b).sum()
            };
            traces.iter().zip(a).zip(b).map(one).sum()
        };
        let mut gram: Vec<f64> = (0..m * m).map(|i| product(&added[i / m], &added[i % m])).collect();
        (0..m).for_each(|a| gram[a * m + a] *= 1.0 + RIDGE);
        let mut factor = gram.clone();
        Ok(cholesky(&mut factor, m).filter(|()| m > 0).map(|()| Self { terms, gram, factor }))
    }

    /// Takes the electrode out of an evaluation w.r.t. the parameters themselves: each column has its best one.
    pub fn project(&self, candidates: &Tensor, sum: &mut Evaluation) -> Result<(), FitError> {
        let Projected { x, b, c } = self.best(candidates, sum)?;
        let (n, m) = (sum.loss.len(), self.terms.len());
        let k = sum.gradient.len() / n.max(1);
        for i in 0..n {
            sum.loss[i] = (sum.loss[i] + (0..m).map(|d| b[d][i] * x[d][i]).sum::<f64>()).max(0.0);
            for a in 0..k {
                sum.gradient[a * n + i] += (0..m).map(|d| c[d][a * n + i] * x[d][i]).sum::<f64>();
                let row = self.solved((0..m).map(|d| c[d][a * n + i]).collect());
                for other in a..k {
                    sum.jtj[packed(k, a, other) * n + i] -= (0..m).map(|d| row[d] * c[d][other * n + i]).sum::<f64>();
                }
            }
        }
        Ok(())
    }

    /// Gives the electrode of a single column; `sum` is its evaluation without one.
    pub fn found(&self, candidate: &Tensor, sum: &Evaluation) -> Result<FoundElectrode, FitError> {
        let Projected { x, c, .. } = self.best(candidate, sum)?;
        let (m, k) = (self.terms.len(), sum.gradient.len());
        let scale: Vec<f64> =
            (0..k).map(|a| sum.jtj[packed(k, a, a)].sqrt()).map(|s| if s > 0.0 { s } else { 1.0 }).collect();
        let mut h = vec![0.0; k * k];
        for a in 0..k {
            for b in 0..=a {
                h[a * k + b] = sum.jtj[packed(k, b, a)] / (scale[a] * scale[b]);
            }
            h[a * k + a] += RIDGE;
        }
        // What is left of `S` where the membrane may follow.
        let mut left = self.gram.clone();
        let known = cholesky(&mut h, k).is_some() && {
            for d in 0..m {
                let mut column: Vec<f64> = c[d].iter().zip(&scale).map(|(c, scale)| c / scale).collect();
                cholesky_solve(&h, &mut column);
                for e in 0..m {
                    left[d * m + e] -= (0..k).map(|a| column[a] * c[e][a] / scale[a]).sum::<f64>();
                }
            }
            (0..m).all(|d| left[d * m + d] > 1e-6 * self.gram[d * m + d]) && cholesky(&mut left, m).is_some()
        };
        let mut found = FoundElectrode::default();
        for (d, term) in self.terms.iter().enumerate() {
            let mut unit = vec![0.0; m];
            unit[d] = 1.0;
            if known {
                cholesky_solve(&left, &mut unit);
            }
            let variance = known.then_some(unit[d] * term.unit * term.unit);
            let (value, at) = if term.resistance { (&mut found.resistance, 0) } else { (&mut found.offset, 1) };
            (*value, found.variances[at]) = (x[d][0] * term.unit, variance);
        }
        Ok(found)
    }

    /// Gives `S^-1 y`.
    fn solved(&self, mut y: Vec<f64>) -> Vec<f64> {
        cholesky_solve(&self.factor, &mut y);
        y
    }

    fn best(&self, candidates: &Tensor, sum: &Evaluation) -> Result<Projected, FitError> {
        let (n, m) = (sum.loss.len(), self.terms.len());
        let mut found = Projected { x: vec![vec![0.0; n]; m], b: Vec::new(), c: Vec::new() };
        for (d, term) in self.terms.iter().enumerate() {
            let (mut loss, mut gradient) = (vec![0.0; n], vec![0.0; sum.gradient.len()]);
            for objective in &term.shifted {
                let of = match sum.gradient.is_empty() {
                    true => Evaluation { loss: to_host(&objective.losses(candidates)?)?, ..Evaluation::default() },
                    false => objective.normal(candidates)?.evaluation()?,
                };
                loss.iter_mut().zip(of.loss).for_each(|(to, from)| *to += from);
                gradient.iter_mut().zip(of.gradient).for_each(|(to, from)| *to += from);
            }
            let square = self.gram[d * m + d];
            found.b.push(loss.iter().zip(&sum.loss).map(|(loss, plain)| 0.5 * (loss - plain - square)).collect());
            found.c.push(gradient.iter().zip(&sum.gradient).map(|(g, plain)| g - plain).collect());
        }
        for i in 0..n {
            let x = self.solved((0..m).map(|d| -found.b[d][i]).collect());
            (0..m).for_each(|d| found.x[d][i] = x[d]);
        }
        Ok(found)
    }
}
