//! Published and independently recomputed numbers.

use crate::simulator::Simulator;
use equations::{Integrator, Step, models, trace};
use std::path::Path;

fn close(a: f64, b: f64, tolerance: f64) {
    assert!((a - b).abs() <= tolerance, "{a} for {b}");
}

#[test]
fn lif_integrates_exactly() {
    let step = trace::<models::Lif>(Integrator::ExpEuler);
    let mut sim = Simulator::<f64>::new(&step, 0.1).with(&[("i", 1000.0)]);
    for want in [-69.602, -69.2079, -68.8178] {
        sim.step();
        close(sim.v(), want, 5e-5);
    }
    let spikes = |i: f64, dt: f64, n: usize| Simulator::<f64>::new(&step, dt).with(&[("i", i)]).spikes(n);
    assert_eq!(spikes(1000.0, 0.1, 200), [48, 116, 184]);
    let fine = spikes(1000.0, 1e-3, 20_000);
    close(fine[0] as f64 * 1e-3, 4.700036, 1e-3);
    close((fine[1] - fine[0]) as f64 * 1e-3, 6.700036, 1e-3);

    let mut sim = Simulator::<f64>::new(&step, 0.1).with(&[("i", 1450.0)]);
    sim.step();
    close(sim.v(), -69.4229, 5e-5);
    for dt in [0.1, 0.2, 0.5, 1.0] {
        close(spikes(1450.0, dt, (4.0 / dt) as usize)[0] as f64 * dt, 3.0, 1e-12);
    }
}

#[test]
fn glif3_without_after_spike_currents_is_nests_glif_psc() {
    let step = trace::<models::Glif3>(Integrator::ExpEuler);
    let set = [
        ("c", 58.72),
        ("g", 9.43),
        ("E_L", -78.85),
        ("v", -78.85),
        ("V_th", -51.68),
        ("V_reset", -78.85),
        ("t_ref", 3.75),
        ("a_1", 0.0),
        ("a_2", 0.0),
    ];
    let spikes = |i: f64, dt: f64, n: usize| Simulator::<f64>::new(&step, dt).with(&set).with(&[("i", i)]).spikes(n);
    let fine = spikes(300.0, 0.01, 8000);
    assert!(fine.windows(2).all(|p| p[1] - p[0] == 1574), "{fine:?}");
    assert!(spikes(256.21, 0.1, 10_000).is_empty());
    assert!(!spikes(256.22, 0.1, 10_000).is_empty());
}

/// Two cells of Teeter et al. (2018) as the Allen Institute's simulator (allensdk 2.16.2) runs them at 0.05 ms, from
/// a step and a ramp of current. It takes forward Euler steps of the potential, so do we.
#[test]
#[cfg_attr(not(shared_data), ignore = "needs allen-glif in ../shared/data or BRAIN_DATA")]
fn glif3_spikes_with_the_allen_simulator() {
    let step = trace::<models::Glif3>(Integrator::Euler);
    let dt = 0.05;
    let index = data("allen-glif/cells/index.json");
    for (cell, at_step, ramp_end) in [
        ("313861677_Rorb-IRES2-Cre-D", 173.43876104675716, 325.1744485571724),
        ("474637203_Htr3a-Cre_NO152", 286.5348490491794, 537.2144667642138),
    ] {
        for level in [1, 3] {
            let config = data(&format!("allen-glif/cells/{cell}/{cell}_GLIF{level}_neuron_config.json"));
            let (own, factors) = config.split_once("\"coeffs\"").unwrap();
            let held = number(own, "spike_cut_length", 0);
            let mut set = vec![
                ("c", 1e12 * number(own, "\"C", 0) * number(factors, "\"C", 0)),
                ("g", 1e9 / number(own, "R_input", 0) * number(factors, "\"G", 0)),
                ("V_th", 1e3 * number(own, "th_inf", 0) * number(factors, "th_inf", 0)),
                ("t_ref", held * dt),
            ];
            set.extend(["v", "E_L", "V_reset", "a_1", "a_2"].map(|name| (name, 0.0)));
            if level == 3 {
                for (j, k_name, a_name) in [(0, "k_1", "a_1"), (1, "k_2", "a_2")] {
                    // The rate with which an Euler step decays as the simulator's exact one.
                    let k = -f64::exp_m1(-1e-3 * dt / number(own, "asc_tau_array", j)) / dt;
                    let amplitude = 1e12 * number(own, "asc_amp_array", j) * number(factors, "asc_amp_array", j);
                    set.extend([(k_name, k), (a_name, amplitude * (1.0 - k * dt).powf(-held))]);
                }
            }
            for (stimulus, current) in [
                ("step_1p6_rheobase", &(|k| if k < 14_000.0 { at_step } else { 0.0 }) as &dyn Fn(f64) -> f64),
                ("ramp_0_to_3_rheobase", &|k| (k - 2000.0) / 13_999.0 * ramp_end),
            ] {
                let mut sim = Simulator::<f64>::new(&step, dt).with(&set);
                let mut spikes = vec![];
                for k in 0..16_000 {
                    sim.set("i", if k < 2000 { 0.0 } else { current(f64::from(k)) });
                    if sim.step() {
                        spikes.push(f64::from(k + 1) * dt);
                    }
                }
                let run = index.split('{').find(|run| {
                    run.contains(cell) && run.contains(&format!("\"level\": {level},")) && run.contains(stimulus)
                });
                let (run, count) = (run.unwrap(), spikes.len());
                println!(
                    "{cell} GLIF{level} {stimulus}: {count} spikes, {:?} to {:?} ms",
                    spikes.first(),
                    spikes.last()
                );
                assert_eq!(count as f64, number(run, "n_spikes", 0));
                if let [first, .., last] = spikes[..] {
                    close(first, 1e3 * number(run, "first", 0), dt);
                    close(last, 1e3 * number(run, "last", 0), dt);
                }
            }
        }
    }
}

/// The `k`-th number after `"key": ` in JSON.
fn number(json: &str, key: &str, k: usize) -> f64 {
    let after = json.split_once(&format!("{key}\"")).unwrap_or_else(|| panic!("no {key} in {json}")).1;
    let of_number = |c: char| c.is_ascii_digit() || "+-.e".contains(c);
    after.split(|c| !of_number(c)).filter_map(|s| s.parse().ok()).nth(k).unwrap()
}

#[test]
fn glif3_is_the_benchmarks_cell() {
    let step = trace::<models::Glif3>(Integrator::ExpEuler);
    let mut sim = Simulator::<f64>::new(&step, 0.1);
    let (mut v, mut j1, mut j2, mut wait) = (-75.0, 0.0, 0.0, 0);
    let mut spikes = 0;
    for t in 0..10_000 {
        let i = if f64::from(t) * 0.1 >= 20.0 { 160.0 } else { 0.0 };
        if wait == 0 {
            let to: f64 = -75.0 + (i + j1 + j2) / 3.0;
            v = to + (v - to) * f64::exp(-0.1 * 3.0 / 60.0);
        }
        let fires = wait == 0 && v >= -45.0;
        (j1, j2) = (j1 * f64::exp(-0.001), j2 * f64::exp(-0.01));
        wait = if wait > 0 { wait - 1 } else { 0 };
        if fires {
            (v, j1, j2, wait) = (-75.0, j1 - 8.0, j2 - 25.0, 30);
            spikes += 1;
        }
        sim.set("i", i);
        assert_eq!(sim.step(), fires, "step {t}");
        close(sim.v(), v, 1e-9);
    }
    assert!(spikes > 10, "{spikes}");
}

#[test]
fn gif_paper_fires_as_the_reference_code() {
    let step = trace::<models::GifPaper>(Integrator::ExpEuler);
    let stimuli: [&[(f64, usize)]; 5] = [
        &[(2.0, 200), (0.0, 800)],
        &[(1.5, 500), (0.0, 500)],
        &[(1.5, 100), (0.0, 500), (0.5, 100), (1.0, 100), (1.5, 100), (0.0, 100)],
        &[(1.5, 20), (0.0, 180), (-1.5, 20), (0.0, 20), (1.5, 20), (0.0, 740)],
        &[(0.0, 50), (-3.5, 750), (0.0, 200)],
    ];
    let counts = [10, 5, 3, 0, 0];
    let lowest = [-70.0, -70.0, -70.0, -88.96, -140.0];
    let highest = [-43.79, -40.00, -40.07, -51.04, -70.0];
    for (k, stimulus) in stimuli.iter().enumerate() {
        let mut sim = Simulator::<f64>::new(&step, 0.1);
        let (mut count, mut low, mut high) = (0, f64::MAX, f64::MIN);
        for &(i, ms) in *stimulus {
            sim.set("i", i);
            for _ in 0..10 * ms {
                count += usize::from(sim.step());
                (low, high) = (low.min(sim.v()), high.max(sim.v()));
            }
        }
        println!("gif-paper {k}: {count} spikes, {low:.2} to {high:.2} mV");
        assert_eq!(count, counts[k], "stimulus {k}");
        close(low, lowest[k], 0.0051);
        close(high, highest[k], 0.0051);
    }
}

const SAMPLES: usize = 1497;

/// The step currents of brian2modelfitting's Hodgkin-Huxley example, nA.
fn current(row: usize, k: usize) -> f64 {
    let amplitude = [10.0, 2.0, 2.0, 50.0, 0.2][row];
    let on = if row == 2 { 0..=997 } else { 499..=997 };
    if on.contains(&k) { amplitude } else { 0.0 }
}

/// Potential before and after each step, and whether it spikes.
fn response(step: &Step, row: usize) -> Vec<(f64, f64, bool)> {
    let mut sim = Simulator::<f64>::new(step, 0.01).with(&[("v", -65.0), ("m", 0.0), ("h", 0.0), ("n", 0.0)]);
    (0..SAMPLES)
        .map(|k| {
            sim.set("i", current(row, k));
            let before = sim.v();
            let z = sim.step();
            (before, sim.v(), z)
        })
        .collect()
}

/// A file of the data that do not come with the code; the build script says whether they are at hand
/// (`cfg(shared_data)`).
fn data(name: &str) -> String {
    let path = Path::new(option_env!("SHARED_DATA").unwrap_or_default()).join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// A table of the example.
fn table(name: &str) -> Vec<Vec<f64>> {
    let text = data(&format!("brian2modelfitting-hh/{name}"));
    let row = |line: &str| line.split(',').skip(1).map(|x| x.trim().parse().unwrap()).collect();
    text.lines().skip(1).map(row).collect()
}

#[test]
#[cfg_attr(not(shared_data), ignore = "needs brian2modelfitting-hh in ../shared/data or BRAIN_DATA")]
fn the_step_currents_are_those_of_the_data() {
    let rows = table("input_traces_hh.csv");
    for (r, row) in rows.iter().enumerate() {
        assert_eq!(row.len(), SAMPLES);
        for (k, i) in row.iter().enumerate() {
            close(i * 1e9, current(r, k), 1e-9);
        }
    }
}

#[test]
fn hh_paper_counts_steps_above_threshold_as_the_reference_code() {
    let step = trace::<models::HhPaper>(Integrator::ExpEuler);
    let counts: Vec<usize> = (0..5).map(|r| response(&step, r).iter().filter(|x| x.2).count()).collect();
    assert_eq!(counts, [552, 235, 488, 523, 0]);
}

#[test]
#[cfg_attr(not(shared_data), ignore = "needs brian2modelfitting-hh in ../shared/data or BRAIN_DATA")]
fn hh_traub_explains_the_recordings_up_to_their_noise() {
    let step = trace::<models::HhTraub>(Integrator::ExpEuler);
    let rows = table("output_traces_hh.csv");
    for (r, row) in rows.iter().enumerate() {
        let model = response(&step, r);
        let mse = |of: fn(&(f64, f64, bool)) -> f64| {
            row.iter().zip(&model).map(|(a, b)| (a - of(b)).powi(2)).sum::<f64>() / SAMPLES as f64
        };
        let (before, after) = (mse(|x| x.0), mse(|x| x.1));
        println!("hh-traub {r}: mean square error {before:.4} mV2, one sample later {after:.4}");
        assert!(before <= 1.03 && before <= after, "trace {r}");
    }
}

#[test]
fn hh_pospischil_fires_regularly_with_adaptation_and_the_fast_cell_faster() {
    let step = trace::<models::HhPospischil>(Integrator::ExpEuler);
    let spikes = |set: &[(&str, f64)], i: f64| {
        let mut sim = Simulator::<f64>::new(&step, 0.025).with(set);
        assert!(sim.spikes(8000).is_empty(), "it is silent at rest");
        sim.set("i", i);
        sim.spikes(20_000)
    };
    let (regular, fast) = (spikes(&[], 5.0), spikes(models::hh_pospischil::FS, 5.0));
    println!("hh-pospischil at 5 uA/cm2: {} spikes in 500 ms; fast-spiking {}", regular.len(), fast.len());
    let interval = |s: &[usize], k: usize| s[k + 1] - s[k];
    assert!(regular.len() > 5 && interval(&regular, regular.len() - 2) > interval(&regular, 0));
    assert!(fast.len() > regular.len());
}
