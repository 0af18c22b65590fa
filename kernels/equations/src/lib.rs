//! Neuron equations written once.
