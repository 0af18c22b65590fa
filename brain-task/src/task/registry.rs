//! The tasks by name. A task is added by a line of `tasks!`.

use super::*;
use brain_core::config::{Config, ConfigError};
use serde::{Deserialize, Deserializer, Serializer, de, ser::SerializeMap};
use std::fmt;

macro_rules! tasks {
    ($($task:ident),* $(,)?) => {
        /// A task with its settings. In a config it is a name, `task: go-no-go`, or a name with settings,
        /// `task: {go-no-go: {delay: 500 ms}}`.
        #[derive(Clone, Debug)]
        pub enum TaskConfig {
            $(#[doc = concat!("See [`", stringify!($task), "`].")] $task($task),)*
        }

        /// Names of the tasks.
        pub const NAMES: &[&str] = &[$($task::NAME),*];

        impl TaskConfig {
            /// The task of a name with the settings it has unless others are given.
            pub fn named(name: &str) -> Option<Self> {
                match name {
                    $($task::NAME => Some(Self::$task(<_>::default())),)*
                    _ => None,
                }
            }

            /// Its name.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$task(_) => $task::NAME,)* }
            }

            /// The task in steps of `dt_ms`.
            pub fn build(&self, dt_ms: f64) -> Result<Box<dyn Task>, TaskError> {
                let reader = Reader::new(dt_ms)?;
                reader.whole(match self { $(Self::$task(settings) => settings.build(&reader)?,)* })
            }
        }

        impl Serialize for TaskConfig {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut map = serializer.serialize_map(Some(1))?;
                match self { $(Self::$task(settings) => map.serialize_entry($task::NAME, settings)?,)* }
                map.end()
            }
        }

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = TaskConfig;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("the name of a task, or a name with settings")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<TaskConfig, E> {
                TaskConfig::named(name).ok_or_else(|| E::unknown_variant(name, NAMES))
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<TaskConfig, A::Error> {
                let Some(name) = map.next_key::<String>()? else { return Err(de::Error::invalid_length(0, &self)) };
                let task = match &*name {
                    $($task::NAME => TaskConfig::$task(map.next_value::<Option<$task>>()?.unwrap_or_default()),)*
                    _ => return Err(de::Error::unknown_variant(&name, NAMES)),
                };
                match map.next_key::<String>()? {
                    None => Ok(task),
                    Some(other) => Err(de::Error::custom(format!("both `{name}` and `{other}` are given; one task is trained"))),
                }
            }
        }
    };
}

tasks! {
    EvidenceAccumulation,
    DelayedMatch,
    DelayedComparison,
    ContextDecision,
    GoNoGo,
    AntiResponse,
    Multisensory,
    IntervalReproduction,
}

impl Default for TaskConfig {
    fn default() -> Self {
        Self::EvidenceAccumulation(EvidenceAccumulation::default())
    }
}

struct Visitor;

impl<'de> Deserialize<'de> for TaskConfig {
    // By hand: serde's own representations of an enum would lose the line of a wrong setting.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Visitor)
    }
}

impl TaskConfig {
    /// The task that stands at `key` of a config; an error says where the setting was given.
    pub fn build_at<T>(&self, config: &Config<T>, key: &str, dt_ms: f64) -> Result<Box<dyn Task>, ConfigError> {
        let place = |e: TaskError| match &*e.key {
            "" => config.error(key, e.message),
            own => config.error(&format!("{key}.{}.{own}", self.name()), e.message),
        };
        self.build(dt_ms).map_err(place)
    }
}
