//! Every neuron model with every integrator against differences, orders of convergence and published numbers.

mod conformance;
mod driven;
mod forced;
mod gradients;
mod hodgkin_huxley;
mod order;
mod point_neurons;
mod receptors;
mod refractory;
mod simulator;
