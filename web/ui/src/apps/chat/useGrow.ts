import { useLayoutEffect, type RefObject } from "react";

const LINES = 8;

/** Let a text area grow with its text, up to eight lines. */
export function useGrow(area: RefObject<HTMLTextAreaElement | null>, text: string): void {
  useLayoutEffect(() => {
    const element = area.current;
    // Where the browser does it by itself (field-sizing), measuring would only cost.
    if (!element || CSS.supports("field-sizing", "content")) return;
    const line = Number.parseFloat(getComputedStyle(element).lineHeight);
    element.style.height = "auto";
    element.style.height = `${Math.min(element.scrollHeight, line * LINES)}px`;
  }, [area, text]);
}
