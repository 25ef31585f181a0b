import { Tabs as Radix } from "radix-ui";
import { useEffect, useRef } from "react";

import styles from "./tabs.module.css";

export interface View<T extends string> {
  id: T;
  title: string;
  /** How many in it need somebody. */
  count?: number;
}

interface Props<T extends string> {
  label: string;
  views: readonly View<T>[];
  value: T;
  onChoose: (value: T) => void;
}

/** The views of an app, in its title bar. What they show stands elsewhere: see `Panel`. */
export function ViewTabs<T extends string>({ label, views, value, onChoose }: Props<T>) {
  const list = useRef<HTMLDivElement>(null);
  // Where they have no room side by side, the one that is shown is not the hidden one.
  useEffect(() => {
    const chosen = list.current?.querySelector("[data-state=active]");
    chosen?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [value]);
  return (
    <Radix.Root value={value} onValueChange={(id) => onChoose(id as T)} activationMode="manual">
      <Radix.List ref={list} className={styles.list} aria-label={label}>
        {views.map(({ id, title, count }) => (
          <Radix.Trigger
            key={id}
            value={id}
            className={styles.tab}
            aria-controls={id === value ? panelId(label) : undefined}
          >
            {title}
            {count ? <b>{count}</b> : null}
          </Radix.Trigger>
        ))}
      </Radix.List>
    </Radix.Root>
  );
}

const panelId = (label: string) => `panel-${label.toLowerCase()}`;

/** What the chosen view shows. */
export function Panel({
  label,
  title,
  className,
  children,
}: {
  label: string;
  title: string;
  className?: string | undefined;
  children: React.ReactNode;
}) {
  return (
    <div
      id={panelId(label)}
      role="tabpanel"
      aria-label={title}
      tabIndex={0}
      className={`${styles.panel} ${className ?? ""}`}
    >
      {children}
    </div>
  );
}
