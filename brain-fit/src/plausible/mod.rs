//! Data that are no membrane under current clamp: each doubt names the sweep, the samples and the remedy.
//!
//! A fit finds parameters for anything. What no membrane does is therefore found before: a resistance that is negative or
//! beyond that of any neuron (a wrong sign or unit, channels that were swapped), a resting potential that no neuron has,
//! runs of exact zeros (padding), a potential that stays above the level of spikes, and samples that are stuck in a trace
//! that is otherwise noisy (a saturated amplifier).

mod resistance;
mod runs;

use crate::features::{SpikeDetector, resting};
use crate::protocol::Protocol;
use crate::recording::Sweep;
use serde::Serialize;
use std::fmt;

/// No neuron rests outside of this, mV.
const REST_MV: (f64, f64) = (-130.0, -20.0);

/// The kind of a doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A run of samples that are exactly zero.
    Zeros,
    /// A potential above the level of spikes for longer than a spike.
    Plateau,
    /// A run of equal samples in a noisy trace.
    Stuck,
    /// A resting potential that no neuron has.
    Rest,
    /// A negative or impossible input resistance.
    Resistance,
}

/// A doubt that a sweep is a membrane under current clamp.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Doubt {
    /// The sweep's id.
    pub sweep: String,
    /// The kind.
    pub kind: Kind,
    /// What is wrong, where, and what to do.
    pub what: String,
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sweep {}: {}", self.sweep, self.what)
    }
}

/// Finds what is doubtful in a sweep; nothing in one without a voltage.
pub fn doubts(sweep: &Sweep, spikes: &SpikeDetector) -> Vec<Doubt> {
    let Some(voltage) = &sweep.voltage_mv else { return Vec::new() };
    let dt = sweep.dt_ms;
    let mut found = Vec::new();
    let mut add = |kind, what| found.push(Doubt { sweep: sweep.id.clone(), kind, what });
    let zeros = runs::zeros(voltage, dt);
    if let Some(run) = zeros {
        add(
            Kind::Zeros,
            format!("the voltage is exactly 0 in {}: padding, not a membrane; cut the sweep there", run.words(dt)),
        );
    }
    let told = |run: &runs::Run, by: Option<runs::Run>| by.is_some_and(|by| run.overlaps(by));
    let above = runs::above(voltage, dt, spikes.threshold_mv).filter(|run| !told(run, zeros));
    if let Some(run) = above {
        add(
            Kind::Plateau,
            format!(
                "the voltage stays above the spike level of {:.0} mV in {}: no spike lasts so long; cut the sweep before it, or set `spike_level`",
                spikes.threshold_mv,
                run.words(dt)
            ),
        );
    }
    if let Some(run) = runs::stuck(voltage, dt).filter(|run| !told(run, zeros) && !told(run, above)) {
        add(
            Kind::Stuck,
            format!(
                "the voltage is stuck at {} mV in {} while it is noisy elsewhere: a saturated amplifier or a lost cell; cut the sweep there",
                voltage[run.start],
                run.words(dt)
            ),
        );
    }
    let protocol = Protocol::of(&sweep.current_pa, dt);
    let times = spikes.times_ms(voltage, dt);
    let rest = resting(voltage, dt, &protocol, &times).or_else(|| {
        let whole = Protocol { window: None, ..protocol.clone() };
        resting(voltage, dt, &whole, &times)
    });
    if let Some(rest) = rest.filter(|rest| !(REST_MV.0..=REST_MV.1).contains(rest)) {
        let remedy = match rest {
            rest if (-REST_MV.1..-REST_MV.0).contains(&rest) => "the sign of the voltage looks inverted: turn it round",
            _ => "is its unit right? Declare `unit` of the voltage column",
        };
        add(Kind::Rest, format!("the potential at rest is {rest:.1} mV, which no neuron has; {remedy}"));
    }
    if let Some(what) = resistance::doubt(sweep, voltage, &protocol, &times) {
        add(Kind::Resistance, what);
    }
    found
}

/// Sweeps that are no membrane.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{}; go on all the same with --allow (or `data.allow: true`)",
    .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n       ")
)]
pub struct NoMembrane(pub Vec<Doubt>);

impl brain_core::cli::Faulty for NoMembrane {
    fn fault(&self) -> brain_core::cli::Fault {
        brain_core::cli::Fault::Input
    }
}
