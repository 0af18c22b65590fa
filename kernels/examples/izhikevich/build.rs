//! The compiled cell of the neuron in `src/neuron.rs`.
#[path = "src/neuron.rs"]
mod neuron;

fn main() {
    codegen::Cells::new().add::<neuron::Izhikevich>("izhikevich", "crate::Izhikevich").scan().network().train().write();
}
