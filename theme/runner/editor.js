/* The editor of a cell: CodeMirror, loaded when a reader first presses Edit. Colours come from the site's variables. */
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, keymap } from "@codemirror/view";
import { tags } from "@lezer/highlight";

// The names that the site's stylesheet gives to the same things in code that is not being edited.
const colour = (name, otherwise) => ({ color: `var(--lab-code-${name}, var(--lab-${otherwise}))` });
const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.controlKeyword], ...colour("keyword", "accent") },
  { tag: [tags.string, tags.special(tags.string)], ...colour("string", "ok") },
  { tag: tags.number, ...colour("number", "text") },
  { tag: [tags.bool, tags.null], ...colour("constant", "accent") },
  { tag: [tags.function(tags.definition(tags.variableName)), tags.className], ...colour("function", "accent") },
  { tag: [tags.comment, tags.meta], ...colour("comment", "muted") },
]);

const look = EditorView.theme({
  "&": { color: "var(--lab-text)" },
  "&.cm-focused": { outline: "none" }, // the box around the editor shows the focus
  ".cm-content": { caretColor: "var(--lab-text)", fontFamily: "inherit", padding: "0" },
  ".cm-line": { padding: "0" },
  ".cm-scroller": { fontFamily: "inherit", lineHeight: "inherit" },
  ".cm-cursor": { borderLeftColor: "var(--lab-text)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "color-mix(in srgb, var(--lab-accent) 30%, transparent)",
  },
});

/** Put an editor into *parent*. onChange(source) after each change; onRun() on Shift-Enter. */
export function open({ parent, source, label, onChange, onRun }) {
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: source,
      extensions: [
        // CodeMirror itself lets Tab out of the editor for two seconds after Escape.
        keymap.of([
          { key: "Shift-Enter", run: () => (onRun(), true) },
          indentWithTab,
          ...defaultKeymap,
          ...historyKeymap,
        ]),
        history(),
        drawSelection(),
        bracketMatching(),
        indentOnInput(),
        indentUnit.of("    "),
        python(),
        syntaxHighlighting(colours),
        look,
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": label }),
        EditorView.updateListener.of((update) => update.docChanged && onChange(view.state.doc.toString())),
      ],
    }),
  });
  return view;
}
