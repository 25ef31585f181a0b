import { CircleMinus, ListPlus } from "lucide-react";
import { useId, useState } from "react";

import { Button, IconButton } from "../../kit/button";
import styles from "./settings.module.css";
import { useChange } from "./usePanel";

interface Props {
  title: string;
  says: string;
  name: string;
  now: string[];
  placeholder: string;
}

/** A list of names that saves itself. */
export function Names({ title, says, name, now, placeholder }: Props) {
  const id = useId();
  const [more, setMore] = useState("");
  const { busy, error, save } = useChange();
  const fresh = more.trim();

  async function add(): Promise<void> {
    if (!fresh || now.includes(fresh)) return setMore("");
    if (await save({ [name]: [...now, fresh] })) setMore("");
    return undefined;
  }

  return (
    <section className={styles.group} aria-labelledby={`${id}-title`}>
      <h3 id={`${id}-title`}>{title}</h3>
      <p className={styles.under}>{says}</p>
      <ul className={styles.chips}>
        {now.map((each) => (
          <li key={each}>
            <code>{each}</code>
            <IconButton
              label={`Remove ${each}`}
              disabled={busy}
              onClick={() => void save({ [name]: now.filter((one) => one !== each) })}
            >
              <CircleMinus size={14} strokeWidth={1.75} aria-hidden />
            </IconButton>
          </li>
        ))}
      </ul>
      <form
        className={styles.adding}
        onSubmit={(event) => {
          event.preventDefault();
          void add();
        }}
      >
        <input
          aria-label={`Add to: ${title}`}
          placeholder={placeholder}
          value={more}
          spellCheck={false}
          autoCapitalize="off"
          aria-invalid={error !== null}
          onChange={(event) => setMore(event.target.value)}
        />
        <Button type="submit" busy={busy ? "Saving" : false} disabled={!fresh}>
          <ListPlus size={16} strokeWidth={1.75} aria-hidden />
          Add
        </Button>
      </form>
      {error ? (
        <p className={styles.bad} role="alert">
          {error}
        </p>
      ) : null}
    </section>
  );
}
