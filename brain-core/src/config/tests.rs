use super::*;
use serde::Deserialize;

#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Default)]
#[serde(rename_all = "lowercase")]
enum Search {
    #[default]
    Lm,
    Adam,
}

#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(default, deny_unknown_fields)]
struct Fit {
    starts: usize,
    search: Search,
    amplitude: Quantity,
    sweeps: Vec<u32>,
}

impl Default for Fit {
    fn default() -> Self {
        Self { starts: 8, search: Search::Lm, amplitude: Quantity::Number(1.0), sweeps: vec![] }
    }
}

#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Default)]
#[serde(default, deny_unknown_fields)]
struct Whole {
    name: String,
    fit: Fit,
}

const TEXT: &str = "name: cell\nfit:\n  starts: 3\n  # a comment\n  amplitude: 0.2 nA\n  sweeps: [1, 2]\n";

fn read(text: &str, sets: &[&str]) -> Result<Config<Whole>, String> {
    parse("dir/fit.yaml", text, sets).map_err(|e| e.to_string())
}

#[test]
fn defaults_file_then_arguments() {
    let none: &[&str] = &[];
    for empty in ["", "# only a comment\n", "{}"] {
        assert_eq!(read(empty, none).unwrap().value, Whole::default());
    }
    let config = read(TEXT, &["fit.starts=5", "fit.sweeps.1=9", "fit.search=adam", "name=other"]).unwrap();
    let fit = &config.value.fit;
    assert_eq!((fit.starts, fit.sweeps.clone(), &fit.search), (5, vec![1, 9], &Search::Adam));
    assert_eq!(config.value.name, "other");
    assert_eq!(config.quantity("fit.amplitude", &fit.amplitude, "pA").unwrap(), 200.0);
    assert_eq!(read("", &["fit.starts=5"]).unwrap().value.fit.starts, 5);
}

#[test]
fn printed_config_reads_back() {
    let value = read(TEXT, &[]).unwrap().value;
    assert_eq!(read(&to_yaml(&value).unwrap(), &[]).unwrap().value, value);
}

#[test]
fn errors_name_file_line_and_remedy() {
    for (text, start) in [
        ("name: a\nfit:\n  starts: 3\n  serch: lm\n", "dir/fit.yaml:4: unknown key `serch`; did you mean `search`?"),
        (
            "name: a\nfit:\n  starts: many\n",
            "dir/fit.yaml:3: fit.starts: the text \"many\" is given where a whole number of 0 or more belongs",
        ),
        ("name: a\nfit:\n  search: adams\n", "dir/fit.yaml:3: unknown value `adams`; did you mean `adam`?"),
        ("nam: a\n", "dir/fit.yaml:1: unknown key `nam`; did you mean `name`?"),
        ("name: a\nfit:\n  amplitude: [1]\n", "dir/fit.yaml:3: fit.amplitude: a list is given where a number"),
        ("name: a\nfit: {starts: 1\n", "dir/fit.yaml:3: "),
    ] {
        let error = read(text, &[]).unwrap_err();
        assert!(error.starts_with(start), "{error}\n expected {start}");
    }
}

#[test]
fn arguments_are_named() {
    for (argument, start) in [
        ("fit.startz=3", "--set fit.startz=3: unknown key `startz`; did you mean `starts`?"),
        ("fit.starts=many", "--set fit.starts=many: the text \"many\" is given where"),
        ("fit.starts", "--set fit.starts: there is no `=`"),
        ("fit..starts=1", "--set fit..starts=1: a key is empty"),
        ("fit.sweeps.7=1", "--set fit.sweeps.7=1: `7` is not one of the 2 items"),
        ("name.x=1", "--set name.x=1: `cell` stands where `x` should be a key"),
    ] {
        let error = read(TEXT, &[argument]).unwrap_err();
        assert!(error.starts_with(start), "{error}\n expected {start}");
    }
}

#[test]
fn later_checks_know_the_place() {
    let config = read(TEXT, &["fit.starts=0"]).unwrap();
    let amplitude = &config.value.fit.amplitude;
    let error = config.quantity("fit.amplitude", amplitude, "ms").unwrap_err().to_string();
    assert!(error.starts_with("dir/fit.yaml:5: fit.amplitude: `nA` is a current"), "{error}");
    let error = config.error("fit.starts", "at least one start is needed").to_string();
    assert_eq!(error, "--set fit.starts=0: fit.starts: at least one start is needed");
    let error = config.unknown("name", "glif", ["glif3", "hh"]).to_string();
    assert!(error.starts_with("dir/fit.yaml:1: unknown value `glif`; did you mean `glif3`?"), "{error}");
}

#[test]
fn a_missing_file_is_named() {
    let error = load::<Whole>(Path::new("/nowhere/x.yaml"), &[] as &[&str]).unwrap_err().to_string();
    assert!(error.contains("/nowhere/x.yaml"), "{error}");
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("x.yaml");
    std::fs::write(&file, [0xff, 0xfe, 0x00]).unwrap();
    let error = load::<Whole>(&file, &[] as &[&str]).unwrap_err().to_string();
    assert!(error.contains("x.yaml: this is no text file; give a config"), "{error}");
}
