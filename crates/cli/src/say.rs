//! Standard output that may be a pipe which is closed before all was said, as by `head`.

use std::io::{ErrorKind, Write as _};

/// Prints text. Ends the program, as the signal would, when nobody reads any more.
pub fn text(text: &str) {
    if let Err(error) = std::io::stdout().write_all(text.as_bytes()) {
        let code = if error.kind() == ErrorKind::BrokenPipe { 141 } else { 1 };
        std::process::exit(code);
    }
}

/// Prints a line, as `println!` does.
macro_rules! line {
    ($($part:tt)*) => {
        $crate::say::text(&(format!($($part)*) + "\n"))
    };
}
pub(crate) use line;
