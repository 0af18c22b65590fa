//! Fits neuron models to recordings.
