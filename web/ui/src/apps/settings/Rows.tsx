import type { ReactNode } from "react";

import styles from "./settings.module.css";

interface GroupProps {
  title?: string;
  /** How deep its title stands in the page. */
  level?: 2 | 3;
  children: ReactNode;
}

/** A list of rows that belong together. */
export function Group({ title, level = 3, children }: GroupProps) {
  const Head = level === 2 ? "h2" : "h3";
  return (
    <section className={styles.group}>
      {title ? <Head>{title}</Head> : null}
      <ul>{children}</ul>
    </section>
  );
}

interface RowProps {
  icon?: ReactNode;
  title: ReactNode;
  second?: ReactNode;
  children?: ReactNode;
}

/** A fact, what belongs to it, and what can be done. */
export function Row({ icon, title, second, children }: RowProps) {
  return (
    <li className={styles.row}>
      {icon ? <span className={styles.icon}>{icon}</span> : null}
      <span className={styles.texts}>
        <span className={styles.title}>{title}</span>
        {second ? <span className={styles.second}>{second}</span> : null}
      </span>
      {children}
    </li>
  );
}

export function Says({ children }: { children: ReactNode }) {
  return <p className={styles.says}>{children}</p>;
}

interface ChoiceProps<T extends string> {
  label: string;
  value: T;
  options: { value: T; title: string }[];
  disabled?: boolean;
  onChoose: (value: T) => void;
}

/** One of a few, as the system shows it: by keyboard and by finger alike. */
export function Choice<T extends string>(props: ChoiceProps<T>) {
  const { label, value, options, disabled = false, onChoose } = props;
  return (
    <select
      className={styles.choice}
      aria-label={label}
      value={value}
      disabled={disabled}
      onChange={(event) => onChoose(event.target.value as T)}
    >
      {options.map((each) => (
        <option key={each.value} value={each.value}>
          {each.title}
        </option>
      ))}
    </select>
  );
}
