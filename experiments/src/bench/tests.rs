use super::{cells::draw, *};
use clap::Parser;

fn options(line: &str) -> Options {
    Options::try_parse_from(std::iter::once("bench").chain(line.split(' '))).unwrap()
}

#[test]
fn cells_are_the_peers() {
    // The numbers are those of `((i*2654435761u)>>8)/16777216.f*2-1` in hh.c.
    assert_eq!(draw(0), -1.0);
    assert!((draw(1) - 0.236_067_891_12).abs() < 1e-9, "{}", draw(1));
    let cells = BenchCells::<f64>::new(&HH, 3, 10, 1).unwrap();
    let (leak, sodium) = (cells.cell.parameter("g_L").unwrap(), cells.cell.parameter("g_Na").unwrap());
    assert_eq!(cells.params[leak * 3], 0.0205);
    assert!((cells.params[leak * 3 + 1] - 0.0205 * (1.0 + 0.1 * draw(1))).abs() < 1e-15);
    assert!((cells.params[sodium * 3 + 2] - 56.0 * (1.0 - 0.1 * draw(2))).abs() < 1e-12);
    assert_eq!(cells.start[0], -70.3, "from rest");
}

#[test]
fn options_without_effect_are_refused() {
    for (line, option) in [
        ("coba --batch 4", "--batch"),
        ("coba --density 0.5", "--density"),
        ("train-bptt --density 2", "--density"),
        ("train-bptt --density NaN", "--density"),
        ("train-bptt --mode tangent", "--mode"),
        ("hh-lm --mode adjoint", "--mode"),
        ("hh-forward --network evidence", "--network"),
    ] {
        let error = run(&options(line)).unwrap_err();
        let usage = error.downcast_ref::<brain_core::cli::Usage>().unwrap_or_else(|| panic!("{line}: {error:#}"));
        assert!(usage.to_string().starts_with(option), "{line}: {usage}");
    }
    for line in ["coba --n 100", "train-bptt --density 0.1 --batch 32", "hh-gradient --mode adjoint"] {
        options(line).check().unwrap();
    }
}

#[test]
fn a_step_at_ten_milliseconds_makes_spikes() {
    for (line, spikes) in [("hh-forward --n 1 --steps 10000", 16), ("glif-forward --n 3 --steps 10000", 42)] {
        let report = run(&options(&format!("{line} --repeats 1 --threads 1"))).unwrap();
        // The counts are those of C programs that advance the gates of HH before the voltage, which moves spikes by
        // some 0.1 ms.
        assert!(report.spikes_0.unwrap().abs_diff(spikes) <= 1, "{line}: {:?}", report.spikes_0);
    }
}

#[test]
fn both_modes_and_differences_agree() {
    for spec in [&HH, &GLIF] {
        let mut cells = BenchCells::<f64>::new(spec, 3, 900, 2).unwrap();
        let take =
            |cells: &BenchCells<f64>, mode, curvature| gradient(&Processor, cells, mode, curvature, 1).unwrap().1;
        let tangent = take(&cells, Mode::Tangent, false);
        let others = [take(&cells, Mode::Tangent, true), take(&cells, Mode::Adjoint, false)];
        let want = tangent.gradient_0.clone().unwrap();
        for other in others {
            assert!((other.loss.unwrap() / tangent.loss.unwrap() - 1.0).abs() < 1e-9);
            for (a, b) in other.gradient_0.unwrap().iter().zip(&want) {
                assert!((a.1 - b.1).abs() < 1e-8 * (1.0 + b.1.abs()), "{a:?} {b:?}");
            }
        }
        if spec.model == "glif3" {
            continue; // Its spikes have a surrogate derivative, which differences do not see.
        }
        for (p, (name, slope)) in spec.parameters.iter().zip(want) {
            let (k, h) = (cells.cell.parameter(name).unwrap(), 1e-5 * p.base.abs());
            let mut loss = |by: f64| {
                cells.params[k * 3] += by;
                if name == "E_L" {
                    cells.start[0] += by;
                    cells.start[3] += by;
                }
                let loss = take(&cells, Mode::Tangent, false).loss.unwrap();
                cells.params[k * 3] -= by;
                if name == "E_L" {
                    cells.start[0] -= by;
                    cells.start[3] -= by;
                }
                loss
            };
            let difference = (loss(h) - loss(-h)) / (2.0 * h);
            assert!((difference - slope).abs() < 1e-4 * (1.0 + slope.abs()), "{name}: {difference} {slope}");
        }
    }
}

#[test]
fn the_line_has_the_documented_keys() {
    let report = run(&options("hh-lm --n 5 --steps 20 --batch 3 --repeats 2 --threads 1 --dtype f64")).unwrap();
    let line = serde_json::to_value(report).unwrap();
    for key in [
        "workload",
        "n",
        "steps",
        "batch",
        "dtype",
        "threads",
        "device",
        "seconds_min",
        "seconds_median",
        "neuron_steps_per_s",
        "peak_rss_mb",
        "version",
        "loss",
    ] {
        assert!(line.get(key).is_some(), "{key}");
    }
    assert_eq!((&line["workload"], &line["dtype"], &line["device"]), (&"hh-lm".into(), &"f64".into(), &"cpu".into()));
}

#[test]
fn the_network_fires_at_the_peers_rate() {
    let report = run(&options("coba --repeats 1 --threads 2")).unwrap();
    assert!((20.0..24.0).contains(&report.rate_hz.unwrap()), "{:?} Hz", report.rate_hz);
    assert_eq!((report.n, report.threads), (4000, 2));
    assert!(report.synapses.unwrap().abs_diff(320_000) < 3000);
}

#[test]
fn the_network_that_is_trained_fires_at_the_peers_rate() {
    let report = run(&options("train-bptt --steps 300 --batch 8 --repeats 1 --threads 2")).unwrap();
    assert!((15.0..28.0).contains(&report.rate_hz.unwrap()), "{:?} Hz", report.rate_hz);
    assert_eq!((report.n, report.synapses), (200, Some(100 * 200 + 200 * 200)));
    let evidence = run(&options("train-bptt --network evidence --steps 300 --batch 8 --repeats 1")).unwrap();
    assert_eq!(evidence.synapses, report.synapses);
    assert_ne!(evidence.loss, report.loss);
}

#[test]
fn wrong_words_are_refused_with_what_there_is() {
    let refused = |line: &str| Options::try_parse_from(line.split(' ')).unwrap_err();
    let unknown = refused("bench hh-backward");
    assert_eq!(unknown.exit_code(), 2);
    assert!(unknown.to_string().contains("hh-forward, hh-gradient, hh-lm, glif-forward, glif-gradient"), "{unknown}");
    for line in ["bench", "bench hh-lm --n 0", "bench hh-lm --steps 0"] {
        assert_eq!(refused(line).exit_code(), 2, "{line}");
    }
    let message = format!("{:#}", run(&options("hh-lm --n 1 --steps 1 --device abacus")).unwrap_err());
    assert!(message.contains("there is no device `abacus`"), "{message}");
}
