/** Menus: a button now, and the rest of it, which is large, when somebody comes near. */
import {
  cloneElement,
  createElement,
  useEffect,
  useState,
  type ComponentProps,
  type ReactElement,
  type ReactNode,
} from "react";

import { note } from "./notes";

type Parts = typeof import("./menuParts");

let parts: Parts | null = null;

/** Fetch what a menu needs to open. */
export async function loadMenu(): Promise<Parts> {
  return (parts ??= await import("./menuParts"));
}

/** For who points at it or comes by the key: by the time it is pressed, all is there. */
const fetchAhead = () => void loadMenu().catch(() => undefined);

export interface MenuProps {
  /** The button that opens it. */
  button: ReactElement<ComponentProps<"button">>;
  align?: "start" | "end";
  side?: "top" | "bottom";
  children: ReactNode;
}

interface Props extends MenuProps {
  /** Given when something else than its button opens it too. */
  open?: boolean;
  onOpen?: (open: boolean) => void;
}

export function Menu({ open, onOpen, ...rest }: Props) {
  const [own, setOwn] = useState(false);
  const [loaded, setLoaded] = useState(parts);
  // A hand on the mouse points; all others begin at the first item.
  const [pointed, setPointed] = useState(false);
  const shown = open ?? own;
  const change = onOpen ?? setOwn;

  useEffect(() => {
    if (!shown || loaded) return;
    let gone = false;
    loadMenu().then(
      (all) => (gone ? undefined : setLoaded(all)),
      () => {
        if (gone) return;
        change(false);
        note(false, "The menu did not load", "The server does not answer. Try again in a moment.");
      },
    );
    return () => {
      gone = true;
    };
  }, [shown, loaded, change]);

  if (loaded) return <loaded.Menu {...rest} open={shown} onOpen={change} atFirst={!pointed} />;
  return cloneElement(rest.button, {
    "aria-haspopup": "menu",
    "aria-expanded": shown,
    onPointerEnter: fetchAhead,
    onPointerDown: fetchAhead,
    onFocus: fetchAhead,
    onClick: (event) => {
      setPointed(event.detail > 0);
      change(true);
    },
    onKeyDown: (event) => {
      if (event.key !== "ArrowDown") return;
      event.preventDefault();
      change(true);
    },
  });
}

export interface ItemProps {
  icon?: ReactNode;
  danger?: boolean;
  disabled?: boolean;
  onSelect: () => void;
  children: ReactNode;
}

// What stands in a menu is drawn only when it is open, and then its parts are there.

export const MenuItem = (props: ItemProps) => createElement(parts!.Item, props);

export interface Option<T extends string> {
  value: T;
  label: string;
  second?: string | undefined;
}

export interface ChoiceProps<T extends string> {
  label: string;
  value: T;
  options: Option<T>[];
  onChoose: (value: T) => void;
}

/** One of several. */
export const MenuChoice = <T extends string>(props: ChoiceProps<T>) =>
  createElement(parts!.Choice<T>, props);

export const MenuLine = () => createElement(parts!.Line);
