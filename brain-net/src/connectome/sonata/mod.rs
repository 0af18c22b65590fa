//! SONATA.
