// The manifest's editor: CodeMirror in a shadow root, so that its styles are adopted sheets, which a strict
// `style-src` allows. `xtask` bundles it; the page loads it when the editor is first opened.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, insertCompletionText, pickedCompletion, startCompletion } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, codeFolding, foldGutter, foldKeymap, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { forceLinting, lintGutter, lintKeymap, linter } from "@codemirror/lint";
import { unifiedMergeView } from "@codemirror/merge";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Annotation, Compartment, EditorState, Text, Transaction } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, hoverTooltip, keymap, lineNumbers } from "@codemirror/view";
import { tags as t } from "@lezer/highlight";
import { tools } from "./tools.js";

/** Marks changes that come from the page, which does not want to hear of them. */
const outside = Annotation.define();

const theme = EditorView.theme({
  "&": { height: "100%", color: "var(--ink)", backgroundColor: "var(--bg)", fontSize: "12px" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "18px" },
  ".cm-content": { padding: "8px 0 24px", caretColor: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "var(--bg)", color: "var(--mut)", borderRight: "1px solid var(--line)" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--dep) 7%, transparent)" },
  ".cm-lineNumbers .cm-gutterElement": { padding: "0 4px 0 6px", minWidth: "26px" },
  ".cm-foldGutter .cm-gutterElement": { padding: "0 4px", cursor: "pointer" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "color-mix(in srgb, var(--dep) 26%, transparent)",
  },
  ".cm-selectionMatch, .cm-searchMatch": { backgroundColor: "color-mix(in srgb, var(--sts) 26%, transparent)", outline: "none" },
  ".cm-searchMatch-selected": { backgroundColor: "color-mix(in srgb, var(--sts) 55%, transparent)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "transparent", outline: "1px solid var(--edge)" },
  ".cm-foldPlaceholder": { backgroundColor: "transparent", borderColor: "var(--line)", color: "var(--mut)", padding: "0 5px" },
  ".cm-panels": { backgroundColor: "var(--panel)", color: "var(--ink)", borderColor: "var(--line)" },
  ".cm-panels.cm-panels-top, .cm-panels.cm-panels-bottom": { borderColor: "var(--line)" },
  ".cm-panel.cm-search": { padding: "6px 28px 6px 8px", fontFamily: "var(--sans)" },
  ".cm-panel.cm-search label": { fontSize: "12px", color: "var(--ink)" },
  ".cm-textfield": { backgroundColor: "var(--bg)", color: "var(--ink)", border: "1px solid var(--line)", borderRadius: "6px", fontSize: "12px", padding: "3px 6px" },
  ".cm-button": { backgroundImage: "none", backgroundColor: "var(--panel)", color: "var(--ink)", border: "1px solid var(--line)", borderRadius: "6px", fontSize: "12px", padding: "3px 8px" },
  ".cm-panel.cm-search [name=close]": { color: "var(--mut)", fontSize: "18px", minWidth: "24px", minHeight: "24px", cursor: "pointer" },
  ".cm-tooltip": { backgroundColor: "var(--panel)", color: "var(--ink)", border: "1px solid var(--line)", borderRadius: "8px", boxShadow: "var(--shadow)", fontFamily: "var(--sans)", fontSize: "12px", maxWidth: "min(380px, 86vw)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", maxHeight: "216px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "3px 8px", display: "flex", gap: "10px", lineHeight: "18px" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--ink)", color: "var(--panel)" },
  ".cm-completionDetail": { fontStyle: "normal", marginLeft: "auto", opacity: ".8", fontFamily: "var(--sans)" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
  ".cm-tooltip.cm-completionInfo, .cm-tooltip .about": { padding: "8px 10px", lineHeight: "1.45", whiteSpace: "pre-line" },
  ".about b": { fontFamily: "var(--mono)", fontWeight: "600", display: "block" },
  ".about i": { fontStyle: "normal", color: "var(--mut)", display: "block" },
  ".cm-diagnostic": { padding: "6px 9px", borderLeft: "3px solid var(--bad)", overflowWrap: "anywhere", fontFamily: "var(--sans)", whiteSpace: "pre-wrap" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--bad) 1px", textUnderlineOffset: "3px" },
  ".cm-gutter-lint": { width: "12px" },
  ".cm-gutter-lint .cm-gutterElement": { padding: "0 1px" },
  ".cm-lint-marker-error": { content: "''", width: "10px", height: "10px", borderRadius: "3px", backgroundColor: "var(--bad)", marginTop: "4px" },
  "&.cm-merge-b .cm-changedLine, .cm-inlineChangedLine": { backgroundColor: "color-mix(in srgb, var(--ok) 14%, transparent)" },
  "&.cm-merge-b .cm-changedText": { background: "color-mix(in srgb, var(--ok) 30%, transparent)" },
  ".cm-deletedChunk": { backgroundColor: "color-mix(in srgb, var(--bad) 12%, transparent)", paddingLeft: "6px" },
  ".cm-deletedChunk .cm-deletedText, .cm-deletedChunk del": { background: "color-mix(in srgb, var(--bad) 26%, transparent)", textDecoration: "none" },
  // Words of any colour are read on these grounds.
  ".cm-deletedChunk, .cm-deletedChunk *, .cm-changedText, .cm-changedText *, ins, ins *": { color: "var(--ink)" },
  ".cm-changedLineGutter": { background: "var(--ok)" },
  ".cm-deletedLineGutter": { background: "var(--bad)" },
  ".cm-collapsedLines": { background: "var(--panel)", color: "var(--mut)", fontFamily: "var(--sans)", padding: "3px 8px" },
  "@media (prefers-reduced-motion: reduce)": { ".cm-cursorLayer": { animation: "none !important" } },
});

const colours = syntaxHighlighting(HighlightStyle.define([
  { tag: [t.definition(t.propertyName), t.propertyName], color: "var(--dep-ink)" },
  { tag: [t.string, t.special(t.string), t.content, t.attributeValue], color: "var(--ink)" },
  { tag: [t.comment, t.lineComment], color: "var(--mut)", fontStyle: "italic" },
  { tag: [t.meta, t.separator, t.punctuation, t.squareBracket, t.brace, t.labelName, t.typeName, t.keyword], color: "var(--mut)" },
]));

/** A short description: a name, its type, and what it is for. */
function about({ title, type, text }) {
  const dom = document.createElement("div");
  dom.className = "about";
  for (const [tag, words] of [["b", title], ["i", type], ["span", text]]) {
    if (words) dom.appendChild(Object.assign(document.createElement(tag), { textContent: words }));
  }
  return dom;
}

/** Text over a selection: left to Chromium, it would come with a `style` attribute, which the page's policy refuses. */
function replaced(event, view) {
  const { from, to, empty } = view.state.selection.main;
  if (event.inputType !== "insertText" || !event.data || empty || view.composing || view.state.readOnly) return false;
  const insert = () => view.state.update(view.state.replaceSelection(event.data), { userEvent: "input.type", scrollIntoView: true });
  if (!view.state.facet(EditorView.inputHandler).some((handler) => handler(view, from, to, event.data, insert))) view.dispatch(insert());
  event.preventDefault();
  return true;
}

/** The bounds of what is parsed for its colours and folds: the parser calls itself once a level of nesting. */
const PARSED = { length: 1_000_000, line: 2_000, depth: 200 };

/** Whether a text is nested or long beyond what its parser can bear; such a text is shown plain. */
function heavy(doc) {
  if (doc.length > PARSED.length) return true;
  let depth = 0;
  for (const line of doc.iterLines()) {
    if (line.length > PARSED.line) return true;
    for (const c of line) {
      if (c === "[" || c === "{") depth++;
      else if (depth && (c === "]" || c === "}")) depth--;
    }
    if (depth > PARSED.depth) return true;
  }
  return false;
}

/** YAML's colours and folds, while the text can be parsed. */
function language(text) {
  const part = new Compartment();
  const [plain, parsed] = [[], yaml()];
  const of = (doc) => (heavy(doc) ? plain : parsed);
  return [
    part.of(of(Text.of(text.split("\n")))),
    // With the change itself, so that no state holds such a text and a parser.
    EditorState.transactionExtender.of((tr) => {
      const next = tr.docChanged ? of(tr.newDoc) : part.get(tr.startState);
      return next === part.get(tr.startState) ? null : { effects: part.reconfigure(next) };
    }),
  ];
}

const answered = (text) => (text ? JSON.parse(text) : null);

/** Asks the module that knows the schema (`crates/console`), which is loaded when it is first asked. */
async function ask(what, ...words) {
  try {
    return answered((await globalThis.podscopeConsole())[what](...words));
  } catch {
    // Without it one writes as well.
    return null;
  }
}

/** What makes one text of another: what is between their like beginnings and their like ends. */
function difference(now, next) {
  let from = 0;
  const shorter = Math.min(now.length, next.length);
  while (from < shorter && now[from] === next[from]) from++;
  let end = 0;
  while (end < shorter - from && now[now.length - 1 - end] === next[next.length - 1 - end]) end++;
  return { from, to: now.length - end, insert: next.slice(from, next.length - end) };
}

/** Where there is no room beside a list, what is told of its words stands under it. */
function below() {
  const positionInfo = (_, list) => ({ style: `top: ${Math.round(list.bottom - list.top)}px; left: 0; right: 0` });
  return matchMedia("(max-width: 760px)").matches ? { positionInfo } : {};
}

/** Writes what was chosen, and where something has to follow it, offers that. */
const chosen = (text) => (view, completion, from, to) => {
  view.dispatch({ ...insertCompletionText(view.state, text, from, to), annotations: pickedCompletion.of(completion) });
  if (/\s$/.test(text)) startCompletion(view);
};

/** The line of a position, from 1, and the column in it, from 0. */
function place(state, pos) {
  const line = state.doc.lineAt(pos);
  return [line.number, pos - line.from];
}

/**
 * Opens an editor in `host`. `hooks` asks and tells the page: `changed(text)`, `apply()`, and, answered by JSON, `check(text)`.
 */
function open(host, text, label, hooks) {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  root.replaceChildren();
  const diff = new Compartment();
  const check = linter((view) => {
    const doc = view.state.doc;
    return (answered(hooks.check(doc.toString())) ?? []).map(({ line, message }) => {
      const at = doc.line(Math.min(Math.max(line, 1), doc.lines));
      const indent = at.text.length - at.text.trimStart().length;
      return { from: at.from + indent, to: at.to, severity: "error", message };
    });
  }, { delay: 350 });
  const complete = async ({ state, pos, explicit }) => {
    const line = state.doc.lineAt(pos);
    const before = state.sliceDoc(line.from, pos);
    // While one writes: in a word, and where a value begins.
    if (!explicit && !/[\w./]$|:\s+$/.test(before)) return null;
    const found = await ask("hint", state.doc.toString(), ...place(state, pos));
    if (!found || line.from + found.from > pos) return null;
    const options = found.options.map(({ label, type, text, apply, rank }) => ({
      label, detail: type, apply: chosen(apply ?? label), boost: rank ?? 0,
      info: text ? () => about({ title: label, type, text }) : undefined,
    }));
    return { from: line.from + found.from, options, validFor: /^[\w./-]*$/ };
  };
  const hover = hoverTooltip(async (view, pos) => {
    const found = await ask("hover", view.state.doc.toString(), ...place(view.state, pos));
    return found && { pos, above: true, create: () => ({ dom: about(found) }) };
  });
  const keys = [
    { key: "Mod-Enter", run: () => (hooks.apply(), true) },
    // Tab indents; after Escape it leaves the editor.
    { key: "Escape", run: (view) => (view.setTabFocusMode(2000), false) },
    indentWithTab,
    ...closeBracketsKeymap, ...completionKeymap, ...searchKeymap, ...foldKeymap, ...lintKeymap, ...historyKeymap, ...defaultKeymap,
  ];
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: text,
      extensions: [
        lintGutter(), lineNumbers(), codeFolding(), foldGutter(), history(), drawSelection(), indentOnInput(), indentUnit.of("  "),
        bracketMatching(), closeBrackets(), highlightActiveLine(), highlightActiveLineGutter(), highlightSelectionMatches(),
        search({ top: true }), language(text), colours, theme, check, hover, diff.of([]),
        autocompletion({ override: [complete], icons: false, activateOnTypingDelay: 60, ...below() }),
        keymap.of(keys),
        EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false", autocapitalize: "off", autocorrect: "off", tabindex: "0" }),
        EditorView.domEventHandlers({
          // The page takes a dropped file.
          drop: (event) => event.dataTransfer?.types.includes("Files") ?? false,
          beforeinput: replaced,
        }),
        EditorView.updateListener.of((update) => {
          const ours = update.transactions.some((tr) => tr.docChanged && !tr.annotation(outside));
          if (ours) hooks.changed(update.state.doc.toString());
        }),
      ],
    }),
  });
  const editor = {
    view,
    text: () => view.state.doc.toString(),
    /** Puts a text in place, changing as little as need be: the cursor and what is folded stay. */
    put(next) {
      const now = view.state.doc.toString();
      if (now === next) return;
      view.dispatch({
        changes: difference(now, next),
        annotations: [outside.of(true), Transaction.addToHistory.of(false)],
      });
    },
    /** Writes a text in place, as whoever writes would: the page is told, and it can be undone. The cursor keeps its line. */
    write(next) {
      const [number, column] = place(view.state, view.state.selection.main.head);
      view.dispatch({ changes: difference(view.state.doc.toString(), next), userEvent: "input" });
      const line = view.state.doc.line(Math.min(number, view.state.doc.lines));
      view.dispatch({ selection: { anchor: Math.min(line.from + column, line.to) } });
    },
    goTo(number) {
      const line = view.state.doc.line(Math.min(Math.max(number, 1), view.state.doc.lines));
      view.dispatch({ selection: { anchor: line.from, head: line.to }, effects: EditorView.scrollIntoView(line.from, { y: "center" }) });
      view.focus();
    },
    /** Shows how the text differs from another one, or no longer does. */
    compare(original) {
      const extension = original == null ? [] : unifiedMergeView({
        original, mergeControls: false, gutter: true, collapseUnchanged: { margin: 3, minSize: 6 },
      });
      view.dispatch({ effects: diff.reconfigure(extension) });
    },
    check: () => forceLinting(view),
    complete: () => startCompletion(view),
    focus: () => view.focus(),
  };
  host.editor = editor;
  tools(host.closest(".panel")?.querySelector(".tools .more"), editor);
  return editor;
}

globalThis.podscopeEditor = { open };
