//! This program draws figure S4, the family of surrogate derivatives with the step that each stands for.
//!
//! Step and derivative are the nodes that the kernels of a spiking model are generated from: a recorded spike, and its
//! reverse-mode derivative. The program writes `out/figs4/figs4.{svg,png,csv}`.

use brain_core::Output;
use brain_core::cli::{self, Machine, Program};
use brain_plot::{Axis, Figure, GUIDE, INK, MODEL, Panel, SECOND_MODEL};
use clap::Parser;
use kernels::equations::{Real, Surrogate, eval, record, spike, vjp};
use std::path::PathBuf;

/// Draws the family of surrogate derivatives.
#[derive(Parser)]
#[command(name = "figs4", version)]
struct Options {
    /// Folder to write to.
    #[arg(long, default_value = "out/figs4")]
    out: PathBuf,
    /// How much of the machine is used.
    #[command(flatten)]
    machine: Machine,
}

/// Largest argument that is shown; the smallest is minus this.
const REACH: f64 = 3.0;
/// Number of points on each side of zero.
const POINTS: i32 = 300;
/// Number of panels side by side.
const COLUMNS: usize = 3;

fn main() -> std::process::ExitCode {
    cli::main::<Options>()
}

impl Program for Options {
    fn execute(self) -> anyhow::Result<()> {
        self.machine.start()?;
        let last_row = Surrogate::ALL.len() - COLUMNS;
        let panels = Surrogate::ALL.iter().enumerate().map(|(k, &s)| panel(s, k >= last_row));
        let title = "Surrogate derivatives of a spike. s: logistic function; N(m, v): normal density at x";
        let files = Output::create(self.out)?.figure("figs4", &Figure::new(title).grid(COLUMNS, 17.0, panels))?;
        files.iter().for_each(|file| println!("{}", file.display()));
        Ok(())
    }
}

fn panel(s: Surrogate, labelled: bool) -> Panel {
    let x: Vec<f64> = (-POINTS..=POINTS).map(|k| f64::from(k) * REACH / f64::from(POINTS)).collect();
    let (step, slope): (Vec<f64>, Vec<f64>) = x.iter().map(|&x| at(s, x)).unzip();
    let soft: Vec<f64> = x.iter().map(|&x| s.soft(x)).collect();
    let across = match labelled {
        true => Axis::new("x: distance from threshold over its width", ""),
        false => Axis::new("", "").without_numbers(),
    };
    let titled = match s {
        Surrogate::ReluGrad { .. } => Panel::new(s.name()).tag("default", GUIDE),
        _ => Panel::new(s.name()),
    };
    titled
        .formula(&format!("{}; {}", written(s.formula()), values(s)))
        .x(across.limits(-REACH, REACH))
        .y(Axis::new("", "").limits(-0.6, 2.1))
        .hline(0.0, GUIDE.width(0.25))
        .line("spike H(x)", &x, &step, INK.width(0.6))
        .line("soft spike ½ + ∫ g′", &x, &soft, SECOND_MODEL.width(0.6).dashed())
        .line("derivative g′(x)", &x, &slope, MODEL.width(0.9))
}

/// Returns the spike and its derivative.
fn at(s: Surrogate, x: f64) -> (f64, f64) {
    let (graph, nodes) = record(Default::default(), || {
        let x = Real::from(x);
        let z = spike(x, s);
        [z, vjp(&[z], &[1.0.into()], &[x])[0]]
    });
    let values = eval::<f64>(&graph, &nodes, |_| x);
    (values[0], values[1])
}

/// Writes a formula as it is printed, with Greek letters, powers and products.
fn written(formula: &str) -> String {
    let signs = [
        ("N(x; ", "N("),
        (", (s sigma)^2", ",s²σ²"),
        (", sigma^2", ",σ²"),
        ("for x > 1", "for x>1"),
        ("exp(-a^2 x^2)", "exp(−a²x²)"),
        ("cos(2 pi (2i - 1) x / T)", "cos(2π(2i−1)x/T)"),
        ("sum_{i=1..n}", "Σᵢ₌₁ⁿ"),
        ("|a x|", "|ax|"),
        ("pi a x / 2", "πax/2"),
        ("b / (x + 1)", "b/(x+1)"),
        ("sqrt(pi)", "√π"),
        ("sigma", "σ"),
        ("alpha", "α"),
        ("<=", "≤"),
        (">=", "≥"),
        ("^2", "²"),
        ("^-a", "⁻ᵃ"),
        ("-", "−"),
    ];
    signs.iter().fold(formula.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// Writes the parameters as they are drawn.
fn values(s: Surrogate) -> String {
    let letter = |name: &str| if name == "period" { "T".to_owned() } else { written(name) };
    let all = s.parameters().into_iter().map(|(name, value)| format!("{}={value}", letter(name)));
    all.collect::<Vec<_>>().join(", ")
}
