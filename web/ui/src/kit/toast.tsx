/** Short notes at the edge of the page. */
import { X } from "lucide-react";
import { Toast } from "radix-ui";
import { create } from "zustand";

import { IconButton } from "./button";
import { Glyph } from "./state";
import styles from "./toast.module.css";

interface Note {
  id: number;
  good: boolean;
  title: string;
  says: string | null;
}

const useNotes = create<{ notes: Note[] }>()(() => ({ notes: [] }));
let last = 0;

/** Say something that was done, or did not work. */
export function note(good: boolean, title: string, says: string | null = null): void {
  last += 1;
  const fresh = { id: last, good, title, says };
  useNotes.setState(({ notes }) => ({ notes: [...notes.slice(-2), fresh] }));
}

function drop(id: number): void {
  useNotes.setState(({ notes }) => ({ notes: notes.filter((each) => each.id !== id) }));
}

export function Notes() {
  const notes = useNotes((state) => state.notes);
  return (
    <Toast.Provider swipeDirection="right" duration={6_000}>
      {notes.map(({ id, good, title, says }) => (
        <Toast.Root
          key={id}
          className={styles.toast}
          type={good ? "background" : "foreground"}
          onOpenChange={(open) => (open ? undefined : drop(id))}
        >
          <Glyph work={good ? "done" : "failed"} />
          <span className={styles.texts}>
            <Toast.Title className={styles.title}>{title}</Toast.Title>
            {says ? <Toast.Description className={styles.says}>{says}</Toast.Description> : null}
          </span>
          <Toast.Close asChild>
            <IconButton label="Close">
              <X size={16} strokeWidth={1.75} aria-hidden />
            </IconButton>
          </Toast.Close>
        </Toast.Root>
      ))}
      <Toast.Viewport className={styles.list} />
    </Toast.Provider>
  );
}
