//! An [`Archive`] saves the state of a search or restores it, so that one list of its parts serves both.

use crate::checkpoint::{Array, Checkpoint, CheckpointError, Element};

type Result<T, E = CheckpointError> = std::result::Result<T, E>;

/// A checkpoint that is written to, or taken from, under names that begin with `search/`.
#[derive(Debug)]
pub struct Archive<'a> {
    checkpoint: &'a mut Checkpoint,
    restores: bool,
    prefix: String,
}

impl<'a> Archive<'a> {
    /// Makes an archive that saves.
    pub fn saving(checkpoint: &'a mut Checkpoint) -> Self {
        Self { checkpoint, restores: false, prefix: "search".into() }
    }

    /// Makes an archive that restores.
    pub fn restoring(checkpoint: &'a mut Checkpoint) -> Self {
        Self { checkpoint, restores: true, prefix: "search".into() }
    }

    /// Returns whether it restores.
    pub fn restores(&self) -> bool {
        self.restores
    }

    /// Returns the checkpoint, for a part that saves itself.
    pub fn checkpoint(&mut self) -> &mut Checkpoint {
        self.checkpoint
    }

    /// Archives a part whose names stand below `name`.
    pub fn part(&mut self, name: &str, archive: impl FnOnce(&mut Archive) -> Result<()>) -> Result<()> {
        let prefix = format!("{}/{name}", self.prefix);
        archive(&mut Archive { checkpoint: self.checkpoint, restores: self.restores, prefix })
    }

    /// Archives numbers, as many as there are.
    pub fn numbers(&mut self, name: &str, numbers: &mut Vec<f64>) -> Result<()> {
        self.array(name, numbers, |numbers| vec![numbers.len()])?;
        Ok(())
    }

    /// Archives a number.
    pub fn number(&mut self, name: &str, number: &mut f64) -> Result<()> {
        let mut numbers = vec![*number];
        self.array(name, &mut numbers, |_| vec![1])?;
        numbers.first().into_iter().for_each(|x| *number = *x);
        Ok(())
    }

    /// Archives a count.
    pub fn count(&mut self, name: &str, count: &mut usize) -> Result<()> {
        let mut counts = vec![*count as u64];
        self.array(name, &mut counts, |_| vec![1])?;
        counts.first().into_iter().for_each(|n| *count = *n as usize);
        Ok(())
    }

    /// Archives whether something holds.
    pub fn flag(&mut self, name: &str, flag: &mut bool) -> Result<()> {
        let mut count = usize::from(*flag);
        self.count(name, &mut count)?;
        *flag = count != 0;
        Ok(())
    }

    /// Archives places, `[place][coordinate]`.
    pub fn places(&mut self, name: &str, places: &mut Vec<Vec<f64>>) -> Result<()> {
        let mut flat = places.concat();
        let k = places.first().map_or(0, Vec::len);
        let shape = self.array(name, &mut flat, |_| vec![places.len(), k])?;
        if self.restores {
            *places = flat.chunks(shape.last().copied().unwrap_or(0).max(1)).map(<[f64]>::to_vec).collect();
        }
        Ok(())
    }

    /// Writes or takes an array, and returns its shape.
    fn array<T: Element + Clone>(
        &mut self,
        name: &str,
        values: &mut Vec<T>,
        shape: impl Fn(&[T]) -> Vec<usize>,
    ) -> Result<Vec<usize>>
    where
        crate::checkpoint::ArrayData: From<Vec<T>>,
    {
        let name = format!("{}/{name}", self.prefix);
        if !self.restores {
            let shape = shape(values);
            self.checkpoint.insert(name, Array::new(shape.clone(), values.clone())?);
            return Ok(shape);
        }
        let shape = self.checkpoint.get(&name).map(|array| array.shape().to_vec()).unwrap_or_default();
        *values = self.checkpoint.take(&name, &shape)?;
        Ok(shape)
    }
}
