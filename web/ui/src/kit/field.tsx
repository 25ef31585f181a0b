import { CircleX, Eye, EyeOff } from "lucide-react";
import { useId, useState, type ComponentProps, type ReactNode } from "react";

import { IconButton } from "./button";
import styles from "./field.module.css";

interface Props extends ComponentProps<"input"> {
  label: string;
  hint?: ReactNode;
  error?: string | null;
}

/** A labelled line of input; what is wrong with it stands below it. */
export function Field({ label, hint, error, className, ...rest }: Props) {
  const id = useId();
  return (
    <Framed id={id} label={label} hint={hint} error={error ?? null}>
      <input
        id={id}
        {...rest}
        {...described(id, hint, error)}
        className={[styles.input, className].filter(Boolean).join(" ")}
      />
    </Framed>
  );
}

/** A password that can be looked at. */
export function PasswordField({ label, hint, error, ...rest }: Props) {
  const id = useId();
  const [seen, setSeen] = useState(false);
  const Icon = seen ? EyeOff : Eye;
  return (
    <Framed id={id} label={label} hint={hint} error={error ?? null}>
      <span className={styles.box}>
        <input
          id={id}
          type={seen ? "text" : "password"}
          autoCapitalize="off"
          spellCheck={false}
          {...rest}
          {...described(id, hint, error)}
          className={`${styles.input} ${styles.withEye}`}
        />
        <IconButton
          label={seen ? "Hide the password" : "Show the password"}
          className={styles.eye}
          onClick={() => setSeen(!seen)}
        >
          <Icon size={16} strokeWidth={1.75} aria-hidden />
        </IconButton>
      </span>
    </Framed>
  );
}

interface CodeProps {
  label: string;
  value: string;
  error?: string | null;
  autoFocus?: boolean;
  onChange: (code: string) => void;
}

/** Six digits: one real input, shown as six cells. */
export function CodeField({ label, value, error, autoFocus, onChange }: CodeProps) {
  const id = useId();
  return (
    <Framed id={id} label={label} hint={null} error={error ?? null}>
      <span className={styles.cells}>
        <input
          id={id}
          className={styles.realInput}
          inputMode="numeric"
          autoComplete="one-time-code"
          autoFocus={autoFocus}
          maxLength={7}
          value={value}
          onChange={(event) => onChange(event.target.value.replace(/\D/g, "").slice(0, 6))}
          {...described(id, null, error)}
        />
        {Array.from({ length: 6 }, (_, at) => (
          <span
            key={at}
            aria-hidden="true"
            className={`${styles.cell} ${at === Math.min(value.length, 5) ? styles.next : ""}`}
          >
            {value[at] ?? ""}
          </span>
        ))}
      </span>
    </Framed>
  );
}

function described(id: string, hint: ReactNode, error: string | null | undefined) {
  const by = [error ? `${id}-error` : "", hint ? `${id}-hint` : ""].filter(Boolean).join(" ");
  return { "aria-invalid": Boolean(error), ...(by ? { "aria-describedby": by } : {}) };
}

interface FrameProps {
  id: string;
  label: string;
  hint: ReactNode;
  error: string | null;
  children: ReactNode;
}

function Framed({ id, label, hint, error, children }: FrameProps) {
  return (
    <div className={styles.field}>
      <label htmlFor={id} className={styles.label}>
        {label}
      </label>
      {children}
      {error ? (
        <span id={`${id}-error`} className={styles.error} role="alert">
          <CircleX size={15} strokeWidth={1.75} aria-hidden />
          {error}
        </span>
      ) : null}
      {hint ? (
        <span id={`${id}-hint`} className={styles.hint}>
          {hint}
        </span>
      ) : null}
    </div>
  );
}
