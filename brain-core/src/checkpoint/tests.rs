use super::*;
use candle_core::{Device, Tensor};

fn example() -> Checkpoint {
    let mut c = Checkpoint { history: vec![3.0, f64::NAN, 0.1 + 0.2], ..Default::default() };
    c.meta = Meta { config: "name: x\n".into(), step: 3, seed: u64::MAX, ..Default::default() };
    let field = FieldInfo { name: "tau".into(), unit: "ms".into(), low: Some(0.1), high: None };
    c.meta.models.push(ModelInfo {
        population: "cell".into(),
        model: "lif".into(),
        params: vec![field],
        ..Default::default()
    });
    c.insert("param/cell/tau", Array::new(vec![2, 1], vec![0.1 + 0.2, f64::INFINITY]).unwrap());
    c.insert("weight/ee", Array::new(vec![3], vec![1f32, -0.0, 1e-40]).unwrap());
    c.insert("edge/ee/pre", Array::new(vec![0], Vec::<u32>::new()).unwrap());
    c.insert("adam/step", Array::one(u64::MAX));
    c
}

fn bytes(c: &Checkpoint) -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("c.safetensors");
    c.save(&file).unwrap();
    std::fs::read(file).unwrap()
}

fn load(bytes: &[u8]) -> Result<Checkpoint, String> {
    Checkpoint::from_bytes(Path::new("c.safetensors"), bytes).map_err(|e| e.to_string())
}

#[test]
fn bits_survive() {
    let before = example();
    let mut after = load(&bytes(&before)).unwrap();
    assert_eq!(after.meta, before.meta);
    assert_eq!(after.meta.model("cell").unwrap().params[0].unit, "ms");
    let bits = |h: &[f64]| h.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&after.history), bits(&before.history));
    assert_eq!(bits(&after.take("param/cell/tau", &[2, 1]).unwrap()), bits(&[0.1 + 0.2, f64::INFINITY]));
    assert_eq!(after.take::<f32>("weight/ee", &[3]).unwrap()[1].to_bits(), (-0f32).to_bits());
    assert_eq!(after.take_one::<u64>("adam/step").unwrap(), u64::MAX);
    assert!(after.take::<u32>("edge/ee/pre", &[0]).unwrap().is_empty());
    after.finish().unwrap();
    assert_eq!(bytes(&before), bytes(&before), "one state, one file");
}

#[test]
fn every_cut_is_noticed() {
    let whole = bytes(&example());
    for end in 0..whole.len() {
        let message = load(&whole[..end]).unwrap_err();
        assert!(message.starts_with("c.safetensors is damaged") && message.contains("earlier checkpoint"), "{message}");
    }
}

#[test]
fn other_files_say_what_they_look_like() {
    for (bytes, what) in [
        (&b"name: x\nnetwork: {file: net.yaml}\n"[..], "text, such as a config"),
        (b"\x89HDF\r\n\x1a\n\0\0\0\0", "HDF5"),
        (b"PK\x03\x04\0\0\0\0\x08\x08\0\0", "an archive or a pickled module of PyTorch"),
        (&[0xff; 64], "data of another kind"),
    ] {
        let found = Checkpoint::from_bytes(Path::new("c.yaml"), bytes).unwrap_err();
        assert!(matches!(found, CheckpointError::NoSafetensors { what: w, .. } if w == what), "{found}");
    }
}

#[test]
fn wrong_tensors_are_named() {
    let mut c = load(&bytes(&example())).unwrap();
    let text = |e: CheckpointError| e.to_string();
    let message = text(c.take::<f64>("param/cell/ta", &[2, 1]).unwrap_err());
    assert!(message.contains("no tensor `param/cell/ta`, but `param/cell/tau`"), "{message}");
    let message = text(c.clone().take::<f64>("param/cell/tau", &[2]).unwrap_err());
    assert!(message.contains("c.safetensors: tensor `param/cell/tau` has shape [2, 1], expected [2]"), "{message}");
    let message = text(c.clone().take::<f32>("param/cell/tau", &[2, 1]).unwrap_err());
    assert!(message.contains("type F64, expected F32"), "{message}");
    assert_eq!(c.clone().take::<f64>("weight/ee", &[3]).unwrap()[0], 1.0, "f32 widens");
    c.ignore("adam/");
    c.ignore("edge/");
    let message = text(c.finish().unwrap_err());
    assert!(message.contains("unknown tensor `param/cell/tau` of shape [2, 1] (and 1 more)"), "{message}");
    assert!(Array::new(vec![2], vec![1.0]).is_err());
}

#[test]
fn foreign_and_newer_files_are_refused() {
    let plain = safetensors::serialize([("a", &Array::one(1.0))], None).unwrap();
    assert!(load(&plain).unwrap_err().contains("not a checkpoint of this program"));
    let info = HashMap::from([(KEY.to_owned(), r#"{"format":99}"#.to_owned())]);
    let newer = safetensors::serialize([("a", &Array::one(1.0))], Some(info)).unwrap();
    assert!(load(&newer).unwrap_err().contains("format version 99"), "before anything else is looked at");
}

#[test]
fn candle_tensors() {
    for tensor in [
        Tensor::new(&[[1f32, 2.0], [3.0, 4.0]], &Device::Cpu).unwrap().t().unwrap(),
        Tensor::new(&[[1f64], [2.0]], &Device::Cpu).unwrap(),
    ] {
        let array = Array::from_tensor(&tensor).unwrap();
        assert_eq!(array.shape(), tensor.dims());
        let back = array.to_tensor(&Device::Cpu).unwrap();
        assert_eq!(format!("{back}"), format!("{tensor}"));
    }
    assert!(Array::from_tensor(&Tensor::new(&[1u8], &Device::Cpu).unwrap()).is_err());
    assert!(Array::one(1u64).to_tensor(&Device::Cpu).is_err());
}

/// Files of every version stay readable; version 1 wrote this one.
#[test]
fn version_1_loads() {
    let mut c = load(include_bytes!("../../tests/data/checkpoint-v1.safetensors")).unwrap();
    assert_eq!(c.meta, example().meta);
    assert_eq!((c.history[0], c.history[2]), (3.0, 0.1 + 0.2));
    assert_eq!(c.take::<f64>("param/cell/tau", &[2, 1]).unwrap(), [0.1 + 0.2, f64::INFINITY]);
    assert_eq!(c.take::<f32>("weight/ee", &[3]).unwrap(), [1.0, -0.0, 1e-40]);
    assert!(c.take::<u32>("edge/ee/pre", &[0]).unwrap().is_empty());
    assert_eq!(c.take_one::<u64>("adam/step").unwrap(), u64::MAX);
    c.finish().unwrap();
}

#[test]
fn variables_come_out_by_name_and_what_is_wrong_keeps_its_kind() {
    let cpu = Device::Cpu;
    let mut c = load(&bytes(&example())).unwrap();
    let taken = c.load_vars(candle_core::DType::F64, &cpu, |vars| {
        assert!(vars.contains_tensor("weight/ee") && !vars.contains_tensor("weight/ei"));
        Ok((vars.get(3, "weight/ee")?, vars.get_unchecked("param/cell/tau")?))
    });
    let (weights, tau) = taken.unwrap();
    assert_eq!(weights.to_vec1::<f64>().unwrap(), [1.0, -0.0, f64::from(1e-40f32)]);
    assert_eq!((tau.dims(), tau.get(0).unwrap().to_vec1::<f64>().unwrap()), (&[2, 1][..], vec![0.1 + 0.2]));
    assert_eq!(c.names().collect::<Vec<_>>(), ["adam/step", "edge/ee/pre"], "what was taken is gone");

    let take = |dtype, shape: &[usize], name: &str| {
        let mut c = load(&bytes(&example())).unwrap();
        c.load_vars(dtype, &cpu, |vars| vars.get(shape, name)).unwrap_err()
    };
    let single = candle_core::DType::F32;
    assert!(matches!(take(single, &[2, 1], "param/cell/tau"), CheckpointError::Kind { found: "F64", .. }));
    assert!(matches!(take(single, &[2], "weight/ee"), CheckpointError::Shape { .. }));
    assert!(matches!(take(single, &[3], "weight/e"), CheckpointError::Missing { .. }));
    assert!(matches!(take(candle_core::DType::U8, &[3], "weight/ee"), CheckpointError::Candle { .. }));
    // A failure that is not the checkpoint's.
    let other = c.load_vars(single, &cpu, |_| candle_core::bail!("no such module") as candle_core::Result<()>);
    assert!(matches!(other, Err(CheckpointError::Candle { cause }) if cause == "no such module"));
}
