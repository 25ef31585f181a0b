import { useState } from "react";

import { useAccount } from "../../api/account";
import { useOutbox } from "../chat/outbox";
import { settle } from "../../shell/desk";
import { chatPath, go } from "../../shell/router";
import styles from "./setup.module.css";
import { Wizard } from "./Wizard";

const QUESTIONS = [
  "How much disk space is free?",
  "Which containers are running?",
  "What can you do?",
] as const;

/** The last step: see that it works. */
export function FirstQuestion({ steps }: { steps: readonly string[] }) {
  const name = useAccount((state) => state.me?.name ?? "");
  const post = useOutbox((state) => state.post);
  const [chosen, setChosen] = useState<string>(QUESTIONS[0]);

  function askIt(): void {
    post({ text: chosen, session: null, tier: null, attachments: [] }, (accepted) =>
      settle("chat", chatPath(null), chatPath(accepted.session)),
    );
    go(chatPath(null), "replace");
  }

  return (
    <Wizard
      steps={steps}
      at={steps.length - 1}
      title={`Welcome, ${name}. Ask it something`}
      says="Your server answers from what is true on it. You can change how it thinks later."
      act="Ask it"
      ready
      onSkip={() => go("/", "replace")}
      onNext={askIt}
    >
      <fieldset className={styles.radios}>
        <legend className="unseen">What to ask first</legend>
        {QUESTIONS.map((text) => (
          <label key={text} className={styles.radio} data-on={text === chosen || undefined}>
            <input
              type="radio"
              name="question"
              checked={text === chosen}
              onChange={() => setChosen(text)}
            />
            {text}
          </label>
        ))}
      </fieldset>
    </Wizard>
  );
}
