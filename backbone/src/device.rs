//! Where tensors live. The choice is made once, here: burn's own default is CUDA whenever CUDA was compiled in, whether or not the machine
//! has one.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, Instant};

use burn::tensor::{Device, Distribution, Tensor};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What a user asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceChoice {
    /// CUDA where it is compiled in and present, the CPU otherwise.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// The first CUDA device, or an error.
    Cuda,
}

impl FromStr for DeviceChoice {
    type Err = DeviceError;

    fn from_str(text: &str) -> Result<Self, DeviceError> {
        match text {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "cuda" => Ok(Self::Cuda),
            other => Err(DeviceError::Unknown(other.to_owned())),
        }
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Auto => "auto",
            Self::Cpu => "cpu",
            Self::Cuda => "cuda",
        })
    }
}

/// The device asked for cannot be used.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum DeviceError {
    /// No such choice.
    #[error("device {0:?} is unknown: use auto, cpu or cuda")]
    Unknown(String),
    /// The binary was built without CUDA.
    #[error("this binary was built without CUDA: build with --features cuda, or use --device cpu")]
    NotCompiledIn,
    /// The machine shows no CUDA device.
    #[error("no CUDA device found (is the NVIDIA driver loaded, and the device visible to this process?): use --device cpu")]
    NotPresent,
}

/// Opens a device for inference; training adds `.autodiff()`.
///
/// # Errors
/// If CUDA was asked for by name and is not compiled in or not present.
pub fn open_device(choice: DeviceChoice) -> Result<Device, DeviceError> {
    match choice {
        DeviceChoice::Cpu => Ok(cpu()),
        DeviceChoice::Cuda => cuda(),
        DeviceChoice::Auto => Ok(cuda().unwrap_or_else(|_| cpu())),
    }
}

/// The CPU, whatever else is compiled in.
pub(crate) fn cpu() -> Device {
    Device::flex()
}

/// Floating-point operations a second in a product of square matrices that is large enough for the device: the rate that training and
/// inference are measured against.
#[must_use]
pub fn product_rate(device: &Device) -> f64 {
    const TIMES: usize = 6;
    const LONG_ENOUGH: Duration = Duration::from_millis(2);
    let device = device.clone().inner();
    let mut side = 1_024;
    loop {
        let random = || Tensor::<2>::random([side, side], Distribution::Default, &device);
        let (left, right) = (random(), random());
        // Reading one number back waits for the product.
        let product = || drop(left.clone().matmul(right.clone()).slice([0..1, 0..1]).into_data());
        product();
        let times = (0..TIMES).map(|_| {
            let started = Instant::now();
            product();
            started.elapsed()
        });
        let time = times.min().unwrap_or_default();
        if time >= LONG_ENOUGH || side >= 8_192 {
            return 2.0 * (side as f64).powi(3) / time.as_secs_f64().max(1e-9);
        }
        side *= 2;
    }
}

#[cfg(not(feature = "cuda"))]
fn cuda() -> Result<Device, DeviceError> {
    Err(DeviceError::NotCompiledIn)
}

#[cfg(feature = "cuda")]
fn cuda() -> Result<Device, DeviceError> {
    // Listing devices without a driver panics inside the CUDA bindings, so the driver's own file is looked at first.
    let driver = ["/proc/driver/nvidia/version", "/dev/nvidiactl", "/dev/dxg"].iter().any(|path| std::path::Path::new(path).exists());
    let listed = || std::panic::catch_unwind(|| Device::enumerate(burn::tensor::DeviceType::Cuda).into_vec()).unwrap_or_default();
    let found = if driver { listed() } else { Vec::new() };
    found.into_iter().next().ok_or(DeviceError::NotPresent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_on_the_command_line_round_trip() {
        for choice in [DeviceChoice::Auto, DeviceChoice::Cpu, DeviceChoice::Cuda] {
            assert_eq!(choice.to_string().parse(), Ok(choice));
        }
        assert!("tpu".parse::<DeviceChoice>().unwrap_err().to_string().contains("auto, cpu or cuda"));
    }

    #[test]
    fn the_cpu_is_always_there_and_carries_no_gradients() {
        assert!(!open_device(DeviceChoice::Cpu).unwrap().is_autodiff());
        assert!(open_device(DeviceChoice::Auto).is_ok());
    }

    #[cfg(not(feature = "cuda"))]
    #[test]
    fn asking_for_cuda_without_it_says_how_to_get_it() {
        assert!(open_device(DeviceChoice::Cuda).unwrap_err().to_string().contains("--features cuda"));
    }
}
