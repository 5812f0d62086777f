/** Why an object is as it is, as pages and programs are told it, from what the module says. */
export function explained(text) {
  const { chain, facts, until, ...rest } = JSON.parse(text);
  const link = ([, at, actor, verb, kind, namespace, name]) => ({ time: at / 1e6, actor, verb, kind, namespace, name });
  return { ...rest, until: until && until / 1e6, facts: facts.map(([of, text]) => ({ of, text })), chain: chain.map(link) };
}
