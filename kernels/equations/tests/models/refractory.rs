//! The refractory period in single precision.

use crate::simulator::Simulator;
use equations::{Integrator, models};

#[test]
fn the_refractory_period_is_the_nearest_number_of_steps() {
    for step in models::all(Integrator::ExpEuler).iter().filter(|s| s.param.iter().any(|f| f.name == "t_ref")) {
        for dt in [0.025, 0.05, 0.1, 0.2, 0.25, 0.5] {
            for t_ref in [0.0, 1.0, 2.0, 3.0, 3.75, 5.0, 15.0] {
                // So strong that the first free step spikes.
                let mut sim = Simulator::<f32>::new(step, dt).with(&[("i", 1e9), ("t_ref", t_ref)]);
                let spikes = sim.spikes(10_000);
                let held = spikes[1] - spikes[0] - 1;
                assert!((held as f64 - t_ref / dt).abs() < 0.5001, "{} {dt} {t_ref}: {held}", step.name);
                assert!(spikes.windows(2).all(|p| p[1] - p[0] - 1 == held), "{} {dt} {t_ref}", step.name);
            }
        }
    }
}

#[test]
fn the_potential_stays_at_its_reset_while_the_currents_decay() {
    for step in models::all(Integrator::ExpEuler).iter().filter(|s| s.state.iter().any(|f| f.name == "refractory")) {
        let mut sim = Simulator::<f64>::new(step, 0.1).with(&[("i", 1e9), ("t_ref", 2.0)]);
        let constant = step.param.iter().any(|f| f.name == "V_reset");
        if constant {
            sim.set("V_reset", -61.0);
        }
        assert!(sim.step());
        let after = sim.values.state.clone();
        for _ in 0..20 {
            assert!(!sim.step());
            assert_eq!(sim.v(), if constant { -61.0 } else { after[0] }, "{}", step.name);
        }
        for (f, (a, b)) in step.state.iter().zip(after.iter().zip(&sim.values.state)) {
            let held = ["v", "v_0", "theta_v"].contains(&&*f.name);
            assert_eq!(a == b, held || *a == 0.0 && f.name != "u", "{} {}: {a} to {b}", step.name, f.name);
        }
        assert!(sim.step());
    }
}
