import { ListChecks } from "lucide-react";

import { reached, useSetup, type Step } from "../../apps/setup/reached";
import { Button } from "../../kit/button";
import styles from "../home.module.css";
import { go } from "../router";

const NEXT: Record<Exclude<Step, "done">, string> = {
  brain: "Next: what your server thinks with.",
  channel: "Next: where you want to reach it.",
  question: "Next: the first question.",
};

/** The setup that was left in the middle, until it is gone through or not wanted any more. */
export function Unfinished() {
  const step = useSetup((state) => state.step);
  if (!step || step === "done") return null;
  return (
    <section className={styles.waiting} data-kind="setup" aria-label="The setup is not finished">
      <ListChecks size={20} strokeWidth={1.75} aria-hidden />
      <span className={styles.texts}>
        <b>The setup is not finished</b>
        <span>{NEXT[step]} Later it is found in Settings under About.</span>
      </span>
      <Button look="quiet" onClick={() => reached("done")}>
        Do not offer it again
      </Button>
      <Button
        onClick={() => {
          reached(step);
          go("/setup");
        }}
      >
        Go on
      </Button>
    </section>
  );
}
