import { FileText, X } from "lucide-react";
import { useEffect, useState, type ClipboardEvent, type DragEvent } from "react";

import { attach } from "../../api/chat";
import { Problem } from "../../api/http";
import { uuid } from "../../api/ids";
import { legible } from "../../api/legible";
import type { Attachment } from "../../generated";
import { IconButton } from "../../kit/button";
import { Glyph } from "../../kit/state";
import { size } from "../../kit/words";
import styles from "./composer.module.css";

const LARGEST = 20_000_000;

interface Upload {
  key: string;
  name: string;
  size: number;
  /** Of a picture, to be shown small. */
  preview: string | null;
  done: Attachment | null;
  error: string | null;
}

export interface Files {
  uploads: Upload[];
  done: Attachment[];
  busy: boolean;
  /** Something is held over the composer. */
  over: boolean;
  add: (files: File[]) => void;
  drop: {
    onDragOver: (event: DragEvent) => void;
    onDragLeave: (event: DragEvent) => void;
    onDrop: (event: DragEvent) => void;
  };
  paste: (event: ClipboardEvent) => void;
  remove: (key: string) => void;
  clear: () => void;
}

/** What is attached to the message that is being written: picked, dropped or pasted. */
export function useFiles(place: string): Files {
  const [uploads, setUploads] = useState<Upload[]>([]);
  const [over, setOver] = useState(false);
  useEffect(() => () => setUploads(forgotten), [place]);

  const change = (key: string, to: Partial<Upload>) =>
    setUploads((all) => all.map((each) => (each.key === key ? { ...each, ...to } : each)));

  function add(files: File[]): void {
    for (const file of files) {
      const key = uuid();
      const preview = file.type.startsWith("image/") ? URL.createObjectURL(file) : null;
      const name = legible(file.name) || "Pasted picture";
      const fresh = { key, name, size: file.size, preview };
      const tooLarge = file.size > LARGEST ? "larger than 20 MB" : null;
      setUploads((all) => [...all, { ...fresh, done: null, error: tooLarge }]);
      if (!tooLarge) void upload(key, file);
    }
  }

  async function upload(key: string, file: File): Promise<void> {
    try {
      change(key, { done: await attach(file) });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      change(key, { error: error.message });
    }
  }

  return {
    uploads,
    over,
    add,
    done: uploads.map((each) => each.done).filter((each) => each !== null),
    busy: uploads.some((each) => !each.done && !each.error),
    remove: (key) => setUploads((all) => without(all, key)),
    clear: () => setUploads(forgotten),
    paste: (event) => {
      const files = [...event.clipboardData.files];
      if (!files.length) return;
      event.preventDefault();
      add(files);
    },
    drop: {
      onDragOver: (event) => {
        if (!event.dataTransfer.types.includes("Files")) return;
        event.preventDefault();
        setOver(true);
      },
      onDragLeave: () => setOver(false),
      onDrop: (event) => {
        event.preventDefault();
        setOver(false);
        add([...event.dataTransfer.files]);
      },
    },
  };
}

function forgotten(all: Upload[]): Upload[] {
  for (const { preview } of all) if (preview) URL.revokeObjectURL(preview);
  return all.length ? [] : all;
}

function without(all: Upload[], key: string): Upload[] {
  const gone = all.find((each) => each.key === key);
  if (gone?.preview) URL.revokeObjectURL(gone.preview);
  return all.filter((each) => each.key !== key);
}

/** The attached files, each with a way to take it off again. */
export function Chips({ files }: { files: Files }) {
  if (!files.uploads.length) return null;
  return (
    <ul className={styles.chips} aria-label="Attached">
      {files.uploads.map(({ key, name, size: bytes, preview, done, error }) => (
        <li key={key} className={styles.chip} data-bad={error ? true : undefined}>
          {preview ? (
            <img src={preview} alt="" />
          ) : (
            <FileText size={18} strokeWidth={1.75} aria-hidden />
          )}
          <span className={styles.chipText}>
            <span>{name}</span>
            <small>{error ?? (done ? size(bytes) : "sending")}</small>
          </span>
          {done || error ? null : <Glyph work="working" />}
          <IconButton label={`Take off ${name}`} onClick={() => files.remove(key)}>
            <X size={15} strokeWidth={1.75} aria-hidden />
          </IconButton>
        </li>
      ))}
    </ul>
  );
}
