import { useEffect, useRef, useState } from "react";

import { useAccount } from "../../api/account";
import { send, turn } from "../../api/chat";
import { Problem } from "../../api/http";
import { uuid } from "../../api/ids";
import type { Receipt, Turn } from "../../generated";
import { Spinner } from "../../kit/state";
import { span } from "../../kit/words";
import { chatPath, go } from "../../shell/router";
import styles from "./setup.module.css";
import { Wizard } from "./Wizard";

const QUESTIONS = [
  "How much disk space is free?",
  "Which containers are running?",
  "What can you do?",
] as const;
const LOOK = 600;

interface Props {
  steps: readonly string[];
  onBack: () => void;
  /** The setup is over, however it ended. */
  onDone: () => void;
}

/** The last step: see that it works, here on this page. */
export function FirstQuestion({ steps, onBack, onDone }: Props) {
  const name = useAccount((state) => state.me?.name ?? "");
  const [chosen, setChosen] = useState<string>(QUESTIONS[0]);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const [asked, setAsked] = useState<Receipt | null>(null);
  // The same question stays the same, however often it is sent.
  const key = useRef(uuid());

  function leave(path: string): void {
    onDone();
    go(path, "replace");
  }

  async function askIt(): Promise<void> {
    setBusy(true);
    setError(null);
    try {
      const message = { text: chosen, session: null, tier: null, attachments: [] };
      setAsked(await send(message, key.current));
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      setError(problem.message);
    } finally {
      setBusy(false);
    }
  }

  if (asked) {
    return (
      <Wizard
        steps={steps}
        at={steps.length - 1}
        title="This is how it answers"
        says="Everything you skipped waits for you in Settings."
        act="Go to the desktop"
        ready
        onNext={() => leave("/")}
        skip="Go on in the chat"
        onSkip={() => leave(chatPath(asked.session))}
      >
        <p className={styles.asked}>{chosen}</p>
        <Answer asked={asked} />
      </Wizard>
    );
  }
  return (
    <Wizard
      steps={steps}
      at={steps.length - 1}
      title={`Welcome, ${name}. Ask it something`}
      says="Your server answers from what is true on it."
      act="Ask it"
      busy={busy ? "Asking" : false}
      ready
      onBack={onBack}
      onSkip={() => leave("/")}
      onNext={() => void askIt()}
    >
      <fieldset className={styles.radios}>
        <legend className="unseen">What to ask first</legend>
        {QUESTIONS.map((text) => (
          <label key={text} className={styles.radio} data-on={text === chosen || undefined}>
            <input
              type="radio"
              name="question"
              checked={text === chosen}
              onChange={() => {
                key.current = uuid();
                setChosen(text);
              }}
            />
            {text}
          </label>
        ))}
      </fieldset>
      {error ? (
        <p className={styles.wrong} role="alert">
          {error}
        </p>
      ) : null}
    </Wizard>
  );
}

/** The answer, once it is there. */
function Answer({ asked }: { asked: Receipt }) {
  const [found, setFound] = useState<Turn | null>(null);
  const [began] = useState(Date.now);
  const [took, setTook] = useState(0);
  useEffect(() => {
    let over = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    async function look(): Promise<void> {
      try {
        const now = await turn(asked.session, asked.turn);
        if (over) return;
        if (now.answer) {
          setTook(Date.now() - began);
          return setFound(now);
        }
      } catch (problem) {
        // Not written down yet, or the server is away for a moment.
        if (!(problem instanceof Problem)) throw problem;
      }
      if (!over) timer = setTimeout(() => void look(), LOOK);
    }
    void look();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [asked, began]);
  if (!found?.answer) {
    return (
      <p className={styles.waits} role="status">
        <Spinner />
        It looks and thinks. You can go on meanwhile: the answer stays in the chat.
      </p>
    );
  }
  return (
    <article className={styles.answer} aria-label="Answer">
      <p>{found.answer.text}</p>
      <p className={styles.took}>Done, {span(took)}</p>
    </article>
  );
}
