//! Files that people wrote on volumes and into containers: what shows that a volume outlives its pod.

use crate::object::Str;
use podscope_schema::sorted::SortedMap;
use std::rc::Rc;

/// Files by disk and path. Copied on write.
#[derive(Clone, Debug, Default)]
pub struct Disks(Rc<SortedMap<(Str, Str), Str>>);

impl Disks {
    /// The text of a file.
    pub fn read(&self, disk: &str, path: &str) -> Option<&str> {
        self.0.get(&(disk.into(), path.into())).map(|t| &**t)
    }

    /// Writes a file, or takes it away.
    pub fn write(&mut self, disk: &str, path: &str, text: Option<&str>) {
        let key = (Str::from(disk), Str::from(path));
        let files = Rc::make_mut(&mut self.0);
        match text {
            Some(text) => _ = files.insert(key, text.into()),
            None => _ = files.remove(&key),
        }
    }

    /// The paths of all files on a disk, sorted.
    pub fn paths<'a>(&'a self, disk: &'a str) -> impl Iterator<Item = &'a str> {
        let from = (Str::from(disk), Str::default());
        self.0.iter_from(&from).take_while(move |((d, _), _)| **d == *disk).map(|((_, path), _)| &**path)
    }
}
