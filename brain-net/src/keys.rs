//! This module holds the keys that the members of a family bring into the settings around them.
//!
//! A projection says `rule: gaussian`, and beside it stand the keys of that rule, `p` and `length`; an input says
//! `kind: current`, and beside it stand `amplitude`, `start` and `end`. Which keys there are is known from the list of
//! the family alone: [`complete`] refuses all others and fills in the defaults, and a member reads its own from
//! [`Keys`].

use brain_core::config::{ConfigError, Origin, Quantity, plain};
use serde::de::DeserializeOwned;
use serde_yaml::{Mapping, Value};
use std::path::Path;

/// A member of a family adds this key to the config.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// The key has this name.
    pub name: &'static str,
    /// The key has this value by default, as it would be written in YAML.
    pub default: &'static str,
    /// This sentence describes the key for users.
    pub doc: &'static str,
    /// The value names a file where this is true. Relative paths start at the folder of the config.
    pub file: bool,
}

impl Key {
    /// Makes a key from its name, its default as written in YAML, and its description.
    pub const fn new(name: &'static str, default: &'static str, doc: &'static str) -> Self {
        Self { name, default, doc, file: false }
    }

    /// Makes a key that names a file; the default names none.
    pub const fn file(name: &'static str, doc: &'static str) -> Self {
        Self { name, default: "''", doc, file: true }
    }
}

/// A member reads the values of its keys at one place of a config from these.
#[derive(Clone, Copy, Debug)]
pub struct Keys<'a> {
    /// Errors name this config.
    pub origin: &'a Origin,
    /// The settings at this path hold the keys, such as `projections.3`.
    pub at: &'a str,
    /// The keys have these values by their names, with the defaults filled in.
    pub values: &'a Mapping,
}

impl Keys<'_> {
    /// Returns the whole path of a key.
    pub fn path(&self, name: &str) -> String {
        format!("{}.{name}", self.at)
    }

    /// Reads the value of a key. Fails where it has not the type `T`.
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Result<T, ConfigError> {
        let value = self.values.get(name).cloned().unwrap_or(Value::Null);
        serde_yaml::from_value(value).map_err(|e| self.error(name, plain(&e.to_string())))
    }

    /// Reads a quantity and converts it to `unit`. Fails where its unit measures something else.
    pub fn quantity(&self, name: &str, unit: &str) -> Result<f64, ConfigError> {
        self.origin.quantity(&self.path(name), &self.get::<Quantity>(name)?, unit)
    }

    /// Does the same as [`Keys::quantity`], and fails where the quantity is not finite or is below 0.
    pub fn magnitude(&self, name: &str, unit: &str) -> Result<f64, ConfigError> {
        let x = self.quantity(name, unit)?;
        match x.is_finite() && x >= 0.0 {
            true => Ok(x),
            false => Err(self.error(name, format!("{} must be 0 or more", with_unit(x, unit)))),
        }
    }

    /// Does the same as [`Keys::magnitude`] for a key that may be null.
    pub fn optional_magnitude(&self, name: &str, unit: &str) -> Result<Option<f64>, ConfigError> {
        match self.values.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(_) => self.magnitude(name, unit).map(Some),
        }
    }

    /// Makes an error about the value of a key.
    pub fn error(&self, name: &str, message: impl std::fmt::Display) -> ConfigError {
        self.origin.error(&self.path(name), message)
    }
}

/// Prints a number with its unit; the unit `1` is left out.
fn with_unit(x: f64, unit: &str) -> String {
    if unit == "1" { x.to_string() } else { format!("{x} {unit}") }
}

/// A member of a family is its name and its keys.
pub type Member = (&'static str, &'static [Key]);

/// Fills in the default of every key of the member `chosen` that `given` lacks, in the order of its keys, and makes the
/// paths of files absolute.
///
/// Fails on a key of `given` that no member has; the error suggests names of the members' keys and of `others`, which are
/// the typed fields beside them. Fails on a key that only other members have, for it would do nothing, unless it
/// [may be idle](Origin::may_be_idle). The key of `chosen` is its name and the name of the member. Where there is no such
/// member, nothing is done: whoever looks it up says so.
pub fn complete(
    origin: &Origin,
    at: &str,
    given: &mut Mapping,
    (chooser, chosen): (&str, &str),
    members: &[Member],
    others: &[&str],
) -> Result<(), ConfigError> {
    let known = || members.iter().flat_map(|(_, keys)| *keys).map(|k| k.name);
    let unknown = given.keys().filter_map(Value::as_str).find(|name| !known().any(|k| k == *name));
    if let Some(name) = unknown {
        let mut all: Vec<&str> = others.to_vec();
        known().for_each(|name| {
            if !all.contains(&name) {
                all.push(name)
            }
        });
        return Err(origin.unknown_key(&format!("{at}.{name}"), all));
    }
    let Some((_, keys)) = members.iter().find(|(name, _)| *name == chosen) else { return Ok(()) };
    let chooser = format!("{at}.{chooser}");
    let foreign = |name: &&str| !keys.iter().any(|k| k.name == *name);
    let idle = |name: &&str| origin.may_be_idle(&chooser, &format!("{at}.{name}"));
    if let Some(name) = given.keys().filter_map(Value::as_str).find(|name| foreign(name) && !idle(name)) {
        let owners = members.iter().filter(|(_, keys)| keys.iter().any(|k| k.name == name)).map(|(name, _)| *name);
        let own: Vec<&str> = keys.iter().map(|k| k.name).collect();
        let own = if own.is_empty() { "no keys of its own".into() } else { own.join(", ") };
        let owners = owners.collect::<Vec<_>>().join(", ");
        let message = format!("is a key of {owners}; `{chosen}` has {own}: leave it out");
        return Err(origin.error(&format!("{at}.{name}"), message));
    }
    let mut all = Mapping::new();
    for key in *keys {
        let at = format!("{at}.{}", key.name);
        let value = match given.get(key.name) {
            Some(Value::String(file)) if key.file && !file.is_empty() => {
                let base = origin.file().parent().unwrap_or(Path::new(""));
                let whole = std::path::absolute(base.join(file)).map_err(|e| origin.error(&at, e))?;
                serde_yaml::to_value(whole).map_err(|e| origin.error(&at, e))?
            }
            Some(value) => value.clone(),
            None => serde_yaml::from_str(key.default)
                .map_err(|e| origin.error(&at, format!("the default is not YAML: {e}")))?,
        };
        all.insert(key.name.into(), value);
    }
    *given = all;
    Ok(())
}

/// Returns whether two configs have the same content. The order of keys does not matter, and `1` equals `1.0`.
pub(crate) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Mapping(a), Value::Mapping(b)) => {
            a.len() == b.len() && a.iter().all(|(k, x)| b.get(k).is_some_and(|y| same(x, y)))
        }
        (Value::Sequence(a), Value::Sequence(b)) => a.len() == b.len() && a.iter().zip(b).all(|(x, y)| same(x, y)),
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: [Key; 3] = [Key::new("p", "0.1", ""), Key::new("length", "0.2 mm", ""), Key::new("end", "null", "")];
    const MEMBERS: [Member; 2] = [("gaussian", &KEYS), ("degree", &[Key::new("k", "3", "")])];

    #[test]
    fn defaults_are_filled_in_and_other_keys_are_refused() {
        let origin = Origin::parse("c.yaml", "list:\n- p: 2\n  lenght: 1 mm\n", &[""; 0]).unwrap();
        let mut given: Mapping = serde_yaml::from_str("{p: 2, lenght: 1 mm}").unwrap();
        let error =
            complete(&origin, "list.0", &mut given, ("rule", "gaussian"), &MEMBERS, &["name"]).unwrap_err().to_string();
        assert!(error.starts_with("c.yaml:3: unknown key `lenght`; did you mean `length`?"), "{error}");
        given.remove("lenght");
        complete(&origin, "list.0", &mut given, ("rule", "gaussian"), &MEMBERS, &["name"]).unwrap();
        let keys = Keys { origin: &origin, at: "list.0", values: &given };
        assert_eq!((keys.get::<f64>("p").unwrap(), keys.quantity("length", "um").unwrap()), (2.0, 200.0));
        assert_eq!((given.len(), keys.optional_magnitude("end", "ms").unwrap()), (3, None));
        let error = keys.magnitude("length", "ms").unwrap_err().to_string();
        assert!(error.starts_with("c.yaml:2: list.0.length: "), "{error}");
    }

    #[test]
    fn keys_of_other_members_are_refused_or_dropped() {
        let text = "list:\n- p: 2\n  k: 1\n";
        let mut given: Mapping = serde_yaml::from_str("{p: 2, k: 1}").unwrap();
        let read = |stored: bool| match stored {
            true => Origin::parse_stored("c.yaml", text, &[""; 0]).unwrap(),
            false => Origin::parse("c.yaml", text, &[""; 0]).unwrap(),
        };
        let error =
            complete(&read(false), "list.0", &mut given, ("rule", "gaussian"), &MEMBERS, &[]).unwrap_err().to_string();
        let wanted = "c.yaml:3: list.0.k: is a key of degree; `gaussian` has p, length, end: leave it out";
        assert_eq!(error, wanted);
        complete(&read(true), "list.0", &mut given, ("rule", "gaussian"), &MEMBERS, &[]).unwrap();
        assert_eq!(given.keys().filter_map(Value::as_str).collect::<Vec<_>>(), ["p", "length", "end"]);
    }

    #[test]
    fn configs_are_equal_up_to_number_format_and_key_order() {
        let [a, b, c] = ["{a: 1, b: [1, x]}", "{b: [1.0, x], a: 1}", "{b: [1.5, x], a: 1}"]
            .map(|text| serde_yaml::from_str::<Value>(text).unwrap());
        assert!(same(&a, &b) && !same(&a, &c));
    }
}
