import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useRef } from "react";

import { useAccount, whoAmI } from "../api/account";
import { Login } from "../apps/login/Login";
import { SilentPage, Skeleton } from "../kit/page";
import { useNotes } from "../kit/notes";
import { usePlace } from "./router";
import { loadShell } from "./load";

const Setup = lazy(() => import("../apps/setup/Setup"));
const Shell = lazy(loadShell);
const Notes = lazy(() => import("../kit/toast"));

/** Which of the three faces is shown: the setup, the login, the desktop. */
export function App() {
  const phase = useAccount((state) => state.phase);
  const me = useAccount((state) => state.me);
  const client = useQueryClient();
  const said = useNotes((state) => state.notes.length > 0);

  useEffect(() => void whoAmI(), []);

  // What one person saw is not there for the next.
  const last = useRef<string | null>(null);
  useEffect(() => {
    if (!me) return;
    if (last.current !== null && last.current !== me.id) client.clear();
    last.current = me.id;
  }, [me, client]);

  return (
    <>
      <Face phase={phase} />
      <Suspense fallback={null}>{said ? <Notes /> : null}</Suspense>
    </>
  );
}

function Face({ phase }: { phase: ReturnType<typeof useAccount.getState>["phase"] }) {
  const place = usePlace();
  // The last page of the setup is for somebody who is in already.
  if (phase === "setup" || (phase === "in" && place.at === "setup")) {
    return (
      <Suspense fallback={null}>
        <Setup code={place.at === "setup" ? place.code : ""} />
      </Suspense>
    );
  }
  switch (phase) {
    case "asking":
      return <Skeleton />;
    case "silent":
      return <SilentPage onTry={() => void whoAmI()} />;
    case "out":
      return <Login />;
    case "in":
      return (
        <Suspense fallback={<Skeleton />}>
          <Shell />
        </Suspense>
      );
  }
}
