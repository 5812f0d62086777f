//! What is on disks: files that people wrote, and databases. A volume's outlives its pod.
//!
//! A disk is named after what it goes with: `volume/NAME` of a PersistentVolume, `UID/NAME` of a pod's own volume such as an
//! emptyDir, and `UID/CONTAINER/RESTARTS` of what a container writes elsewhere.

use crate::chunked::Chunked;
use crate::object::{Str, Uid};
use podscope_schema::sorted::SortedMap;
use std::rc::Rc;

/// All disks that something is on. Copied on write.
#[derive(Clone, Debug, Default)]
pub struct Disks(Rc<SortedMap<Str, Disk>>);

/// One disk.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    /// Texts by path.
    files: SortedMap<Str, Str>,
    /// How many bytes fit; 0 means any number.
    pub capacity: u64,
    /// The database on it.
    pub store: Option<Store>,
}

/// A database's files.
#[derive(Clone, Debug, Default)]
pub struct Store {
    /// The numbers of the writes, in their order.
    pub log: Chunked<u32>,
    /// Bytes before the first row.
    pub base: u64,
    /// Bytes of a row.
    pub row: u64,
    /// The process that wrote last.
    pub writer: Uid,
}

impl Store {
    /// Bytes of all of it.
    pub const fn bytes(&self) -> u64 {
        self.base + self.row * self.log.len() as u64
    }
}

impl Disk {
    /// Bytes that are used.
    pub fn used(&self) -> u64 {
        let files: usize = self.files.values().map(|text| text.len()).sum();
        files as u64 + self.store.as_ref().map_or(0, Store::bytes)
    }

    /// Whether so many more bytes fit.
    pub fn fits(&self, more: u64) -> bool {
        self.capacity == 0 || self.used() + more <= self.capacity
    }

    /// How many files people wrote.
    pub const fn files(&self) -> usize {
        self.files.len()
    }
}

impl Disks {
    /// The disk of this name, if anything was ever written on it.
    pub fn get(&self, disk: &str) -> Option<&Disk> {
        self.0.get(disk)
    }

    /// The disk of this name, to change.
    pub fn at(&mut self, disk: &str) -> &mut Disk {
        Rc::make_mut(&mut self.0).entry(disk.into()).or_default()
    }

    /// The database on a disk.
    pub fn store(&self, disk: &str) -> Option<&Store> {
        self.get(disk)?.store.as_ref()
    }

    /// The text of a file.
    pub fn read(&self, disk: &str, path: &str) -> Option<&str> {
        self.get(disk)?.files.get(path).map(|t| &**t)
    }

    /// Writes a file, or takes it away. False when no space is left.
    pub fn write(&mut self, disk: &str, path: &str, text: Option<&str>) -> bool {
        let disk = self.at(disk);
        let Some(text) = text else {
            disk.files.remove(path);
            return true;
        };
        let more = text.len().saturating_sub(disk.files.get(path).map_or(0, |t| t.len()));
        let fits = disk.fits(more as u64);
        if fits {
            disk.files.insert(path.into(), text.into());
        }
        fits
    }

    /// The paths of all files on a disk, sorted.
    pub fn paths<'a>(&'a self, disk: &'a str) -> impl Iterator<Item = &'a str> {
        self.get(disk).into_iter().flat_map(|d| d.files.keys()).map(|path| &**path)
    }

    /// Takes away all disks whose names begin so, and gives what was on them.
    pub fn forget(&mut self, prefix: &str) -> Vec<Disk> {
        let gone: Vec<Str> =
            self.0.iter_from(prefix).map(|(name, _)| name.clone()).take_while(|n| n.starts_with(prefix)).collect();
        if gone.is_empty() {
            return Vec::new();
        }
        let disks = Rc::make_mut(&mut self.0);
        gone.iter().filter_map(|name| disks.remove(name)).collect()
    }
}
