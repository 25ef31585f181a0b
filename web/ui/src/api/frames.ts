/** Server-sent events, taken from bytes. */

export interface Frame {
  id: string | null;
  event: string;
  data: string;
}

/** Gathers pieces of a stream; `take` returns the frames that are whole. */
export class Frames {
  private rest = "";

  take(piece: string): Frame[] {
    const text = this.rest + piece;
    // A lone CR at the end may be half of a CRLF.
    const held = text.endsWith("\r") ? 1 : 0;
    const lines = text
      .slice(0, text.length - held)
      .replaceAll("\r\n", "\n")
      .replaceAll("\r", "\n");
    const end = lines.lastIndexOf("\n\n");
    if (end < 0) {
      this.rest = lines + (held ? "\r" : "");
      return [];
    }
    this.rest = lines.slice(end + 2) + (held ? "\r" : "");
    return lines
      .slice(0, end)
      .split("\n\n")
      .map(frame)
      .filter((each) => each !== null);
  }
}

function frame(text: string): Frame | null {
  let id: string | null = null;
  let event = "message";
  const data: string[] = [];
  for (const line of text.split("\n")) {
    const colon = line.indexOf(":");
    if (colon === 0) continue;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") data.push(value);
    else if (name === "event") event = value;
    else if (name === "id") id = value;
  }
  return data.length ? { id, event, data: data.join("\n") } : null;
}
