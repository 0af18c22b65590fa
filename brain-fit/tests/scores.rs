//! Score formulas against cases worked by hand.

use std::path::PathBuf;

use brain_fit::features::SpikeDetector;
use brain_fit::recording::{Clamp, Sweep, Units};
use brain_fit::score::{
    Prediction, Role, SweepScore, coincidences, explained_spike_variance, explained_variance, gamma_factor,
    outside_spikes, rmse,
};

fn close(a: Option<f64>, b: f64) -> bool {
    a.is_some_and(|a| (a - b).abs() < 1e-9)
}

#[test]
fn gamma_of_worked_trains() {
    let data: Vec<f64> = (1..=10).map(|k| 100.0 * f64::from(k)).collect();
    assert!(close(gamma_factor(&data, &data, 2000.0, 4.0), 1.0));
    let within: Vec<f64> = data.iter().map(|time| time + 3.9).collect();
    assert!(close(gamma_factor(&data, &within, 2000.0, 4.0), 1.0));
    // 10 spikes in 2 s: nu = 0.005 / ms, 2 nu 4 ms = 0.04, chance 0.4 of 10, so (0 - 0.4) / 10 / 0.96.
    let beyond: Vec<f64> = data.iter().map(|time| time + 4.1).collect();
    assert!(close(gamma_factor(&data, &beyond, 2000.0, 4.0), -0.4 / 10.0 / 0.96));
    // Half the spikes: nu halves, chance 0.2 of 10; (5 - 0.2) / 7.5 / 0.98.
    assert!(close(gamma_factor(&data, &data[..5], 2000.0, 4.0), 4.8 / 7.5 / 0.98));
}

#[test]
fn gamma_where_it_is_not_defined() {
    assert_eq!(gamma_factor(&[], &[], 1000.0, 4.0), None);
    assert!(close(gamma_factor(&[10.0], &[], 1000.0, 4.0), 0.0));
    assert!(close(gamma_factor(&[], &[10.0], 1000.0, 4.0), 0.0));
    assert_eq!(gamma_factor(&[10.0], &[10.0], 0.0, 4.0), None);
    let burst: Vec<f64> = (0..200).map(f64::from).collect();
    assert_eq!(gamma_factor(&[10.0], &burst, 200.0, 4.0), None);
}

#[test]
fn gamma_of_a_poisson_train_is_chance() {
    let mut state = 88_172_645_463_325_252u64;
    let mut train = |rate_per_ms: f64| {
        let (mut time, mut spikes) = (0.0, Vec::new());
        while time < 1e6 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            time -= (((state >> 11) as f64 + 1.0) / (1u64 << 53) as f64).ln() / rate_per_ms;
            spikes.push(time);
        }
        spikes
    };
    let gamma = gamma_factor(&train(0.01), &train(0.012), 1e6, 4.0).unwrap();
    assert!(gamma.abs() < 0.03, "{gamma}");
}

#[test]
fn a_spike_coincides_once() {
    assert_eq!(coincidences(&[10.0], &[8.0, 9.0, 11.0], 4.0), 1);
    assert_eq!(coincidences(&[10.0, 13.0], &[12.0, 15.0], 4.0), 2);
    assert_eq!(coincidences(&[10.0, 20.0], &[14.0, 24.1], 4.0), 1);
}

#[test]
fn errors_and_variance() {
    let (data, model) = ([-70.0, -60.0, -50.0, 30.0], [-70.0, -63.0, -46.0, -50.0]);
    let kept = [true, true, true, false];
    assert!(close(rmse(&data, &model, Some(&kept)), (25.0f64 / 3.0).sqrt()));
    assert!(close(explained_variance(&data, &model, Some(&kept)), 1.0 - 25.0 / 200.0));
    assert_eq!(rmse(&data, &model[..3], None), None);
    assert_eq!(rmse(&data, &model, Some(&[false; 4])), None);
    assert_eq!(explained_variance(&[1.0; 4], &model, None), None);
}

#[test]
fn the_cut_around_a_spike() {
    let kept = outside_spikes(40, 0.5, &[10.0], 3.0);
    let cut: Vec<usize> = (0..40).filter(|index| !kept[*index]).collect();
    assert_eq!((cut[0], cut[cut.len() - 1]), (16, 30));
    let kept = outside_spikes(40, 0.5, &[10.0], 8.0);
    assert_eq!((0..40).filter(|index| !kept[*index]).max(), Some(36));
    assert!(outside_spikes(4, 0.5, &[-100.0, 1e9], 5.0).iter().all(|kept| *kept));
}

/// A 300 ms step from 100 ms with spikes 20, 60 and 100 ms into it, sampled at 0.1 ms.
fn sweep() -> Sweep {
    let current_pa = (0..5000).map(|i| if (1000..4000).contains(&i) { 100.0 } else { 0.0 }).collect();
    let mut voltage = vec![-70.0; 5000];
    for index in [1200, 1600, 2000] {
        voltage[index] = 30.0;
    }
    Sweep {
        id: "7".into(),
        file: PathBuf::from("x.csv"),
        dt_ms: 0.1,
        current_pa,
        voltage_mv: Some(voltage),
        clamp: Clamp::Current,
        clamp_reason: String::new(),
        units: Units::default(),
        notes: Vec::new(),
    }
}

#[test]
fn a_whole_sweep() {
    let detector = SpikeDetector { interpolate: false, ..SpikeDetector::default() };
    let (free, forced) = ([-70.0; 5000], [-68.0; 5000]);
    let prediction = Prediction {
        spikes_ms: &[115.0, 165.0, 210.0, 450.0],
        free_mv: Some(&free),
        forced_mv: Some(&forced),
        t_ref_ms: 4.0,
    };
    let score = SweepScore::of(&sweep(), Role::Test, &detector, &prediction);
    assert_eq!((score.spikes_data, score.spikes_model), (Some(3), 4));
    assert!(close(score.first_spike_error_ms, -5.0));
    assert!(close(score.mean_isi_error, (47.5 - 40.0) / 40.0));
    assert!(close(score.rmse_forced_mv, 2.0));
    assert_eq!(score.explained_variance, None);
    assert!(close(score.rmse_free_mv, (3.0 * 100.0 * 100.0 / 5000.0f64).sqrt()));
    let json = serde_json::to_value(&score).unwrap();
    let mut keys: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    let named = "coincidence explained_variance explained_variance_10ms first_spike_error_ms gamma_factor id mean_isi_error \
                 peak_error_mv rest_error_mv rmse_forced_mv rmse_free_mv role spikes_data spikes_model trough_error_mv \
                 width_error";
    assert_eq!(keys.join(" "), named);
    assert_eq!((&json["role"], &json["explained_variance"]), (&"test".into(), &serde_json::Value::Null));
    assert!(close(score.shape.rest_error_mv, 0.0) && score.coincidence.is_none());
    assert_eq!(score.shape.peak_error_mv, None, "the model's potential shows no spikes");
}

/// Spikes are triangles of a peak and a width at -10 mV, from -50 mV, each followed by a trough of 20 ms.
fn spiking(at: &[usize], peak: f64, width: f64, trough: f64, rest: f64) -> Vec<f64> {
    let mut voltage: Vec<f64> = (0..5000).map(|k| if (1000..4000).contains(&k) { -50.0 } else { rest }).collect();
    let half = width / 0.1 / 2.0 * (peak + 50.0) / (peak + 10.0);
    for &top in at {
        for (k, v) in voltage.iter_mut().enumerate().take(top + 100).skip(top - 100) {
            let part = 1.0 - (k as f64 - top as f64).abs() / half;
            *v = v.max(-50.0 + part * (peak + 50.0));
        }
        voltage[top + 50..top + 250].fill(trough);
    }
    voltage
}

#[test]
fn shapes_of_spikes_matched_in_order() {
    let recorded = Sweep { voltage_mv: Some(spiking(&[1400, 2000, 2600], 30.0, 2.0, -65.0, -70.0)), ..sweep() };
    let model = spiking(&[1450, 2100, 2700, 3300], 25.0, 2.5, -63.0, -69.0);
    let spikes = SpikeDetector::default().times_ms(&model, 0.1);
    assert_eq!(spikes.len(), 4);
    let prediction = Prediction { spikes_ms: &spikes, free_mv: Some(&model), forced_mv: None, t_ref_ms: 0.0 };
    let shape = SweepScore::of(&recorded, Role::Test, &SpikeDetector::default(), &prediction).shape;
    assert!(close(shape.peak_error_mv, -5.0) && close(shape.trough_error_mv, 2.0), "{shape:?}");
    assert!(close(shape.rest_error_mv, 1.0) && (shape.width_error.unwrap() - 0.25).abs() < 0.01, "{shape:?}");
    let silent = Prediction { spikes_ms: &[], ..prediction };
    let shape = SweepScore::of(&recorded, Role::Test, &SpikeDetector::default(), &silent).shape;
    assert_eq!((shape.peak_error_mv, shape.trough_error_mv, shape.width_error), (None, None, None));
}

#[test]
fn explained_variance_of_spike_trains() {
    let train: Vec<f64> = (1..=20).map(|k| 97.0 * f64::from(k)).collect();
    let moved = |by: f64| train.iter().map(|t| t + by).collect::<Vec<f64>>();
    assert!(close(explained_spike_variance(&train, &train, 2000.0), 1.0));
    // Two Gaussians of sd s a distance d apart overlap by exp(-d^2 / 4 s^2) of sqrt(pi) s; the mean takes 2 pi s^2 / 97 of both.
    let (overlap, mean) = (std::f64::consts::PI.sqrt() * 10.0, std::f64::consts::TAU * 100.0 / 97.0);
    let expected = (overlap * (-25.0f64 / 400.0).exp() - mean) / (overlap - mean);
    let explained = explained_spike_variance(&train, &moved(5.0), 2000.0).unwrap();
    assert!((explained - expected).abs() < 0.01, "{explained}, not {expected}");
    assert!(explained_spike_variance(&train, &moved(40.0), 2000.0).unwrap() < 0.0);
    assert_eq!(explained_spike_variance(&[], &[], 2000.0), None);
}

#[test]
fn noise_has_a_coincidence_and_steps_have_none() {
    let mut state = 1u64;
    let mut draw = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as f64 / (1u64 << 31) as f64 - 0.5
    };
    let noise: Vec<f64> = (0..5000).map(|_| 100.0 + 400.0 * draw()).collect();
    let spikes = [120.0, 160.0, 200.0];
    let prediction = Prediction { spikes_ms: &spikes, free_mv: None, forced_mv: None, t_ref_ms: 0.0 };
    let noisy = Sweep { current_pa: noise, ..sweep() };
    let score = SweepScore::of(&noisy, Role::Test, &SpikeDetector::default(), &prediction);
    assert!(close(score.coincidence, 1.0) && score.coincidence == score.gamma_factor);
    assert_eq!(SweepScore::of(&sweep(), Role::Test, &SpikeDetector::default(), &prediction).coincidence, None);
}

#[test]
fn silence_and_missing_data_are_none() {
    let silent = Prediction { spikes_ms: &[], free_mv: None, forced_mv: None, t_ref_ms: 4.0 };
    let score = SweepScore::of(&sweep(), Role::Fit, &SpikeDetector::default(), &silent);
    assert_eq!((score.first_spike_error_ms, score.mean_isi_error, score.rmse_free_mv), (None, None, None));
    assert!(close(score.gamma_factor, 0.0));
    let to_predict = Sweep { voltage_mv: None, ..sweep() };
    let score = SweepScore::of(&to_predict, Role::Test, &SpikeDetector::default(), &silent);
    assert_eq!((score.spikes_data, score.gamma_factor), (None, None));
}
