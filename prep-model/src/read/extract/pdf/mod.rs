//! The text layer of a PDF.

use super::Extracted;
use crate::read::{ReadError, ReadLimits};

pub(super) fn read(_bytes: &[u8], _limits: &ReadLimits) -> Result<Extracted, ReadError> {
    Err(ReadError::NoTextLayer)
}
