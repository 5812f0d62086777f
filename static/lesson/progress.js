// How far somebody came, kept in this browser: for each lesson how many chapters.
const KEY = "podscope/lessons";

// What could not be stored is remembered until the page is left.
let kept;

function all() {
  if (kept) return kept;
  try {
    const read = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    kept = read && typeof read === "object" && !Array.isArray(read) ? read : {};
  } catch {
    kept = {};
  }
  return kept;
}

/** How many chapters of a lesson were done. */
export function progress(word) {
  const done = Object.hasOwn(all(), word) ? all()[word] : 0;
  return Number.isInteger(done) && done > 0 ? done : 0;
}

/** Whether all of them were. */
export const finished = (word, chapters) => progress(word) >= chapters;

/** Notes that so many were done. False when it is not kept beyond this visit. */
export function note(word, done) {
  if (done <= progress(word)) return true;
  all()[word] = done;
  try {
    localStorage.setItem(KEY, JSON.stringify(kept));
    return true;
  } catch {
    return false;
  }
}
