import { CircleX, Hourglass } from "lucide-react";

import type { Attention } from "./attention";

interface Props {
  kind: Attention["kind"];
  size: number;
  className?: string | undefined;
}

/** The shape of what needs a person: a question waits, what stands still has failed. */
export function AttentionSign({ kind, size, className }: Props) {
  const Sign = kind === "waits" ? Hourglass : CircleX;
  return <Sign size={size} strokeWidth={2} aria-hidden className={className} />;
}
