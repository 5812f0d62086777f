// Serves a folder as a plain web server does, without headers that sites do not get by themselves.
import { readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";

const TYPES = {
  ".css": "text/css", ".html": "text/html; charset=utf-8", ".ico": "image/x-icon", ".js": "text/javascript", ".json": "application/json", ".mjs": "text/javascript",
  ".png": "image/png", ".svg": "image/svg+xml", ".txt": "text/plain", ".wasm": "application/wasm", ".woff2": "font/woff2", ".xml": "text/xml",
};
const isFolder = (path) => statSync(path, { throwIfNoEntry: false })?.isDirectory();

/** Serves it on a free port; gives its address, which ends in a slash, and how to end it. */
export async function serve(folder) {
  const server = createServer((request, response) => {
    // What `URL` has read has no `..` left in it.
    const path = decodeURIComponent(new URL(request.url, "http://localhost").pathname);
    // Browsers ask for it by themselves.
    if (path === "/favicon.ico") return response.writeHead(204).end();
    let file = join(folder, path);
    if (isFolder(file)) {
      if (!path.endsWith("/")) return response.writeHead(301, { location: `${path}/` }).end();
      file = join(file, "index.html");
    }
    let body;
    try {
      body = readFileSync(file);
    } catch {
      return response.writeHead(404, { "content-type": "text/plain" }).end("not found\n");
    }
    // A site is built for one address, and this is where it is now.
    if (path.endsWith("/sitemap.xml")) body = body.toString().replaceAll("http://localhost/", `http://${request.headers.host}/`);
    response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" }).end(body);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return { address: `http://127.0.0.1:${server.address().port}/`, stop };
}
