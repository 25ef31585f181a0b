/** What surrounds an app, a window or a phone's screen, and where it may put its title. */
import { createContext, use, type ReactNode } from "react";
import { createPortal } from "react-dom";

import styles from "./frame.module.css";

export interface Frame {
  /** The place in the title bar; null until it is there. */
  slot: HTMLElement | null;
  phone: boolean;
  /** Whether anybody can see it: what is not seen need not be kept up to date. */
  seen: boolean;
  /** Whether it is the one that the page is about. */
  front: boolean;
}

const Context = createContext<Frame>({ slot: null, phone: false, seen: true, front: true });

export const FrameProvider = Context.Provider;
export const useFrame = () => use(Context);

/** What an app shows in its title bar: its title first. */
export function Head({ children }: { children: ReactNode }) {
  const { slot } = useFrame();
  return slot ? createPortal(children, slot) : null;
}

/** The title itself. */
export function Title({ children }: { children: ReactNode }) {
  return <h1 className={styles.title}>{children}</h1>;
}

/** Rows of an app's views: in the title bar of a window, below it on a phone. */
export function Beside({ children }: { children: ReactNode }) {
  const { slot, phone } = useFrame();
  if (phone) return <div className={styles.below}>{children}</div>;
  return slot ? createPortal(<div className={styles.beside}>{children}</div>, slot) : null;
}
