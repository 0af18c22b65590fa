//! These tests check that the members of this crate do what the traits of their families promise.

use brain_core::config;
use brain_core::family::{Choice, SettingsReader};
use brain_core::loss::{StepLoss as _, StepTarget, Targets};
use brain_net::{AnatomicalNetwork, NetConfig};
use brain_task::config::TrainConfig;
use brain_task::setup;
use candle_core::{DType, Device, Tensor, Var};
use outside::{LogCosh, registry};

#[test]
fn the_loss_of_steps_is_the_loss_of_the_whole() {
    let loss = registry::task().losses.build(&Choice::named("log-cosh"), &SettingsReader::new(1.0).unwrap()).unwrap();
    let y = [0.3, -2.0, 1000.0, 0.5, -0.25, 7.0f64];
    let wanted = [0.0, 1.0, -1000.0, 0.25, 0.0, 6.5f64];
    let var = Var::from_slice(&y, (3, 1, 2), &Device::Cpu).unwrap();
    let targets = Targets::Values(Tensor::from_slice(&wanted, (3, 1, 2), &Device::Cpu).unwrap());
    let value = loss.value(&var, &targets).unwrap();
    let by = value.backward().unwrap().get(&var).unwrap().flatten_all().unwrap().to_vec1::<f64>().unwrap();
    let (mut sum, mut g) = (0.0, [0.0; 2]);
    for ((y, wanted), by) in y.chunks(2).zip(wanted.chunks(2)).zip(by.chunks(2)) {
        sum += LogCosh {}.step(y, StepTarget::Values(wanted), &mut g) / 3.0;
        assert!(g.iter().zip(by).all(|(g, by)| (g / 3.0 - by).abs() < 1e-14), "{g:?} {by:?}");
    }
    let value = value.to_scalar::<f64>().unwrap();
    assert!((sum - value).abs() < 1e-10, "{sum} {value}");
    let exact = |x: f64| if x.abs() < 50.0 { x.cosh().ln() } else { x.abs() - 2f64.ln() };
    let by_hand = y.iter().zip(wanted).map(|(y, wanted)| exact(y - wanted)).sum::<f64>() / 6.0;
    assert!((value - by_hand).abs() < 1e-10, "{value} {by_hand}");
}

/// Makes a ring of 200 neurons with ten targets each, of which this part is rewired.
fn ring(rewire: f64) -> AnatomicalNetwork {
    let yaml = format!(
        "{{source: rules, populations: [{{name: E, size: 200}}], projections: [{{from: E, to: E, rule: small-world, \
         neighbours: 10, rewire: {rewire}}}]}}"
    );
    let config = NetConfig::parse("ring.yaml", &yaml, &[""; 0], &registry::net()).unwrap();
    config.resolve().unwrap().build().unwrap().network
}

#[test]
fn small_worlds_keep_degrees_and_rewire_the_part_that_they_should() {
    let away = |i: usize, j: u32| (j as usize + 200 - i) % 200;
    let is_near = |d: usize| (1..=5).contains(&d) || (195..200).contains(&d);
    for rewire in [0.0, 0.2, 1.0] {
        let network = ring(rewire);
        let p = &network.graph.projections[0];
        let mut near = 0;
        for i in 0..200 {
            let targets = &p.edges.targets[p.row(i)];
            assert!(targets.len() == 10 && targets.windows(2).all(|w| w[0] < w[1]) && !targets.contains(&(i as u32)));
            near += targets.iter().filter(|&&j| is_near(away(i, j))).count();
        }
        let part = near as f64 / 2000.0;
        // A target that is rewired can come back among the near ones that were rewired before it.
        assert!((part - (1.0 - rewire)).abs() < 0.06, "{part} near with {rewire} rewired");
        assert!(rewire > 0.0 || near == 2000);
    }
    assert!(ring(0.2) == ring(0.2));
}

#[test]
fn rings_that_cannot_be_are_refused() {
    let yaml = |to: &str, neighbours: u32| {
        format!(
            "{{source: rules, populations: [{{name: E, size: 10}}, {{name: F, size: 10}}], projections: [{{from: E, to: \
             {to}, rule: small-world, neighbours: {neighbours}}}]}}"
        )
    };
    for (text, wanted) in [
        (yaml("E", 3), "must be even"),
        (yaml("E", 10), "at most two less than the 10 neurons"),
        (yaml("F", 4), "`F` is another population"),
    ] {
        let config = NetConfig::parse("ring.yaml", &text, &[""; 0], &registry::net()).unwrap();
        let error = config
            .resolve()
            .map_err(brain_net::config::BuildError::from)
            .and_then(|s| s.build())
            .unwrap_err()
            .to_string();
        assert!(error.contains(wanted), "{error}");
    }
}

/// Returns the gradients of the first batch by a rule, for ten excitatory neurons of a model, tensor after tensor.
fn gradients(model: &str, weight: f64, rule: &str) -> Vec<f64> {
    let dir = tempfile::tempdir().unwrap();
    let network = format!(
        "{{dt: 0.5 ms, source: rules, populations: [{{name: E, size: 10}}], projections: [{{from: E, to: E, rule: \
         small-world, weight: {{mean: {weight}}}}}], neurons: {{E: {{model: {model}}}}}}}"
    );
    std::fs::write(dir.path().join("network.yaml"), network).unwrap();
    let text = format!(
        "{{network: {{input_projection: {{to: [E], mean: {weight}}}}}, task: magnitude-estimation, loss: log-cosh, rule: {rule}, \
         batch: 4}}"
    );
    let mut config = config::parse::<TrainConfig>("train.yaml", &text, &[""; 0]).unwrap();
    config.value.network.file = dir.path().join("network.yaml");
    let (trainer, _) = setup(&config, &registry::task(), &Device::Cpu, DType::F64).unwrap();
    let (grads, report) = trainer.gradient(&trainer.batch(0)).unwrap();
    assert!(report.rates.iter().all(|(_, hz)| *hz > 5.0), "{:?}", report.rates);
    let one = |(_, var): &(String, Var)| grads.get(var).unwrap().to_vec1::<f64>().unwrap();
    trainer.weights.named().iter().flat_map(one).collect()
}

#[test]
fn rflo_is_d_rtrl_but_for_what_is_slow_in_a_neuron_and_for_its_feedback() {
    let norm = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>().sqrt();
    let apart = |a: &[f64], b: &[f64]| norm(&a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<_>>()) / norm(b);
    let [symmetric, random, d_rtrl] =
        ["{kind: rflo, feedback: symmetric}", "{kind: rflo}", "{kind: d-rtrl, form: online}"];
    // A neuron that is receptors and a membrane alone has no slow state.
    let lif = [symmetric, random, d_rtrl].map(|rule| gradients("lif-cond-exp", 5.0, rule));
    assert!(norm(&lif[2]) > 0.0 && apart(&lif[0], &lif[2]) < 1e-12, "{}", apart(&lif[0], &lif[2]));
    assert!(apart(&lif[1], &lif[2]) > 1e-3, "{}", apart(&lif[1], &lif[2]));
    let izhikevich = [symmetric, d_rtrl].map(|rule| gradients("izhikevich-cond-nmda", 0.03, rule));
    assert!(apart(&izhikevich[0], &izhikevich[1]) > 1e-6, "{}", apart(&izhikevich[0], &izhikevich[1]));
}
