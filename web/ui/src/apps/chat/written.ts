/**
 * How a text is laid out that no language model wrote: what tools and commands say stands in lines
 * and columns, and is no markdown. Nothing in it is a sign; all of it is shown as it is.
 */

export type Piece =
  /** Sentences, each on the line it was written on. */
  | { kind: "lines"; text: string }
  /** What must keep its columns: a table, a log, a file. */
  | { kind: "columns"; text: string }
  | { kind: "list"; items: string[] };

const ITEM = /^- /;
/** Spaces that set a column: before the first word, or two of them within. */
const COLUMNS = /^\s|\S(?: {2,}|\t)\S/;

/** Cut a text into its pieces. */
export function pieces(text: string): Piece[] {
  return text.split(/\n{2,}/).flatMap((part) => (part.trim() ? ofPart(part) : []));
}

function ofPart(part: string): Piece[] {
  const [first = "", ...rest] = part.replace(/^\n+|\n+$/g, "").split("\n");
  const items = rest.length > 0 && rest.every((line) => ITEM.test(line));
  // What a sentence with a colon announces is a file or a log, whatever it looks like.
  if (rest.length > 0 && !items && !COLUMNS.test(first)) {
    if (first.endsWith(":") || rest.some((line) => COLUMNS.test(line))) {
      return [
        { kind: "lines", text: first },
        { kind: "columns", text: rest.join("\n") },
      ];
    }
  }
  if (COLUMNS.test(first)) return [{ kind: "columns", text: [first, ...rest].join("\n") }];
  return grouped([first, ...rest]);
}

function grouped(lines: string[]): Piece[] {
  const found: Piece[] = [];
  for (const line of lines) {
    const last = found.at(-1);
    if (ITEM.test(line)) {
      if (last?.kind === "list") last.items.push(line.slice(2));
      else found.push({ kind: "list", items: [line.slice(2)] });
    } else if (last?.kind === "lines") last.text += `\n${line}`;
    else found.push({ kind: "lines", text: line });
  }
  return found;
}
