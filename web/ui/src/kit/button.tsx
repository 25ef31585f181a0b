import type { ComponentProps, ReactNode } from "react";

import styles from "./button.module.css";
import { Spinner } from "./state";

interface Props extends ComponentProps<"button"> {
  look?: "plain" | "primary" | "danger" | "quiet";
  /** Working on it: shown instead of the label, and not to be pressed again. */
  busy?: string | false;
}

export function Button({ look = "plain", busy = false, children, className, ...rest }: Props) {
  const names = [styles.button, styles[look], busy ? styles.busy : "", className];
  return (
    <button
      type="button"
      {...rest}
      disabled={rest.disabled || busy !== false}
      className={names.filter(Boolean).join(" ")}
    >
      {busy ? <Spinner /> : null}
      {busy || children}
    </button>
  );
}

interface IconProps extends ComponentProps<"button"> {
  /** What it does, for the tooltip and for those who do not see the icon. */
  label: string;
  children: ReactNode;
}

export function IconButton({ label, children, className, ...rest }: IconProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      {...rest}
      className={[styles.icon, className].filter(Boolean).join(" ")}
    >
      {children}
    </button>
  );
}
