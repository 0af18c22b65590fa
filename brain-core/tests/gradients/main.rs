//! These tests compare the gradients of scans, objectives and losses with finite differences, and check how they behave
//! as candle operations.

mod check;
mod fits;
mod loss;
mod network;
mod objective;
mod scan;
mod spiking;
mod tape;
