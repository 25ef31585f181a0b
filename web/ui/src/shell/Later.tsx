import { useEffect } from "react";

import { keepLayout } from "./layout";
import { Unanswered } from "./Unanswered";

/** What the desktop does beside what is seen of it; loaded when that is there. */
export default function Later() {
  useEffect(keepLayout, []);
  return <Unanswered />;
}
