//! Units of the three quantities of a sweep, and what they are in ms, pA and mV.

use brain_core::unit::{convert, kind};
use std::fmt;

/// What a column or wave holds: the quantity that was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measurand {
    /// Time, kept in ms.
    Time,
    /// Injected or measured current, kept in pA.
    Current,
    /// Membrane potential, kept in mV.
    Voltage,
}

impl Measurand {
    const ALL: [Self; 3] = [Self::Time, Self::Current, Self::Voltage];

    /// The unit that numbers are kept in, and those that a file may use: no amplifier writes megavolts.
    fn units(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::Time => ("ms", &["s", "ms", "us"]),
            Self::Current => ("pA", &["A", "mA", "uA", "nA", "pA", "fA"]),
            Self::Voltage => ("mV", &["V", "mV", "uV"]),
        }
    }

    /// The factor that takes a number in `unit` to the unit kept here, or `None` for a unit of something else.
    pub fn factor(self, unit: &str) -> Option<f64> {
        let (kept, accepted) = self.units();
        let factor = |unit| convert(1.0, unit, kept).ok();
        factor(unit).filter(|&found| accepted.iter().any(|accepted| factor(accepted) == Some(found)))
    }

    /// The quantity that `unit` measures.
    pub fn of_unit(unit: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|quantity| quantity.factor(unit).is_some())
    }

    /// Why [`factor`](Self::factor) has none for `unit`.
    pub(super) fn refuse(self, unit: &str) -> String {
        match kind(unit) {
            Ok(kind) if kind != self.to_string() => format!("`{unit}` measures {kind} and is no unit"),
            _ => format!("`{unit}` is not a unit"),
        }
    }

    /// The unit named after the last underscore of a column name, in any case: `i_nA` or `i_na` is in nA.
    pub fn unit_in_name(self, name: &str) -> Option<&'static str> {
        let suffix = name.rsplit('_').next().filter(|suffix| suffix.len() < name.len())?;
        let (_, accepted) = self.units();
        let named = |same: fn(&str, &str) -> bool| accepted.iter().find(|unit| same(unit, suffix)).copied();
        named(|a, b| a == b).or_else(|| named(|a, b| a.eq_ignore_ascii_case(b)))
    }

    /// The accepted unit names, for messages.
    pub fn accepted(self) -> String {
        self.units().1.join(", ")
    }

    /// The column read without a declaration.
    pub fn default_column(self) -> &'static str {
        match self {
            Self::Time => "time_ms",
            Self::Current => "current_pa",
            Self::Voltage => "voltage_mv",
        }
    }
}

impl fmt::Display for Measurand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Time => "time",
            Self::Current => "current",
            Self::Voltage => "voltage",
        })
    }
}

/// `value` with the dust of a division or a decimal conversion removed: 0.25000000000002 is 0.25, a third is kept.
pub(super) fn tidy(value: f64) -> f64 {
    let rounded = format!("{value:.3e}").parse().unwrap_or(value);
    if (rounded - value).abs() <= 1e-6 * value.abs() { rounded } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_case_sensitive_and_micro_has_three_spellings() {
        assert_eq!(Measurand::Voltage.factor("V"), Some(1e3));
        assert_eq!(Measurand::Current.factor("\u{b5}A"), Measurand::Current.factor("\u{3bc}A"));
        assert_eq!(Measurand::Current.factor("uA"), Some(1e6));
        assert_eq!(Measurand::Voltage.factor("pA"), None);
        assert_eq!(Measurand::Voltage.factor("MV"), None);
        assert_eq!(Measurand::of_unit("pA"), Some(Measurand::Current));
        assert_eq!(Measurand::of_unit("nS"), None);
        assert_eq!(Measurand::Voltage.refuse("pA"), "`pA` measures current and is no unit");
        assert_eq!(Measurand::Voltage.refuse("volt"), "`volt` is not a unit");
    }

    #[test]
    fn every_accepted_unit_has_a_factor() {
        for quantity in Measurand::ALL {
            let (kept, accepted) = quantity.units();
            assert_eq!(quantity.factor(kept), Some(1.0));
            assert!(accepted.iter().all(|unit| Measurand::of_unit(unit) == Some(quantity)));
        }
    }

    #[test]
    fn a_suffix_names_a_unit() {
        assert_eq!(Measurand::Current.unit_in_name("stim_na"), Some("nA"));
        assert_eq!(Measurand::Time.unit_in_name("time_s"), Some("s"));
        assert_eq!(Measurand::Time.unit_in_name("s"), None);
    }

    #[test]
    fn dust_goes_and_digits_stay() {
        assert_eq!(tidy(0.25000000000002), 0.25);
        assert_eq!(tidy(1.0 / 30.0), 1.0 / 30.0);
    }
}
