//! Activity in windows of time.

/// Numbers of neurons in windows: `[window, trial, neuron]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Features {
    /// How many windows, trials and neurons there are.
    pub size: [usize; 3],
    /// How many steps a window has.
    pub width: usize,
    /// The numbers, `[window, trial, neuron]`.
    pub values: Vec<f64>,
}

impl Features {
    /// Makes zeros for so many steps in windows of `width` (at least 1); steps beyond the last whole window are left out.
    pub fn new(steps: usize, width: usize, trials: usize, neurons: usize) -> Self {
        let width = width.max(1);
        let size = [steps / width, trials, neurons];
        Self { size, width, values: vec![0.0; size.iter().product()] }
    }

    /// Adds to the window of a step: 1 for a spike, a state over `width` for its mean in the window. What lies outside
    /// is left out.
    pub fn add(&mut self, step: usize, trial: usize, neuron: usize, amount: f64) {
        let ([windows, trials, neurons], window) = (self.size, step / self.width);
        if window < windows && trial < trials && neuron < neurons {
            self.values[(window * trials + trial) * neurons + neuron] += amount;
        }
    }

    /// The trials of a window, `[trial, neuron]`.
    pub fn window(&self, window: usize) -> &[f64] {
        let each = self.size[1] * self.size[2];
        &self.values[window * each..(window + 1) * each]
    }
}
