import { note } from "./notes";

/** Put text into the clipboard; over plain HTTP only the old way is there. */
export async function copy(text: string): Promise<boolean> {
  const done = await clipboard(text);
  if (!done) note(false, "Nothing was copied", "The browser does not allow it here.");
  return done;
}

async function clipboard(text: string): Promise<boolean> {
  // Only there over HTTPS or on this machine.
  if (!navigator.clipboard) return byHand(text);
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return byHand(text);
  }
}

function byHand(text: string): boolean {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "unseen";
  const before = document.activeElement;
  (before?.closest("[role=dialog]") ?? document.body).append(area);
  area.select();
  // The one way that works in a page that came over plain HTTP.
  const done = document.execCommand("copy");
  area.remove();
  if (before instanceof HTMLElement) before.focus();
  return done;
}
