//! The files that a config names.

use super::NetConfig;
use brain_core::output::OutputError;
use std::path::Path;

impl NetConfig {
    /// Makes the paths of a config absolute, from the folder of its file. Fails where there is no working folder.
    pub fn rebase(&mut self, base: &Path) -> Result<(), OutputError> {
        let matrix = [Some(&mut self.matrix.fln), self.matrix.distances.as_mut(), self.matrix.coordinates.as_mut()];
        let others = [
            Some(&mut self.edges.file),
            self.edges.neurons.as_mut(),
            Some(&mut self.sonata.config),
            Some(&mut self.probabilities.file),
            self.areas.sizes_file.as_mut(),
        ];
        let cells = self.neurons.values_mut().flat_map(|n| n.cells.iter_mut());
        let spikes = self.simulation.inputs.iter_mut().map(|i| &mut i.file);
        let masks = self.projections.iter_mut().filter_map(|p| p.mask.as_mut());
        let all = matrix.into_iter().chain(others).flatten().chain(cells).chain(spikes).chain(masks);
        for file in all.filter(|f| !f.as_os_str().is_empty()) {
            let whole = std::path::absolute(base.join(&*file));
            *file = whole.map_err(|cause| OutputError::Read { file: file.clone(), cause })?;
        }
        Ok(())
    }
}
