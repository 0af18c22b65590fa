//! A fit strategy has one file in [`strategies`](super::strategies), and one line in a list.
//!
//! Which strategy a model gets follows from what the model is, not from its name: whether it was compiled in a form
//! whose spikes are given, whether its spikes show in its potential, which outputs it has. A config may choose another.
//! A new strategy is a file with a type that implements [`Strategy`], and a line in
//! [`STRATEGIES`](super::strategies::STRATEGIES).

use super::coordinates::Scale;
use super::simulate::Simulator;
use super::state::FitSession;
use super::sweep::FitSweep;
use super::{FitError, FitSettings, Outcome};
use brain_core::{Backend, Loss, Model, Models};

/// A model as a fit sees it.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The model, which finds its own spikes.
    pub free: Simulator,
    /// The same equations with the recorded spikes given, where they were compiled.
    pub forced: Option<Simulator>,
    /// The same equations with the potential pulled to the recorded one, where they were compiled.
    pub coupled: Option<Model>,
    /// It is true where spikes show in the model's potential, as those of a conductance-based model do.
    pub shows_spikes: bool,
}

impl Subject {
    /// Finds the model of a name; `spike_level`, mV, is the potential that a spike crosses in a recording.
    ///
    /// # Errors
    /// It fails if there is no such model, or if its spikes have to be given: such a model has none of its own.
    pub fn new(models: &Models, name: &str, spike_level: f64, backend: &Backend) -> Result<Self, FitError> {
        let model = models.find(name)?;
        if model.follows_recording() {
            return Err(FitError::SpikesAreGiven { model: name.into() });
        }
        let coupled = models.coupled(model);
        let on = |model| Simulator { model, backend: backend.clone(), given: None, settles: false };
        let given = models.spike_forced(model);
        let free = Simulator { given, settles: coupled.is_some(), ..on(model) };
        let shows_spikes = free.shows_spikes(spike_level)?;
        Ok(Self { free, forced: given.map(on), coupled, shows_spikes })
    }

    /// Gives the model.
    pub fn model(&self) -> Model {
        self.free.model
    }

    /// Gives the device and precision.
    pub fn backend(&self) -> &Backend {
        &self.free.backend
    }
}

/// A task is a model with the settings of its fit, and the sweeps that it is fitted to.
pub struct FitTask<'a> {
    /// The model.
    pub subject: &'a Subject,
    /// Checked settings in the model's units.
    pub settings: &'a FitSettings,
    /// The sweeps, with currents in the unit of the model's input.
    pub sweeps: &'a [FitSweep],
}

/// A way to find a model's parameters.
pub trait Strategy: Sync {
    /// Gives its name in configs.
    fn name(&self) -> &'static str;

    /// Tells whether it is made for a model.
    fn suits(&self, subject: &Subject) -> bool;

    /// Gives the bounds that it takes in place of a model's own.
    fn bounds(&self) -> Vec<(&'static str, (f64, f64))> {
        Vec::new()
    }

    /// Gives the scale on which it fits a parameter with these bounds.
    fn scale(&self, parameter: &str, bounds: (f64, f64)) -> Scale;

    /// Tells whether it fits by this loss of each sample of the potential; one that needs least squares takes no other.
    fn takes(&self, loss: &dyn Loss) -> bool {
        loss.is_squared_error()
    }

    /// Tells whether it minimises an objective of the free run that a config chooses.
    fn takes_objective(&self) -> bool {
        false
    }

    /// Tells whether it can fit what the electrode adds to the potential with the membrane.
    fn fits_electrode(&self) -> bool {
        false
    }

    /// Fails if it cannot fit to these sweeps, before anything is written.
    fn check(&self, _sweeps: &[FitSweep]) -> Result<(), FitError> {
        Ok(())
    }

    /// Finds the parameters; `session` saves every step, and stops where it is asked to.
    fn fit(&self, task: &FitTask, session: &mut FitSession) -> Result<Outcome, FitError>;
}
