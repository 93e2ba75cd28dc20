/* Keeps what a reader has changed in a cell over a reload, in this tab only (sessionStorage).

   An edit belongs to the text it was made from. When the course has changed that text since, the edit is not put back
   by itself, but it is not thrown away either: `outdated` says so, and the cell offers it. */

const key = (notebook, cell) => `lab-edit:${notebook}:${cell}`;

/** A short fingerprint of a text (FNV-1a, 32 bits). */
export function fingerprint(text) {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0).toString(16);
}

export function loadEdit(notebook, cell, original) {
  try {
    const { of, source } = JSON.parse(sessionStorage.getItem(key(notebook, cell)));
    return { source, outdated: of !== fingerprint(original) };
  } catch {
    return null; // nothing kept, or no storage in this browser
  }
}

export function saveEdit(notebook, cell, original, source) {
  try {
    if (source === original) sessionStorage.removeItem(key(notebook, cell));
    else sessionStorage.setItem(key(notebook, cell), JSON.stringify({ of: fingerprint(original), source }));
  } catch {
    // Storage is full or refused: the edit lives as long as the page.
  }
}
