//! Neurons without receptors of their own have those that the config of their network chose, wherever the network goes:
//! through `brain-net build`, training and evaluation.

mod small;

use brain_core::cli::Program;
use brain_task::commands::Cli;
use brain_task::{Registry, Trainer, setup, trained};
use candle_core::{DType, Device};
use clap::Parser;
use serde_json::Value;
use small::Small;

const NETWORK: &str = "
dt: 1 ms
source: rules
populations:
  - {name: input, size: 20}
  - {name: E, size: 8}
  - {name: I, size: 4, sign: inhibitory}
projections:
  - {from: input, to: E, rule: dense, weight: {distribution: fan-in, scale: 20, fan_in: 20}}
  - {from: input, to: I, rule: dense, weight: {distribution: fan-in, scale: 20, fan_in: 20}}
  - {from: I, to: E, rule: dense, weight: {distribution: fan-in, scale: 2, fan_in: 4}}
neurons: {input: {model: input}, E: {model: lif}, I: {model: glif3-cond-exp}}
";

/// Returns the cells of the populations of a trainer, without the readout.
fn cells(trainer: &Trainer) -> Vec<Option<&'static str>> {
    let populations = trainer.wiring.circuit.populations();
    populations[..3].iter().map(|p| p.cell().map(|cell| cell.name)).collect()
}

#[test]
fn a_network_keeps_the_receptors_that_its_config_chose() {
    let (dir, registry) = (Small::new(), Registry::default());
    // Both kinds of receptors of `lif` can be trained; one of them is what a network gets whose config chooses none.
    for receptors in ["psc-exp", "cond-exp"] {
        let chosen = format!("{NETWORK}simulation: {{receptors: {receptors}}}\n");
        std::fs::write(dir.path("network.yaml"), chosen).unwrap();
        let [yaml, net, out] = ["network.yaml", "net", "out"].map(|name| dir.path(name).display().to_string());
        let built = brain_net::commands::Cli::try_parse_from(["brain-net", "build", &yaml, "--out", &net, "--quiet"]);
        built.unwrap().execute().unwrap();
        let wanted = [None, Some(&*format!("lif-{receptors}")), Some("glif3-cond-exp")];

        let mut config = dir.config(&[]);
        config.value.network.file = dir.path("net/network.safetensors");
        assert_eq!(cells(&setup(&config, &registry, &Device::Cpu, DType::F32).unwrap().0), wanted);

        let train = dir.path("train.yaml").display().to_string();
        let mut line = vec!["brain-task", "train", &train, "--out", &out, "--quiet"];
        let file = format!("network.file={net}/network.safetensors");
        let sets = [&*file, "batches=2", "evaluate={trials: 8, final_trials: 16}"];
        line.extend(sets.iter().flat_map(|set| ["--set", set]));
        Cli::try_parse_from(line).unwrap().execute().unwrap();
        let file = dir.path("out/trained.safetensors");
        let (trainer, _) = trained(&file, &[""; 0], &registry, &Device::Cpu, DType::F32).unwrap();
        assert_eq!(cells(&trainer), wanted, "trained");
        let metrics = std::fs::read_to_string(dir.path("out/metrics.json")).unwrap();
        let metrics: Value = serde_json::from_str(&metrics).unwrap();
        let found = trainer.evaluate(16).unwrap();
        assert_eq!(metrics["accuracy_fresh"], found.accuracy);
        for (name, hz) in &found.rates {
            let written = metrics["rate_hz"][name].as_f64().unwrap();
            assert!((written - hz).abs() <= 1e-12 * hz, "{name}: {written} Hz written, {hz} Hz found");
        }
    }
}
