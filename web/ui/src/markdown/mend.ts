/** Closes what a growing text has opened and not yet closed, so that no stray signs flicker. */
export function mended(text: string): string {
  const end = text.lastIndexOf("\n\n");
  const last = text.slice(end < 0 ? 0 : end + 2);
  if (/^ {0,3}(`{3,}|~{3,})/m.test(last)) return text;
  const ticks = (last.match(/`/g) ?? []).length;
  if (ticks % 2) return `${text.replace(/`$/, "")}${text.endsWith("`") ? "" : "`"}`;
  const open = /(?<!!)\[[^\]\n]*$|\]\([^)\n]*$/.exec(last);
  // A link whose address is still coming is not shown yet.
  if (open?.[0].startsWith("](")) return withoutLink(text);
  const stars = (last.match(/\*\*/g) ?? []).length;
  if (stars % 2) return text.endsWith("**") ? text.slice(0, -2) : `${text.replace(/\*$/, "")}**`;
  return text;
}

function withoutLink(text: string): string {
  return text.replace(/!?\[([^\]\n]*)\]\([^)\n]*$/, "$1");
}
