/** Light or dark: the person's choice, or what the system says. */
import { create } from "zustand";

export type Choice = "light" | "dark" | "system";
type Shown = "light" | "dark";

const KEY = "livos.theme";
const system = matchMedia("(prefers-color-scheme: dark)");

interface Theme {
  choice: Choice;
  shown: Shown;
  choose: (choice: Choice) => void;
}

function kept(): Choice {
  try {
    const found = localStorage.getItem(KEY);
    return found === "light" || found === "dark" ? found : "system";
  } catch {
    return "system";
  }
}

function shownFor(choice: Choice): Shown {
  if (choice !== "system") return choice;
  return system.matches ? "dark" : "light";
}

export const useTheme = create<Theme>()((set) => ({
  choice: kept(),
  shown: shownFor(kept()),
  choose: (choice) => {
    try {
      if (choice === "system") localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, choice);
    } catch {
      // It holds until the page is loaded anew.
    }
    set({ choice, shown: shownFor(choice) });
  },
}));

useTheme.subscribe(({ shown }) => {
  document.documentElement.dataset["theme"] = shown;
});

function look(): void {
  const choice = kept();
  useTheme.setState({ choice, shown: shownFor(choice) });
}

system.addEventListener("change", look);
addEventListener("storage", look);
