import { useEffect, useId, useState } from "react";

import type { SettingShown } from "../../generated";
import { Row } from "./Rows";
import styles from "./settings.module.css";
import { useChange } from "./usePanel";

interface Props {
  title: string;
  unit: string;
  setting: SettingShown | undefined;
  /** Whether 0 stands for no limit. */
  none?: boolean;
}

/** A number that saves itself when it is left; what is refused stays as it was, with the reason. */
export function NumberRow({ title, unit, setting, none = false }: Props) {
  const id = useId();
  const value = written(setting?.value);
  const [text, setText] = useState(value);
  const { busy, error, save, clear } = useChange();
  useEffect(() => setText(value), [value]);
  if (!setting) return null;
  const given = setting.source === "environment";

  async function leave(): Promise<void> {
    const wanted = text.trim();
    if (wanted === value) return;
    const number = Number(wanted.replace(",", "."));
    // What is no number goes as it is: the server says why it does not fit.
    const fresh = wanted === "" ? null : Number.isFinite(number) ? number : wanted;
    if (!(await save({ [setting!.name]: fresh }))) setText(value);
  }

  return (
    <Row
      title={<label htmlFor={id}>{title}</label>}
      second={
        error ? (
          <span className={styles.bad} role="alert">
            {error} It stays {value}.
          </span>
        ) : given ? (
          "Set by the environment"
        ) : none && Number(value) === 0 ? (
          "No limit"
        ) : null
      }
    >
      <span className={styles.amount} data-unit={unit}>
        {unit === "$" ? <span aria-hidden="true">$</span> : null}
        <input
          id={id}
          inputMode="decimal"
          value={text}
          disabled={given || busy}
          aria-invalid={error !== null}
          onChange={(event) => {
            clear();
            setText(event.target.value);
          }}
          onBlur={() => void leave()}
          onKeyDown={(event) => {
            if (event.key === "Enter") void leave();
            if (event.key === "Escape") setText(value);
          }}
        />
        {unit && unit !== "$" ? <span aria-hidden="true">{unit}</span> : null}
      </span>
    </Row>
  );
}

/** A number as it stands in its field; nothing where there is none. */
const written = (value: unknown) =>
  typeof value === "number" || typeof value === "string" ? String(value) : "";
