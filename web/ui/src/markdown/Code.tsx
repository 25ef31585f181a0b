import { Check, Copy } from "lucide-react";
import { Fragment, Suspense, createContext, lazy, useContext, useEffect, useState } from "react";

import { IconButton } from "../kit/button";
import { copy } from "../kit/copy";
import { useMono } from "../theme/mono";
import styles from "./markdown.module.css";

// With the first block of code.
const Highlighted = lazy(() => import("./Highlighted"));

/** Whether more is to come: code is coloured once it is whole. */
export const Unfinished = createContext(false);

export function Code({ text, language }: { text: string; language: string }) {
  const open = useContext(Unfinished);
  useMono();
  return (
    <figure className={styles.code}>
      <figcaption>
        <span>{language || "text"}</span>
        <CopyButton text={text} label="Copy the code" />
      </figcaption>
      <pre tabIndex={0} aria-label={`Code, ${language || "text"}`}>
        <code>
          {open || text.length > 100_000 ? (
            text
          ) : (
            <Suspense fallback={<Fragment>{text}</Fragment>}>
              <Highlighted text={text} language={language} />
            </Suspense>
          )}
        </code>
      </pre>
    </figure>
  );
}

export function CopyButton({ text, label }: { text: string; label: string }) {
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return undefined;
    const timer = setTimeout(() => setDone(false), 1_500);
    return () => clearTimeout(timer);
  }, [done]);
  const Icon = done ? Check : Copy;
  return (
    <IconButton
      label={done ? "Copied" : label}
      onClick={() => void copy(text).then((copied) => setDone(copied))}
    >
      <Icon size={15} strokeWidth={1.75} aria-hidden />
    </IconButton>
  );
}
