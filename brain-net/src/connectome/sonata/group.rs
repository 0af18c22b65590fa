//! This module reads the properties of nodes or edges. A property is that of the group, or that of the type where the
//! group lacks it.

use super::super::ConnectomeError;
use super::column::AttributeColumn;
use super::hdf5::File;
use super::types::Types;
use std::collections::BTreeMap;

/// Members (nodes or edges) of a population have types, groups and properties.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grouped {
    /// Each member has this type, `[member]`.
    pub type_ids: Vec<u64>,
    /// Each member is in this group, `[member]`.
    pub group_ids: Vec<u64>,
    /// Each member has this index in its group, `[member]`.
    pub group_indices: Vec<u64>,
    /// The members of each group have these properties by name; those of `dynamics_params` are named
    /// `dynamics_params/<name>`.
    pub groups: BTreeMap<u64, BTreeMap<String, AttributeColumn>>,
    /// The types have these properties.
    pub types: Types,
}

impl Grouped {
    /// Reads `<at>/{prefix}_type_id`, `_group_id`, `_group_index` and the groups.
    pub(super) fn read(file: &File, at: &str, prefix: &str, types: Types) -> Result<Self, ConnectomeError> {
        let (subgroups, sets) = file.members(at)?;
        let path = |name: &str| format!("{at}/{prefix}_{name}");
        let type_ids = file.ids(&path("type_id"))?;
        let n = type_ids.len();
        let has = |name: &str| sets.contains(&format!("{prefix}_{name}"));
        // Files may leave out both columns where there is one group.
        let group_ids = if has("group_id") { file.ids(&path("group_id"))? } else { vec![0; n] };
        let group_indices = match has("group_index") {
            true => file.ids(&path("group_index"))?,
            false => (0..n as u64).collect(),
        };
        for (name, len) in [("group_id", group_ids.len()), ("group_index", group_indices.len())] {
            if len != n {
                return Err(file.error(&path(name), format!("{len} rows, but {n} in {prefix}_type_id")));
            }
        }
        let mut groups = BTreeMap::new();
        for name in &subgroups {
            if let Ok(id) = name.parse::<u64>() {
                groups.insert(id, columns(file, &format!("{at}/{name}"))?);
            }
        }
        let mut all = Self { type_ids, group_ids, group_indices, groups, types };
        all.check(file, at, prefix)?;
        // A group without properties carries no information.
        all.groups.retain(|_, columns| !columns.is_empty());
        Ok(all)
    }

    fn check(&self, file: &File, at: &str, prefix: &str) -> Result<(), ConnectomeError> {
        let size = |group: &BTreeMap<String, AttributeColumn>| group.values().map(AttributeColumn::len).min();
        for (row, (&id, &index)) in self.group_ids.iter().zip(&self.group_indices).enumerate() {
            let Some(group) = self.groups.get(&id) else {
                // A population without properties may have no group.
                if self.groups.is_empty() {
                    break;
                }
                let problem = format!("row {row}: there is no group {id}");
                return Err(file.error(&format!("{at}/{prefix}_group_id"), problem));
            };
            if let Some(n) = size(group).filter(|n| index >= *n as u64) {
                let problem = format!("row {row}: place {index} in group {id}, which has {n} members");
                return Err(file.error(&format!("{at}/{prefix}_group_index"), problem));
            }
        }
        let unknown = |id: &&u64| !self.types.rows.is_empty() && !self.types.rows.contains_key(id);
        if let Some(row) = self.type_ids.iter().position(|id| unknown(&id)) {
            let problem =
                format!("row {row}: type {} is not in {}; add it there", self.type_ids[row], self.types.file.display());
            return Err(file.error(&format!("{at}/{prefix}_type_id"), problem));
        }
        Ok(())
    }

    /// Returns the number of members.
    pub fn len(&self) -> usize {
        self.type_ids.len()
    }

    /// Returns whether there are no members.
    pub fn is_empty(&self) -> bool {
        self.type_ids.is_empty()
    }

    /// Returns a property of a member as a number.
    pub fn number(&self, member: usize, name: &str) -> Option<f64> {
        let own = self.own(member, name).and_then(|(c, k)| c.number(k));
        own.or_else(|| self.types.text(self.type_ids[member], name)?.parse().ok())
    }

    /// Returns a property of a member as text.
    pub fn text(&self, member: usize, name: &str) -> Option<String> {
        let own = self.own(member, name).and_then(|(c, k)| c.text(k));
        own.or_else(|| self.types.text(self.type_ids[member], name).map(str::to_owned))
    }

    fn own(&self, member: usize, name: &str) -> Option<(&AttributeColumn, usize)> {
        let column = self.groups.get(&self.group_ids[member])?.get(name)?;
        Some((column, self.group_indices[member] as usize))
    }
}

fn columns(file: &File, at: &str) -> Result<BTreeMap<String, AttributeColumn>, ConnectomeError> {
    let (groups, sets) = file.members(at)?;
    let mut columns = BTreeMap::new();
    for name in sets {
        columns.insert(name.clone(), file.column(&format!("{at}/{name}"))?);
    }
    if groups.iter().any(|g| g == "dynamics_params") {
        let at = format!("{at}/dynamics_params");
        for name in file.members(&at)?.1 {
            columns.insert(format!("dynamics_params/{name}"), file.column(&format!("{at}/{name}"))?);
        }
    }
    Ok(columns)
}
