import { CornerDownRight, CornerLeftUp } from "lucide-react";

import type { TurnPlace } from "../../generated";
import { chatPath, goes } from "../../shell/router";
import styles from "./tasklink.module.css";

interface Props {
  to: TurnPlace;
  /** Whether it is the turn that waits for this one, rather than one that works for it. */
  up?: boolean;
}

/** The way from a turn to its task, and back. */
export default function TaskLink({ to, up = false }: Props) {
  const Way = up ? CornerLeftUp : CornerDownRight;
  return (
    <a className={styles.link} href={chatPath(to.session, to.turn)} onClick={goes}>
      <Way size={15} strokeWidth={1.75} aria-hidden />
      {up ? "The turn that waits for this" : "Follow the task"}
    </a>
  );
}
