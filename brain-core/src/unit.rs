//! Units are text: `"0.2 nA"` is read where a field is in `pA`.
//!
//! Every field has one unit (see [`kernels::equations::Field`]); a quantity in a file is a number in that unit, or a
//! string with a unit of the same dimension. Units are parsed, not listed: a product or quotient of a metric prefix, a
//! symbol and an integer power, such as `mS/cm2` or `1/ms`. All symbols are powers of ten of the SI units, so a
//! conversion is one exact power of ten and `0.2 nA` is exactly `200 pA`.
//!
//! ```
//! use brain_core::unit::{convert, parse_quantity};
//!
//! assert_eq!(parse_quantity("0.2 nA", "pA").unwrap(), 200.0);
//! assert_eq!(parse_quantity("-70", "mV").unwrap(), -70.0);
//! assert_eq!(convert(1.0, "mS/cm2", "S/m2").unwrap(), 10.0);
//! assert!(parse_quantity("3 ms", "pA").unwrap_err().to_string().contains("current"));
//! ```

use thiserror::Error;

/// Exponents of kilogram, metre, second, ampere, mole and kelvin, in this order.
type Dimension = [i8; 6];

/// Each symbol with its dimension, its power of ten in SI units, and whether it takes a metric prefix.
const SYMBOLS: &[(&str, Dimension, i32, bool)] = &[
    ("V", [1, 2, -3, -1, 0, 0], 0, true),
    ("A", [0, 0, 0, 1, 0, 0], 0, true),
    ("s", [0, 0, 1, 0, 0, 0], 0, true),
    ("S", [-1, -2, 3, 2, 0, 0], 0, true),
    ("F", [-1, -2, 4, 2, 0, 0], 0, true),
    ("Ohm", [1, 2, -3, -2, 0, 0], 0, true),
    ("ohm", [1, 2, -3, -2, 0, 0], 0, true),
    ("Ω", [1, 2, -3, -2, 0, 0], 0, true),
    ("Hz", [0, 0, -1, 0, 0, 0], 0, true),
    ("C", [0, 0, 1, 1, 0, 0], 0, true),
    ("m", [0, 1, 0, 0, 0, 0], 0, true),
    ("M", [0, -3, 0, 0, 1, 0], 3, true),
    ("degC", [0, 0, 0, 0, 0, 1], 0, false),
    ("1", [0; 6], 0, false),
    ("%", [0; 6], -2, false),
];

const PREFIXES: &[(&str, i32)] = &[
    ("f", -15),
    ("p", -12),
    ("n", -9),
    ("u", -6),
    ("µ", -6),
    ("μ", -6),
    ("m", -3),
    ("c", -2),
    ("k", 3),
    ("M", 6),
    ("G", 9),
];

/// The units in use, which messages suggest where another unit was found.
const COMMON: &[(&str, &[&str])] = &[
    ("voltage", &["mV", "V", "uV"]),
    ("current", &["pA", "nA", "uA", "mA", "A"]),
    ("time", &["ms", "s", "us"]),
    ("conductance", &["nS", "uS", "pS", "mS", "S"]),
    ("capacitance", &["pF", "nF", "uF", "F"]),
    ("resistance", &["MOhm", "GOhm", "kOhm", "Ohm"]),
    ("rate", &["1/ms", "Hz", "kHz", "1/s"]),
    ("conductance density", &["mS/cm2", "S/cm2", "pS/um2", "S/m2"]),
    ("current density", &["uA/cm2", "mA/cm2", "A/m2"]),
    ("capacitance density", &["uF/cm2", "F/m2"]),
    ("length", &["um", "mm", "cm", "m"]),
    ("area", &["um2", "cm2", "mm2", "m2"]),
    ("concentration", &["mM", "uM", "M"]),
    ("charge", &["pC", "nC", "C"]),
    ("temperature", &["degC"]),
    ("number", &["1", "%"]),
];

/// A unit or a quantity that cannot be read.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum UnitError {
    /// The text is no unit.
    #[error("`{unit}` is not a unit; write one such as {examples}")]
    Unknown {
        /// The text as it was written.
        unit: String,
        /// Units that would do.
        examples: String,
    },
    /// The unit measures another kind of quantity than the field.
    #[error("`{found}` is a {found_kind}, but this is a {expected_kind} in `{expected}`; accepted units: {accepted}")]
    Dimension {
        /// Unit that was written.
        found: String,
        /// What that unit measures.
        found_kind: String,
        /// Unit of the field.
        expected: String,
        /// What the field measures.
        expected_kind: String,
        /// Units that would do.
        accepted: String,
    },
    /// There is no number in front of the unit.
    #[error("`{text}` is not a number, or a number and a unit; write for example `1.5` or `1.5 {unit}`")]
    Number {
        /// The text as it was written.
        text: String,
        /// Unit of the field.
        unit: String,
    },
}

/// A unit, taken apart: its dimension and its size as a power of ten of the SI unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Unit {
    dimension: Dimension,
    exponent: i32,
}

impl Unit {
    fn parse(text: &str) -> Option<Unit> {
        let mut unit = Unit { dimension: [0; 6], exponent: 0 };
        let mut sign = 1;
        let mut rest = text.trim();
        loop {
            let end = rest.find(['/', '*', '·']).unwrap_or(rest.len());
            let factor = Self::factor(rest[..end].trim())?;
            for (d, f) in unit.dimension.iter_mut().zip(factor.dimension) {
                *d = d.checked_add(f.checked_mul(sign)?)?;
            }
            unit.exponent += i32::from(sign) * factor.exponent;
            let Some(separator) = rest[end..].chars().next() else { return Some(unit) };
            // A second slash divides as well: `A/V/s`.
            sign = if separator == '/' { -1 } else { 1 };
            rest = &rest[end + separator.len_utf8()..];
        }
    }

    /// Reads prefix, symbol and power, such as `cm2` or `s-1`.
    fn factor(text: &str) -> Option<Unit> {
        if let Some(symbol) = Self::symbol(text) {
            return Some(symbol);
        }
        let end = text.find(|c: char| c == '^' || c == '-' || c.is_ascii_digit())?;
        let power: i8 = text[end..].trim_start_matches('^').parse().ok().filter(|p: &i8| p.abs() <= 4)?;
        let symbol = Self::symbol(&text[..end])?;
        Some(Unit { dimension: symbol.dimension.map(|d| d * power), exponent: symbol.exponent * i32::from(power) })
    }

    fn symbol(text: &str) -> Option<Unit> {
        let plain = |text: &str| SYMBOLS.iter().find(|s| s.0 == text);
        if let Some(&(_, dimension, exponent, _)) = plain(text) {
            return Some(Unit { dimension, exponent });
        }
        PREFIXES.iter().find_map(|&(prefix, power)| {
            let &(_, dimension, exponent, _) = plain(text.strip_prefix(prefix)?).filter(|s| s.3)?;
            Some(Unit { dimension, exponent: exponent + power })
        })
    }

    fn known(text: &str) -> Result<Unit, UnitError> {
        Self::parse(text).ok_or_else(|| UnitError::Unknown {
            unit: text.into(),
            examples: COMMON.iter().take(7).map(|c| c.1[0]).collect::<Vec<_>>().join(", "),
        })
    }

    fn common(self) -> Option<&'static (&'static str, &'static [&'static str])> {
        COMMON.iter().find(|c| Self::parse(c.1[0]).is_some_and(|u| u.dimension == self.dimension))
    }

    fn kind(self) -> String {
        self.common().map_or("quantity of another kind", |c| c.0).into()
    }
}

/// Checks that a unit can be read, for units that come from a file.
pub fn check_unit(unit: &str) -> Result<(), UnitError> {
    Unit::known(unit).map(drop)
}

/// Names what a unit measures, as an axis label says it: `voltage` for `mV`.
pub fn kind(unit: &str) -> Result<String, UnitError> {
    Unit::known(unit).map(Unit::kind)
}

/// Converts a value from the unit `from` to the unit `to`.
pub fn convert(value: f64, from: &str, to: &str) -> Result<f64, UnitError> {
    let (f, t) = (Unit::known(from)?, Unit::known(to)?);
    if f.dimension != t.dimension {
        return Err(UnitError::Dimension {
            found: from.into(),
            found_kind: f.kind(),
            expected: to.into(),
            expected_kind: t.kind(),
            accepted: t.common().map_or_else(|| to.to_owned(), |c| c.1.join(", ")),
        });
    }
    // Powers of ten up to 22 are exact in f64, their reciprocals are not.
    let shift = f.exponent - t.exponent;
    let scale = 10f64.powi(shift.abs());
    Ok(if shift < 0 { value / scale } else { value * scale })
}

/// Reads `"0.2 nA"`, or a bare number in unit `unit`, as a value in unit `unit`.
pub fn parse_quantity(text: &str, unit: &str) -> Result<f64, UnitError> {
    let text = text.trim();
    let number = || UnitError::Number { text: text.into(), unit: unit.into() };
    // The number is the longest start that parses as one: in `1e3 pA` the `e` belongs to it, in `2 EA` it does not.
    let end = (1..=text.len())
        .rev()
        .filter(|&i| text.is_char_boundary(i) && text.as_bytes()[i - 1].is_ascii_digit() | text[..i].ends_with('.'))
        .find(|&i| text[..i].parse::<f64>().is_ok_and(f64::is_finite))
        .ok_or_else(number)?;
    let value: f64 = text[..end].parse().map_err(|_| number())?;
    match text[end..].trim() {
        "" => Ok(value),
        written => convert(value, written, unit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_powers_of_ten() {
        for (text, unit, value) in [
            ("0.2 nA", "pA", 200.0),
            ("200pA", "nA", 0.2),
            ("1e3 pA", "nA", 1.0),
            ("2e-3A", "mA", 2.0),
            ("-0.07 V", "mV", -70.0),
            ("0.1 GOhm", "MOhm", 100.0),
            ("0.1 GΩ", "MOhm", 100.0),
            ("50 µs", "ms", 0.05),
            ("20 Hz", "1/ms", 0.02),
            ("1 /ms", "Hz", f64::NAN),
            ("0.3 mS/cm^2", "S/cm2", 3e-4),
            ("10 pS/um2", "mS/cm2", 1.0),
            ("1 uF/cm2", "F/m2", 0.01),
            ("1 pA*s", "pC", 1.0),
            ("5 s-1", "Hz", 5.0),
            ("12 %", "1", 0.12),
            ("3.", "mV", 3.0),
            ("1 M", "mM", 1000.0),
        ] {
            match parse_quantity(text, unit) {
                Ok(x) => assert_eq!(x, value, "{text} in {unit}"),
                Err(e) => assert!(value.is_nan(), "{text} in {unit}: {e}"),
            }
        }
    }

    #[test]
    fn coherent_systems() {
        // The point-neuron and density systems close: nS mV = pA, MOhm nA = mV, pF mV / ms = pA, mS/cm2 mV = uA/cm2.
        for (product, unit) in
            [("nS*mV", "pA"), ("MOhm*nA", "mV"), ("pF*mV/ms", "pA"), ("mS/cm2*mV", "uA/cm2"), ("GOhm*pF", "ms")]
        {
            assert_eq!(convert(1.0, product, unit).unwrap(), 1.0, "{product}");
        }
    }

    #[test]
    fn the_message_names_both_units_and_the_choices() {
        let message = parse_quantity("3 ms", "pA").unwrap_err().to_string();
        for part in ["`ms` is a time", "current in `pA`", "nA, uA"] {
            assert!(message.contains(part), "{message}");
        }
        assert!(matches!(parse_quantity("3 parsec", "pA"), Err(UnitError::Unknown { .. })));
        for text in ["", "mV", "abc", "nan", "inf", "é"] {
            assert!(matches!(parse_quantity(text, "mV"), Err(UnitError::Number { .. })), "{text}");
        }
        assert!(check_unit("m9999").is_err() && check_unit("/").is_err() && check_unit("").is_err());
    }
}
