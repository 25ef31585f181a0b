import { lazy, Suspense } from "react";

import styles from "./markdown.module.css";

const load = () => import("./Parsed");
const Parsed = lazy(load);

/** Have the parser fetched before there is something to parse. */
export function preloadMarkdown(): void {
  void load();
}

interface Props {
  text: string;
  /** Whether more is to come. */
  open?: boolean;
}

/** Markdown of a model; until the parser is there, its text. */
export function Markdown({ text, open = false }: Props) {
  return (
    <Suspense fallback={<div className={`${styles.prose} ${styles.raw}`}>{text}</div>}>
      <Parsed text={text} open={open} />
    </Suspense>
  );
}
