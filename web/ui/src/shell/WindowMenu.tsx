import { Minus, Move, PanelLeft, PanelRight, Scaling, Square, X } from "lucide-react";

import { Menu, MenuItem, MenuLine } from "../kit/menu";
import { useAdjust } from "./adjust";
import type { AppInfo } from "./apps";
import { AppTile } from "./AppTile";
import { close, hide, setMode, toggleMax } from "./desk";
import styles from "./window.module.css";

const ICON = { size: 16, strokeWidth: 1.75, "aria-hidden": true } as const;

/** All that can be done to a window without a mouse, behind its sign. */
export function WindowMenu({ app, free }: { app: AppInfo; free: boolean }) {
  const open = useAdjust((state) => state.menu === app.id);
  const begin = useAdjust((state) => state.begin);
  return (
    <Menu
      open={open}
      onOpen={(now) => useAdjust.setState({ menu: now ? app.id : null })}
      button={
        <button type="button" className={styles.sign} aria-label={`Window of ${app.title}`}>
          <AppTile app={app.id} size={18} />
        </button>
      }
    >
      <MenuItem icon={<Move {...ICON} />} onSelect={() => begin(app.id, "move")}>
        Move
      </MenuItem>
      <MenuItem icon={<Scaling {...ICON} />} onSelect={() => begin(app.id, "resize")}>
        Resize
      </MenuItem>
      <MenuLine />
      <MenuItem icon={<PanelLeft {...ICON} />} onSelect={() => setMode(app.id, "left")}>
        Left half
      </MenuItem>
      <MenuItem icon={<PanelRight {...ICON} />} onSelect={() => setMode(app.id, "right")}>
        Right half
      </MenuItem>
      <MenuItem icon={<Square {...ICON} />} onSelect={() => toggleMax(app.id)}>
        {free ? "Maximise" : "Restore"}
      </MenuItem>
      <MenuItem icon={<Minus {...ICON} />} onSelect={() => hide(app.id)}>
        Minimise
      </MenuItem>
      <MenuLine />
      <MenuItem icon={<X {...ICON} />} onSelect={() => close(app.id)}>
        Close
      </MenuItem>
    </Menu>
  );
}
