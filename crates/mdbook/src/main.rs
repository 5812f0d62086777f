//! `mdbook-podscope`: a preprocessor of mdBook. Fences that say `podscope` become `<pod-scope>` elements, and pages that have
//! one load the script.
//!
//! mdBook calls it twice: with `supports RENDERER`, which it answers by its exit code, and without arguments, with
//! `[context, book]` on its standard input; it prints the changed book.

mod book;
mod fence;

use std::io::{Read, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["supports", renderer] => ExitCode::from(u8::from(renderer != "html")),
        [] => match run() {
            Ok(()) => ExitCode::SUCCESS,
            Err(why) => {
                eprintln!("mdbook-podscope: {why}");
                ExitCode::FAILURE
            }
        },
        _ => {
            eprintln!("mdbook-podscope is run by mdBook: put [preprocessor.podscope] into book.toml");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<(), String> {
    let mut input = String::new();
    std::io::stdin().read_to_string(&mut input).map_err(|e| e.to_string())?;
    let book = book::process(&input)?;
    std::io::stdout().write_all(book.as_bytes()).map_err(|e| e.to_string())
}
