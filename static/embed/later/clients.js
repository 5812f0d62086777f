// The attribute `traffic`.

/** The annotation of a Service that says how many requests clients send to it. */
const CLIENTS = "podscope.dev/clients";

/** Gives each Service in a module's player clients that send so many requests a second, unless it says itself how many. */
export function clients(wasm, rate) {
  for (const { what } of JSON.parse(wasm.inputs(0))) {
    const of = what.object;
    if (of?.kind !== "Service" || of.metadata.annotations?.[CLIENTS]) continue;
    of.metadata.annotations = { ...of.metadata.annotations, [CLIENTS]: `${rate}/s` };
    wasm.perform(JSON.stringify(what));
  }
}
