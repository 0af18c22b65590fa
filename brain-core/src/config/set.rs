//! Arguments of the form `key.path=value` change a YAML tree.

use super::{ConfigError, plain};
use serde_yaml::{Mapping, Value};

/// Sets what `argument` says; keys on the way are made where they are missing, list items are named by their number.
pub(super) fn apply(tree: &mut Value, argument: &str) -> Result<(), ConfigError> {
    let fail = |message: String| ConfigError::Set { argument: argument.into(), message };
    let (path, value) = argument.split_once('=').ok_or_else(|| fail("there is no `=`".into()))?;
    let value: Value =
        serde_yaml::from_str(value).map_err(|e| fail(format!("the value is not YAML ({})", plain(&e.to_string()))))?;
    let mut place = tree;
    for key in path.trim().split('.') {
        if key.is_empty() {
            return Err(fail("a key is empty".into()));
        }
        // The name of a member alone stands for a mapping of it without settings, as the whole config shows it.
        if place.is_null() || place.as_str() == Some(key) {
            *place = Mapping::new().into();
        }
        place = match place {
            Value::Mapping(map) => map.entry(key.into()).or_insert(Value::Null),
            Value::Sequence(items) => {
                let n = items.len();
                let item = key.parse().ok().and_then(|i: usize| items.get_mut(i));
                item.ok_or_else(|| fail(format!("`{key}` is not one of the {n} items, which are numbered from 0")))?
            }
            Value::String(name) => return Err(fail(format!("`{name}` stands where `{key}` should be a key"))),
            _ => return Err(fail(format!("there is a plain value where `{key}` should be a key"))),
        };
    }
    *place = value;
    Ok(())
}
