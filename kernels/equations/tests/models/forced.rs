//! Neurons whose spikes are given.

use crate::simulator::Simulator;
use equations::{Forced, Integrator, Neuron, models, trace};

fn own_spikes_given_back_change_nothing<N: Neuron>(i: f64) {
    let (free, forced) = (trace::<N>(Integrator::ExpEuler), trace::<Forced<N>>(Integrator::ExpEuler));
    let (mut a, mut b) = (Simulator::<f64>::new(&free, 0.1), Simulator::<f64>::new(&forced, 0.1));
    a.set("i", i);
    b.set("i", i);
    let mut count = 0;
    for _ in 0..5000 {
        let z = a.step();
        b.set("z", f64::from(z));
        assert_eq!(b.step(), z);
        assert_eq!(a.values.state, b.values.state, "{}", N::NAME);
        count += usize::from(z);
    }
    assert!(count > 5, "{} fires {count} times", N::NAME);
}

#[test]
fn own_spikes_given_back_change_nothing_in_any_integrate_and_fire_model() {
    own_spikes_given_back_change_nothing::<models::Lif>(500.0);
    own_spikes_given_back_change_nothing::<models::Glif3>(200.0);
    own_spikes_given_back_change_nothing::<models::Gif>(400.0);
}
