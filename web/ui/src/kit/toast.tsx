import { X } from "lucide-react";
import { Toast } from "radix-ui";

import { IconButton } from "./button";
import { drop, useNotes } from "./notes";
import { Glyph } from "./state";
import styles from "./toast.module.css";

/** The notes as they are shown; loaded with the first of them. */
export default function Notes() {
  const notes = useNotes((state) => state.notes);
  return (
    <Toast.Provider swipeDirection="right" duration={5_000}>
      {notes.map(({ id, good, title, says }) => (
        <Toast.Root
          key={id}
          className={styles.toast}
          type={good ? "background" : "foreground"}
          onOpenChange={(open) => (open ? undefined : drop(id))}
        >
          <Glyph work={good === null ? "unknown" : good ? "done" : "failed"} />
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
