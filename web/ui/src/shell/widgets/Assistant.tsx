import { Bot } from "lucide-react";

import { useSessions } from "../../apps/chat/useSessions";
import { Glyph, workWords } from "../../kit/state";
import { moment } from "../../kit/words";
import styles from "../home.module.css";
import { chatPath, goes } from "../router";
import { Widget } from "./Widget";

const SHOWN = 3;

/** What is most worth knowing of all that is under way. */
function corner(states: readonly string[]): string {
  const count = (wanted: string) => states.filter((each) => each === wanted).length;
  const [waiting, working, queued] = [count("waiting"), count("working"), count("queued")];
  if (waiting) return waiting === 1 ? "1 waits for you" : `${waiting} wait for you`;
  if (working) return `${working} working`;
  return queued ? `${queued} queued` : "idle";
}

/** What Nexus works on, and what was spoken of last. */
export function Assistant() {
  const { list, isPending } = useSessions();
  const busy = list.filter(({ state }) => state !== "idle");
  const rest = list.filter(({ state }) => state === "idle");
  const rows = [...busy, ...rest].slice(0, SHOWN);
  return (
    <Widget
      icon={<Bot size={16} strokeWidth={1.75} aria-hidden />}
      title="Nexus"
      corner={corner(busy.map(({ state }) => state))}
      href={chatPath(null)}
    >
      {rows.length ? (
        <ul className={styles.rows}>
          {rows.map(({ id, title, state, last_at }) => (
            <li key={id}>
              <a href={chatPath(id)} onClick={goes}>
                <span className={styles.glyph}>
                  {state === "idle" ? null : <Glyph work={state} />}
                </span>
                <span className={styles.name}>{title}</span>
                <small>
                  {state === "idle" ? moment(last_at).replace(/^today, /, "") : workWords(state)}
                </small>
              </a>
            </li>
          ))}
        </ul>
      ) : (
        <p className={styles.says}>
          {isPending ? "" : "Nothing was asked yet. Open Chat to begin."}
        </p>
      )}
    </Widget>
  );
}
