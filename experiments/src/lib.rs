//! This crate has figures and benchmarks: one program each under `src/bin`, thin over the modules here.
//!
//! | program | module | makes |
//! |---|---|---|
//! | `fig1` | [`workflow`] | a fitted neuron, a network of such neurons, the network trained: the three scales in one figure |
//! | `fig2` | [`fig2`] | how a neuron is fitted, and what gradients are worth on a recorded cell |
//! | `fig3` | [`fig3`] | what a trained network does, and what its weights are like |
//! | `figs4`, `figs5` | | surrogate derivatives; the architecture of a network |
//! | `table-fit` | [`table_fit`] | all optimisers on the targets of a [`contest`], with equal evaluations and equal time |
//! | `bench` | [`mod@bench`] | times of the workloads by which simulators are compared, as one line of JSON |
//! | `coverage` | [`coverage`] | how often the intervals of fits hold the truth |
//! | `device-check` | [`device_check`] | a graphics processor compared with the processor |
//!
//! A benchmark is a function too:
//!
//! ```
//! use clap::Parser;
//! use experiments::bench::{Options, run};
//!
//! let line = ["bench", "hh-gradient", "--n", "8", "--steps", "200", "--repeats", "1"];
//! let report = run(&Options::try_parse_from(line)?)?;
//! assert!(report.loss.is_some_and(|mean_square_mv2| mean_square_mv2 > 0.0));
//! assert!(report.gradient_0.is_some_and(|by_parameter| by_parameter.contains_key("g_Na")));
//! # Ok::<(), anyhow::Error>(())
//! ```

pub mod bench;
pub mod contest;
pub mod coverage;
pub mod device_check;
pub mod fig2;
pub mod fig3;
pub mod table_fit;
pub mod workflow;
