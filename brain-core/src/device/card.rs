//! A [`Card`] has the properties of a graphics processor.

use candle_core::Device;
use serde::Serialize;

/// A graphics processor.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Card {
    /// Name of the card, as its driver reports it.
    pub name: String,
    /// Number of its multiprocessors; zero where the driver does not say.
    pub multiprocessors: u32,
    /// Their highest clock, Hz; zero where the driver does not say.
    pub clock_hz: f64,
    /// Size of its memory, bytes.
    pub memory: usize,
    /// Newest version of CUDA that the driver knows, major and minor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub driver: Option<(i32, i32)>,
}

impl Card {
    /// Asks a device for its properties; the processor has none of them.
    pub fn of(device: &Device) -> Option<Card> {
        match device {
            Device::Cpu => None,
            #[cfg(feature = "cuda")]
            Device::Cuda(device) => super::cuda::card(device),
            #[cfg(feature = "metal")]
            Device::Metal(device) => {
                let device = device.metal_device();
                let (name, memory) = (device.architecture_name(), device.recommended_max_working_set_size());
                Some(Card { name, memory, ..Card::default() })
            }
            #[allow(unreachable_patterns)]
            _ => None,
        }
    }
}
