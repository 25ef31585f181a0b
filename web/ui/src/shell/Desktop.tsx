import { useEffect, useMemo, useState } from "react";

import { APPS } from "./apps";
import type { Room } from "./boxes";
import { room, useDesk } from "./desk";
import { Dock } from "./Dock";
import { useGhost } from "./ghost";
import { Home } from "./Home";
import styles from "./shell.module.css";
import { TopBar } from "./TopBar";
import { Window } from "./Window";
import windowStyles from "./window.module.css";
import { front } from "./windows";

/** The page with a mouse and room: windows over the home screen. */
export function Desktop() {
  const desk = useDesk();
  const space = useRoom();
  const top = front(desk);
  const title = top ? APPS.find((each) => each.id === top.app)!.title : null;
  // In an order of their own: moved in the document, a window would lose what it scrolled to.
  const drawn = useMemo(
    () =>
      desk.windows
        .map((win, depth) => ({ win, depth }))
        .toSorted((a, b) => (a.win.app < b.win.app ? -1 : 1)),
    [desk.windows],
  );
  return (
    <div className={styles.shell}>
      <TopBar app={title} />
      <main className={styles.work}>
        <Home />
        {drawn.map(({ win, depth }) => (
          <Window key={win.app} win={win} depth={depth} front={win === top} space={space} />
        ))}
        <Ghost />
      </main>
      <Dock />
    </div>
  );
}

/** The work area, anew when the page changes its size. */
function useRoom(): Room {
  const [space, setSpace] = useState(room);
  useEffect(() => {
    const look = () => setSpace(room());
    addEventListener("resize", look);
    return () => removeEventListener("resize", look);
  }, []);
  return space;
}

function Ghost() {
  const box = useGhost((state) => state.box);
  if (!box) return null;
  return (
    <div
      className={windowStyles.ghost}
      aria-hidden="true"
      style={{
        transform: `translate(${box.x}px, ${box.y}px)`,
        width: box.w,
        height: box.h,
      }}
    />
  );
}
