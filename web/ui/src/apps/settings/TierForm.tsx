import { MoveDown, MoveUp, CircleMinus } from "lucide-react";
import { useId, useState } from "react";

import { Button, IconButton } from "../../kit/button";
import { DialogForm } from "../../kit/dialog";
import { Field } from "../../kit/field";
import { capital } from "../../kit/words";
import styles from "./settings.module.css";
import { useChange } from "./usePanel";

interface Props {
  tier: string;
  says: string;
  now: string[];
  known: string[];
  onClose: () => void;
}

/** The models of a tier, in their order. */
export function TierForm({ tier, says, now, known, onClose }: Props) {
  const [models, setModels] = useState(now);
  const [more, setMore] = useState("");
  const list = useId();
  const { busy, error, save } = useChange();
  const fresh = more.trim();

  const move = (from: number, to: number) =>
    setModels((all) => {
      const next = all.toSpliced(from, 1);
      next.splice(to, 0, all[from]!);
      return next;
    });

  function add(): void {
    if (fresh && !models.includes(fresh)) setModels([...models, fresh]);
    setMore("");
  }

  return (
    <DialogForm
      title={`Models of the tier ${capital(tier)}`}
      says={`${capital(says)}. The first one thinks; the next go on when it fails.`}
      act="Save"
      busy={busy ? "Saving" : false}
      onClose={onClose}
      onSubmit={() => {
        const all = fresh && !models.includes(fresh) ? [...models, fresh] : models;
        void save({ [`models.${tier}`]: all.length ? all : null }).then(
          (done) => done && onClose(),
        );
      }}
    >
      {models.length ? (
        <ol className={styles.ordered}>
          {models.map((name, at) => (
            <li key={name}>
              <code>{name}</code>
              <IconButton
                label={`Ask ${name} earlier`}
                disabled={at === 0}
                onClick={() => move(at, at - 1)}
              >
                <MoveUp size={16} strokeWidth={1.75} aria-hidden />
              </IconButton>
              <IconButton
                label={`Ask ${name} later`}
                disabled={at === models.length - 1}
                onClick={() => move(at, at + 1)}
              >
                <MoveDown size={16} strokeWidth={1.75} aria-hidden />
              </IconButton>
              <IconButton
                label={`Remove ${name}`}
                onClick={() => setModels(models.filter((each) => each !== name))}
              >
                <CircleMinus size={16} strokeWidth={1.75} aria-hidden />
              </IconButton>
            </li>
          ))}
        </ol>
      ) : (
        <p className={styles.plain}>
          None is named: the usual models of the providers that have a key are asked.
        </p>
      )}
      <div className={styles.adds}>
        <Field
          label="Add a model"
          placeholder="provider:name"
          list={list}
          value={more}
          error={error}
          spellCheck={false}
          autoCapitalize="off"
          onChange={(event) => setMore(event.target.value)}
        />
        <Button disabled={!fresh} onClick={add}>
          Add
        </Button>
      </div>
      <datalist id={list}>
        {known
          .filter((each) => !models.includes(each))
          .map((each) => (
            <option key={each} value={each}>
              {each}
            </option>
          ))}
      </datalist>
    </DialogForm>
  );
}
