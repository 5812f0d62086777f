//! Serves `dist/` on loopback, with the headers that the page is meant to work under.

use crate::build;
use crate::shell::root;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Component, Path};

/// The policy that the page promises to work under.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; \
    connect-src 'self'; font-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'";

/// Runs the command.
pub fn main(args: &[String]) -> Result<(), String> {
    let value = |name: &str| args.iter().position(|a| a == name).and_then(|i| args.get(i + 1));
    let port: u16 = value("--port").map_or(Ok(8080), |p| p.parse()).map_err(|e| format!("--port: {e}"))?;
    let folder = value("--dir").map_or_else(|| root().join("dist"), |d| root().join(d));
    if !args.iter().any(|a| a == "--no-build") {
        build::all()?;
    }
    let listener = TcpListener::bind(("127.0.0.1", port)).map_err(|e| format!("port {port}: {e} (try --port)"))?;
    let address = listener.local_addr().map_err(|e| e.to_string())?;
    println!("Podscope is at http://{address}/ (Ctrl-C stops it)");
    for stream in listener.incoming().flatten() {
        let folder = folder.clone();
        // One thread a request: this serves one person, or one test.
        std::thread::spawn(move || _ = answer(stream, &folder));
    }
    Ok(())
}

fn answer(stream: TcpStream, folder: &Path) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?).take(64 * 1024);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut header = String::new();
    while reader.read_line(&mut header)? > 2 {
        header.clear();
    }
    let path = line.split(' ').nth(1).unwrap_or("/").split(['?', '#']).next().unwrap_or("/");
    let relative = Path::new(path.trim_start_matches('/'));
    // Nothing above the folder.
    let safe = relative.components().all(|c| matches!(c, Component::Normal(_)));
    let mut file = folder.join(relative);
    if path.ends_with('/') {
        file = file.join("index.html");
    }
    let (status, body) = match safe.then(|| std::fs::read(&file)) {
        Some(Ok(body)) => ("200 OK", body),
        _ => ("404 Not Found", b"not found\n".to_vec()),
    };
    let mime = mime(&file);
    // Modules in a sandboxed frame are asked for from elsewhere; pages are nobody else's to read.
    let open = if mime.starts_with("text/html") { "" } else { "Access-Control-Allow-Origin: *\r\n" };
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {}\r\nContent-Length: {}\r\nContent-Security-Policy: {POLICY}\r\n{open}X-Content-Type-Options: nosniff\r\nCache-Control: no-cache\r\nConnection: close\r\n\r\n",
        mime,
        body.len()
    )?;
    stream.write_all(&body)
}

fn mime(file: &Path) -> &'static str {
    match file.extension().and_then(|e| e.to_str()).unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "yaml" | "txt" | "md" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
