//! This module is the command line.

use super::{GLIF, HH, Spec, Training};
use brain_core::Dtype;
use brain_core::cli::{Machine, Usage, Where};
use clap::{Parser, ValueEnum, value_parser};

/// Times one workload and prints one JSON line.
#[derive(Clone, Debug, Parser)]
#[command(name = "bench", version)]
pub struct Options {
    /// Workload to time.
    #[arg(value_enum)]
    pub workload: Workload,
    /// Number of neurons; by default 1024 with parameters of their own, 4000 in a network, 200 in one that is trained.
    #[arg(long, value_parser = value_parser!(u32).range(1..))]
    pub n: Option<u32>,
    /// Number of time steps.
    #[arg(long, default_value_t = 10_000, value_parser = value_parser!(u32).range(1..))]
    pub steps: u32,
    /// Number of runs of every neuron side by side.
    #[arg(long, default_value_t = 1, value_parser = value_parser!(u32).range(1..))]
    pub batch: u32,
    /// Network that is trained, and its task.
    #[arg(long, value_enum, default_value_t)]
    pub network: Training,
    /// Share of the pairs of neurons that are connected, in a network that is trained.
    #[arg(long, default_value_t = 1.0)]
    pub density: f64,
    /// Number of timed runs.
    #[arg(long, default_value_t = 5, value_parser = value_parser!(u32).range(1..))]
    pub repeats: u32,
    /// How much of the machine is used.
    #[command(flatten)]
    pub machine: Machine,
    /// Where to run, in single precision by default.
    #[command(flatten)]
    pub place: Where,
    /// How gradients are taken; by default in the way that takes fewer operations.
    #[arg(long, value_enum)]
    pub mode: Option<Mode>,
}

/// Workload to time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Workload {
    /// Voltage traces of Hodgkin-Huxley cells.
    HhForward,
    /// Distance of their voltage to a target, and its gradient w.r.t. 8 parameters of each.
    HhGradient,
    /// That distance and gradient, with the matrix of Levenberg-Marquardt.
    HhLm,
    /// Voltage traces of integrate-and-fire cells with after-spike currents.
    GlifForward,
    /// Distance of their voltage to a target, and its gradient w.r.t. 8 parameters of each.
    GlifGradient,
    /// A network of integrate-and-fire cells with conductances (Brette et al. 2007).
    Coba,
    /// One step of training by backpropagation through time, Adam included.
    TrainBptt,
    /// One step of training by D-RTRL, Adam included.
    TrainDRtrl,
    /// One step of training by ES-D-RTRL, Adam included.
    TrainEsDRtrl,
}

impl Workload {
    /// Returns the cells that it runs; `None` where they are a network.
    pub fn spec(self) -> Option<&'static Spec> {
        match self {
            Workload::HhForward | Workload::HhGradient | Workload::HhLm => Some(&HH),
            Workload::GlifForward | Workload::GlifGradient => Some(&GLIF),
            _ => None,
        }
    }
}

impl Workload {
    /// Returns whether it is a training.
    pub fn trains(self) -> bool {
        matches!(self, Workload::TrainBptt | Workload::TrainDRtrl | Workload::TrainEsDRtrl)
    }
}

impl Options {
    /// Returns the number of neurons.
    pub fn neurons(&self) -> u32 {
        self.n.unwrap_or(match self.workload {
            Workload::Coba => 4000,
            w if w.trains() => 200,
            _ => 1024,
        })
    }

    /// Refuses options that the workload has no use for, and a density that is none.
    pub(super) fn check(&self) -> Result<(), Usage> {
        let (workload, trains) = (name(self.workload), self.workload.trains());
        let usage = |text: String| Err(Usage(text));
        if !(self.density > 0.0 && self.density <= 1.0) {
            return usage(format!("--density {}: give a share above 0 and not above 1", self.density));
        }
        if !trains && self.density != 1.0 {
            return usage(format!("--density: {workload} trains no network; train-bptt does"));
        }
        if !trains && self.network != Training::default() {
            return usage(format!("--network: {workload} trains no network; train-bptt does"));
        }
        if self.workload == Workload::Coba && self.batch != 1 {
            return usage(format!("--batch {}: coba runs one network; give 1", self.batch));
        }
        if self.mode.is_some() && !matches!(self.workload, Workload::HhGradient | Workload::GlifGradient) {
            return usage(format!("--mode: {workload} has one way only; hh-gradient and glif-gradient have two"));
        }
        Ok(())
    }

    /// Returns the precision.
    pub fn dtype(&self) -> Dtype {
        self.place.dtype(Dtype::F32)
    }
}

/// How a gradient is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    /// Forward sensitivities.
    Tangent,
    /// Reverse mode.
    Adjoint,
}

/// Returns a value's name on the command line.
pub(super) fn name(value: impl ValueEnum) -> String {
    value.to_possible_value().map_or_else(String::new, |v| v.get_name().to_owned())
}
