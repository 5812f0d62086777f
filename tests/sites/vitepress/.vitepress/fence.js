/** Fences that say `podscope` become clusters; words after that are attributes. */
export function fence(md) {
  const usual = md.renderer.rules.fence;
  md.renderer.rules.fence = (tokens, i, ...rest) => {
    const { info, content } = tokens[i];
    const [, attributes] = /^podscope\b(.*)$/.exec(info.trim()) ?? [];
    if (attributes === undefined) return usual(tokens, i, ...rest);
    return `<pod-scope v-pre${attributes}><pre>${md.utils.escapeHtml(content)}</pre></pod-scope>\n`;
  };
}
