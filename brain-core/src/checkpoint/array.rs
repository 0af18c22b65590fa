//! An [`Array`] holds numbers with a shape, as a checkpoint stores them.

use super::CheckpointError;
use candle_core::{DType, Device, Tensor};
use safetensors::tensor::{Dtype, TensorView, View};
use std::borrow::Cow;

/// A row-major array.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    shape: Vec<usize>,
    data: ArrayData,
}

/// Numbers of one of the stored types.
#[derive(Clone, Debug, PartialEq)]
pub enum ArrayData {
    /// Single precision.
    F32(Vec<f32>),
    /// Double precision.
    F64(Vec<f64>),
    /// Indices.
    U32(Vec<u32>),
    /// Counters.
    U64(Vec<u64>),
}

/// A type of number that is stored.
pub trait Element: Sized {
    /// Name of the type, as errors write it.
    const KIND: &'static str;
    /// Returns the numbers, if they are of this type or convert to it without loss.
    fn from_data(data: ArrayData) -> Option<Vec<Self>>;
}

macro_rules! elements {
    ($($t:ty, $variant:ident, $($from:pat => $to:expr)?;)*) => {
        $(
            impl Element for $t {
                const KIND: &'static str = stringify!($variant);
                fn from_data(data: ArrayData) -> Option<Vec<Self>> {
                    match data {
                        ArrayData::$variant(x) => Some(x),
                        $($from => Some($to),)?
                        _ => None,
                    }
                }
            }

            impl From<Vec<$t>> for ArrayData {
                fn from(x: Vec<$t>) -> Self {
                    Self::$variant(x)
                }
            }
        )*

        impl ArrayData {
            /// Returns how many numbers there are.
            pub fn len(&self) -> usize {
                match self { $(Self::$variant(x) => x.len(),)* }
            }

            /// Returns whether there are no numbers.
            pub fn is_empty(&self) -> bool {
                self.len() == 0
            }

            /// Returns the name of the type.
            pub fn kind(&self) -> &'static str {
                match self { $(Self::$variant(_) => stringify!($variant),)* }
            }

            fn dtype(&self) -> Dtype {
                match self { $(Self::$variant(_) => Dtype::$variant,)* }
            }

            fn bytes(&self) -> Vec<u8> {
                match self { $(Self::$variant(x) => x.iter().flat_map(|x| x.to_le_bytes()).collect(),)* }
            }

            fn from_bytes(dtype: Dtype, bytes: &[u8]) -> Option<Self> {
                match dtype {
                    $(Dtype::$variant => {
                        let (items, _) = bytes.as_chunks::<{ size_of::<$t>() }>();
                        Some(Self::$variant(items.iter().map(|b| <$t>::from_le_bytes(*b)).collect()))
                    })*
                    _ => None,
                }
            }
        }
    };
}

elements! {
    f32, F32, ;
    f64, F64, ArrayData::F32(x) => x.into_iter().map(f64::from).collect();
    u32, U32, ;
    u64, U64, ;
}

impl Array {
    /// Makes an array; it fails unless there are as many numbers as the shape says.
    pub fn new(shape: Vec<usize>, data: impl Into<ArrayData>) -> Result<Self, CheckpointError> {
        let data = data.into();
        if shape.iter().product::<usize>() != data.len() {
            return Err(CheckpointError::Count { values: data.len(), shape });
        }
        Ok(Self { shape, data })
    }

    /// Makes an array of a single number, of shape `[1]`.
    pub fn one<T>(x: T) -> Self
    where
        ArrayData: From<Vec<T>>,
    {
        Self { shape: vec![1], data: vec![x].into() }
    }

    /// Returns the shape.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Returns the numbers.
    pub fn data(&self) -> &ArrayData {
        &self.data
    }

    /// Returns the numbers.
    pub fn into_data(self) -> ArrayData {
        self.data
    }

    /// Copies a candle tensor from its device; it must be of type f32, f64 or u32.
    pub fn from_tensor(tensor: &Tensor) -> Result<Self, CheckpointError> {
        let copy = || -> candle_core::Result<ArrayData> {
            let flat = tensor.flatten_all()?;
            Ok(match flat.dtype() {
                DType::F32 => ArrayData::F32(flat.to_vec1()?),
                DType::F64 => ArrayData::F64(flat.to_vec1()?),
                DType::U32 => ArrayData::U32(flat.to_vec1()?),
                other => candle_core::bail!("type {other:?} is not stored"),
            })
        };
        let data = copy().map_err(CheckpointError::candle)?;
        Ok(Self { shape: tensor.dims().into(), data })
    }

    /// Copies the numbers to a candle tensor on a device; it fails for U64, which candle does not have.
    pub fn to_tensor(&self, device: &Device) -> Result<Tensor, CheckpointError> {
        let shape = self.shape.as_slice();
        match &self.data {
            ArrayData::F32(x) => Tensor::from_slice(x, shape, device),
            ArrayData::F64(x) => Tensor::from_slice(x, shape, device),
            ArrayData::U32(x) => Tensor::from_slice(x, shape, device),
            ArrayData::U64(_) => Err(candle_core::Error::msg("candle has no unsigned 64-bit type")),
        }
        .map_err(CheckpointError::candle)
    }

    pub(super) fn from_view(view: &TensorView) -> Option<Self> {
        Some(Self { shape: view.shape().into(), data: ArrayData::from_bytes(view.dtype(), view.data())? })
    }
}

impl View for &Array {
    fn dtype(&self) -> Dtype {
        self.data.dtype()
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        self.data.bytes().into()
    }

    fn data_len(&self) -> usize {
        self.data.len() * self.data.dtype().bitsize() / 8
    }
}
