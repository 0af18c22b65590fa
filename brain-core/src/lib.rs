//! candle around the fused scans.
