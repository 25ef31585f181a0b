/** Finding by a few letters. */
import type { ReactNode } from "react";

/** One thing that can be found, and what happens when it is chosen. */
export interface Entry {
  id: string;
  group: string;
  icon: ReactNode;
  title: string;
  side: string;
  act: () => void;
}

/** Where the words were found in a text, as pieces; null when one of them was not. */
export function match(text: string, words: string): { text: string; hit: boolean }[] | null {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const low = text.toLowerCase();
  // Letters may become more than one in small ones (İ): then positions would not fit.
  if (low.length !== text.length)
    return wanted.every((one) => low.includes(one)) ? [{ text, hit: false }] : null;
  const marks = Array.from({ length: text.length }, () => false);
  for (const word of wanted) {
    const at = found(low, word);
    if (at < 0) return null;
    marks.fill(true, at, at + word.length);
  }
  const pieces: { text: string; hit: boolean }[] = [];
  for (let at = 0; at < text.length; at++) {
    const last = pieces.at(-1);
    if (last && last.hit === marks[at]) last.text += text[at]!;
    else pieces.push({ text: text[at]!, hit: marks[at]! });
  }
  return pieces;
}

/** The beginning of a word first, then anywhere. */
function found(text: string, word: string): number {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    if (at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1]!)) return at;
  }
  return text.indexOf(word);
}
