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
projections: [{from: E, to: E, k: 3, weight: {mean: 0.5}}]
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
    assert!(tried > 60, "{tried} keys");
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
