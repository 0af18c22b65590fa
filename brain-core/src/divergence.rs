//! A [`Divergence`] is the error of a run whose numbers are not finite; its type survives the way through candle.

use candle_core::Error;

/// A number that is not finite, and where it is.
///
/// candle's errors are texts or wrap another error. This one is wrapped, so that a program that trains can tell a run
/// that diverged from one that is wrong: [`Divergence::cause_of`] finds it again.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Divergence {
    /// A state of a network, its loss, or a gradient w.r.t. one of them is not finite.
    #[error("{0}")]
    Network(kernels::network::bptt::NotFinite),
    /// The gradient that an optimiser is given is not finite.
    #[error("the gradient of `{variable}` is not finite at step {step}; lower the learning rate or set clip_norm")]
    Gradient {
        /// The variable.
        variable: String,
        /// The step of the optimiser, counted from 1.
        step: u64,
    },
}

impl Divergence {
    /// Returns what was not finite, if that is why candle failed.
    pub fn cause_of(error: &Error) -> Option<&Self> {
        match error {
            Error::WithBacktrace { inner, .. } | Error::Context { inner, .. } | Error::WithPath { inner, .. } => {
                Self::cause_of(inner)
            }
            Error::Io(cause) => cause.get_ref()?.downcast_ref(),
            _ => None,
        }
    }
}

impl From<Divergence> for Error {
    /// Wraps it in an I/O error, the one variant in every build of candle that gives its cause back with its type.
    fn from(cause: Divergence) -> Self {
        Error::Io(std::io::Error::new(std::io::ErrorKind::InvalidData, cause)).bt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_is_found_again_and_reads_as_before() {
        let cause = Divergence::Gradient { variable: "w".into(), step: 3 };
        let error = Error::from(cause.clone()).context("a batch").with_path("here");
        assert_eq!(Divergence::cause_of(&error), Some(&cause));
        assert!(Error::from(cause).to_string().starts_with("the gradient of `w` is not finite at step 3"));
        assert_eq!(Divergence::cause_of(&Error::msg("w is not finite")), None);
    }
}
