// A text as a word that fits into a link, and back: deflated by the browser, in base64 as URLs take it.
(() => {
  const through = async (bytes, stream) =>
    new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());

  window.podscopePack = async (text) => {
    const bytes = await through(new TextEncoder().encode(text), new CompressionStream("deflate-raw"));
    let binary = "";
    for (const byte of bytes) binary += String.fromCharCode(byte);
    return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  };

  // A browser lets a page copy while it is clicked on, and the link is made later: so it is promised to the clipboard at once.
  window.podscopeShare = async (text, prefix, longest) => {
    const link = window.podscopePack(text).then((word) => {
      if (prefix.length + word.length > longest) return "";
      return new URL(prefix + word, location.href).href;
    });
    const copied = (async () => {
      const blob = link.then((link) => (link ? new Blob([link], { type: "text/plain" }) : Promise.reject(new Error("too long"))));
      // Where nothing is copied, nobody asks for it.
      blob.catch(() => {});
      await navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
    })().then(() => true, () => false);
    const href = await link;
    if (!href) return "";
    location.hash = new URL(href).hash;
    return (await copied) ? "Link copied." : "The link is in the address bar.";
  };

  window.podscopeUnpack = async (word) => {
    const binary = atob(word.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    // A small link may claim to hold gigabytes.
    const reader = stream.getReader();
    const parts = [];
    let size = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.length;
      if (size > 4e6) throw new Error("it holds too much");
      parts.push(value);
    }
    return new Blob(parts).text();
  };
})();
