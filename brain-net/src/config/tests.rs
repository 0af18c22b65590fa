use super::*;
use serde_yaml::Value;

/// Collects every leaf of a tree with its path.
fn leaves(tree: &Value, path: &str, all: &mut Vec<(String, Value)>) {
    match tree {
        Value::Mapping(map) if !map.is_empty() => {
            for (key, value) in map {
                let key = key.as_str().unwrap();
                leaves(value, &if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }, all);
            }
        }
        Value::Sequence(items) if !items.is_empty() => {
            items.iter().enumerate().for_each(|(k, value)| leaves(value, &format!("{path}.{k}"), all));
        }
        leaf => all.push((path.to_owned(), leaf.clone())),
    }
}

const YAML: &str = "
source: rules
populations: [{name: E, size: 80, extent: [1 mm, 1 mm, 0.1 mm]}]
projections: [{from: E, to: E, rule: fixed-in-degree, k: 3, weight: {mean: 0.5}}]
neurons: {E: {model: lif-cond-exp, params: {tau_m: 20 ms}}}
simulation:
  inputs: [{to: E, rate: 2 Hz}]
  synapses: {E-E: {receptors: {exc: 1}, plasticity: {U: 0.2}}}
";

/// A key on the command line changes that key and no other, however deep it is nested and whether or not the file has
/// it.
#[test]
fn setting_a_key_changes_only_that_key() {
    let tree = |sets: &[String]| {
        let config = NetConfig::parse("/net/c.yaml", YAML, sets, &Registry::default()).unwrap();
        let mut all = vec![];
        leaves(&Value::Mapping(config.tree().unwrap()), "", &mut all);
        all
    };
    let before = tree(&[]);
    let mut tried = 0;
    for (path, value) in &before {
        let other = match value {
            Value::Bool(x) => (!x).to_string(),
            Value::Number(x) if x.is_u64() => (x.as_u64().unwrap() + 1).to_string(),
            Value::Number(x) => (x.as_f64().unwrap() + 0.25).to_string(),
            Value::String(text) if text.ends_with("ms") => "7 ms".into(),
            _ => continue,
        };
        let after = tree(&[format!("{path}={other}")]);
        assert_eq!(after.len(), before.len(), "{path}");
        for ((a, x), (b, y)) in before.iter().zip(&after) {
            assert!(a == b && (x != y) == (a == path), "--set {path}={other} changes {a} from {x:?} to {y:?}");
        }
        tried += 1;
    }
    assert!(tried > 20, "{tried} keys");
}

#[test]
fn a_printed_config_reads_back_with_the_same_content() {
    let registry = Registry::default();
    let config = NetConfig::parse("/net/c.yaml", YAML, &[""; 0], &registry).unwrap();
    let printed = config.to_yaml().unwrap();
    let again = NetConfig::parse("/net/d.yaml", &printed, &[""; 0], &registry).unwrap();
    assert_eq!(again.to_yaml().unwrap(), printed);
    assert!(config.says_the_same(&printed).unwrap());
    let other = NetConfig::parse("/net/c.yaml", YAML, &["projections.0.k=4"], &registry).unwrap();
    assert!(!other.says_the_same(&printed).unwrap());
    // Earlier versions printed whole numbers without a point.
    let before = printed.replace("cv: 1.0\n", "cv: 1\n");
    assert!(before != printed && config.says_the_same(&before).unwrap());
}

#[test]
fn unknown_keys_of_families_are_refused() {
    let message =
        |yaml: &str| NetConfig::parse("c.yaml", yaml, &[""; 0], &Registry::default()).unwrap_err().to_string();
    for (yaml, start) in [
        (
            "source: rules\nprojections:\n- from: E\n  lengt: 1 mm\n",
            "c.yaml:4: unknown key `lengt`; did you mean `length`?",
        ),
        (
            "simulation:\n  inputs:\n  - kind: current\n    amplitud: 1 pA\n",
            "c.yaml:4: unknown key `amplitud`; did you mean `amplitude`?",
        ),
        (
            "source: rules\nprojections:\n- from: E\n  plastc: true\n",
            "c.yaml:4: unknown key `plastc`; did you mean `plastic`?",
        ),
        ("edges:\n  fil: a.csv\n", "c.yaml:2: unknown key `fil`; did you mean `file`?"),
    ] {
        let found = message(yaml);
        assert!(found.starts_with(start), "{found}");
    }
}

/// `--print-config` explains every key, for every source, rule and input, and is a config itself.
#[test]
fn every_key_is_explained() {
    let registry = Registry::default();
    let explained = |yaml: &str| {
        let config = NetConfig::parse("/net/c.yaml", yaml, &[""; 0], &registry).unwrap();
        let missing = config.docs().missing(&config.tree().unwrap()).unwrap();
        assert!(missing.is_empty(), "{yaml}: {missing:?} have no explanation");
        let text = config.explained().unwrap();
        let again = NetConfig::parse("/net/c.yaml", &text, &[""; 0], &registry).unwrap();
        assert!(again.to_yaml().unwrap() == config.to_yaml().unwrap(), "{text}");
        text
    };
    assert!(explained(YAML).contains("# It has this many neurons.\n    size: 80\n"), "{}", explained(YAML));
    registry.sources.iter().for_each(|s| drop(explained(&format!("source: {}", s.name))));
    for rule in &registry.rules {
        explained(&format!("{{source: rules, populations: [{{name: E}}], projections: [{{rule: {}}}]}}", rule.name));
    }
    for input in &registry.inputs {
        explained(&format!("simulation: {{inputs: [{{kind: {}}}]}}", input.name));
    }
}

/// A key that belongs to another kind than the chosen one does nothing, and is refused.
#[test]
fn keys_without_an_effect_are_refused() {
    let read = |yaml: &str, sets: &[&str]| {
        let config = NetConfig::parse("c.yaml", yaml, sets, &Registry::default()).map_err(|e| e.to_string())?;
        config.resolve().and_then(|_| config.simulation().map(drop)).map_err(|e| e.to_string())
    };
    let rules = "source: rules\npopulations: [{name: E, size: 8}]\nprojections:\n- {from: E, to: E}\n";
    for (yaml, wanted) in [
        (
            "simulation:\n  inputs:\n  - kind: current\n    rate: 3 Hz\n",
            "c.yaml:4: simulation.inputs.0.rate: is a key of poisson; `current` has amplitude, start, end",
        ),
        (
            "source: rules\npopulations: [{name: E, size: 8}]\nprojections:\n- from: E\n  to: E\n  k: 3\n",
            "c.yaml:6: projections.0.k: is a key of fixed-in-degree, fixed-out-degree; `fixed-probability` has p",
        ),
        (
            "source: marmoset\nedges:\n  file: a.csv\n",
            "c.yaml:2: edges: is a key of edges, and the source is `marmoset`",
        ),
        (
            "source: rules\npopulations: [{name: E, size: 8}]\nprojections:\n- {from: E, to: E, weight: {low: 1}}\n",
            "c.yaml:4: projections.0.weight.low: has no effect: the distribution `log-normal` has mean, cv",
        ),
        (
            "source: rules\npopulations: [{name: E, size: 8}]\nprojections:\n- {from: E, to: E, weight: {cv: -1}}\n",
            "c.yaml:4: projections.0.weight.cv: -1 is not a coefficient of variation; give 0 or more",
        ),
        ("source: rules\npopulations:\n- {name: E, size: 0}\n", "c.yaml:3: populations.0.size: give at least 1 neuron"),
        ("source: edges\nedges: {file: e.csv, id: name}\n", "c.yaml:2: edges.id: is a column of the table of neurons"),
        ("areas: {neurons_per_area: 0}\n", "c.yaml:1: areas.neurons_per_area: an area has at least 1 neuron"),
        ("dt: 1e-300 ms\n", "c.yaml:1: dt: a step of 1e-300 ms must be within 1e-6 and 1e3 ms"),
        (
            "source: rules\npopulations: [{name: E, size: 8}]\nprojections:\n- {from: E, to: E, weight: {mean: .inf}}\n",
            "c.yaml:4: projections.0.weight.mean: inf is not a magnitude",
        ),
        ("balance: -1\n", "c.yaml:1: balance: -1 must be above 0"),
    ] {
        let error = read(yaml, &[]).unwrap_err();
        assert!(error.starts_with(wanted), "{yaml}: {error}");
    }
    // Where an argument chooses another kind than the file, the file's keys of its own kind stay without an effect.
    assert_eq!(
        read(
            &format!("{rules}  p: 0.5\n").replace("- {from: E, to: E}", "- from: E\n  to: E"),
            &["projections.0.rule=one-to-one"]
        ),
        Ok(())
    );
    assert_eq!(read(rules, &["source=marmoset"]), Ok(()));
    let error = read(rules, &["projections.0.rule=one-to-one", "projections.0.p=0.2"]).unwrap_err();
    assert!(error.starts_with("--set projections.0.p=0.2: projections.0.p: is a key of"), "{error}");
}

/// What cannot fit into memory is refused before it is allocated, with its key and with what there is.
#[test]
fn networks_that_do_not_fit_are_refused() {
    let build = |yaml: &str| {
        let config = NetConfig::parse("c.yaml", yaml, &[""; 0], &Registry::default()).map_err(|e| e.to_string())?;
        config.resolve().map_err(|e| e.to_string())?.build().map(drop).map_err(|e| e.to_string())
    };
    for (yaml, parts) in [
        (
            "source: rules\npopulations:\n- {name: E, size: 4000000000}\n- {name: I, size: 4000000000}\n",
            &["c.yaml:", "populations.", ".size: ", "GB of memory are needed", "are free; give fewer neurons"][..],
        ),
        (
            "source: rules\npopulations:\n- {name: E, size: 5000000000}\n",
            &["c.yaml:3: ", "size: the number `5000000000` is given where a whole number from 0 to 4294967295 belongs"],
        ),
        (
            "source: rules\npopulations: [{name: E, size: 10000000}]\nprojections:\n- {from: E, to: E, p: 1}\n",
            &["c.yaml:3: projections: E-E: ", "synapses need", "GiB are free"],
        ),
        (
            "areas: {neurons_per_area: 4000000000}\n",
            &["c.yaml:1: areas.neurons_per_area: ", "TB of memory", "are free"],
        ),
    ] {
        let error = build(yaml).unwrap_err();
        assert!(parts.iter().all(|part| error.contains(part)), "{yaml}: {error}");
    }
}
