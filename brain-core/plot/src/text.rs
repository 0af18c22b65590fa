//! This module computes how wide a text is, so that labels get the room that they need.
//!
//! The advance widths are those of DejaVu Sans, the font of the PNG back end, in 2048ths of the size. The SVG asks for
//! the same font and falls back to Verdana, which has the same widths.

/// Advance widths of the printable ASCII characters from the space on.
#[rustfmt::skip]
const REGULAR: [u16; 95] = [
    651, 821, 942, 1716, 1303, 1946, 1597, 563, 799, 799, 1024, 1716, 651, 739, 651, 690, 1303, 1303, 1303,
    1303, 1303, 1303, 1303, 1303, 1303, 1303, 690, 690, 1716, 1716, 1716, 1087, 2048, 1401, 1405, 1430, 1577, 1294,
    1178, 1587, 1540, 604, 604, 1343, 1141, 1767, 1532, 1612, 1235, 1612, 1423, 1300, 1251, 1499, 1401, 2025, 1403,
    1251, 1403, 799, 690, 799, 1716, 1024, 1024, 1255, 1300, 1126, 1300, 1260, 721, 1300, 1298, 569, 569, 1186,
    569, 1995, 1298, 1253, 1300, 1300, 842, 1067, 803, 1298, 1212, 1675, 1212, 1212, 1075, 1303, 690, 1303, 1716,
];

/// Advance widths of the same characters in bold.
#[rustfmt::skip]
const BOLD: [u16; 95] = [
    713, 934, 1067, 1716, 1425, 2052, 1786, 627, 936, 936, 1071, 1716, 778, 850, 778, 748, 1425, 1425, 1425,
    1425, 1425, 1425, 1425, 1425, 1425, 1425, 819, 819, 1716, 1716, 1716, 1188, 2048, 1585, 1561, 1503, 1700, 1399,
    1399, 1681, 1714, 762, 762, 1587, 1305, 2038, 1714, 1741, 1501, 1741, 1577, 1475, 1397, 1663, 1585, 2259, 1579,
    1483, 1485, 936, 748, 936, 1716, 1024, 1024, 1382, 1466, 1214, 1466, 1389, 891, 1466, 1458, 702, 702, 1362,
    702, 2134, 1458, 1407, 1466, 1466, 1010, 1219, 979, 1458, 1335, 1892, 1321, 1335, 1192, 1458, 748, 1458, 1716,
];

/// Returns the width of a text in the unit of its size.
pub(super) fn width(text: &str, size: f64, bold: bool) -> f64 {
    let table = if bold { &BOLD } else { &REGULAR };
    let advance = |c: char| match c {
        ' '..='~' => table[c as usize - 32],
        '⁰'..='⁹' | '¹' | '²' | '³' => 900,
        '⁻' => 1081,
        '·' => 778,
        '–' => 1024,
        'α'..='ω' | 'µ' | '∂' => 1400,
        '−' | '×' | '±' => 1716,
        // No other character of a label is wider than the em dash and the ellipsis.
        _ => 2048,
    };
    text.chars().map(|c| f64::from(advance(c))).sum::<f64>() * size / 2048.0
}

/// Returns the text and the largest size not above `size` in which it fits `room`. Where that would be below `least`,
/// the text is cut short with an ellipsis.
pub(super) fn fit(text: &str, size: f64, least: f64, bold: bool, room: f64) -> (String, f64) {
    let wide = width(text, size, bold);
    if wide <= room {
        return (text.to_owned(), size);
    }
    // Sizes are whole tenths of a point, and a size that is rounded up would not fit.
    let smaller = (size * room / wide).floor();
    if smaller >= least {
        return (text.to_owned(), smaller);
    }
    let mut cut: Vec<char> = text.chars().collect();
    while cut.pop().is_some() {
        let short: String = cut.iter().collect::<String>().trim_end().to_owned() + "…";
        if width(&short, least, bold) <= room {
            return (short, least);
        }
    }
    (String::new(), least)
}

/// Puts the text on one line, or on two lines cut at a space where one does not fit; [`fit`] sizes each line.
pub(super) fn wrap(text: &str, size: f64, least: f64, room: f64) -> Vec<(String, f64)> {
    if text.is_empty() {
        return vec![];
    }
    let whole = width(text, size, false) <= room;
    // The last space before which the text fits.
    let cut = text.match_indices(' ').map(|m| m.0).take_while(|k| width(&text[..*k], size, false) <= room).last();
    match cut {
        Some(k) if !whole => [&text[..k], text[k..].trim_start()].map(|l| fit(l, size, least, false, room)).into(),
        _ => vec![fit(text, size, least, false, room)],
    }
}
