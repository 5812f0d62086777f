// What `src` and `scenario` name by an address.

/** A text from this page's own origin. */
export async function text(of) {
  const address = new URL(of, document.baseURI);
  // Also of a page in a sandbox: its own origin then has to let it be read.
  if (address.origin !== location.origin || !/^http/.test(address.protocol)) throw new Error(`${of} is not on this page's origin`);
  const answer = await fetch(address, { redirect: "error" });
  if (!answer.ok) throw new Error(`${of}: ${answer.status}`);
  return answer.text();
}
