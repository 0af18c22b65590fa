//! Kernels of the neuron in `src/neuron.rs`.
#[path = "src/neuron.rs"]
mod neuron;

fn main() {
    codegen::Models::new().add::<neuron::Izhikevich>("izhikevich", "crate::Izhikevich").write();
}
