//! These tests check what figures promise: no lost spike, no panic, the data in the table, the same bytes again.

use super::decimate::{cull, decimate};
use super::*;

const NAN: f64 = f64::NAN;

/// Makes a trace of `n` samples at rest with a one-sample spike and a one-sample dip.
fn spiky(n: usize) -> (Vec<f64>, Vec<f64>) {
    let t = (0..n).map(|k| k as f64 * 0.025).collect();
    let mut v = vec![-70.0; n];
    (v[n / 3], v[n / 2]) = (40.0, -95.0);
    (t, v)
}

fn simple(panel: Panel) -> Figure {
    Figure::new("Figure").row(PanelRow::new(20.0).panel(panel))
}

#[test]
fn decimation_keeps_extremes_ends_and_order() {
    let (t, v) = spiky(100_000);
    let pieces = decimate(t.iter().copied().zip(v.iter().copied()), 10.0);
    assert_eq!(pieces.len(), 1);
    let kept = &pieces[0];
    assert!(kept.len() <= 4 * 251, "{} points are left", kept.len());
    assert!(kept.contains(&(t[33_333], 40.0)) && kept.contains(&(t[50_000], -95.0)));
    assert_eq!((kept[0], kept[kept.len() - 1]), ((t[0], v[0]), (t[99_999], v[99_999])));
    assert!(kept.windows(2).all(|w| w[0].0 < w[1].0));
}

#[test]
fn gaps_cut_a_line_and_short_lines_stay_whole() {
    let points = [(0.0, 1.0), (1.0, 2.0), (2.0, NAN), (3.0, 4.0), (4.0, f64::INFINITY), (5.0, 6.0), (6.0, 7.0)];
    let pieces = decimate(points.into_iter(), 0.5);
    assert_eq!(pieces, [vec![points[0], points[1]], vec![points[3]], vec![points[5], points[6]]]);
    assert!(decimate(std::iter::empty(), 0.5).is_empty());
}

#[test]
fn culling_keeps_what_reaches_the_edges() {
    let points: Vec<(f64, f64)> = (0..10).map(|k| (f64::from(k), 0.0)).collect();
    let kept: Vec<f64> = cull(&points, 3.5, 5.5).map(|p| p.0).filter(|x| x.is_finite()).collect();
    assert_eq!(kept, [3.0, 4.0, 5.0, 6.0]);
    // Both ends are outside, and the line between them is inside.
    assert!(cull(&[(0.0, 0.0), (9.0, 1.0)], 3.0, 4.0).all(|p| p.0.is_finite()));
}

#[test]
fn strange_data_is_drawn_or_refused_but_never_a_panic() {
    let columns: [&[f64]; 9] = [
        &[],
        &[NAN, NAN, NAN],
        &[5.0],
        &[3.0, 3.0, 3.0],
        &[0.0, 0.0],
        &[f64::INFINITY, 1.0, f64::NEG_INFINITY],
        &[f64::MAX, f64::MIN, 0.0],
        &[1e-320, 2e-320, 0.0],
        &[-1.0, 0.0, 1e9, 1e9 + 1e-6],
    ];
    for x in columns {
        for y in columns {
            let n = x.len().min(y.len());
            for log in [false, true] {
                let axis = |name| if log { Axis::new(name, "mV").log() } else { Axis::new(name, "mV") };
                let panel = Panel::new("p").x(axis("x")).y(axis("y"));
                let panel = panel.line("l", &x[..n], &y[..n], MODEL.dashed()).step("s", &x[..n], &y[..n], MODEL);
                let panel = panel.scatter("d", &x[..n], &y[..n], MODEL).raster("r", &x[..n], &y[..n], MODEL);
                let panel = panel.histogram("h", y, 7, MODEL).span(NAN, 1.0, "span", SHADE).hline(NAN, GUIDE);
                simple(panel.note(NAN, 0.0, "note", INK)).svg().unwrap();
            }
        }
    }
    assert!(simple(Panel::new("nothing")).svg().unwrap().contains("no data"));
    assert!(matches!(Figure::new("x").svg(), Err(PlotError::Empty(_))));
    assert!(matches!(Figure::new("x").row(PanelRow::new(10.0).gap()).svg(), Err(PlotError::Empty(_))));
    let narrow = Figure::new("x").grid(30, 10.0, (0..30).map(|_| Panel::new("p")));
    assert!(matches!(narrow.svg(), Err(PlotError::Layout { .. })));
    let high = Figure::new("x").grid(1, 100.0, (0..9).map(|_| Panel::new("p")));
    assert!(matches!(high.svg(), Err(PlotError::Layout { .. })));
    assert!(matches!(simple(Panel::new("p")).columns(&[-1.0]).svg(), Err(PlotError::Layout { .. })));
}

#[test]
fn an_axis_that_counts_has_whole_ticks() {
    let numbers = |axis: Axis| {
        let svg =
            simple(Panel::new("p").x(axis.limits(0.0, 2.04)).y(Axis::new("", "").without_numbers())).svg().unwrap();
        svg.matches(">0.5<").count() + svg.matches(">1.5<").count()
    };
    assert!(numbers(Axis::new("x", "")) > 0 && numbers(Axis::new("x", "").whole()) == 0);
}

/// A legend of many lines leaves the title of its neighbour where it is, close to its axes.
#[test]
fn a_legend_lifts_no_title_but_its_own() {
    let height = |names: usize| {
        let mut other = Panel::new("other");
        for k in 0..names {
            other = other.line(
                &format!("a series with a long name {k}"),
                &[0.0, 1.0],
                &[0.0, 1.0],
                MODEL.tint(0.1 * k as f64),
            );
        }
        let row = PanelRow::new(20.0).panel(Panel::new("title").line("", &[0.0, 1.0], &[0.0, 1.0], MODEL)).panel(other);
        let plan = |f: &Figure| layout::plan(f).unwrap().places.iter().map(|p| p.above).collect::<Vec<_>>();
        plan(&Figure::new("").legend(Legend::Panels).row(row))
    };
    let (few, many) = (height(1), height(6));
    assert!(few[0] == many[0] && few[1] < many[1], "{few:?} {many:?}");
}

#[test]
fn an_interval_is_a_line_of_its_own() {
    let csv = simple(Panel::new("p").intervals(&[1.0, 2.0], &[0.1, 0.2], &[0.3, 0.4], MODEL)).csv().unwrap();
    let rows: Vec<&str> = csv.lines().skip(1).collect();
    assert_eq!(rows, ["p,,,,1,0.1", "p,,,,1,0.3", "p,,,,,", "p,,,,2,0.2", "p,,,,2,0.4", "p,,,,,"]);
}

#[test]
fn unequal_columns_are_an_error_that_names_them() {
    let error = simple(Panel::new("Voltage").line("model", &[0.0, 1.0], &[1.0], MODEL)).svg().unwrap_err();
    assert_eq!(error.to_string(), "figure panel `Voltage`, series `model`: 2 x values but 1 y values");
}

#[test]
fn the_table_is_the_data() {
    let (t, v) = spiky(5000);
    let panel = Panel::new("a, \"b\"").x(Axis::new("Time", "ms")).y(Axis::new("V", "mV")).line("model", &t, &v, MODEL);
    let hidden = Panel::new("near").without_table().line("model", &t, &v, MODEL);
    let gap = Panel::new("").step("s", &[0.1, 0.2], &[NAN, 1.5], MODEL);
    let figure = Figure::new("").row(PanelRow::new(20.0).panel(panel).panel(hidden).panel(gap));
    let csv = figure.csv().unwrap();
    let mut lines = csv.lines();
    assert_eq!(lines.next(), Some("panel,series,x_unit,y_unit,x,y"));
    for (t, v) in t.iter().zip(&v) {
        let rest = lines.next().unwrap().strip_prefix("\"a, \"\"b\"\"\",model,ms,mV,").unwrap();
        let (x, y) = rest.split_once(',').unwrap();
        assert_eq!((x.parse(), y.parse()), (Ok(*t), Ok(*v)));
    }
    assert_eq!(lines.collect::<Vec<_>>(), ["\"row 1, column 3\",s,,,0.1,", "\"row 1, column 3\",s,,,0.2,1.5"]);
}

#[test]
fn a_histogram_counts_every_value_once() {
    let csv = simple(Panel::new("h").histogram("n", &[0.0, 0.1, 0.5, 1.0, NAN], 2, MODEL)).csv().unwrap();
    let counts: Vec<&str> = csv.lines().skip(1).map(|l| l.rsplit(',').next().unwrap()).collect();
    assert_eq!(counts, ["2", "2", ""]);
}

#[test]
fn a_density_has_an_area_of_one_and_bins_of_whole_multiples() {
    let columns = |values: &[f64], quantum| {
        let csv = simple(Panel::new("d").density("n", values, quantum, MODEL)).csv().unwrap();
        let row = |l: &str| l.rsplit(',').take(2).map(|c| c.parse::<f64>().unwrap()).collect::<Vec<_>>();
        csv.lines().skip(1).map(|l| <[f64; 2]>::try_from(row(l)).unwrap()).collect::<Vec<_>>()
    };
    let area = |rows: &[[f64; 2]]| rows.windows(2).map(|w| w[0][0] * (w[1][1] - w[0][1])).sum::<f64>();
    for values in [vec![0.1, 0.2, 0.2, 7.0], vec![3.0; 5], (0..1000).map(|k| f64::from(k).sin()).collect()] {
        let rows = columns(&values, 0.0);
        assert!((area(&rows) - 1.0).abs() < 1e-9 && rows[0][0] == 0.0 && rows[rows.len() - 1][0] == 0.0, "{rows:?}");
    }
    // Each of 0 to 99 occurs once: bins hold three, and the last is not full.
    let rows = columns(&(0..100).map(f64::from).collect::<Vec<_>>(), 1.0);
    assert!(rows[1..34].iter().all(|[y, _]| (y - 0.01).abs() < 1e-12) && (area(&rows) - 1.0).abs() < 1e-9, "{rows:?}");
}

#[test]
fn the_same_figure_gives_the_same_bytes_of_the_size_it_declares() {
    let (t, v) = spiky(20_000);
    let figure = simple(Panel::new("V").tag("fit", GUIDE).line("model", &t, &v, MODEL)).width_mm(60.0);
    let (first, again) = (figure.render().unwrap(), figure.render().unwrap());
    assert!(first.svg == again.svg && first.png == again.png && first.csv == again.csv);
    assert_eq!(first.csv, figure.csv().unwrap());
    assert!(first.svg == figure.svg().unwrap() && first.png == figure.png().unwrap());
    assert!(first.svg.contains(r#"width="60.00mm""#));
    // The PNG is as wide as 60 mm at the resolution it declares, and its checksum is that of the chunk.
    let png = &first.png;
    assert_eq!(u32::from_be_bytes(png[16..20].try_into().unwrap()), 1418);
    assert_eq!((&png[33..37], &png[37..41]), (&[0, 0, 0, 9][..], &b"pHYs"[..]));
    assert_eq!(u32::from_be_bytes(png[41..45].try_into().unwrap()), 23622, "pixels per metre");
    assert_eq!(crc32fast::hash(&png[37..50]).to_be_bytes(), png[50..54]);
}

#[test]
fn a_fit_figure_marks_its_sweeps_and_zooms_on_the_onset() {
    let t: Vec<f64> = (0..4000).map(|k| f64::from(k) * 0.25).collect();
    let i: Vec<f64> = t.iter().map(|t| if *t >= 200.0 { 100.0 } else { 0.0 }).collect();
    let v = vec![-70.0; t.len()];
    let sweep = SweepTraces {
        title: "Sweep 1",
        held_out: false,
        time_ms: &t,
        current_pa: &i,
        onset_ms: 200.0,
        v_data: Some(&v),
        v_model: &v,
    };
    let test = SweepTraces { title: "Sweep 2", held_out: true, v_data: None, ..sweep };
    let pages = traces("Cell", &[sweep, test], 300.0).unwrap();
    let [figure] = &pages[..] else { panic!("{} pages", pages.len()) };
    assert_eq!(figure.rows[0].panels[1].as_ref().unwrap().x.limits, Some((170.0, 500.0)));
    let svg = figure.svg().unwrap();
    for word in ["Sweep 1", "Sweep 2", ">fit<", ">test<", "recorded", "model", "Time (ms)", "Voltage (mV)"] {
        assert!(svg.contains(word), "{word} is not in the figure");
    }
    let csv = figure.csv().unwrap();
    assert_eq!(csv.lines().count(), 1 + 5 * t.len());
    assert!(csv.contains("Sweep 1: voltage,recorded,ms,mV,0,-70"));
    // A sweep without data, even without times, is a figure still.
    let none = SweepTraces { time_ms: &[], current_pa: &[], v_data: None, v_model: &[], ..sweep };
    traces("Cell", &[none], 300.0).unwrap()[0].svg().unwrap();
    let short = SweepTraces { v_model: &v[1..], ..sweep };
    assert!(matches!(traces("Cell", &[short], 300.0), Err(PlotError::Lengths { .. })));
    // As many sweeps as an experiment has: every page can be drawn, every sweep is on one, on one scale of voltage.
    for n in [8, 9, 10, 25] {
        let pages = traces("Cell", &vec![sweep; n], 300.0).unwrap();
        let sweeps = |page: &Figure| page.rows.len() / 2;
        assert_eq!(pages.iter().map(sweeps).sum::<usize>(), n);
        assert!(pages.iter().all(|page| page.csv().is_ok() && layout::plan(page).is_ok()));
        assert_eq!(pages.len(), n.div_ceil(8));
    }
}

#[test]
fn widths_are_those_of_the_font_and_text_is_made_to_fit() {
    assert_eq!(text::width("mV", 2048.0, false), 1995.0 + 1401.0);
    let (short, size) = text::fit("A title far too long for its place", 80.0, 60.0, true, 500.0);
    assert!(short.ends_with('…') && text::width(&short, size, true) <= 500.0);
    assert_eq!(text::fit("wide", 80.0, 60.0, true, 0.0).0, "");
}

#[test]
fn cells_of_a_matrix_tile_the_axes() {
    let axis = || Axis::new("Area", "").limits(-0.5, 1.5);
    let panel = Panel::new("Matrix").x(axis()).y(axis()).cells("strong", &[0.0, 1.0, NAN], &[1.0, 0.0, 0.0], MODEL);
    let svg = simple(panel).svg().unwrap();
    // There are two cells and the sample of the legend; the gap has no cell.
    assert_eq!(svg.matches("fill=\"#d55e00\"").count().max(svg.matches("fill=\"rgb(213,94,0)\"").count()), 3, "{svg}");
}
