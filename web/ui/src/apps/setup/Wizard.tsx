import type { FormEvent, ReactNode } from "react";

import { Button } from "../../kit/button";
import { serverName } from "../../shell/server";
import { Wallpaper } from "../../shell/Wallpaper";
import styles from "./setup.module.css";

interface Props {
  steps: readonly string[];
  at: number;
  title: string;
  says: ReactNode;
  act: string;
  busy?: string | false;
  ready: boolean;
  onBack?: (() => void) | undefined;
  onSkip?: (() => void) | undefined;
  /** What skipping is called here. */
  skip?: string;
  onNext: () => void;
  children: ReactNode;
}

/** A card with named steps, a question, and the way on. */
export function Wizard(props: Props) {
  const { steps, at, title, says, act, busy = false, ready, onBack, onSkip, onNext } = props;
  function submit(event: FormEvent): void {
    event.preventDefault();
    // What is sent in a dialog above it comes through here too, and is not meant.
    if (event.target !== event.currentTarget) return;
    if (ready && !busy) onNext();
  }
  return (
    <>
      <Wallpaper />
      <main className={styles.page}>
        <form className={styles.card} onSubmit={submit} noValidate>
          <div className={styles.body}>
            <ol className={styles.steps} aria-label="Steps">
              {steps.map((name, number) => (
                <li
                  key={name}
                  data-done={number <= at || undefined}
                  aria-current={number === at ? "step" : undefined}
                >
                  {name}
                </li>
              ))}
            </ol>
            <div className={styles.head}>
              <h1>{title}</h1>
              <p>{says}</p>
            </div>
            {props.children}
          </div>
          <div className={styles.foot}>
            {onSkip ? (
              <Button look="quiet" className={styles.skip ?? ""} onClick={onSkip}>
                {props.skip ?? "Skip for now"}
              </Button>
            ) : null}
            <span className={styles.gap} />
            {onBack ? <Button onClick={onBack}>Back</Button> : null}
            <Button look="primary" type="submit" busy={busy} disabled={!ready}>
              {act}
            </Button>
          </div>
        </form>
        <p className={styles.below}>
          {where()} · step {at + 1} of {steps.length}
        </p>
      </main>
    </>
  );
}

function where(): string {
  const name = serverName();
  return name === "LivOS" ? name : `LivOS on ${name}`;
}
