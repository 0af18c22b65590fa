//! Gradients of scans, objectives and losses against finite differences, and how they behave as candle operations.

mod check;
mod fits;
mod loss;
mod network;
mod objective;
mod scan;
mod spiking;
mod tape;
