//! Short names between a WebAssembly module and its script. wasm-bindgen writes a hash into the name of each function that
//! a module imports; no compressor can make a hash smaller, and each stands twice in what a page loads.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The numbers of sections in a module's binary format.
const IMPORTS: u8 = 2;
const EXPORTS: u8 = 7;

/// Gives what `script` and `wasm` share short names, in both files.
pub fn shorten(script: &Path, wasm: &Path) -> Result<(), String> {
    let at = |e: std::io::Error| format!("{}: {e}", wasm.display());
    let module = fs::read(wasm).map_err(at)?;
    let text = fs::read_to_string(script).map_err(|e| format!("{}: {e}", script.display()))?;
    let mut names = Names::default();
    let module = rewritten(&module, &mut names).ok_or_else(|| format!("{}: not a module", wasm.display()))?;
    fs::write(wasm, module).map_err(at)?;
    fs::write(script, names.replace(&text)).map_err(|e| format!("{}: {e}", script.display()))
}

/// The short name of each long one.
#[derive(Default)]
struct Names(BTreeMap<String, String>);

impl Names {
    /// The name to use: another one for those that wasm-bindgen made up.
    fn of(&mut self, name: &[u8]) -> Vec<u8> {
        let made_up = |n: &&str| (n.starts_with("__wb") || n.starts_with("wasm_bindgen__")) && is_hashed(n);
        let Some(text) = std::str::from_utf8(name).ok().filter(made_up) else { return name.into() };
        let next = self.0.len();
        self.0.entry(text.to_owned()).or_insert_with(|| short(next)).clone().into_bytes()
    }

    /// The script with each of these names in short.
    fn replace(&self, text: &str) -> String {
        let part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find(part) {
            let (before, word) = rest.split_at(start);
            let end = word.find(|c| !part(c)).unwrap_or(word.len());
            let (word, after) = word.split_at(end);
            out.push_str(before);
            out.push_str(self.0.get(word).map_or(word, |s| s));
            rest = after;
        }
        out + rest
    }
}

/// Whether a hash ends a name.
fn is_hashed(name: &str) -> bool {
    let tail = name.rsplit('_').next().unwrap_or_default();
    let tail = tail.strip_prefix('h').unwrap_or(tail);
    tail.len() == 16 && tail.bytes().all(|b| b.is_ascii_hexdigit())
}

/// `$a` to `$z`, `$aa` and so on: nothing else that the two share begins with a dollar.
fn short(mut n: usize) -> String {
    let mut letters = Vec::new();
    loop {
        letters.push(b'a' + (n % 26) as u8);
        n /= 26;
        if n == 0 {
            break;
        }
        n -= 1;
    }
    letters.reverse();
    format!("${}", String::from_utf8_lossy(&letters))
}

/// The module with other names for what it imports and exports. Nothing, if it is none.
fn rewritten(module: &[u8], names: &mut Names) -> Option<Vec<u8>> {
    let (head, mut rest) = module.split_at_checked(8)?;
    let mut out = head.to_vec();
    while let Some((&id, after)) = rest.split_first() {
        let mut reader = Reader(after);
        let size = reader.number()?;
        let body = reader.take(size)?;
        rest = reader.0;
        let body = match id {
            IMPORTS => entries(body, |r, out| {
                put(out, r.name()?);
                put(out, &names.of(r.name()?));
                out.extend(r.described()?);
                Some(())
            })?,
            EXPORTS => entries(body, |r, out| {
                put(out, &names.of(r.name()?));
                let whole = r.0;
                r.take(1)?;
                r.number()?;
                out.extend(&whole[..whole.len() - r.0.len()]);
                Some(())
            })?,
            _ => body.to_vec(),
        };
        out.push(id);
        put(&mut out, &body);
    }
    Some(out)
}

/// A section's entries, each read and written by `one`.
fn entries(body: &[u8], mut one: impl FnMut(&mut Reader<'_>, &mut Vec<u8>) -> Option<()>) -> Option<Vec<u8>> {
    let mut reader = Reader(body);
    let count = reader.number()?;
    let mut out = Vec::with_capacity(body.len());
    number(&mut out, count);
    for _ in 0..count {
        one(&mut reader, &mut out)?;
    }
    reader.0.is_empty().then_some(out)
}

/// Appends bytes after their number, as the format has names and sections.
fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    number(out, bytes.len());
    out.extend(bytes);
}

/// Appends a number as LEB128.
fn number(out: &mut Vec<u8>, mut n: usize) {
    while n >= 0x80 {
        out.push((n & 0x7f) as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<usize> {
        let mut n = 0;
        for shift in (0..35).step_by(7) {
            let byte = *self.take(1)?.first()?;
            n |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(n);
            }
        }
        None
    }

    fn name(&mut self) -> Option<&'a [u8]> {
        let length = self.number()?;
        self.take(length)
    }

    /// What is imported: a function, table, memory, global or tag, as its bytes.
    fn described(&mut self) -> Option<&'a [u8]> {
        let whole = self.0;
        let limits = |r: &mut Self| {
            let flags = r.number()?;
            r.number()?;
            if flags & 1 == 1 { r.number().map(|_| ()) } else { Some(()) }
        };
        match *self.take(1)?.first()? {
            0 => _ = self.number()?,
            1 => {
                self.take(1)?;
                limits(self)?;
            }
            2 => limits(self)?,
            3 => _ = self.take(2)?,
            4 => {
                self.take(1)?;
                self.number()?;
            }
            _ => return None,
        }
        Some(&whole[..whole.len() - self.0.len()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module that imports a function and a memory, and exports the function under two names.
    fn module() -> Vec<u8> {
        let mut out = b"\0asm\x01\0\0\0".to_vec();
        out.extend([1, 4, 1, 0x60, 0, 0]);
        let mut imports = vec![2];
        for (name, what) in [("__wbg_now_0123456789abcdef", &[0u8, 0][..]), ("memory", &[2, 1, 1, 2])] {
            put(&mut imports, b"./m_bg.js");
            put(&mut imports, name.as_bytes());
            imports.extend(what);
        }
        out.push(IMPORTS);
        put(&mut out, &imports);
        let mut exports = vec![2];
        for name in ["wasm_bindgen__closure__h00112233445566ff", "player_new"] {
            put(&mut exports, name.as_bytes());
            exports.extend([0, 0]);
        }
        out.push(EXPORTS);
        put(&mut out, &exports);
        out
    }

    #[test]
    fn hashed_names_get_short_in_module_and_script() {
        let mut names = Names::default();
        let out = rewritten(&module(), &mut names).unwrap();
        let text = String::from_utf8_lossy(&out).into_owned();
        assert!(!text.contains("0123456789abcdef") && !text.contains("__closure"), "{text:?}");
        assert!(text.contains("memory") && text.contains("player_new") && text.contains("./m_bg.js"));
        let script = "({__wbg_now_0123456789abcdef:f});w.wasm_bindgen__closure__h00112233445566ff();w.player_new()";
        assert_eq!(names.replace(script), "({$a:f});w.$b();w.player_new()");
        // What is short stays as it is.
        let again = rewritten(&out, &mut Names::default()).unwrap();
        assert_eq!(again, out);
    }

    #[test]
    fn what_is_no_module_is_refused() {
        let whole = module();
        for end in [0, 7, 12, whole.len() - 1] {
            assert!(rewritten(&whole[..end], &mut Names::default()).is_none(), "{end}");
        }
    }

    #[test]
    fn short_names_are_all_different() {
        let all: std::collections::BTreeSet<_> = (0..2000).map(short).collect();
        assert_eq!(
            (all.len(), short(0), short(25), short(26), short(701), short(702)),
            (2000, "$a".into(), "$z".into(), "$aa".into(), "$zz".into(), "$aaa".into())
        );
    }
}
