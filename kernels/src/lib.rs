//! Fused scans.
