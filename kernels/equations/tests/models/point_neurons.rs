//! Published spike times of integrate-and-fire neurons.

use crate::simulator::Simulator;
use equations::{Integrator, Step, models, trace};

fn close(a: &[f64], b: &[f64], tolerance: impl Fn(f64) -> f64) {
    println!("{a:.4?} for {b:?}");
    assert_eq!(a.len(), b.len(), "{a:?} for {b:?}");
    for (a, b) in a.iter().zip(b) {
        assert!((a - b).abs() <= tolerance(*b), "{a} for {b}");
    }
}

/// The times, ms, at which the potential has risen through `level` in `ms` with steps of `dt`.
fn rises(step: &Step, set: &[(&str, f64)], level: f64, dt: f64, ms: f64) -> Vec<f64> {
    let mut sim = Simulator::<f64>::new(step, dt).with(set);
    let mut times = vec![];
    for k in 1..=(ms / dt).round() as usize {
        let before = sim.v();
        // The peak of a spike is in the step that ends with the reset.
        if (sim.step() || sim.v() >= level) && before < level {
            times.push(k as f64 * dt);
        }
    }
    times
}

/// The second of two intervals between spikes, ms, in steps of `dt`.
fn interval(step: &Step, set: &[(&str, f64)], dt: f64) -> f64 {
    let spikes = Simulator::<f64>::new(step, dt).with(set).spikes((200.0 / dt) as usize);
    (spikes[2] - spikes[1]) as f64 * dt
}

/// The intervals of NeuroML's integrators and of PyNN's standard cells.
#[test]
fn lif_has_the_intervals_of_other_simulators() {
    let step = trace::<models::Lif>(Integrator::ExpEuler);
    let dt = 1e-3;
    for (set, wanted) in [
        // iafTauCell
        ([("tau_m", 30.0), ("E_L", -50.0), ("V_th", -55.0), ("V_reset", -70.0), ("t_ref", 0.0), ("i", 0.0)], 41.5888),
        // iafCell, of 0.2 nS and 3.2 pF
        ([("tau_m", 16.0), ("E_L", -53.0), ("V_th", -55.0), ("V_reset", -70.0), ("t_ref", 0.0), ("i", 0.0)], 34.2411),
        // IF_curr_exp and IF_cond_alpha; 250 pF and a quarter of their nA
        ([("tau_m", 20.0), ("E_L", -65.0), ("V_th", -50.0), ("V_reset", -70.0), ("t_ref", 8.0), ("i", 250.0)], 40.1888),
        ([("tau_m", 20.0), ("E_L", -65.0), ("V_th", -50.0), ("V_reset", -65.0), ("t_ref", 5.0), ("i", 225.0)], 40.8352),
    ] {
        close(&[interval(&step, &set, dt)], &[wanted], |_| dt);
    }
}

#[test]
fn glif1_is_nests_glif_psc() {
    let step = trace::<models::Glif1>(Integrator::ExpEuler);
    let set = [
        ("c", 58.72),
        ("g", 9.43),
        ("E_L", -78.85),
        ("v", -78.85),
        ("V_th", -51.68),
        ("V_reset", -78.85),
        ("t_ref", 3.75),
        ("i", 300.0),
    ];
    // 3.75 ms of refractory period are 375 steps.
    close(&[interval(&step, &set, 0.01)], &[15.74], |_| 1e-9);
}

/// The regular-spiking cell as Open Source Brain's validation has it, in its Euler steps: it counts rises through 0 mV.
#[test]
fn izhikevich_2007_spikes_as_open_source_brain_says() {
    let wanted = [47.0325, 120.4975, 196.6175, 272.6525, 348.6875];
    let times = |integrator, dt| rises(&trace::<models::Izhikevich2007>(integrator), &[("i", 100.0)], 0.0, dt, 400.0);
    close(&times(Integrator::Euler, 0.0025), &wanted, |_| 1e-9);
    close(&times(Integrator::ExpEuler, 0.0025), &wanted, |_| 0.02);
}

/// The cells of Fig. 2 of the paper that fire regularly, fast, and in bursts at the start of 10 mV/ms.
#[test]
fn izhikevich_2003_fires_as_its_cells_are_called() {
    let step = trace::<models::Izhikevich2003>(Integrator::ExpEuler);
    let intervals = |set: &[(&str, f64)]| -> Vec<f64> {
        let times = rises(&step, &[&[("i", 10.0)], set].concat(), 0.0, 0.01, 500.0);
        times.windows(2).map(|p| p[1] - p[0]).collect()
    };
    let (regular, fast) = (intervals(&[]), intervals(&[("a", 0.1), ("d", 2.0)]));
    let chattering = intervals(&[("c", -50.0), ("d", 2.0)]);
    println!("regular {regular:.1?}\nfast {fast:.1?}\nchattering {chattering:.1?}");
    assert!(regular.len() > 5 && regular[regular.len() - 1] > 1.5 * regular[0]);
    assert!(fast.len() > 2 * regular.len() && (fast[fast.len() - 1] / fast[5] - 1.0).abs() < 0.05);
    let (short, long) =
        (chattering.iter().filter(|t| **t < 8.0).count(), chattering.iter().filter(|t| **t > 15.0).count());
    assert!(short > 2 * long && long > 5, "bursts: {short} short intervals and {long} long ones");
}

/// PyNN's `EIF_cond_exp_isfa_ista` of NeuroML's Ex14, which counts rises through -45 mV and lets simulators differ by
/// half a percent.
#[test]
fn adex_spikes_as_neuromls_example() {
    let set = [
        ("C", 281.0),
        ("g_L", 281.0 / 9.3667),
        ("a", 0.0),
        ("V_T", -52.0),
        ("V_peak", -40.0),
        ("V_reset", -68.0),
        ("t_ref", 5.0),
        ("v", -65.0),
        ("i", 600.0),
    ];
    let times = |dt| rises(&trace::<models::AdEx>(Integrator::ExpEuler), &set, -45.0, dt, 400.0);
    let fine = times(1e-3);
    close(&fine, &[26.81, 81.78, 176.5, 285.1, 394.34], |t| 0.00526 * t);
    close(&times(0.05), &fine, |_| 0.5);
}

/// A step of usual length ends far above the peak, and the reset is exact all the same.
#[test]
fn adex_is_reset_from_any_height() {
    let step = trace::<models::AdEx>(Integrator::ExpEuler);
    for dt in [0.01, 0.1, 0.25] {
        let mut sim = Simulator::<f32>::new(&step, dt).with(&[("i", 1000.0)]);
        let mut spikes = 0;
        for _ in 0..(500.0 / dt) as usize {
            if sim.step() {
                spikes += 1;
                assert!((sim.v() + 70.6).abs() < 1e-4, "{} at {dt} ms", sim.v());
            }
        }
        println!("adex at 1 nA: {spikes} spikes in 500 ms in steps of {dt} ms");
        assert!((15..40).contains(&spikes), "{spikes}");
    }
}
