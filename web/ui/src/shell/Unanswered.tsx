import { tryNow, useSilence } from "../api/silence";
import { Offline } from "../kit/offline";
import { usePlace } from "./router";
import styles from "./unanswered.module.css";

/** Over whatever is looked at: the server does not answer. The chat says it where one writes. */
export function Unanswered() {
  const silence = useSilence((state) => state.silence);
  const place = usePlace();
  if (!silence || (place.at === "app" && place.app === "chat")) return null;
  return (
    <aside className={styles.unanswered} aria-label="Connection">
      <Offline silence={silence} onTry={tryNow} />
    </aside>
  );
}
