//! A family is a list of things of one kind that a config chooses by name, each with settings of its own.
//!
//! Losses, learning rules and tasks are families. A member is a file with its [`Settings`], which are its keys in a
//! config, and a line in the family's list, which [`family!`](crate::family!) makes. A crate outside extends a list with
//! [`Family::with`] and hands it to the entry points, which take a list and never look at another one.
//!
//! ```
//! use brain_core::family::{Choice, Family, SettingError, Settings, SettingsReader};
//! use schemars::JsonSchema;
//! use serde::{Deserialize, Serialize};
//!
//! trait Greeting {
//!     fn say(&self) -> String;
//! }
//!
//! #[derive(Default, Serialize, Deserialize, JsonSchema)]
//! #[serde(default, deny_unknown_fields)]
//! struct Hello {
//!     times: usize,
//! }
//!
//! struct Built(usize);
//! impl Greeting for Built {
//!     fn say(&self) -> String {
//!         "hello ".repeat(self.0)
//!     }
//! }
//!
//! impl Settings<dyn Greeting> for Hello {
//!     const NAME: &'static str = "hello";
//!     fn build(&self, reader: &SettingsReader) -> Result<Box<dyn Greeting>, SettingError> {
//!         Ok(Box::new(Built(reader.count("times", self.times, 0, 9)?)))
//!     }
//! }
//!
//! let greetings = Family::<dyn Greeting>::new("greeting").with::<Hello>();
//! let choice: Choice = serde_yaml::from_str("hello: {times: 2}").unwrap();
//! let greeting = greetings.build(&choice, &SettingsReader::new(1.0).unwrap()).unwrap();
//! assert_eq!(greeting.say(), "hello hello ");
//! ```

mod choice;
mod reader;
mod settings;

pub use choice::Choice;
pub use reader::{SettingsReader, out_of_range};
pub use settings::{SettingError, Settings};

use crate::config::{Config, ConfigError, KeyDocs};
use serde_yaml::Mapping;
use std::fmt;

/// A list of the members of one kind; `T` is what a member becomes, such as `dyn Loss`.
pub struct Family<T: ?Sized> {
    what: &'static str,
    members: Vec<Member<T>>,
}

/// One member of a family: its names, and how its settings become what they describe.
struct Member<T: ?Sized> {
    name: &'static str,
    aliases: &'static [&'static str],
    docs: fn() -> KeyDocs,
    defaults: fn() -> Mapping,
    resolve: fn(&Mapping) -> Result<Mapping, SettingError>,
    build: fn(&Mapping, &SettingsReader) -> Result<Box<T>, SettingError>,
}

impl<T: ?Sized> Clone for Member<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ?Sized> Copy for Member<T> {}

impl<T: ?Sized> Clone for Family<T> {
    fn clone(&self) -> Self {
        Self { what: self.what, members: self.members.clone() }
    }
}

impl<T: ?Sized> fmt::Debug for Family<T> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.names().collect::<Vec<_>>().join(", "))
    }
}

impl<T: ?Sized> Family<T> {
    /// Makes a family without members; `what` names its kind in errors, such as "loss".
    pub fn new(what: &'static str) -> Self {
        Self { what, members: vec![] }
    }

    /// Adds a member at the end of the list; it replaces one of the same name.
    pub fn with<S: Settings<T>>(mut self) -> Self {
        self.members.retain(|m| m.name != S::NAME);
        self.members.push(Member {
            name: S::NAME,
            aliases: S::ALIASES,
            docs: KeyDocs::of::<S>,
            defaults: || settings::keys_of(&S::default()),
            resolve: |given| Ok(settings::keys_of(&settings::read::<S>(given)?)),
            build: |given, reader| settings::read::<S>(given)?.build(reader),
        });
        self
    }

    /// Returns what its members are, in one word.
    pub fn what(&self) -> &'static str {
        self.what
    }

    /// Returns the names of the members, in the order of the list.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.members.iter().map(|m| m.name)
    }

    /// Returns the name in the list of the member that is called `name` or has it as an alias.
    pub fn name_of(&self, name: &str) -> Option<&'static str> {
        self.member(name).map(|m| m.name)
    }

    /// Returns the default settings of a member.
    pub fn defaults(&self, name: &str) -> Option<Mapping> {
        self.member(name).map(|m| (m.defaults)())
    }

    /// Returns the explanations of the keys of a member's settings.
    pub fn docs(&self, name: &str) -> Option<KeyDocs> {
        self.member(name).map(|m| (m.docs)())
    }

    /// Explains the choice at the key `key` of a config: which members there are, and the keys of the one that is chosen.
    pub fn explain(&self, docs: &mut KeyDocs, key: &str, choice: &Choice) {
        docs.add(key, &format!("One of: {}.", self.names().collect::<Vec<_>>().join(", ")));
        if let Some(own) = self.docs(&choice.name) {
            let within = docs.within(key);
            within.set(&choice.name, format!("The settings of {}.", choice.name));
            within.within(&choice.name).join(own);
        }
    }

    fn member(&self, name: &str) -> Option<&Member<T>> {
        self.members.iter().find(|m| m.name == name || m.aliases.contains(&name))
    }

    fn chosen(&self, choice: &Choice) -> Result<&Member<T>, SettingError> {
        let known = || self.names().map(str::to_owned).collect();
        let unknown = || SettingError::Name { what: self.what, found: choice.name.clone(), known: known() };
        self.member(&choice.name).ok_or_else(unknown)
    }

    /// Returns the choice under its name in the list, with all settings; those that are not given have their defaults.
    pub fn resolve(&self, choice: &Choice) -> Result<Choice, SettingError> {
        let member = self.chosen(choice)?;
        Ok(Choice { name: member.name.into(), settings: (member.resolve)(&choice.settings)? })
    }

    /// Builds what the choice describes.
    pub fn build(&self, choice: &Choice, reader: &SettingsReader) -> Result<Box<T>, SettingError> {
        (self.chosen(choice)?.build)(&choice.settings, reader)
    }

    /// Resolves the choice at `key` of a config as [`resolve`](Self::resolve) does; an error says where it was given.
    pub fn resolve_at<C>(&self, config: &Config<C>, key: &str, choice: &Choice) -> Result<Choice, ConfigError> {
        self.resolve(choice).map_err(|e| e.at(config, key, &choice.name))
    }

    /// Builds the choice at `key` of a config as [`build`](Self::build) does; an error says where it was given.
    pub fn build_at<C>(
        &self,
        config: &Config<C>,
        key: &str,
        choice: &Choice,
        reader: &SettingsReader,
    ) -> Result<Box<T>, ConfigError> {
        self.build(choice, reader).map_err(|e| e.at(config, key, &choice.name))
    }
}

/// Declares the list of a family. Each line, `file::Settings`, declares the module, makes its settings public here, and
/// adds them to the list.
///
/// ```ignore
/// brain_core::family! {
///     /// All losses.
///     pub fn losses() -> "loss", dyn Loss {
///         cross_entropy::CrossEntropy,
///         squared_error::SquaredError,
///     }
/// }
/// ```
#[macro_export]
macro_rules! family {
    ($(#[$doc:meta])* $vis:vis fn $list:ident() -> $what:literal, $family:ty {
        $($module:ident :: $member:ident),* $(,)?
    }) => {
        $(
            mod $module;
            pub use $module::$member;
        )*

        $(#[$doc])*
        $vis fn $list() -> $crate::family::Family<$family> {
            $crate::family::Family::new($what)$(.with::<$member>())*
        }
    };
}

/// Declares the list of a family whose members are types with an entry. Each line, `file::Type`, declares the module,
/// makes the type public here, and adds its entry to the list. Where the members are values, the list is a
/// `static LIST: [&dyn Trait] of values`.
///
/// ```ignore
/// brain_core::members! {
///     /// The rules that a config can name.
///     pub const RULES: [RuleEntry] {
///         one_to_one::OneToOne,
///         all_to_all::AllToAll,
///     }
/// }
/// ```
#[macro_export]
macro_rules! members {
    ($(#[$doc:meta])* $vis:vis const $list:ident: [$entry:ty] { $($module:ident :: $member:ident),* $(,)? }) => {
        $(
            mod $module;
            pub use $module::$member;
        )*

        $(#[$doc])*
        $vis const $list: &[$entry] = &[$(<$entry>::of::<$member>()),*];
    };
    ($(#[$doc:meta])* $vis:vis static $list:ident: [$value:ty] of values { $($module:ident :: $member:ident),* $(,)? }) => {
        $(
            mod $module;
            pub use $module::$member;
        )*

        $(#[$doc])*
        $vis static $list: &[$value] = &[$(&$member),*];
    };
}

#[cfg(test)]
mod tests;
