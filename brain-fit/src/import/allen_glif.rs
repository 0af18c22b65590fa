//! The `neuron_config.json` of an Allen GLIF model (Teeter et al. 2018, <https://doi.org/10.1038/s41467-017-02717-4>).
//!
//! The file has SI units, potentials from rest, and factors `coeffs` of some of its values; its levels are told by the
//! methods that it names. The neuron is exactly the one that the Allen simulator runs, at the file's own `dt`:
//!
//! * its potential takes forward Euler steps; ours take exponential ones, which are the same with a capacitance of
//!   `-g dt / ln(1 - g dt / C)`;
//! * amplitudes are those after the refractory period of `spike_cut_length` steps, through which ours decay from the
//!   spike: they become `a exp(k t_ref)`;
//! * its potentials become absolute: rest is `El + El_reference`.

use super::{Imported, Reader, Wrong};
use serde_json::Value;

pub(super) const READER: Reader = Reader {
    format: "allen-glif",
    files: "`neuron_config.json` of an Allen GLIF model",
    is: |file| file.get("type").and_then(Value::as_str) == Some("GLIF"),
    read,
};

/// The keys of a file.
#[derive(Clone, Copy)]
struct Keys<'a>(&'a Value);

impl<'a> Keys<'a> {
    fn value(self, path: &str) -> Option<&'a Value> {
        path.split('.').try_fold(self.0, |value, key| value.get(key))
    }

    fn number(self, path: &str) -> Result<f64, Wrong> {
        let wrong = |why: &str| Wrong { key: path.into(), why: why.into() };
        let value = self.value(path).ok_or_else(|| wrong("is missing"))?;
        value.as_f64().filter(|x| x.is_finite()).ok_or_else(|| wrong("must be a number"))
    }

    /// A factor of `coeffs`, which is one where it is missing.
    fn factor(self, name: &str) -> Result<f64, Wrong> {
        let path = format!("coeffs.{name}");
        if self.value(&path).is_none() { Ok(1.0) } else { self.number(&path) }
    }

    fn positive(self, path: &str, factor: f64) -> Result<f64, Wrong> {
        let x = self.number(path)? * factor;
        if x > 0.0 { Ok(x) } else { Err(Wrong { key: path.into(), why: format!("{x} must be above 0") }) }
    }

    /// One number for each of the two after-spike currents; `usual` where they are missing.
    fn pair(self, path: &str, usual: Option<f64>) -> Result<[f64; 2], Wrong> {
        let wrong = |why: &str| Wrong { key: path.into(), why: why.into() };
        let Some(value) = self.value(path) else {
            return usual.map(|x| [x, x]).ok_or_else(|| wrong("is missing"));
        };
        let numbers: Option<Vec<f64>> = value.as_array().and_then(|list| list.iter().map(Value::as_f64).collect());
        let numbers = numbers.and_then(|list| <[f64; 2]>::try_from(list).ok());
        numbers.ok_or_else(|| wrong("must be two numbers, one for each after-spike current"))
    }

    fn method(self, key: &str) -> Result<&'a str, Wrong> {
        let path = format!("{key}.name");
        let name = self.value(&path).and_then(Value::as_str);
        name.ok_or_else(|| Wrong { key: path.clone(), why: "is missing".into() })
    }
}

/// Fails unless the method of a key is one of `known`.
fn known(key: &str, found: &str, known: &[&str]) -> Result<(), Wrong> {
    if known.contains(&found) {
        return Ok(());
    }
    let key = format!("{key}.name");
    Err(Wrong { key, why: format!("`{found}` is not one of the methods that are known: {}", known.join(", ")) })
}

/// The steps of the potential that ours are made to equal.
fn capacitance(keys: Keys, c: f64, g: f64, dt: f64) -> Result<f64, Wrong> {
    const KEY: &str = "voltage_dynamics_method";
    let method = keys.method(KEY)?;
    known(KEY, method, &["linear_forward_euler", "linear_exact"])?;
    let step = g * dt / c;
    match method {
        "linear_exact" => Ok(c),
        _ if step < 1.0 => Ok(-g * dt / (-step).ln_1p()),
        _ => Err(Wrong {
            key: "dt".into(),
            why: format!("is {step:.3} membrane time constants: Euler steps of it diverge"),
        }),
    }
}

fn read(file: &Value) -> Result<Imported, Wrong> {
    let keys = Keys(file);
    let dt = keys.positive("dt", 1e3)?;
    let cut = keys.number("spike_cut_length")?;
    if !(cut >= 0.0 && cut.fract() == 0.0) {
        return Err(Wrong { key: "spike_cut_length".into(), why: format!("{cut} must be a whole number of steps") });
    }
    let t_ref = cut * dt;
    let reference = 1e3 * keys.number("El_reference")?;
    let el = 1e3 * keys.number("El")?;
    let rest = reference + el;
    let g = keys.factor("G")? * 1e9 / keys.positive("R_input", 1.0)?;
    let c = keys.positive("C", 1e12 * keys.factor("C")?)?;
    let mut params = vec![
        ("c", capacitance(keys, c, g, dt)?),
        ("g", g),
        ("E_L", rest),
        ("V_th", reference + 1e3 * keys.number("th_inf")? * keys.factor("th_inf")?),
        ("t_ref", t_ref),
    ];

    const RESET: &str = "voltage_reset_method";
    const THRESHOLD: &str = "threshold_dynamics_method";
    const CURRENTS: &str = "AScurrent_dynamics_method";
    let (reset, threshold, currents) = (keys.method(RESET)?, keys.method(THRESHOLD)?, keys.method(CURRENTS)?);
    known(RESET, reset, &["zero", "v_before"])?;
    known(THRESHOLD, threshold, &["inf", "spike_component", "three_components_exact"])?;
    known(CURRENTS, currents, &["none", "exp"])?;
    let mut notes = Vec::new();

    let with_currents = currents == "exp";
    let mut scaled = false;
    if with_currents {
        let tau = keys.pair("asc_tau_array", None)?;
        let amplitude = keys.pair("asc_amp_array", None)?;
        let factor = keys.pair("coeffs.asc_amp_array", Some(1.0))?;
        let left = keys.pair("AScurrent_reset_method.params.r", Some(1.0))?;
        scaled = left != [1.0, 1.0];
        for (j, [k, a, r]) in [["k_1", "a_1", "r_1"], ["k_2", "a_2", "r_2"]].into_iter().enumerate() {
            if tau[j].is_nan() || tau[j] <= 0.0 {
                return Err(Wrong { key: "asc_tau_array".into(), why: format!("{} must be above 0", tau[j]) });
            }
            let rate = 1e-3 / tau[j];
            params.push((k, rate));
            params.push((a, 1e12 * amplitude[j] * factor[j] * (rate * t_ref).exp()));
            params.push((r, left[j]));
        }
    }
    let constant = reset == "zero";
    // A reset to a constant is a rule that leaves nothing of the distance from rest, and a threshold that stands still is
    // one that spikes do not raise.
    let ruled = !constant || threshold != "inf" || scaled;
    match (constant, ruled) {
        (true, false) => params.push(("V_reset", reference)),
        (true, true) => params.extend([("f_v", 0.0), ("delta_v", -el)]),
        (false, _) => {
            let [a, b] = ["a", "b"].map(|name| keys.number(&format!("{RESET}.params.{name}")));
            let (a, b) = (a?, 1e3 * b?);
            params.extend([("f_v", a), ("delta_v", b + (a - 1.0) * el)]);
        }
    }
    match threshold {
        "inf" if ruled => params.extend([("a_s", 0.0), ("b_s", 0.1)]),
        "inf" => {}
        _ => {
            let decay = 1e-3 * keys.number(&format!("{THRESHOLD}.params.b_spike"))?;
            let jump = 1e3 * keys.number(&format!("{THRESHOLD}.params.a_spike"))?;
            params.extend([("a_s", jump * (decay * t_ref).exp()), ("b_s", decay)]);
        }
    }
    let follows = threshold == "three_components_exact";
    if follows {
        let a = 1e-3 * keys.number(&format!("{THRESHOLD}.params.a_voltage"))? * keys.factor("a")?;
        let b = 1e-3 * keys.number(&format!("{THRESHOLD}.params.b_voltage"))? * keys.factor("b")?;
        params.extend([("a_v", a), ("b_v", b)]);
        if !with_currents {
            params.extend([("k_1", 0.1), ("a_1", 0.0), ("r_1", 1.0), ("k_2", 0.1), ("a_2", 0.0), ("r_2", 1.0)]);
        }
    }
    let model = match (follows, ruled, with_currents) {
        (true, ..) => "glif5",
        (false, true, true) => "glif4",
        (false, true, false) => "glif2",
        (false, false, true) => "glif3",
        (false, false, false) => "glif1",
    };
    if model == "glif3" {
        // Its after-spike currents are left whole by a spike, and it has no parameter that says so.
        params.retain(|(name, _)| !["r_1", "r_2"].contains(name));
    }
    if with_currents && keys.pair("init_AScurrents", Some(0.0))? != [0.0, 0.0] {
        notes.push("The after-spike currents start at zero, not at `init_AScurrents`.".into());
    }
    Ok(Imported { model, params, v_start: reference + 1e3 * keys.number("init_voltage")?, dt, notes })
}
