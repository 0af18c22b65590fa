use crate::{
    brute::{By, Fault, gradients},
    setup::{Setup, least, most, noise},
};
use kernels::network::online::*;

const ALPHA: f64 = 0.93;

fn usual(a: f64, t: usize) -> f64 {
    1.0 - a.powi(t as i32 + 1)
}

fn reference(a: f64, t: usize) -> f64 {
    1.0 - (1.0 - a).powi(t as i32 + 1)
}

/// Sets up a run with many spikes of the cells and a loss that starts late.
fn setup() -> Setup {
    let mut setup = Setup::gif(150, 3);
    setup.from = 21;
    setup
}

#[test]
fn d_rtrl_is_its_definition() {
    let setup = setup();
    let (want, loss) = gradients(&setup, &By::DRtrl, None, Fault::None);
    let wrong = [Fault::NoD, Fault::NoKappa, Fault::NoReset].map(|f| gradients(&setup, &By::DRtrl, None, f).0);
    for block in [1, 7, 64, 1000] {
        let (found, _, summary) = setup.learn(&Learning { block, ..Learning::by(&DRtrl) }, 2);
        let spikes: u64 = summary.spikes[1].iter().sum();
        assert!(spikes > 300, "{spikes}");
        assert!((summary.loss / loss - 1.0).abs() < 1e-11, "{} {loss}", summary.loss);
        let errors = setup.apart(&found, &want);
        assert!(most(&errors) < 1e-10, "{block}: {errors:?}");
        for wrong in &wrong {
            let errors = setup.apart(wrong, &found);
            assert!(least(&errors[..3]) > 0.02 && errors[3] < 1e-10, "a fault is not seen: {errors:?}");
        }
    }
    // The reference code treats the state of the readout as a constant.
    let instant = Learning { horizon: Horizon::Step, ..Learning::by(&DRtrl) };
    assert!(most(&setup.apart(&setup.learn(&instant, 1).0, &wrong[1])) < 1e-10);
}

#[test]
fn e_prop_sends_the_loss_through_its_feedback() {
    let setup = setup();
    let feedback = noise(5, 2 * 13);
    let rows: Vec<Vec<f64>> = feedback.chunks(13).map(<[f64]>::to_vec).collect();
    let (want, _) = gradients(&setup, &By::DRtrl, Some(&rows), Fault::None);
    let (found, ..) = setup.learn(&Learning::by(&EProp { feedback: feedback.clone() }), 1);
    assert!(most(&setup.apart(&found, &want)) < 1e-10);
    let symmetric = setup.learn(&Learning::by(&DRtrl), 1).0;
    let errors = setup.apart(&symmetric, &want);
    assert!(least(&errors[..3]) > 0.1 && errors[3] < 1e-10, "{errors:?}");
}

#[test]
fn es_d_rtrl_is_its_definition() {
    let setup = setup();
    let rule = |correction| EsDRtrl { alpha: ALPHA, correction };
    let corrections = [
        (Correction::Usual, usual as fn(f64, usize) -> f64),
        (Correction::Reference, reference),
        (Correction::None, |_, _| 1.0),
    ];
    for (correction, by) in corrections {
        let (want, loss) = gradients(&setup, &By::EsDRtrl(ALPHA, by), None, Fault::None);
        for block in [1, 5, 64] {
            let (found, _, summary) = setup.learn(&Learning { block, ..Learning::by(&rule(correction)) }, 2);
            assert!((summary.loss / loss - 1.0).abs() < 1e-11);
            let errors = setup.apart(&found, &want);
            assert!(most(&errors) < 1e-10, "{correction:?} {block}: {errors:?}");
        }
    }
    let (found, ..) = setup.learn(&Learning::by(&rule(Correction::Usual)), 1);
    let faults = [
        gradients(&setup, &By::EsDRtrl(ALPHA, reference), None, Fault::None),
        gradients(&setup, &By::EsDRtrl(ALPHA, usual), None, Fault::NoD),
        gradients(&setup, &By::EsDRtrl(ALPHA, usual), None, Fault::NoKappa),
        gradients(&setup, &By::EsDRtrl(ALPHA, usual), None, Fault::NoReset),
        gradients(&setup, &By::EsDRtrl(ALPHA + 0.01, usual), None, Fault::None),
    ];
    for (wrong, _) in &faults {
        let errors = setup.apart(wrong, &found);
        assert!(least(&errors[..3]) > 0.005 && errors[3] < 1e-10, "a fault is not seen: {errors:?}");
    }
    let usual = rule(Correction::Usual);
    let instant = Learning { horizon: Horizon::Step, ..Learning::by(&usual) };
    assert!(most(&setup.apart(&setup.learn(&instant, 1).0, &faults[2].0)) < 1e-10);
}
