import { CircleUser, LogOut, Settings } from "lucide-react";

import { left, useAccount } from "../api/account";
import { Problem } from "../api/http";
import { logout } from "../api/people";
import { Menu, MenuItem } from "../kit/menu";
import { note } from "../kit/notes";
import { show } from "./desk";
import styles from "./shell.module.css";

/** Who is here, and the way to their settings and out. */
export function Person({ side = "bottom" }: { side?: "top" | "bottom" }) {
  const name = useAccount((state) => state.me?.name ?? "");
  return (
    <Menu
      align={side === "top" ? "start" : "end"}
      side={side}
      button={
        <button type="button" className={styles.person} aria-label={`${name}, account`}>
          <CircleUser size={16} strokeWidth={1.75} aria-hidden />
          {name}
        </button>
      }
    >
      <MenuItem
        icon={<Settings size={16} strokeWidth={1.75} aria-hidden />}
        onSelect={() => show("settings")}
      >
        Settings
      </MenuItem>
      <MenuItem
        icon={<LogOut size={16} strokeWidth={1.75} aria-hidden />}
        onSelect={() => void logOut()}
      >
        Log out
      </MenuItem>
    </Menu>
  );
}

async function logOut(): Promise<void> {
  try {
    await logout();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    // An ended login is what was wanted; a silent server must not look like one.
    if (error.passing) return note(false, "You are still logged in", error.message);
  }
  left(false);
}
