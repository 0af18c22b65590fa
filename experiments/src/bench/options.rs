//! The command line.

use super::{GLIF, HH, Spec, Training};
use brain_core::Dtype;
use brain_core::cli::{Machine, Where};
use clap::{Parser, ValueEnum, value_parser};

/// Times one workload and prints one JSON line.
#[derive(Clone, Debug, Parser)]
#[command(name = "bench", version)]
pub struct Options {
    /// What to time.
    #[arg(value_enum)]
    pub workload: Workload,
    /// Number of neurons; 1024 with parameters of their own, 4000 of a network, 200 of one that is trained, unless given.
    #[arg(long, value_parser = value_parser!(u32).range(1..))]
    pub n: Option<u32>,
    /// Number of time steps.
    #[arg(long, default_value_t = 10_000, value_parser = value_parser!(u32).range(1..))]
    pub steps: u32,
    /// Number of runs of every neuron side by side.
    #[arg(long, default_value_t = 1, value_parser = value_parser!(u32).range(1..))]
    pub batch: u32,
    /// Which network is trained, and on what.
    #[arg(long, value_enum, default_value_t)]
    pub network: Training,
    /// Share of the pairs of neurons that are connected, of a network that is trained.
    #[arg(long, default_value_t = 1.0)]
    pub density: f64,
    /// Number of timed runs.
    #[arg(long, default_value_t = 5, value_parser = value_parser!(u32).range(1..))]
    pub repeats: u32,
    /// How much of the machine is used.
    #[command(flatten)]
    pub machine: Machine,
    /// Where to run; single precision unless given.
    #[command(flatten)]
    pub place: Where,
    /// How gradients are taken; by counting operations, unless given.
    #[arg(long, value_enum)]
    pub mode: Option<Mode>,
}

/// What to time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Workload {
    /// Voltage traces of Hodgkin-Huxley cells.
    HhForward,
    /// Distance of their voltage to a target, and its gradient by 8 parameters of each.
    HhGradient,
    /// The same with the matrix of Levenberg-Marquardt.
    HhLm,
    /// Voltage traces of integrate-and-fire cells with after-spike currents.
    GlifForward,
    /// Distance of their voltage to a target, and its gradient by 8 parameters of each.
    GlifGradient,
    /// A network of integrate-and-fire cells with conductances (Brette et al. 2007).
    Coba,
    /// One step of training by backpropagation through time, Adam included.
    TrainBptt,
    /// The same by D-RTRL.
    TrainDRtrl,
    /// The same by ES-D-RTRL.
    TrainEsDRtrl,
}

impl Workload {
    /// The cells it runs, where they are no network.
    pub fn spec(self) -> Option<&'static Spec> {
        match self {
            Workload::HhForward | Workload::HhGradient | Workload::HhLm => Some(&HH),
            Workload::GlifForward | Workload::GlifGradient => Some(&GLIF),
            _ => None,
        }
    }
}

impl Workload {
    /// Whether it is a training.
    pub fn trains(self) -> bool {
        matches!(self, Workload::TrainBptt | Workload::TrainDRtrl | Workload::TrainEsDRtrl)
    }
}

impl Options {
    /// Number of neurons.
    pub fn neurons(&self) -> u32 {
        self.n.unwrap_or(match self.workload {
            Workload::Coba => 4000,
            w if w.trains() => 200,
            _ => 1024,
        })
    }

    /// Precision.
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

/// A value's name on the command line.
pub(super) fn name(value: impl ValueEnum) -> String {
    value.to_possible_value().map_or_else(String::new, |v| v.get_name().to_owned())
}
