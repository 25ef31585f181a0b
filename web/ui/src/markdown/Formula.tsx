import { lazy, Suspense } from "react";

const Typeset = lazy(() => import("./Typeset"));

/** A formula; until the typesetter is loaded, its source. */
export function Formula({ tex, display }: { tex: string; display: boolean }) {
  return (
    <Suspense fallback={<code>{tex}</code>}>
      <Typeset tex={tex} display={display} />
    </Suspense>
  );
}
