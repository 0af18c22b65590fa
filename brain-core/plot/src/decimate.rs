//! This module thins long traces to what paper can show without losing a spike.

/// A point on the paper.
pub(super) type Point = (f64, f64);

/// Cuts a trace at its gaps (`NaN`, infinities) and, within each run of points that fall into one column of the given
/// width, keeps the first, the lowest, the highest and the last, in their order. A peak of one sample therefore survives
/// any amount of thinning, and every drawn point is a sample.
pub(super) fn decimate(points: impl Iterator<Item = Point>, column: f64) -> Vec<Vec<Point>> {
    let mut pieces = Vec::new();
    let mut piece: Vec<Point> = Vec::new();
    let mut bucket = Bucket::default();
    for (x, y) in points {
        if !(x.is_finite() && y.is_finite()) {
            bucket.flush(&mut piece);
            if !piece.is_empty() {
                pieces.push(std::mem::take(&mut piece));
            }
            continue;
        }
        let index = (x / column).floor();
        if bucket.index != index {
            bucket.flush(&mut piece);
            bucket.index = index;
        }
        bucket.push((x, y));
    }
    bucket.flush(&mut piece);
    if !piece.is_empty() {
        pieces.push(piece);
    }
    pieces
}

/// Drops points outside `lo..hi` of x, but keeps the neighbours that a line needs to reach the edge. Dropped points
/// become a gap.
pub(super) fn cull(points: &[Point], lo: f64, hi: f64) -> impl Iterator<Item = Point> + '_ {
    let inside = move |p: &Point| p.0 >= lo && p.0 <= hi;
    let crosses = move |a: &Point, b: &Point| (a.0 < lo && b.0 > hi) || (a.0 > hi && b.0 < lo);
    points.iter().enumerate().map(move |(k, p)| {
        let near = |q: Option<&Point>| q.is_some_and(|q| inside(q) || crosses(p, q));
        let kept = inside(p) || near(k.checked_sub(1).and_then(|j| points.get(j))) || near(points.get(k + 1));
        if kept { *p } else { (f64::NAN, f64::NAN) }
    })
}

/// The points that fall into one column, in order.
struct Bucket {
    index: f64,
    seen: usize,
    first: Point,
    last: Point,
    low: (usize, Point),
    high: (usize, Point),
}

impl Default for Bucket {
    fn default() -> Self {
        let none = (0.0, 0.0);
        Bucket { index: f64::NAN, seen: 0, first: none, last: none, low: (0, none), high: (0, none) }
    }
}

impl Bucket {
    fn push(&mut self, p: Point) {
        if self.seen == 0 {
            (self.first, self.low, self.high) = (p, (0, p), (0, p));
        }
        if p.1 < self.low.1.1 {
            self.low = (self.seen, p);
        }
        if p.1 > self.high.1.1 {
            self.high = (self.seen, p);
        }
        self.last = p;
        self.seen += 1;
    }

    fn flush(&mut self, out: &mut Vec<Point>) {
        if self.seen > 0 {
            let (a, b) = if self.low.0 <= self.high.0 { (self.low, self.high) } else { (self.high, self.low) };
            out.push(self.first);
            for (k, p) in [a, b] {
                if k != 0 && k != self.seen - 1 {
                    out.push(p);
                }
            }
            if self.seen > 1 {
                out.push(self.last);
            }
        }
        *self = Bucket::default();
    }
}
