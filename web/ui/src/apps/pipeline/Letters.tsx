import { useQuery } from "@tanstack/react-query";
import { Copy, Inbox } from "lucide-react";
import { useState } from "react";

import { letters } from "../../api/flow";
import type { LetterView } from "../../generated";
import { Button } from "../../kit/button";
import { copy } from "../../kit/copy";
import { FactPage, Skeleton } from "../../kit/page";
import { moment } from "../../kit/words";
import { useFrame } from "../../shell/frame";
import { goes } from "../../shell/router";
import { useMono } from "../../theme/mono";
import { Silent } from "../system/Silent";
import styles from "./pipeline.module.css";

const OFTEN = 5_000;

/** What nobody could handle: why, what it was, and the words that send it again. */
export function Letters() {
  const { seen } = useFrame();
  const [open, setOpen] = useState<string | null>(null);
  const { data, error, refetch } = useQuery({
    queryKey: ["flow", "letters"],
    queryFn: letters,
    refetchInterval: seen ? OFTEN : false,
  });
  if (!data) return error ? <Silent error={error} onTry={() => void refetch()} /> : <Skeleton />;
  if (!data.letters.length) {
    return (
      <FactPage
        icon={<Inbox size={22} strokeWidth={1.75} aria-hidden />}
        title="The desk is empty"
        says="A message that no stage can handle comes to lie here, with everything needed to send it again."
      />
    );
  }
  return (
    <ul className={styles.letters} aria-label="Dead letters">
      {data.letters.map((letter) => (
        <li key={letter.entry}>
          <button
            type="button"
            className={styles.letter}
            aria-expanded={open === letter.entry}
            onClick={() => setOpen(open === letter.entry ? null : letter.entry)}
          >
            <b>{letter.stage}</b>
            <span>
              {letter.error}: {letter.text}
            </span>
            <small>
              {letter.tries} {letter.tries === 1 ? "try" : "tries"} · {moment(letter.at)}
            </small>
          </button>
          {open === letter.entry ? <Inside letter={letter} /> : null}
        </li>
      ))}
    </ul>
  );
}

function Inside({ letter }: { letter: LetterView }) {
  useMono();
  const again = `nexus dead redrive ${letter.id}`;
  return (
    <div className={styles.inside}>
      <h3>What it was</h3>
      <pre tabIndex={0} aria-label="The original">
        {letter.original}
      </pre>
      {letter.stack ? (
        <>
          <h3>Where it went wrong</h3>
          <pre tabIndex={0} aria-label="The stack">
            {letter.stack}
          </pre>
        </>
      ) : null}
      <p className={styles.acts}>
        <code>{again}</code>
        <Button onClick={() => void copy(again)}>
          <Copy size={15} strokeWidth={1.75} aria-hidden />
          Copy
        </Button>
        {letter.turn ? (
          <a href={`/pipeline/messages/${encodeURIComponent(letter.turn)}`} onClick={goes}>
            Follow its message
          </a>
        ) : null}
      </p>
      <p className={styles.why}>
        Sending again is for the terminal of this server: this page may look at the desk, and cannot
        put anything back into the pipeline.
      </p>
    </div>
  );
}
