import type { ReactNode } from "react";

import { goes } from "../router";
import styles from "../home.module.css";

interface Props {
  icon: ReactNode;
  title: string;
  /** What is said in the same corner of every card. */
  corner?: ReactNode;
  href: string;
  children: ReactNode;
}

/** A card of the home screen, and the way into the app that knows more. */
export function Widget({ icon, title, corner, href, children }: Props) {
  return (
    <section className={styles.widget} aria-label={title}>
      <header className={styles.top}>
        {icon}
        <a href={href} onClick={goes}>
          {title}
        </a>
        <span className={styles.corner}>{corner}</span>
      </header>
      {children}
    </section>
  );
}
