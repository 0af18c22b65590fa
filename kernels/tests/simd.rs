//! These tests measure the errors, in ulps, of the elementary functions of every vector type over their whole ranges.

use kernels::{
    Level, Precision, Simd,
    equations::expr::functions::bernoulli,
    simd::{Lanes, Pair, Work, run},
};

/// A function of a vector of any type; a closure cannot be generic.
trait Function {
    fn of<V: Simd>(z: V) -> V;
}
struct Exp;
struct Exprel<const K: usize>;
struct Bernoulli<const K: usize>;
impl Function for Exp {
    fn of<V: Simd>(z: V) -> V {
        V::exp(z)
    }
}
impl<const K: usize> Function for Exprel<K> {
    fn of<V: Simd>(z: V) -> V {
        V::exprel::<K>(z)
    }
}
impl<const K: usize> Function for Bernoulli<K> {
    fn of<V: Simd>(z: V) -> V {
        V::bernoulli::<K>(z)
    }
}

fn apply<V: Simd, F: Function>(z: &[V::Elem]) -> Vec<V::Elem> {
    let mut out = vec![V::Elem::default(); z.len()];
    for (from, to) in z.chunks_exact(V::LANES).zip(out.chunks_exact_mut(V::LANES)) {
        F::of(V::load(from)).store(to);
    }
    out
}

/// Returns the largest error, in ulps, over `count` points of `range`.
fn ulps<V: Simd, F: Function>(range: (f64, f64), count: usize, truth: &dyn Fn(f64) -> f64) -> f64 {
    let count = count / V::LANES * V::LANES;
    let z: Vec<V::Elem> =
        (0..count).map(|k| V::Elem::of(range.0 + (range.1 - range.0) * k as f64 / count as f64)).collect();
    let epsilon = if V::Elem::SINGLE { f64::from(f32::EPSILON) } else { f64::EPSILON };
    let errors = apply::<V, F>(&z).into_iter().zip(&z).map(|(got, z)| {
        let want = truth(z.to());
        (got.to() - want).abs() / (want.abs() * epsilon)
    });
    errors.fold(0.0, |worst, e| if e <= worst { worst } else { e })
}

/// Returns `int_0^1 s^k e^(zs) ds`, the `k`-th derivative of `(e^z - 1) / z`, by the eight-point Gauss-Legendre rule in
/// panels.
fn exprel(z: f64, k: i32) -> f64 {
    const RULE: [(f64, f64); 4] = [
        (0.183_434_642_495_649_8, 0.362_683_783_378_362),
        (0.525_532_409_916_329, 0.313_706_645_877_887_3),
        (0.796_666_477_413_626_7, 0.222_381_034_453_374_48),
        (0.960_289_856_497_536_3, 0.101_228_536_290_376_26),
    ];
    let half = 0.5 / 32.0;
    (0..32)
        .flat_map(|panel| RULE.iter().flat_map(move |&(x, w)| [(panel, x, w), (panel, -x, w)]))
        .map(|(panel, x, w)| {
            let s = half * (f64::from(2 * panel + 1) + x);
            half * w * s.powi(k) * (z * s).exp()
        })
        .sum()
}

/// Checks every function on one vector type; `limits` are in ulps.
fn functions<V: Simd>(name: &str, limits: [f64; 4]) {
    let far = 4000;
    let exprels = |range, count| {
        [
            ulps::<V, Exprel<0>>(range, count, &|z| exprel(z, 0)),
            ulps::<V, Exprel<1>>(range, count, &|z| exprel(z, 1)),
            ulps::<V, Exprel<2>>(range, count, &|z| exprel(z, 2)),
        ]
    };
    let near = exprels((-1.5, 0.5), far);
    let wide = exprels((-40.0, 40.0), far);
    let series = [
        ulps::<V, Bernoulli<0>>((-0.5, 0.5), far, &|z| if z == 0.0 { 1.0 } else { z / z.exp_m1() }),
        ulps::<V, Bernoulli<1>>((-0.5, 0.5), far, &|z| bernoulli(z, 1)),
        ulps::<V, Bernoulli<2>>((-0.5, 0.5), far, &|z| bernoulli(z, 2)),
    ];
    let exp = ulps::<V, Exp>((-85.0, 85.0), 100_000, &f64::exp);
    println!("{name}: exp {exp:.2}, exprel near {near:.2?}, wide {wide:.2?}, bernoulli {series:.2?} ulps");
    assert!(exp < limits[0], "{name} exp: {exp}");
    assert!(near.iter().all(|&e| e < limits[1]), "{name} exprel: {near:?}");
    assert!(wide.iter().all(|&e| e < limits[2]), "{name} exprel: {wide:?}");
    assert!(series.iter().all(|&e| e < limits[3]), "{name} bernoulli: {series:?}");
}

/// Limits on the errors of exp, of exprel within and beyond its polynomial, and of bernoulli, ulps.
const SINGLE: [f64; 4] = [2.0, 4.0, 4.0, 2.0];
const DOUBLE: [f64; 4] = [2.0, 16.0, 16.0, 4.0];

struct Functions(Level);

impl Work<f32> for Functions {
    type Cell = ();

    #[inline(always)]
    fn run<V: Simd<Elem = f32>>(&mut self) {
        functions::<V>(&format!("{} lanes of single precision, {}", V::LANES, self.0), SINGLE);
        functions::<Pair<V>>(&format!("pairs of {} lanes of single precision, {}", V::LANES, self.0), SINGLE);
    }
}

impl Work<f64> for Functions {
    type Cell = ();

    #[inline(always)]
    fn run<V: Simd<Elem = f64>>(&mut self) {
        functions::<V>(&format!("{} lanes of double precision, {}", V::LANES, self.0), DOUBLE);
        functions::<Pair<V>>(&format!("pairs of {} lanes of double precision, {}", V::LANES, self.0), DOUBLE);
    }
}

#[test]
fn portable_vectors() {
    functions::<Lanes<f32, 8>>("Lanes<f32, 8>", SINGLE);
    functions::<Lanes<f64, 4>>("Lanes<f64, 4>", DOUBLE);
    functions::<Pair<Lanes<f32, 8>>>("Pair<Lanes<f32, 8>>", SINGLE);
}

/// Returns the instruction sets of this machine.
fn levels() -> impl Iterator<Item = Level> {
    Level::ALL.iter().copied().filter(|&level| level <= Level::best())
}

#[test]
fn vectors_of_this_machine() {
    for level in levels() {
        run::<f32, _>(&mut Functions(level), level);
        run::<f64, _>(&mut Functions(level), level);
    }
}

#[test]
fn nan_stays_in_its_lane() {
    fn lane<V: Simd>() {
        let far = V::Elem::of(7.0);
        for k in 0..V::LANES {
            let mut z = vec![far; V::LANES];
            z[k] = V::Elem::of(f64::NAN);
            for (j, y) in apply::<V, Exprel<0>>(&z).into_iter().enumerate() {
                let good = if j == k { y.to().is_nan() } else { (y.to() / exprel(7.0, 0) - 1.0).abs() < 1e-6 };
                assert!(good, "lane {j} is {y:?} where lane {k} is not a number");
            }
            assert!(apply::<V, Exp>(&z)[k].to().is_nan());
        }
    }
    lane::<Lanes<f32, 8>>();
    lane::<Lanes<f64, 4>>();
    lane::<Pair<Lanes<f32, 8>>>();
    struct Lane;
    impl<F: Precision> Work<F> for Lane {
        type Cell = ();

        #[inline(always)]
        fn run<V: Simd<Elem = F>>(&mut self) {
            lane::<V>();
            lane::<Pair<V>>();
        }
    }
    for level in levels() {
        run::<f32, _>(&mut Lane, level);
        run::<f64, _>(&mut Lane, level);
    }
}

#[test]
fn part_of_a_vector_is_moved_and_nothing_else() {
    fn part<V: Simd>() {
        let of = |k: usize| V::Elem::of(k as f64 + 1.0);
        for count in 0..V::LANES {
            let from: Vec<V::Elem> = (0..count).map(of).collect();
            let mut all = vec![of(99); V::LANES];
            V::load_some(&from).store(&mut all);
            let want = |k: usize| if k < count { of(k) } else { V::Elem::default() };
            assert!(all.iter().enumerate().all(|(k, &x)| x == want(k)), "{count}: {all:?}");
            let mut to = vec![V::Elem::of(-1.0); V::LANES];
            V::load(&(0..V::LANES).map(of).collect::<Vec<_>>()).store_some(&mut to[..count]);
            let want = |k: usize| if k < count { of(k) } else { V::Elem::of(-1.0) };
            assert!(to.iter().enumerate().all(|(k, &x)| x == want(k)), "{count}: {to:?}");
        }
        let rows: [Vec<V::Elem>; 4] =
            std::array::from_fn(|r| (0..V::LANES).map(|k| V::Elem::of((r * 7 + k * k) as f64)).collect());
        let totals = V::totals(std::array::from_fn(|r| V::load(&rows[r])));
        for (row, total) in rows.iter().zip(totals) {
            assert_eq!(total.to(), row.iter().map(|x| x.to()).sum::<f64>());
        }
    }
    part::<Lanes<f32, 8>>();
    part::<Lanes<f64, 4>>();
    part::<Pair<Lanes<f32, 8>>>();
    struct Part;
    impl<F: Precision> Work<F> for Part {
        type Cell = ();

        #[inline(always)]
        fn run<V: Simd<Elem = F>>(&mut self) {
            part::<V>();
        }
    }
    for level in levels() {
        run::<f32, _>(&mut Part, level);
        run::<f64, _>(&mut Part, level);
    }
}
