import { Image } from "lucide-react";
import type { ReactNode } from "react";

import styles from "./markdown.module.css";

const ALLOWED = /^(?:https?:\/\/|mailto:|\/api\/files\/download\?)/i;

/** A link to another place; one whose target is not allowed is only its text. */
export function SafeLink({ href, children }: { href?: string | undefined; children: ReactNode }) {
  if (!href || !ALLOWED.test(href)) return <span>{children}</span>;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow" title={href}>
      {children}
    </a>
  );
}

/** A picture in an answer is never loaded: its address could carry away what was said. */
export function PictureLink({ src, alt }: { src?: unknown; alt?: string | undefined }) {
  const address = typeof src === "string" ? src : "";
  return (
    <span className={styles.picture}>
      <Image size={16} strokeWidth={1.75} aria-hidden />
      <SafeLink href={address}>{alt || "Picture"}</SafeLink>
      <span className={styles.where}>{host(address)} · not loaded</span>
    </span>
  );
}

function host(address: string): string {
  try {
    return new URL(address).host;
  } catch {
    return "no address";
  }
}
