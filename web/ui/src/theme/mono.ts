/** The font of code; nobody who sees none has to load it. */
import { useEffect } from "react";

export function useMono(): void {
  // A font that does not come is no fault: the system has one.
  useEffect(() => void import("./mono-font").catch(() => undefined), []);
}
