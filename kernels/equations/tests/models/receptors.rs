//! Receptors against closed forms, and the paper's network neuron against its update written out.

use crate::simulator::Simulator;
use equations::{
    Driven, Integrator, Step,
    models::{GifNetwork, HhPospischil, HhTraub, Lif, gif_network},
    receptors::*,
    trace,
};

fn close(a: f64, b: f64, tolerance: f64) {
    assert!((a - b).abs() <= tolerance, "{a} for {b}");
}

/// The summed states `plus - minus` after each of `n` steps, from one event of `weight`.
fn response(step: &Step, dt: f64, n: usize, weight: f64, plus: &str, minus: Option<&str>) -> Vec<f64> {
    let at = |name: &str| step.state.iter().position(|f| f.name == name).unwrap();
    let event = step.input.iter().find(|f| f.name.ends_with("_w")).unwrap().name.to_string();
    let mut sim = Simulator::<f64>::new(step, dt);
    sim.set(&event, weight);
    (0..n)
        .map(|_| {
            sim.step();
            sim.set(&event, 0.0);
            sim.values.state[at(plus)] - minus.map_or(0.0, |m| sim.values.state[at(m)])
        })
        .collect()
}

#[test]
fn a_weight_is_the_peak_of_the_response() {
    let exp = trace::<Driven<Lif, Conductance<Exponential, Excitatory>>>(Integrator::ExpEuler);
    let g = response(&exp, 0.1, 100, 2.0, "exc_g", None);
    g.iter().enumerate().for_each(|(k, g)| close(*g, 2.0 * f64::exp(-0.02 * (k + 1) as f64), 1e-14));

    let two = trace::<Driven<Lif, Conductance<Biexponential, Excitatory>>>(Integrator::ExpEuler);
    let g = response(&two, 0.01, 2000, 2.0, "exc_slow", Some("exc_fast"));
    let (at, peak) = g.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).unwrap();
    close(*peak, 2.0, 1e-5);
    close((at + 1) as f64 * 0.01, 0.5 * 5.0 / 4.5 * f64::ln(10.0), 0.0101);

    let alpha = trace::<Driven<Lif, Current<Alpha, Excitatory>>>(Integrator::ExpEuler);
    let g = response(&alpha, 1e-3, 8000, 3.0, "exc_g", None);
    for k in [500, 1999, 6000] {
        let t = (k + 1) as f64 * 1e-3 / 2.0;
        close(g[k], 3.0 * t * f64::exp(1.0 - t), 2e-3);
    }
}

/// Values of the formula at 1 mM, computed by hand to five digits.
#[test]
fn magnesium_blocks_nmda_as_jahr_and_stevens_say() {
    let step = trace::<Driven<Lif, Nmda>>(Integrator::Rk4);
    for (v, open) in [(-80.0, 0.024_413), (-60.0, 0.079_604), (0.0, 0.781_182), (40.0, 0.977_065)] {
        // A huge membrane stands still: what it gains is the current.
        let set = [
            ("v", v),
            ("E_L", v),
            ("C", 1e9),
            ("tau_m", 1e12),
            ("nmda_slow", 3.0),
            ("nmda_fast", 1.0),
            ("nmda_E", 10.0),
        ];
        let slow = [("nmda_tau", 1e9), ("nmda_tau_rise", 1e8), ("V_th", 1e3)];
        let mut sim = Simulator::<f64>::new(&step, 1.0).with(&set).with(&slow);
        sim.step();
        let current = (sim.v() - v) * 1e9;
        close(current / (2.0 * (10.0 - v)), open, 1e-4);
    }
}

#[test]
fn gaba_b_needs_a_burst() {
    let step = trace::<Driven<Lif, GabaB>>(Integrator::ExpEuler);
    let open = |events: usize| {
        let mut sim = Simulator::<f64>::new(&step, 0.1);
        let mut most = 0.0f64;
        for t in 0..10_000 {
            sim.set("gaba_b_w", if t % 50 == 0 && t / 50 < events { 0.08 } else { 0.0 });
            sim.step();
            let four = sim.values.state[3].powi(4);
            most = most.max(four / (four + 100.0));
        }
        most
    };
    let (one, ten) = (open(1), open(10));
    assert!(one < 0.01 && ten > 10.0 * one, "{one} {ten}");
}

#[test]
fn fields_carry_the_neurons_units_and_the_receptors_defaults() {
    let units = |step: &Step| -> Vec<(String, &str, f64)> {
        let all = step.state.iter().chain(&step.input).chain(&step.param);
        all.filter(|f| f.name.contains("ampa")).map(|f| (f.name.to_string(), f.unit, f.default)).collect()
    };
    let want = |g| {
        [("ampa_g", g, 0.0), ("ampa_w", g, 0.0), ("ampa_E", "mV", 0.0), ("ampa_tau", "ms", 2.0)]
            .map(|(n, u, d)| (n.to_string(), u, d))
    };
    assert_eq!(units(&trace::<Driven<Lif, Ampa>>(Integrator::Euler)), want("nS"));
    assert_eq!(units(&trace::<Driven<HhTraub, Ampa>>(Integrator::Euler)), want("uS"));
    assert_eq!(units(&trace::<Driven<HhPospischil, Ampa>>(Integrator::Euler)), want("mS/cm2"));
    let current = trace::<Driven<HhTraub, Current<Exponential, Inhibitory>>>(Integrator::Euler);
    let field = |name: &str| current.state.iter().chain(&current.param).find(|f| f.name == name).unwrap().clone();
    assert_eq!((field("inh_g").unit, field("inh_tau").default), ("nA", 10.0));
    let paper = trace::<Driven<GifNetwork, gif_network::Synapse<gif_network::Excitation>>>(Integrator::Euler);
    let reversal = paper.param.iter().find(|f| f.name == "exc_E").unwrap();
    assert_eq!((reversal.unit, reversal.default), ("1", 3.0));
}

/// The update of the reference code, in the order in which it is described: old spike, synapses add and decay,
/// adaptation, potential with the conductances in its linear coefficient.
#[test]
fn the_papers_network_neuron_is_its_update_written_out() {
    let step = trace::<gif_network::WithSynapses>(Integrator::ExpEuler);
    let mut sim = Simulator::<f64>::new(&step, 1.0).with(&[("beta", 0.3)]);
    let (mut v, mut a, mut g_e, mut g_i, mut spikes) = (0.0, 0.0, 0.0, 0.0, 0);
    for t in 0..3000 {
        let (w_e, w_i) = (if t % 7 == 0 { 1.2 } else { 0.0 }, if t % 31 == 5 { 0.5 } else { 0.0 });
        let old = f64::from(u8::from(v >= 1.0));
        (v, a) = (v - old, a - 0.3 * old);
        (g_e, g_i) = ((g_e + w_e) * f64::exp(-0.1), (g_i + w_i) * f64::exp(-0.1));
        a *= f64::exp(-1e-3);
        let total: f64 = 1.0 + g_e + g_i;
        let to = (a + 3.0 * g_e - 3.0 * g_i) / total;
        v = to + (v - to) * f64::exp(-total / 100.0);

        sim.set("exc_w", w_e);
        sim.set("inh_w", w_i);
        assert_eq!(sim.step(), v >= 1.0, "step {t}");
        close(sim.v(), v, 1e-11);
        close(sim.values.state[1], a, 1e-11);
        spikes += usize::from(v >= 1.0);
    }
    assert!(spikes > 10, "{spikes}");
}

/// The two orders differ by the decay of a step, and by nothing else.
#[test]
fn decaying_first_scales_what_the_neuron_sees() {
    type Usual = Driven<Lif, Conductance<Exponential, Excitatory>>;
    type First = Driven<Lif, DecayFirst<Conductance<Exponential, Excitatory>>>;
    let (usual, first) = (trace::<Usual>(Integrator::ExpEuler), trace::<First>(Integrator::ExpEuler));
    let (mut a, mut b) = (Simulator::<f64>::new(&usual, 0.1), Simulator::<f64>::new(&first, 0.1));
    for t in 0..300 {
        let w = if t % 40 == 0 { 1.0 } else { 0.0 };
        a.set("exc_w", w * f64::exp(-0.02));
        b.set("exc_w", w);
        a.step();
        b.step();
        close(a.v(), b.v(), 1e-12);
        assert!(a.v() > -70.0);
    }
}
