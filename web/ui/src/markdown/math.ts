/** Finds formulas as models write them, and puts them into the one form that the parser takes. */

const CODE =
  /(`+)[^`](?:[\s\S]*?[^`])?\1(?!`)|^( {0,3})(`{3,}|~{3,})[\s\S]*?(?:^\2?\3.*$|$(?![\s\S]))/gm;

/** Whether there may be a formula in it, so that the typesetter is worth loading. */
export function mayHoldMath(text: string): boolean {
  return /\$\$|\\\(|\\\[|\$[^\s$]/.test(text);
}

/** Rewrite `\(x\)`, `\[x\]` and `$x$` to `$$x$$`; prices and code stay as they are. */
export function toDollars(text: string): string {
  let done = "";
  let at = 0;
  for (const code of text.matchAll(CODE)) {
    done += rewritten(text.slice(at, code.index)) + code[0];
    at = code.index + code[0].length;
  }
  return done + rewritten(text.slice(at));
}

function rewritten(text: string): string {
  return text
    .replace(/\\\[([\s\S]+?)\\\]/g, (_, inner: string) => `\n$$\n${inner.trim()}\n$$\n`)
    .replace(/\\\(([\s\S]+?)\\\)/g, (_, inner: string) => `$$${inner.trim()}$$`)
    .replace(
      // As pandoc: no space inside the dollars, no digit after, so that $5 and $10 are prices.
      /(^|[^\\$\w])\$(?![\s$])([^$\n]*?[^\s$\\])\$(?![\d$])/g,
      (_, before: string, inner: string) => `${before}$$${inner}$$`,
    );
}
