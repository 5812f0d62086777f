// Files for elsewhere: a kustomize folder, and a tar that holds it.

/** What a document is called: `deployment-web.yaml`. */
function called(text, number) {
  const kind = /^kind:\s*["']?(\w+)/m.exec(text)?.[1]?.toLowerCase() ?? "object";
  const metadata = /^metadata:(.*(?:\n(?:[ \t].*|\s*))*)/m.exec(text)?.[1] ?? "";
  const name = /(?:^|[\n{,])\s*name:\s*["']?([\w.-]+)/.exec(metadata)?.[1] ?? number + 1;
  return `${kind}-${name}.yaml`;
}

/** The files of a folder: `[name, text]`, one for each document, with its comments, and the kustomization that lists them. */
export function kustomize(text) {
  const documents = text.split(/^---.*$/m).filter((one) => /^[^\s#]/m.test(one)).map((one) => `${one.trim()}\n`);
  const files = [];
  for (const [number, one] of documents.entries()) {
    const name = called(one, number);
    const again = files.filter(([other]) => other === name).length;
    files.push([again ? name.replace(".yaml", `-${number + 1}.yaml`) : name, one]);
  }
  const list = files.map(([name]) => `  - ${name}\n`).join("");
  const kustomization = `apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:${list ? `\n${list}` : " []\n"}`;
  return [["kustomization.yaml", kustomization], ...files].map(([name, one]) => [`podscope/${name}`, one]);
}

/** A tar (ustar) of files. */
export function archive(files) {
  const encoder = new TextEncoder();
  const blocks = [];
  for (const [name, text] of files) {
    const body = encoder.encode(text);
    const head = new Uint8Array(512);
    const put = (at, words) => head.set(encoder.encode(words), at);
    const octal = (number, digits) => number.toString(8).padStart(digits, "0");
    // A long name goes into two fields, cut at a slash.
    const cut = name.length > 100 ? name.lastIndexOf("/", 154) : -1;
    put(0, name.slice(cut + 1).slice(-100));
    put(100, "0000644\0" + "0000000\0" + "0000000\0");
    put(124, `${octal(body.length, 11)}\0${octal(0, 11)}\0`);
    put(148, "        0");
    put(257, "ustar\0" + "00");
    if (cut > 0) put(345, name.slice(0, cut));
    put(148, `${octal(head.reduce((sum, byte) => sum + byte, 0), 6)}\0 `);
    blocks.push(head, body, new Uint8Array((512 - (body.length % 512)) % 512));
  }
  blocks.push(new Uint8Array(1024));
  const whole = new Uint8Array(blocks.reduce((sum, block) => sum + block.length, 0));
  let at = 0;
  for (const block of blocks) {
    whole.set(block, at);
    at += block.length;
  }
  return whole;
}
