//! These errors say what is wrong with a device, and what to do.

use crate::memory::Bytes;
use kernels::Mismatch;
use thiserror::Error;

/// A device that cannot be used, or a scan that it cannot run.
#[derive(Debug, Error)]
pub enum DeviceError {
    /// The name is not that of a device.
    #[error("there is no device `{found}`; give `cpu`, `cuda`, `cuda:1` (the second card) or `metal`")]
    Unknown {
        /// The name that was given.
        found: String,
    },
    /// The program was built without the device's backend.
    #[error(
        "this program was built without {backend}; build it again with `--features {feature}`, or run with `--device cpu`"
    )]
    NotBuilt {
        /// The backend: CUDA or Metal.
        backend: &'static str,
        /// The feature of the crate that builds it.
        feature: &'static str,
    },
    /// There is no driver, or a driver without a card.
    #[error("no NVIDIA card can be used: {why}; install NVIDIA's driver, or run with `--device cpu`")]
    NoDriver {
        /// What the driver says.
        why: String,
    },
    /// There is a driver, but not the rest of CUDA.
    #[error(
        "CUDA's libraries cannot be used: {why}; cuBLAS and cuRAND of CUDA 13 must be found, on LD_LIBRARY_PATH if they \
         are elsewhere than the system looks"
    )]
    Libraries {
        /// What is missing.
        why: String,
    },
    /// There is no graphics processor with Metal.
    #[error("no device with Metal: {why}; run with `--device cpu`")]
    NoMetal {
        /// What the system says.
        why: String,
    },
    /// The machine has fewer cards.
    #[error("there is no device cuda:{index}: this machine has {count}, counted from 0")]
    NoSuch {
        /// Number of the card that was asked for.
        index: usize,
        /// How many cards there are.
        count: usize,
    },
    /// The card is too old.
    #[error(
        "device cuda:{index} has compute capability {}.{}; the kernels need {}.{} or later (Ampere): run with `--device cpu`",
        found.0, found.1, needed.0, needed.1
    )]
    Architecture {
        /// Number of the card.
        index: usize,
        /// Its compute capability.
        found: (i32, i32),
        /// The compute capability that is needed.
        needed: (i32, i32),
    },
    /// The driver is older than the kernels.
    #[error(
        "the NVIDIA driver is too old for the kernels: it takes code of CUDA {}.{} at most ({why}); update the driver, \
         or build with an nvcc of that version", driver.0, driver.1
    )]
    OldDriver {
        /// CUDA version of the driver.
        driver: (i32, i32),
        /// What the driver says.
        why: String,
    },
    /// There is not enough memory.
    #[error("{needed} are needed on the device and {free} are free: {}", remedy(*batch, *fits))]
    Memory {
        /// Memory that the scan takes.
        needed: Bytes,
        /// Memory that is free.
        free: Bytes,
        /// The batch that was asked for.
        batch: usize,
        /// The largest batch that would fit.
        fits: usize,
    },
    /// The device has no double precision.
    #[error("Metal has no double precision: use `--dtype f32`, or F32 tensors")]
    Precision,
    /// The numbers do not fit the model.
    #[error(transparent)]
    Mismatch(#[from] Mismatch),
    /// candle or the device reports another fault.
    #[error("{0}")]
    Device(#[from] candle_core::Error),
}

impl From<DeviceError> for candle_core::Error {
    fn from(error: DeviceError) -> Self {
        match error {
            DeviceError::Device(error) => error,
            error => candle_core::Error::wrap(error),
        }
    }
}

fn remedy(batch: usize, fits: usize) -> String {
    match fits {
        0 => "use fewer neurons or steps, or `--device cpu`".into(),
        fits => format!("`--batch {fits}` would fit where {batch} does not; or use fewer neurons or steps"),
    }
}

#[cfg(any(test, feature = "cuda", feature = "metal"))]
/// Fails where `needed` bytes are more than `free`.
pub(crate) fn room(needed: usize, free: usize, batch: usize) -> Result<(), DeviceError> {
    if needed <= free {
        return Ok(());
    }
    let fits = (batch as f64 * free as f64 / needed as f64) as usize;
    Err(DeviceError::Memory { needed: Bytes(needed), free: Bytes(free), batch, fits })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_little_memory_says_how_much_and_which_batch() {
        assert!(room(1000, 1000, 1).is_ok());
        let message = room(12_000_000_000, 3_000_000_000, 32).unwrap_err().to_string();
        assert!(message.contains("12.0 GB are needed") && message.contains("3.0 GB are free"), "{message}");
        assert!(message.contains("`--batch 8` would fit where 32 does not"), "{message}");
        let message = room(5000, 999, 1).unwrap_err().to_string();
        assert!(message.contains("999 bytes") && message.contains("fewer neurons or steps"), "{message}");
    }
}
