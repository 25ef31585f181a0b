/**
 * Cuts growing markdown into blocks: all but the last are finished and never change again, so each
 * is parsed once, and only the open tail is parsed again while it grows.
 */

const FENCE = /^( *)(`{3,}|~{3,})(.*)$/;
const LIST = /^ {0,3}(?:[-*+]|\d{1,9}[.)])(?:\s|$)/;
const PERHAPS_LIST = /^ {0,3}(?:[-*+]|\d{1,9}[.)]?)?$/;
const INDENTED = /^(?: {2,}|\t)/;
const MATH = /^ {0,3}\$\$/;
/** A definition may be used in any block, so such a text stays whole. */
const DEFINITION = /^ {0,3}\[[^\]\n]+\]:/m;

/** Return the blocks of `text`; joined they are the text again. */
export function blocks(text: string): string[] {
  if (DEFINITION.test(text)) return [text];
  const found: string[] = [];
  let start = 0;
  let at = 0;
  let fence: { mark: string; outer: boolean } | null = null;
  let math = false;
  let list = false;
  let blank = false;
  while (at < text.length) {
    const end = text.indexOf("\n", at);
    const whole = end >= 0;
    const line = text.slice(at, whole ? end : text.length).replace(/\r$/, "");
    const next = whole ? end + 1 : text.length;
    if (fence) {
      const closing = FENCE.exec(line);
      if (closing && closing[2]!.startsWith(fence.mark) && !closing[3]!.trim()) {
        if (fence.outer && whole) {
          found.push(text.slice(start, next));
          start = next;
        }
        fence = null;
      }
    } else if (math) {
      math = !line.trimEnd().endsWith("$$");
    } else if (!line.trim()) {
      blank = blank || at > start;
      at = next;
      continue;
    } else {
      if (blank && begins(line, list, whole)) {
        found.push(text.slice(start, at));
        start = at;
        list = false;
      }
      const opening = FENCE.exec(line);
      if (opening && !(opening[2]![0] === "`" && opening[3]!.includes("`"))) {
        const outer = opening[1]!.length < 4 && !list;
        // Code that follows a paragraph without a blank line is a block of its own all the same.
        if (outer && at > start) {
          found.push(text.slice(start, at));
          start = at;
        }
        fence = { mark: opening[2]!, outer };
      } else if (MATH.test(line)) {
        math = !line.trim().slice(2).trimEnd().endsWith("$$");
      } else if (at === start) {
        list = LIST.test(line);
      }
    }
    blank = false;
    at = next;
  }
  if (start < text.length) found.push(text.slice(start));
  return found;
}

/** Whether a line after a blank one begins a block, rather than going on with the one before. */
function begins(line: string, list: boolean, whole: boolean): boolean {
  if (INDENTED.test(line)) return false;
  if (!list) return true;
  return !LIST.test(line) && (whole || !PERHAPS_LIST.test(line));
}
