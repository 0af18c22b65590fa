//! This module holds what a network scan knows of its run, on the processor and on a device alike.

use super::FeedbackPath;
use kernels::network::bptt::{Circuit, Drive, Raster, Record};
use std::any::Any;
use std::sync::{Arc, Mutex};

/// The operation of candle. Its three inputs are the starts, the parameters with the weights behind them, and the drives;
/// each is flat.
pub(super) struct NetworkScan {
    pub(super) circuit: Arc<Circuit>,
    pub(super) steps: usize,
    pub(super) batch: usize,
    pub(super) drives: Vec<Drive>,
    pub(super) spikes: Vec<Raster>,
    pub(super) record: Vec<Vec<Record>>,
    pub(super) paths: Vec<FeedbackPath>,
    /// The number of parameters in the second input; the weights follow.
    pub(super) split: usize,
    /// Whether gradients w.r.t. the parameters are wanted.
    pub(super) tuned: bool,
    /// Whether there will be a backward pass.
    pub(super) kept: bool,
    /// The history that the forward pass kept for the backward pass.
    pub(super) history: Mutex<Option<Arc<dyn Any + Send + Sync>>>,
}
