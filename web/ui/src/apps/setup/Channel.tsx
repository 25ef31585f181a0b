import { Globe, Terminal } from "lucide-react";

import styles from "./setup.module.css";
import { Wizard } from "./Wizard";

interface Props {
  steps: readonly string[];
  onBack: () => void;
  onNext: () => void;
}

/** Names that mean this machine to whoever says them, so that no phone gets anywhere by them. */
const HERE = /^(localhost|127\.[\d.]+|\[::1\])$/;

/** Where the server can be reached; what is there already, said honestly. */
export function Channel({ steps, onBack, onNext }: Props) {
  return (
    <Wizard
      steps={steps}
      at={3}
      title="Where do you want to reach it?"
      says="Two ways are there already, and need nothing from you."
      act="Continue"
      ready
      onBack={onBack}
      onNext={onNext}
    >
      <ul className={styles.ways}>
        <li>
          <Globe size={18} strokeWidth={1.75} aria-hidden />
          <span>
            <b>This page</b>
            <span>
              {location.origin},{" "}
              {HERE.test(location.hostname) ? "on this machine" : "on a phone too"}
            </span>
          </span>
        </li>
        <li>
          <Terminal size={18} strokeWidth={1.75} aria-hidden />
          <span>
            <b>The terminal of the server</b>
            <span>
              <code className={styles.command}>nexus ask</code> and{" "}
              <code className={styles.command}>nexus chat</code>
            </span>
          </span>
        </li>
      </ul>
      <p className={styles.later}>
        Telegram too: <code className={styles.command}>nexus secrets set TELEGRAM_BOT_TOKEN</code>,
        write to your bot, and <code className={styles.command}>nexus people pair</code> with the
        code it shows.
      </p>
    </Wizard>
  );
}
