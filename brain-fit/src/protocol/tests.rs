//! Protocols of currents whose command is known.

use super::*;

/// Uniform noise of standard deviation `sd`, the same on every run.
fn noisy(command: impl Fn(usize) -> f64, samples: usize, sd: f64) -> Vec<f64> {
    let mut state = 0x2545_f491_4f6c_dd1du64;
    let draw = |state: &mut u64| {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        (*state >> 11) as f64 / (1u64 << 53) as f64 - 0.5
    };
    (0..samples).map(|index| command(index) + 12f64.sqrt() * sd * draw(&mut state)).collect()
}

fn pulse(index: usize) -> f64 {
    if (2800..10_800).contains(&index) { 93.0 } else { -12.0 }
}

#[test]
fn a_noisy_step() {
    for sd in [0.0, 3.0, 10.0] {
        let protocol = Protocol::of(&noisy(pulse, 12_000, sd), 0.25);
        assert_eq!(protocol.stimulus, Waveform::Steps, "{sd}");
        assert!((protocol.noise_pa - sd).abs() < 0.3 * sd + 1e-9, "{protocol:?}");
        assert!((protocol.holding_pa + 12.0).abs() < 0.5, "{protocol:?}");
        let [step] = protocol.steps[..] else { panic!("{protocol:?}") };
        assert_eq!((step.onset_ms, step.offset_ms), (700.0, 2700.0), "{sd}");
        assert!((step.amplitude_pa - 105.0).abs() < 0.6, "{step:?}");
    }
}

#[test]
fn a_step_no_larger_than_the_noise() {
    let protocol = Protocol::of(&noisy(|i| if (2800..10_800).contains(&i) { 6.8 } else { 0.0 }, 12_000, 5.0), 0.25);
    let [step] = protocol.steps[..] else { panic!("{protocol:?}") };
    assert!((step.onset_ms - 700.0).abs() < 10.0 && (step.amplitude_pa - 6.8).abs() < 0.5, "{step:?}");
}

#[test]
fn short_pulses_and_several_levels() {
    let train = |i: usize| if i >= 1000 && i % 1000 < 40 { 800.0 } else { 0.0 };
    let protocol = Protocol::of(&noisy(train, 20_000, 2.0), 0.05);
    assert_eq!(protocol.steps.len(), 19);
    assert_eq!((protocol.steps[0].onset_ms, protocol.steps[0].offset_ms), (50.0, 52.0));
    let stairs = Protocol::of(&noisy(|i| [0.0, -50.0, 100.0, 0.0][i / 1000], 4000, 3.0), 0.1);
    assert_eq!(stairs.steps.iter().map(|step| step.amplitude_pa.round()).collect::<Vec<_>>(), [-50.0, 100.0]);
}

#[test]
fn nothing_constant_noise_and_ramps() {
    let kind = |current: &[f64]| Protocol::of(current, 0.1).stimulus;
    assert_eq!(kind(&[]), Waveform::Zero);
    assert_eq!(kind(&[0.0; 1000]), Waveform::Zero);
    assert_eq!(kind(&[50.0; 1000]), Waveform::Constant);
    assert_eq!(kind(&noisy(|_| 50.0, 5000, 3.0)), Waveform::Constant);
    assert_eq!(Protocol::of(&[50.0; 9], 0.1).holding_pa, 50.0);
    let mut ou = noisy(|_| 0.0, 50_000, 1.0);
    let mut state = 0.0;
    ou.iter_mut().for_each(|x| {
        state += -state * 0.1 / 3.0 + 40.0 * *x;
        *x = state + 100.0;
    });
    assert_eq!(kind(&ou), Waveform::Noise);
    assert_eq!(kind(&noisy(|_| 0.0, 5000, 3.0)), Waveform::Zero);
    assert_eq!(kind(&noisy(|i| i as f64 / 10.0, 20_000, 3.0)), Waveform::Varying);
    assert_eq!(kind(&noisy(|i| i as f64 / 10.0, 20_000, 0.0)), Waveform::Varying);
}

#[test]
fn a_sweep_cut_at_its_onset() {
    let protocol = Protocol::of(&noisy(|i| if i < 1000 { 80.0 } else { 0.0 }, 3000, 2.0), 0.1);
    assert_eq!((protocol.steps[0].onset_ms, protocol.steps[0].offset_ms), (0.0, 100.0));
    assert!(protocol.holding_pa.abs() < 0.5);
}

#[test]
fn the_window_of_a_step_and_of_noise() {
    let current: Vec<f64> = (0..8000).map(|k| if (2000..6000).contains(&k) { 80.0 } else { -20.0 }).collect();
    let window = StimulusWindow::of(&current, 0.25).unwrap();
    assert!((window.onset_ms - 500.0).abs() < 1.0 && (window.end_ms - 1500.0).abs() < 1.0 && !window.noise);
    for flat in [&[0.0; 4000][..], &[1.0, 2.0], &[]] {
        assert!(StimulusWindow::of(flat, 0.25).is_none());
    }
    // A small test pulse at 50 ms is not the stimulus at 200 ms.
    let pulse = |k: usize| if (200..240).contains(&k) { -20.0 } else { 0.0 };
    let tested: Vec<f64> = (0..4000).map(|k| if k >= 800 { 100.0 } else { pulse(k) }).collect();
    assert!((StimulusWindow::of(&tested, 0.25).unwrap().onset_ms - 200.0).abs() < 1.0);
    let noisy: Vec<f64> = (0..8000).map(|k| ((k as f64) * 0.01).sin() * 50.0).collect();
    assert!(StimulusWindow::of(&noisy, 0.25).unwrap().noise);
}

/// Noise with a correlation time of 3 ms at an interval of 0.1 ms.
fn coloured(samples: usize, sd: f64) -> Vec<f64> {
    let mut state = 0.0;
    let innovations = noisy(|_| 0.0, samples, sd * (2.0f64 * 0.1 / 3.0).sqrt());
    let next = |x: f64| {
        state += x - state * 0.1 / 3.0;
        state
    };
    innovations.into_iter().map(next).collect()
}

#[test]
fn a_step_begins_anywhere() {
    for onset in [0usize, 10, 50, 99, 400, 890] {
        for (sd, amplitude) in [(0.0, 300.0), (2.0, 300.0), (0.0, -40.0), (1.0, 25.0)] {
            let step = |i: usize| if (onset * 4..3700).contains(&i) { amplitude } else { 0.0 };
            let protocol = Protocol::of(&noisy(step, 4000, sd), 0.25);
            let Some(window) = protocol.window else { panic!("{onset} {protocol:?}") };
            assert_eq!((protocol.stimulus, window.noise), (Waveform::Steps, false), "{onset} {sd}");
            assert!(
                (window.onset_ms - onset as f64).abs() <= 0.5 && (window.end_ms - 925.0).abs() <= 0.5,
                "{window:?}"
            );
        }
    }
}

#[test]
fn test_pulses_are_steps_but_no_stimulus() {
    let stimulus = |i: usize, amplitude: f64| if (2000..6000).contains(&i) { amplitude } else { 0.0 };
    // Shorter than the stimulus; larger than it; and before a pulse of 3 ms.
    for (pulse, amplitude) in [(-20.0, 100.0), (-100.0, 10.0), (50.0, -10.0)] {
        let command = |i: usize| if (400..500).contains(&i) { pulse } else { stimulus(i, amplitude) };
        let protocol = Protocol::of(&noisy(command, 8000, 1.0), 0.25);
        assert_eq!(protocol.steps.len(), 2, "{protocol:?}");
        let window = protocol.window.unwrap();
        assert!((window.onset_ms - 500.0).abs() < 3.0 && (window.end_ms - 1500.0).abs() < 3.0, "{window:?}");
        assert!((protocol.main_step().unwrap().amplitude_pa - amplitude).abs() < 1.0);
    }
    let short = |i: usize| match i {
        1500..1700 => 20.0,
        5000..5060 => 900.0,
        _ => 0.0,
    };
    let window = Protocol::of(&noisy(short, 10_000, 1.0), 0.05).window.unwrap();
    assert_eq!((window.onset_ms, window.end_ms), (250.0, 253.0));
}

#[test]
fn ramps_and_the_base_before_them() {
    for (sd, top) in [(0.0, 300.0), (2.0, 300.0), (5.0, 100.0)] {
        let ramp = |i: usize| if (2000..12_000).contains(&i) { (i - 2000) as f64 / 1e4 * top } else { 0.0 };
        let protocol = Protocol::of(&noisy(ramp, 15_000, sd), 0.1);
        assert_eq!(protocol.stimulus, Waveform::Varying, "{sd} {protocol:?}");
        let window = protocol.window.unwrap();
        let late = if sd == 5.0 { 350.0 } else { 60.0 };
        assert!((200.0..200.0 + late).contains(&window.onset_ms) && !window.noise, "{window:?}");
        assert!((window.end_ms - 1200.0).abs() < 2.0, "{window:?}");
    }
}

#[test]
fn noise_and_the_base_before_it() {
    let noise = coloured(20_000, 60.0);
    let at = |from: usize, holding: f64| {
        let value = |i: usize| if (from..18_000).contains(&i) { 150.0 + noise[i] } else { holding };
        Protocol::of(&noisy(value, 20_000, 1.0), 0.1)
    };
    for from in [300, 2000, 5000] {
        let protocol = at(from, -10.0);
        assert_eq!(protocol.stimulus, Waveform::Noise, "{from}");
        let window = protocol.window.unwrap();
        assert!((window.onset_ms - from as f64 * 0.1).abs() < 1.0 && window.noise, "{from} {window:?}");
        assert!((window.end_ms - 1800.0).abs() < 1.0, "{window:?}");
    }
    // Sampled so coarsely that a few samples tell little: noise from the start has no base.
    let coarse: Vec<f64> = noise.iter().step_by(4).map(|i| 150.0 + i).collect();
    assert_eq!(Protocol::of(&coarse, 0.4).window.unwrap().onset_ms, 0.0);
    let from_the_start = Protocol::of(&noise, 0.1).window.unwrap();
    assert_eq!((from_the_start.onset_ms, from_the_start.end_ms, from_the_start.noise), (0.0, 2000.0, true));
    // Every sample drawn anew, as long as the sweep and after a base.
    let white = Protocol::of(&noisy(|_| 200.0, 5000, 80.0), 0.4);
    assert_eq!((white.stimulus, white.window.unwrap().onset_ms), (Waveform::Noise, 0.0));
    let (base, white) = (noisy(|_| 0.0, 1000, 1.0), noisy(|_| 200.0, 4000, 80.0));
    let window = Protocol::of(&[base, white].concat(), 0.4).window.unwrap();
    assert!(window.noise && (window.onset_ms - 400.0).abs() < 1.0, "{window:?}");
}

#[test]
fn hum_does_not_hide_a_step() {
    let hum = |i: usize| pulse(i) + 1.5 * (i as f64 * 0.25 * 0.05 * std::f64::consts::TAU).sin();
    let protocol = Protocol::of(&noisy(hum, 12_000, 1.0), 0.25);
    assert_eq!(protocol.stimulus, Waveform::Steps, "{protocol:?}");
    assert_eq!((protocol.steps[0].onset_ms, protocol.steps[0].offset_ms), (700.0, 2700.0));
}

/// What was read in the wrong unit is still a step, so that the resistance can tell.
#[test]
fn a_step_in_another_unit() {
    for scale in [1e-3, 1e3] {
        let current: Vec<f64> = noisy(pulse, 12_000, 2.0).into_iter().map(|i| scale * i).collect();
        let window = Protocol::of(&current, 0.25).window.unwrap();
        assert_eq!((window.onset_ms, window.noise), (700.0, false), "{scale}");
    }
}
