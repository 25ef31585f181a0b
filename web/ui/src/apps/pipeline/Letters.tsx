import { useQuery } from "@tanstack/react-query";
import { Inbox } from "lucide-react";
import { useState } from "react";

import { letters } from "../../api/flow";
import type { DeskForm, LetterView } from "../../generated";
import { Button } from "../../kit/button";
import { FactPage, Skeleton } from "../../kit/page";
import { moment } from "../../kit/words";
import { useFrame } from "../../shell/frame";
import { goes } from "../../shell/router";
import { useMono } from "../../theme/mono";
import { Silent } from "../system/Silent";
import { LetterActs } from "./LetterActs";
import styles from "./pipeline.module.css";
import { useDropping } from "./useDropping";

const OFTEN = 5_000;

const kindOf = ({ stage, code, error }: LetterView) => `${stage} ${code} ${error}`;

/** What nobody could handle: why, what it was, and what can be done with it. */
export function Letters() {
  const { seen } = useFrame();
  const [open, setOpen] = useState<string | null>(null);
  const dropping = useDropping();
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
          {dropping.entries.has(letter.entry) ? (
            <p className={styles.dropping} role="status">
              This letter is being dropped.
              <Button onClick={() => dropping.keep(letter.entry)}>Keep it</Button>
            </p>
          ) : open === letter.entry ? (
            <Inside
              letter={letter}
              alike={data.letters.filter((each) => kindOf(each) === kindOf(letter)).length}
              onDrop={dropping.drop}
            />
          ) : null}
        </li>
      ))}
    </ul>
  );
}

interface InsideProps {
  letter: LetterView;
  alike: number;
  onDrop: (form: DeskForm) => void;
}

function Inside({ letter, alike, onDrop }: InsideProps) {
  useMono();
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
        <LetterActs letter={letter} alike={alike} onDrop={onDrop} />
        {letter.turn ? (
          <a href={`/pipeline/messages/${encodeURIComponent(letter.turn)}`} onClick={goes}>
            Follow its message
          </a>
        ) : null}
      </p>
    </div>
  );
}
