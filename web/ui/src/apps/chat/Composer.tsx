import { ArrowUp, Paperclip, Square, X } from "lucide-react";
import { useEffect, useRef, useState, type KeyboardEvent } from "react";

import type { Attachment } from "../../generated";
import { Button, IconButton } from "../../kit/button";
import { PHONE, useMedia } from "../../kit/hooks";
import { useFrame } from "../../shell/frame";
import { Chips, useFiles } from "./Files";
import styles from "./composer.module.css";
import { useDrafts } from "./drafts";
import { TierPicker } from "./TierPicker";
import { useGrow } from "./useGrow";

interface Props {
  /** Whose draft it is. */
  place: string;
  /** The conversation that it goes to; null where there is none yet. */
  session: string | null;
  /** A turn runs that can be stopped. */
  working: boolean;
  /** What was asked last; ↑ brings it back. */
  lastText: string | null;
  onSend: (text: string, attachments: Attachment[]) => void;
  onStop: () => void;
}

const TWICE = 1_500;

export function Composer({ place, session, working, lastText, onSend, onStop }: Props) {
  const text = useDrafts((state) => state.texts[place] ?? "");
  const write = useDrafts((state) => state.write);
  const [editing, setEditing] = useState(false);
  const files = useFiles(place);
  const area = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const { front } = useFrame();
  const phone = useMedia(PHONE);
  const coarse = useMedia("(pointer: coarse)");
  const stopping = useTwice(onStop);
  useGrow(area, text);

  useEffect(() => {
    // Only in front: the focus brings a window there.
    if (!coarse && front) area.current?.focus();
    setEditing(false);
  }, [place, coarse, front]);

  const ready = (text.trim() !== "" || files.done.length > 0) && !files.busy;

  function send(): void {
    if (!ready) return;
    onSend(text.trim(), files.done);
    write(place, "");
    files.clear();
    setEditing(false);
    area.current?.focus();
  }

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>): void {
    // A key that ends the writing of a Japanese or Chinese word is not meant for us.
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey && !coarse) {
      event.preventDefault();
      send();
    } else if (event.key === "Escape") {
      if (editing) {
        write(place, "");
        setEditing(false);
      } else if (working) {
        stopping.press();
      }
    } else if (event.key === "ArrowUp" && text === "" && lastText) {
      event.preventDefault();
      write(place, lastText);
      setEditing(true);
    }
  }

  return (
    <div className={styles.frame}>
      {editing ? (
        <div className={styles.status}>
          <span>You change your last message; it is sent as a new one</span>
          <IconButton
            label="Leave it as it was"
            onClick={() => {
              write(place, "");
              setEditing(false);
            }}
          >
            <X size={16} strokeWidth={1.75} aria-hidden />
          </IconButton>
        </div>
      ) : null}
      {stopping.asked ? (
        <div className={styles.status} role="status">
          Press Esc again to stop
        </div>
      ) : null}
      <form
        className={styles.composer}
        data-over={files.over || undefined}
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
        {...files.drop}
      >
        <Chips files={files} />
        <textarea
          ref={area}
          rows={1}
          value={text}
          aria-label="Message"
          placeholder={phone ? "Message" : working ? "Write the next message" : "Ask your server"}
          enterKeyHint={coarse ? "enter" : "send"}
          onChange={(event) => write(place, event.target.value)}
          onKeyDown={onKeyDown}
          onPaste={files.paste}
        />
        <div className={styles.tools}>
          <IconButton label="Attach a file" onClick={() => picker.current?.click()}>
            <Paperclip size={17} strokeWidth={1.75} aria-hidden />
          </IconButton>
          <input
            ref={picker}
            type="file"
            multiple
            hidden
            aria-label="Files to attach"
            onChange={(event) => {
              files.add([...(event.target.files ?? [])]);
              event.target.value = "";
            }}
          />
          <TierPicker place={place} session={session} />
          <span className={styles.gap} />
          {working ? (
            <Button className={styles.stop} onClick={onStop}>
              <Square size={13} strokeWidth={2} aria-hidden />
              Stop
            </Button>
          ) : null}
          <button
            type="submit"
            className={styles.send}
            aria-label="Send"
            title="Send"
            disabled={!ready}
          >
            <ArrowUp size={18} strokeWidth={2} aria-hidden />
          </button>
        </div>
      </form>
    </div>
  );
}

/** Something that a key does only when it is pressed twice. */
function useTwice(act: () => void): { asked: boolean; press: () => void } {
  const [asked, setAsked] = useState(false);
  useEffect(() => {
    if (!asked) return undefined;
    const timer = setTimeout(() => setAsked(false), TWICE);
    return () => clearTimeout(timer);
  }, [asked]);
  return {
    asked,
    press: () => {
      if (asked) act();
      setAsked(!asked);
    },
  };
}
