//! Allen GLIF models of all five levels against the simulator that they are from, and against NEST's.

#[path = "shared/mod.rs"]
mod shared;

use brain_core::Backend;
use brain_core::cli::Program;
use brain_fit::commands::Cli;
use brain_fit::fit::{FitSettings, Registry, Subject};
use brain_fit::import;
use brain_fit::predict::predict;
use brain_fit::recording::{Declaration, Sweep, read};
use brain_fit::score::Role;
use candle_core::{DType, Tensor};
use clap::Parser;
use kernels::equations::{Evaluator, Integrator, Step, Var, models, receptors, trace};
use std::path::{Path, PathBuf};

const CELLS: [&str; 2] = ["313861677_Rorb-IRES2-Cre-D", "474637203_Htr3a-Cre_NO152"];
const STIMULI: [&str; 3] = ["step_1p6_rheobase", "ramp_0_to_3_rheobase", "ou_noise_mean1p3_sd0p5_rheobase"];
/// The reference has every fifth sample of the potential.
const EVERY: usize = 5;

fn cell(name: &str, file: &str) -> PathBuf {
    shared::shared("allen-glif/cells").join(name).join(file)
}

fn config(name: &str, level: usize) -> PathBuf {
    cell(name, &format!("{name}_GLIF{level}_neuron_config.json"))
}

/// Returns an array of an archive of NumPy's, as numbers. candle reads no compressed archives, so Python unpacks this one.
fn array(file: &Path, name: &str) -> Vec<f64> {
    const UNPACK: &str = "import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extract(sys.argv[2] + '.npy', sys.argv[3])";
    let dir = tempfile::tempdir().unwrap();
    let python =
        std::process::Command::new("python3").args(["-c", UNPACK]).arg(file).arg(name).arg(dir.path()).output();
    let python = python.expect("python3, which unpacks the reference runs");
    assert!(python.status.success(), "{}: {name}: {}", file.display(), String::from_utf8_lossy(&python.stderr));
    let tensor = Tensor::read_npy(dir.path().join(format!("{name}.npy"))).unwrap();
    tensor.flatten_all().unwrap().to_dtype(DType::F64).unwrap().to_vec1().unwrap()
}

/// A sweep of a current alone, pA, as a user has it in a file.
fn sweep(dir: &Path, name: &str, dt: f64, current: &[f64]) -> Sweep {
    let rows: String = current.iter().enumerate().map(|(k, i)| format!("{},{i}\n", k as f64 * dt)).collect();
    let file = dir.join(format!("{name}.csv"));
    std::fs::write(&file, format!("time_ms,current_pa\n{rows}")).unwrap();
    read(&[file], &Declaration::default()).unwrap().sweeps.swap_remove(0)
}

fn settings(param: &[kernels::equations::Field], imported: &import::Imported) -> FitSettings {
    let mut settings = FitSettings::of_model(param);
    (settings.after_step, settings.v_start, settings.spikes.dt) = (true, Some(imported.v_start), imported.dt);
    settings
}

#[test]
#[cfg_attr(not(shared_data), ignore = "needs allen-glif in ../shared/data or BRAIN_DATA")]
fn all_levels_are_those_of_the_allen_simulator_spike_for_spike() {
    let (registry, dir) = (Registry::default(), tempfile::tempdir().unwrap());
    let mut total = 0;
    for name in CELLS {
        let sweeps = STIMULI.map(|stimulus| {
            let pa: Vec<f64> = array(&cell(name, "stimuli.npz"), stimulus).iter().map(|a| 1e12 * a).collect();
            sweep(dir.path(), stimulus, 0.05, &pa)
        });
        for level in 1..=5 {
            let (imported, origin) = import::read(&config(name, level)).unwrap();
            assert_eq!((imported.model, origin.dt_ms), (&*format!("glif{level}"), 0.05));
            let subject = Subject::new(&registry.models, imported.model, -10.0, &Backend::default()).unwrap();
            let param = subject.model().cell().param;
            let value = |name: &str| imported.params.iter().find(|p| p.0 == name).map(|p| p.1);
            let params: Vec<f64> = param.iter().map(|f| value(&f.name).unwrap()).collect();
            let reference = cell(name, &format!("reference_GLIF{level}.npz"));
            for (stimulus, sweep) in STIMULI.iter().zip(&sweeps) {
                let sweep = sweep.resampled(origin.dt_ms);
                let of = predict(&subject, &settings(param, &imported), &params, &sweep, Role::Test).unwrap();
                let spikes = array(&reference, &format!("{stimulus}.spike_times_interpolated"));
                assert_eq!(of.spikes_ms.len(), spikes.len(), "{name} GLIF{level} {stimulus}");
                for (ours, theirs) in of.spikes_ms.iter().zip(&spikes) {
                    assert!((ours - 1e3 * theirs).abs() <= 0.05 + 1e-9, "{ours} ms for {theirs} s");
                }
                // Theirs are cut out around spikes, and from rest.
                let rest = value("E_L").unwrap();
                let theirs = array(&reference, &format!("{stimulus}.voltage"));
                let off = |(k, v): (usize, &f64)| (of.free_mv[EVERY * k] - rest - 1e3 * v).abs();
                let worst = theirs.iter().enumerate().filter(|(_, v)| !v.is_nan()).map(off).fold(0.0, f64::max);
                assert!(worst < 1e-3, "{name} GLIF{level} {stimulus}: {worst} mV off");
                total += spikes.len();
            }
        }
    }
    assert!(total > 250, "{total} spikes were compared");
}

#[test]
#[cfg_attr(not(shared_data), ignore = "needs allen-glif in ../shared/data or BRAIN_DATA")]
fn a_finer_recording_is_simulated_at_the_models_own_steps() {
    let (registry, dir) = (Registry::default(), tempfile::tempdir().unwrap());
    let (imported, origin) = import::read(&config(CELLS[0], 4)).unwrap();
    let subject = Subject::new(&registry.models, imported.model, -10.0, &Backend::default()).unwrap();
    let param = subject.model().cell().param;
    let value = |name: &str| imported.params.iter().find(|p| p.0 == name).map(|p| p.1);
    let params: Vec<f64> = param.iter().map(|f| value(&f.name).unwrap()).collect();
    let step = |dt: f64| -> Vec<f64> {
        (0..(500.0 / dt) as usize).map(|k| if k as f64 * dt < 100.0 { 0.0 } else { 200.0 }).collect()
    };
    let spikes = |dt: f64| {
        let sweep = sweep(dir.path(), "step", dt, &step(dt)).resampled(origin.dt_ms);
        predict(&subject, &settings(param, &imported), &params, &sweep, Role::Test).unwrap().spikes_ms
    };
    let own = spikes(0.05);
    assert!(own.len() > 3);
    for dt in [0.005, 0.02, 0.25] {
        let other = spikes(dt);
        assert_eq!(other.len(), own.len());
        assert!(other.iter().zip(&own).all(|(a, b)| (a - b).abs() < 0.051), "{dt} ms: {other:?} for {own:?}");
    }
}

/// One neuron with NEST's alpha currents, step by step in the equations themselves.
fn nest_spikes(step: &Step, params: &[(&str, f64)], dt: f64) -> Vec<f64> {
    let named = |name: &str| params.iter().find(|p| p.0 == name).map(|p| p.1);
    let param: Vec<f64> = step.param.iter().map(|f| named(&f.name).unwrap_or(f.default)).collect();
    let mut state: Vec<f64> = step.state.iter().map(|f| named(&f.name).unwrap_or(f.default)).collect();
    let events = step.input.iter().position(|f| f.name == "exc_w").unwrap();
    let mut evaluator = Evaluator::<f64>::new(&step.graph, &step.outputs);
    let mut spikes = vec![];
    for k in 0..(50.0 / dt) as usize {
        let arrives = [5.0, 7.0, 8.0, 9.0, 10.0, 12.0].iter().any(|t| ((t + 1.0) / dt).round() as usize == k);
        let mut next: Vec<f64> = evaluator
            .eval(|v| match v {
                Var::Dt => dt,
                Var::State(s) => state[s as usize],
                Var::Input(i) => {
                    if i as usize == events && arrives {
                        100.0
                    } else {
                        0.0
                    }
                }
                Var::Param(p) => param[p as usize],
                Var::Adjoint(_) => 0.0,
            })
            .collect();
        if next.pop().unwrap() > 0.5 {
            spikes.push((k + 1) as f64 * dt);
        }
        state = next;
    }
    spikes
}

/// Spikes of bmtk's test of its converters, which NEST's `glif_psc` gives and which may differ by 1 ms.
#[test]
#[cfg_attr(not(shared_data), ignore = "needs allen-glif in ../shared/data or BRAIN_DATA")]
fn all_levels_spike_as_nests_glif_psc() {
    type Alpha<N> = receptors::Currents<N, receptors::Alpha>;
    let steps = [
        ("lif", trace::<Alpha<models::Glif1>>(Integrator::ExpEuler)),
        ("lif_r", trace::<Alpha<models::Glif2>>(Integrator::ExpEuler)),
        ("lif_asc", trace::<Alpha<models::Glif3>>(Integrator::ExpEuler)),
        ("lif_r_asc", trace::<Alpha<models::Glif4>>(Integrator::ExpEuler)),
        ("lif_r_asc_a", trace::<Alpha<models::Glif5>>(Integrator::ExpEuler)),
    ];
    let folder = shared::shared("allen-glif/bmtk_637930677");
    let expected = std::fs::read_to_string(folder.join("expected_spikes.json")).unwrap();
    let expected: serde_json::Value = serde_json::from_str(&expected).unwrap();
    for (kind, step) in steps {
        let file = format!("637930677_{kind}.json");
        let wanted: Vec<f64> = serde_json::from_value(expected[&file].clone()).unwrap();
        let (imported, _) = import::read(&folder.join(&file)).unwrap();
        assert_eq!(imported.model, step.name);
        let start = [("v", imported.v_start), ("exc_tau", 5.5)];
        let spikes = nest_spikes(&step, &[&imported.params[..], &start].concat(), 0.005);
        println!("{kind}: {spikes:.3?} for {wanted:.3?}");
        assert_eq!(spikes.len(), wanted.len(), "{kind}");
        assert!(spikes.iter().zip(&wanted).all(|(a, b)| (a - b).abs() < 0.25), "{kind}: {spikes:?}");
    }
}

fn brain_fit(arguments: &[&str]) -> anyhow::Result<()> {
    Cli::parse_from([&["brain-fit"], arguments].concat()).execute_with(&Registry::default(), Box::new(|_| false))
}

#[test]
#[cfg_attr(not(shared_data), ignore = "needs allen-glif in ../shared/data or BRAIN_DATA")]
fn the_commands_import_and_predict() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let current: String =
        (0..4000).map(|k| format!("{},{}\n", k as f64 * 0.05, if k < 400 { 0 } else { 200 })).collect();
    std::fs::write(at("step.csv"), format!("time_ms,current_pa\n{current}")).unwrap();
    brain_fit(&["import", config(CELLS[0], 5).to_str().unwrap(), "--out", &at("cell")]).unwrap();
    brain_fit(&["predict", &at("cell/model.safetensors"), "--data", &at("step.csv"), "--out", &at("out")]).unwrap();
    let spikes = std::fs::read_to_string(at("out/spikes.csv")).unwrap();
    assert!(spikes.lines().filter(|line| line.contains(",model,")).count() > 2, "{spikes}");
}

/// A file that lacks what a level needs, or is none, is refused by its key.
#[test]
fn a_file_that_is_no_model_is_refused_by_its_key() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("neuron_config.json");
    let refused = |text: &str| {
        std::fs::write(&file, text).unwrap();
        let error = brain_fit(&["import", file.to_str().unwrap()]).unwrap_err();
        assert_eq!(Cli::fault(&error), Some(brain_core::cli::Fault::Input));
        error.to_string()
    };
    assert!(refused("no JSON").contains("neuron_config.json"));
    assert!(refused("{\"type\": \"HH\"}").contains("GLIF"));
    assert!(refused("{\"type\": \"GLIF\"}").contains("dt: is missing"));
    let config = r#"{"type": "GLIF", "dt": 5e-5, "spike_cut_length": 2, "El_reference": -0.07, "El": 0, "R_input": 1e8,
        "C": 1e-10, "th_inf": 0.02, "init_voltage": 0, "voltage_dynamics_method": {"name": "linear_forward_euler"},
        "voltage_reset_method": {"name": "zero"}, "threshold_dynamics_method": {"name": "inf"},
        "AScurrent_dynamics_method": {"name": "vector"}}"#;
    assert!(refused(config).contains("AScurrent_dynamics_method.name: `vector`"));
    assert!(refused(&config.replace("5e-5", "0.05")).contains("diverge"));
    std::fs::write(&file, config.replace("vector", "none")).unwrap();
    let (imported, _) = import::read(&file).unwrap();
    assert_eq!(imported.model, "glif1");
}
