//! A [`Fault`] says who is at fault where a command fails.

use super::ThreadsError;
use crate::checkpoint::CheckpointError;
use crate::config::ConfigError;
use crate::device::DeviceError;
use crate::interrupt::{self, Interrupted};
use crate::output::OutputError;
use std::error::Error;

/// Who is at fault where a command fails, which decides its exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The user is: the command line, config or data cannot be used.
    Input,
    /// The program or the machine is, for example with a full disk or a training that diverged.
    Program,
    /// Nobody is: Ctrl-C stopped a run, whose state is saved.
    Interrupt,
}

impl Fault {
    /// Returns the exit status of a program that failed so.
    pub fn status(self) -> u8 {
        match self {
            Self::Program => 1,
            Self::Input => 2,
            Self::Interrupt => interrupt::EXIT,
        }
    }
}

/// An error that knows who is at fault.
pub trait Faulty {
    /// Returns who is at fault for this error.
    fn fault(&self) -> Fault;
}

/// Returns who is at fault if `error` is an `E`, in whatever context.
pub fn fault_of<E: Faulty + Error + Send + Sync + 'static>(error: &anyhow::Error) -> Option<Fault> {
    error.downcast_ref::<E>().map(E::fault)
}

/// Returns who is at fault for the errors of this crate.
pub(super) fn of_core(error: &anyhow::Error) -> Option<Fault> {
    let known = [
        fault_of::<Usage>,
        fault_of::<Interrupted>,
        fault_of::<ThreadsError>,
        fault_of::<ConfigError>,
        fault_of::<CheckpointError>,
        fault_of::<OutputError>,
        fault_of::<DeviceError>,
    ];
    known.iter().find_map(|of| of(error))
}

/// Bad usage or input that no other error type stands for.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

impl Faulty for Usage {
    fn fault(&self) -> Fault {
        Fault::Input
    }
}

impl Faulty for Interrupted {
    fn fault(&self) -> Fault {
        Fault::Interrupt
    }
}

impl Faulty for ThreadsError {
    fn fault(&self) -> Fault {
        Fault::Input
    }
}

impl Faulty for ConfigError {
    fn fault(&self) -> Fault {
        Fault::Input
    }
}

impl Faulty for CheckpointError {
    fn fault(&self) -> Fault {
        match self {
            Self::Output(error) => error.fault(),
            Self::Candle { .. } => Fault::Program,
            _ => Fault::Input,
        }
    }
}

impl Faulty for OutputError {
    fn fault(&self) -> Fault {
        match self {
            Self::Read { .. } | Self::LogColumns { .. } | Self::Claimed { .. } => Fault::Input,
            Self::Folder { .. } | Self::Write { .. } | Self::LogRow { .. } | Self::Figure(_) => Fault::Program,
        }
    }
}

impl Faulty for DeviceError {
    fn fault(&self) -> Fault {
        match self {
            Self::Mismatch(_) | Self::Device(_) => Fault::Program,
            _ => Fault::Input,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    #[test]
    fn a_fault_is_found_by_type_through_contexts() {
        let full = OutputError::Write { file: "x".into(), cause: std::io::Error::other("disk full") };
        let saving: anyhow::Result<()> = Err(CheckpointError::from(full).into());
        assert_eq!(of_core(&saving.context("saving").context("training").unwrap_err()), Some(Fault::Program));
        let stopped = Interrupted { after: "step 3".into(), dir: "out".into() };
        let message = stopped.to_string();
        assert!(message.contains("step 3") && message.contains("out:") && message.contains("--resume"), "{message}");
        assert_eq!(of_core(&stopped.into()).map(Fault::status), Some(130));
        assert_eq!(of_core(&Usage("--trials 0".into()).into()).map(Fault::status), Some(2));
        assert_eq!(of_core(&anyhow::anyhow!("a plain message")), None);
    }
}
