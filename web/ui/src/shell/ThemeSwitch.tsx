import { Moon, Sun } from "lucide-react";

import { IconButton } from "../kit/button";
import { useTheme } from "../theme/theme";

/** Between light and dark; the settings can follow the system. */
export function ThemeSwitch() {
  const shown = useTheme((state) => state.shown);
  const choose = useTheme((state) => state.choose);
  const other = shown === "dark" ? "light" : "dark";
  const Icon = shown === "dark" ? Moon : Sun;
  return (
    <IconButton label={`Change to ${other} colours`} onClick={() => choose(other)}>
      <Icon size={16} strokeWidth={1.75} aria-hidden />
    </IconButton>
  );
}
