/** Short notes at the edge of the page: what is said, and not yet how it looks. */
import { create } from "zustand";

interface Note {
  id: number;
  /** Null for what is neither: look at it. */
  good: boolean | null;
  title: string;
  says: string | null;
}

export const useNotes = create<{ notes: Note[] }>()(() => ({ notes: [] }));
let last = 0;

/** Say something that was done, did not work, or is to be looked at. */
export function note(good: boolean | null, title: string, says: string | null = null): void {
  last += 1;
  const fresh = { id: last, good, title, says };
  useNotes.setState(({ notes }) => ({ notes: [...notes.slice(-2), fresh] }));
}

export function drop(id: number): void {
  useNotes.setState(({ notes }) => ({ notes: notes.filter((each) => each.id !== id) }));
}
