use crate::setup::Setup;
use kernels::network::online::*;

#[test]
fn memory_does_not_grow_with_the_steps() {
    let alpha = 0.98;
    for rule in [&DRtrl as &dyn OnlineRule, &EsDRtrl { alpha, correction: Correction::Usual }] {
        let of = |steps| {
            let (_, _, summary) = Setup::gif(steps, 1).learn::<f32>(&Learning::by(rule), 1);
            [summary.trace_bytes, summary.bytes]
        };
        let short = of(250);
        for steps in [500, 1000, 2000, 4000, 8000, 16_000] {
            assert_eq!(of(steps), short, "{steps}");
        }
        assert!(short[0] > 0 && short[1] > short[0]);
    }
}

#[test]
fn trace_bytes_are_those_of_synapses_or_of_neurons() {
    let setup = Setup::gif(100, 2);
    let bytes = |rule: &dyn OnlineRule| setup.learn::<f32>(&Learning::by(rule), 1).2.trace_bytes;
    // A synapse onto a cell has traces of v, a, a conductance and the filtered spike; one onto the readout has one
    // trace.
    let counts: Vec<usize> = setup.circuit.projections().collect();
    let states = 4 * (counts[0] + counts[1] + counts[2]) + counts[3];
    assert_eq!(bytes(&DRtrl), 4 * states);
    // Each cell has traces of four states for each input, and each neuron that spikes onto cells one trace for each
    // step in which its spikes are in transit.
    let (cells, padded) = (13, 16);
    let es = bytes(&EsDRtrl { alpha: 0.9, correction: Correction::Usual });
    assert_eq!(es, 4 * (2 * 4 * padded + (3 + 1) * (7 + cells) + counts[3]));
}
