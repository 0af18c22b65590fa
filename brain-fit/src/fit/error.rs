//! The reasons why a fit cannot be done.

use brain_core::checkpoint::CheckpointError;
use brain_core::cli::{Fault, Faulty};
use brain_core::config::ConfigError;
use brain_core::device::DeviceError;
use brain_core::family::SettingError;
use brain_core::interrupt::Interrupted;
use brain_core::model::ModelError;
use brain_core::objective::ObjectiveError;
use brain_core::optim::levenberg_marquardt::LmError;
use brain_core::output::OutputError;
use thiserror::Error;

/// What stops a fit.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FitError {
    /// A sweep has no voltage.
    #[error("sweep {sweep} has no recorded voltage to fit; use it with `brain-fit predict`")]
    NoVoltage {
        /// Sweep.
        sweep: String,
    },
    /// The current never changes.
    #[error(
        "sweep {sweep}: the current is {pa} pA throughout, so it says nothing about the cell; choose a sweep with a stimulus"
    )]
    ConstantCurrent {
        /// Sweep.
        sweep: String,
        /// The current.
        pa: f64,
    },
    /// A sweep is too short.
    #[error("sweep {sweep} lasts {ms} ms; a fit needs at least 12 ms")]
    Short {
        /// Sweep.
        sweep: String,
        /// Its duration.
        ms: f64,
    },
    /// Two sweeps cannot be side by side.
    #[error(
        "sweep {} is sampled every {} ms and sweep {} every {} ms, but windows of the voltage are fitted to sweeps of one sampling interval: resample them, or choose sweeps that agree (data.fit_sweeps, or --fit-sweeps)",
        one.0, one.1, other.0, other.1
    )]
    Intervals {
        /// A sweep and its sampling interval, ms.
        one: (String, f64),
        /// Another.
        other: (String, f64),
    },
    /// There is nothing to fit.
    #[error("no sweep to fit: name some in data.fit_sweeps, or with --fit-sweeps")]
    NoSweeps,
    /// The model's spikes are given, so that it has none of its own to predict.
    #[error("{model}: its spikes are given, not found; fit the model without `-forced`")]
    SpikesAreGiven {
        /// The model.
        model: String,
    },
    /// The strategy needs the model with its spikes given, which was not compiled.
    #[error(
        "{model}: the strategy {strategy} needs the model compiled with its spikes given; add `Forced<..>` of it to kernels/models.rs, or take another strategy"
    )]
    NoSpikeForced {
        /// The model.
        model: String,
        /// The strategy.
        strategy: &'static str,
    },
    /// The strategy needs a form of the model that was not compiled.
    #[error(
        "{model}: the strategy {strategy} needs the model compiled as `{form}`; add `{form}<..>` of it to kernels/registry.rs, or take another strategy"
    )]
    NotCompiled {
        /// The model.
        model: String,
        /// The strategy.
        strategy: &'static str,
        /// The form.
        form: &'static str,
    },
    /// The traces do not show what a fit of conductances begins from.
    #[error(
        "the sweeps to fit show no membrane that charges and spikes, from which a fit of conductances begins: choose sweeps with a step that makes the cell spike (data.fit_sweeps, or --fit-sweeps)"
    )]
    NoLandmarks,
    /// The strategy minimises what a config chooses, which is missing.
    #[error("the strategy `free-run` needs an objective: choose one with `objective`, such as `van-rossum`")]
    NoObjective,
    /// No strategy suits the model.
    #[error("{model}: no strategy of this program is made for such a model")]
    NoStrategy {
        /// The model.
        model: String,
    },
    /// No start has a finite loss.
    #[error("{stage}: no start gave a finite loss; check the units of the recording and the bounds")]
    NoFit {
        /// Stage.
        stage: &'static str,
    },
    /// A state was saved by a version that fitted in other stages.
    #[error(
        "the saved state is of a version that fitted in other stages ({0}); start anew without --resume, or in another --out"
    )]
    OtherStages(CheckpointError),
    /// The optimiser moves within bounds only.
    #[error("coordinate {index} has no bounds, which the optimiser `{optimiser}` needs: give some in `bounds`")]
    NoBox {
        /// The optimiser.
        optimiser: &'static str,
        /// Index of the coordinate.
        index: usize,
    },
    /// Ctrl-C stopped the fit.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
    /// A device cannot be used, or numbers do not fit a model.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// Numbers do not fit the optimiser.
    #[error(transparent)]
    Optimiser(#[from] LmError),
    /// A state cannot be read or written, or is another run's.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A folder or file cannot be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// A config cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A member of a family cannot be built.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// A model or parameter does not exist.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// An objective cannot be evaluated.
    #[error(transparent)]
    Objective(#[from] ObjectiveError),
    /// An operation on tensors fails.
    #[error(transparent)]
    Tensor(#[from] candle_core::Error),
}

impl Faulty for FitError {
    fn fault(&self) -> Fault {
        match self {
            Self::Interrupted(error) => error.fault(),
            Self::Device(error) => error.fault(),
            Self::Checkpoint(error) => error.fault(),
            Self::Output(error) => error.fault(),
            Self::Optimiser(_) | Self::Objective(_) | Self::Tensor(_) => Fault::Program,
            _ => Fault::Input,
        }
    }
}
