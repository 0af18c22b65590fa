//! Two Igor waves make a sweep: which files belong together, and which is the current.

use std::path::{Path, PathBuf};

use super::ibw::{self, Wave};
use super::unit::tidy;
use super::{Channel, Declaration, Measurand, Reader, RecordingError, Sweep, SweepFiles, Units, check, clamp, stem};

pub(super) const READER: Reader = Reader {
    name: "Igor binary waves",
    recognises: |path, head| {
        ibw::version(head).is_some() || path.extension().is_some_and(|ext| ext.eq_ignore_ascii_case("ibw"))
    },
    group,
    read: |files, declared| Ok(vec![read(files, declared)?]),
};

/// Declared pairs first; the other files by the name that is left when the channel tag is taken out.
fn group(files: &[PathBuf], declared: &Declaration) -> Vec<Vec<PathBuf>> {
    let mut groups: Vec<(String, Vec<PathBuf>)> = Vec::new();
    for file in files {
        let key = match declared.waves.pairs.iter().position(|pair| names(pair, file)) {
            Some(pair) => format!("pair {pair}"),
            None => untagged(file),
        };
        match groups.iter_mut().find(|(other, _)| *other == key) {
            Some((_, group)) => group.push(file.clone()),
            None => groups.push((key, vec![file.clone()])),
        }
    }
    groups.into_iter().map(|(_, files)| files).collect()
}

fn names(pair: &SweepFiles, file: &Path) -> bool {
    file.ends_with(&pair.current) || file.ends_with(&pair.voltage)
}

/// The part of a file name such as `Ch0`.
fn tag(file: &Path) -> Option<String> {
    let is_tag = |part: &&str| {
        let lower = part.to_lowercase();
        lower.strip_prefix("ch").is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
    };
    stem(file).split('_').find(is_tag).map(str::to_string)
}

/// The path without its channel tag.
fn untagged(file: &Path) -> String {
    let name = stem(file);
    let tag = tag(file).unwrap_or_default();
    let kept: Vec<&str> = name.split('_').filter(|part| *part != tag).collect();
    file.with_file_name(kept.join("_")).to_string_lossy().into_owned()
}

/// `181` of `B6_Ch0_IDRest_181`; the whole name without its tag when it does not end in a number.
fn id(file: &Path, declared: &Declaration) -> String {
    let pair = declared.waves.pairs.iter().find(|pair| names(pair, file));
    if let Some(id) = pair.and_then(|pair| pair.id.clone()) {
        return id;
    }
    let name = stem(Path::new(&format!("{}.ibw", untagged(file))));
    let number = name.rsplit('_').next().filter(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    number.map_or(name.clone(), str::to_string)
}

fn read(files: &[PathBuf], declared: &Declaration) -> Result<Sweep, RecordingError> {
    let waves = files.iter().map(|file| Wave::read(file)).collect::<Result<Vec<_>, _>>()?;
    let (current, voltage) = match (files, &waves[..]) {
        ([_, _], [first, second]) => match roles(files, [first, second], declared)? {
            Measurand::Current => (0, 1),
            _ => (1, 0),
        },
        ([file], [wave]) => return Err(alone(file, wave)),
        _ => {
            let list = files.iter().map(|file| stem(file)).collect::<Vec<_>>().join(", ");
            let what = format!(
                "{} waves have the same name apart from the channel ({list}); declare `waves: pairs`",
                files.len()
            );
            return Err(pairing(&files[0], what));
        }
    };
    let scaled = |at: usize, quantity, channel| scaled(&files[at], &waves[at], quantity, channel);
    let (current_pa, current_unit) = scaled(current, Measurand::Current, &declared.waves.current)?;
    let (voltage_mv, voltage_unit) = scaled(voltage, Measurand::Voltage, &declared.waves.voltage)?;
    let dt = |at: usize| interval(&files[at], &waves[at], declared);
    let ((dt_ms, time_unit), (other_dt_ms, _)) = (dt(current)?, dt(voltage)?);
    if dt_ms != other_dt_ms || current_pa.len() != voltage_mv.len() {
        let what = format!(
            "{} samples every {dt_ms} ms, but {} in `{}` every {other_dt_ms} ms: not channels of one sweep",
            current_pa.len(),
            voltage_mv.len(),
            files[voltage].display()
        );
        return Err(pairing(&files[current], what));
    }
    let evidence = waves.iter().find_map(|wave| clamp::in_words(&wave.note));
    let (clamp, clamp_reason) = clamp::judge(declared, evidence, &current_pa, Some(&voltage_mv));
    let notes = [voltage, current].map(|at| (&waves[at].name, &waves[at].note));
    let sweep = Sweep {
        id: id(&files[voltage], declared),
        file: files[voltage].clone(),
        dt_ms,
        current_pa,
        voltage_mv: Some(voltage_mv),
        clamp,
        clamp_reason,
        units: Units { time: time_unit, current: current_unit, voltage: Some(voltage_unit) },
        notes: notes
            .iter()
            .filter(|(_, note)| !note.is_empty())
            .map(|(name, note)| format!("{name}: {note}"))
            .collect(),
    };
    check::sweep(&sweep)?;
    Ok(sweep)
}

fn pairing(file: &Path, what: String) -> RecordingError {
    RecordingError::Pairing { file: file.to_path_buf(), what }
}

fn alone(file: &Path, wave: &Wave) -> RecordingError {
    let what = match Measurand::of_unit(&wave.unit) {
        Some(Measurand::Voltage) => "a voltage without its current",
        Some(Measurand::Current) => "a current without its voltage",
        _ => "one wave without the other of its sweep",
    };
    let partners = file.parent().and_then(|folder| std::fs::read_dir(folder).ok()).into_iter().flatten().flatten();
    let mut partners: Vec<_> = partners
        .map(|entry| entry.path())
        .filter(|other| other.file_name() != file.file_name() && untagged(other) == untagged(file))
        .collect();
    partners.sort();
    let remedy = match partners.first() {
        Some(partner) => format!("give `{}` too", partner.display()),
        None => "give the other file too: named alike but for `_Ch0_`, or listed in `waves: pairs`".to_string(),
    };
    pairing(file, format!("{what}; {remedy}"))
}

/// What the first of two waves is: by its unit, by the declared pair, by the declared channel tag.
fn roles(files: &[PathBuf], waves: [&Wave; 2], declared: &Declaration) -> Result<Measurand, RecordingError> {
    let known = [0, 1].map(|at| known(&files[at], waves[at], declared));
    match known {
        [Some(first), Some(second)] if first == second => Err(pairing(&files[0], both(first, &files[1]))),
        [Some(Measurand::Current), _] | [None, Some(Measurand::Voltage)] => Ok(Measurand::Current),
        [Some(Measurand::Voltage), _] | [None, Some(Measurand::Current)] => Ok(Measurand::Voltage),
        _ => Err(pairing(
            &files[0],
            "neither this wave nor its partner has a unit; declare `waves: {current: {tag: Ch0, unit: pA}, voltage: {tag: Ch3, unit: mV}}`"
                .into(),
        )),
    }
}

fn both(quantity: Measurand, other: &Path) -> String {
    let other = other.display();
    match quantity {
        Measurand::Voltage => format!(
            "this wave and `{other}` are both voltages: a command and a potential. If the command drove a voltage clamp, \
             the current response is missing and no neuron can be fitted; give the wave in pA or A"
        ),
        _ => format!("this wave and `{other}` are both a {quantity}; give one current and one voltage"),
    }
}

fn known(file: &Path, wave: &Wave, declared: &Declaration) -> Option<Measurand> {
    let by_unit = Measurand::of_unit(&wave.unit).filter(|quantity| *quantity != Measurand::Time);
    let by_pair = || {
        let pair = declared.waves.pairs.iter().find(|pair| names(pair, file))?;
        Some(if file.ends_with(&pair.current) { Measurand::Current } else { Measurand::Voltage })
    };
    let tag = tag(file);
    let is = |channel: &Channel| tag.is_some() && channel.tag == tag;
    let by_tag = || match (is(&declared.waves.current), is(&declared.waves.voltage)) {
        (true, false) => Some(Measurand::Current),
        (false, true) => Some(Measurand::Voltage),
        _ => None,
    };
    by_unit.or_else(by_pair).or_else(by_tag)
}

/// Samples in pA or mV, and the unit they were in.
fn scaled(
    file: &Path,
    wave: &Wave,
    quantity: Measurand,
    channel: &Channel,
) -> Result<(Vec<f64>, String), RecordingError> {
    let wrong = |found| RecordingError::Unit { file: file.to_path_buf(), quantity, of: wave.name.clone(), found };
    let unit = match (wave.unit.as_str(), channel.unit.as_deref()) {
        ("", None) => return Err(wrong("the wave has no unit and none is declared".into())),
        ("", Some(declared)) => declared,
        (header, Some(declared)) if header != declared => {
            return Err(wrong(format!("`{declared}` is declared where the wave says `{header}`")));
        }
        (header, _) => header,
    };
    let factor = quantity.factor(unit).ok_or_else(|| wrong(quantity.refuse(unit)))?;
    Ok((wave.samples.iter().map(|sample| sample * factor).collect(), unit.to_string()))
}

/// The sampling interval in ms, and the unit it was in; Igor's usual unit is the second.
fn interval(file: &Path, wave: &Wave, declared: &Declaration) -> Result<(f64, String), RecordingError> {
    let unit = match wave.time_unit.as_str() {
        "" => declared.waves.time_unit.as_deref().unwrap_or("s"),
        unit => unit,
    };
    let factor = Measurand::Time.factor(unit).ok_or_else(|| RecordingError::Unit {
        file: file.to_path_buf(),
        quantity: Measurand::Time,
        of: wave.name.clone(),
        found: Measurand::Time.refuse(unit),
    })?;
    Ok((tidy(wave.interval * factor), unit.to_string()))
}
