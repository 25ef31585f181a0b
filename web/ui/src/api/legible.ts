/**
 * What turns the direction of writing around is shown and not obeyed: `exe.txt` with a sign before
 * it that nobody sees would read as another name. It is done where text comes in, so that no place
 * that shows some can forget it.
 */

/** Embeddings, overrides and isolates with their ends (Unicode Standard Annex 9, 2.1 to 2.5). */
const TURNING = /[\u202a-\u202e\u2066-\u2069]/g;
/** The same as JSON may write them. */
const PERHAPS = /[\u202a-\u202e\u2066-\u2069]|\\u20[26]/i;
/** What goes back to the server as it came: where something is, and who somebody is elsewhere. */
const KEPT = new Set(["path", "who"]);

/** The text with each such sign as its number, which stays where it is: `\u202e`. */
export function legible(text: string): string {
  return text.replace(TURNING, (sign) => `\\u${sign.charCodeAt(0).toString(16)}`);
}

/** Read JSON of the server's, whose text may be anybody's. */
export function parsed(json: string): unknown {
  // Nearly none has any: then nothing is looked through.
  if (!PERHAPS.test(json)) return JSON.parse(json);
  return JSON.parse(json, (key, value: unknown) =>
    typeof value === "string" && !KEPT.has(key) ? legible(value) : value,
  );
}
