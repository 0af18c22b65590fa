//! This script compiles the neuron in `src/neuron.rs` to cells: alone, and with the receptors of `src/receptor.rs`.
#[path = "src/neuron.rs"]
mod neuron;
#[path = "src/receptor.rs"]
mod receptor;

use neuron::Izhikevich;

fn main() {
    codegen::Cells::new()
        .add::<Izhikevich>("izhikevich", "crate::Izhikevich")
        .scan()
        .network()
        .train()
        .add::<receptor::Synapses<Izhikevich>>("izhikevich-cond-nmda", "crate::IzhikevichSynapses")
        .network()
        .train()
        .write();
}
