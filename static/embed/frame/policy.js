// What embed.html may load: scripts of its own folder, and data of its own origin. It cannot say so with 'self', which WebKit
// takes for nothing on a sandboxed page; so this is added before anything else is loaded.
(() => {
  const folder = new URL(".", location.href).href.replace(/[;,]/g, encodeURIComponent);
  const meta = document.createElement("meta");
  meta.httpEquiv = "Content-Security-Policy";
  meta.content = `default-src 'none'; script-src ${folder} 'wasm-unsafe-eval'; connect-src ${location.origin}; img-src data:`;
  document.head.append(meta);
})();
