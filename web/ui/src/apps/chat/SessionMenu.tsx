import { Ellipsis, Pencil, Trash2 } from "lucide-react";
import { lazy, Suspense, useState, type ReactNode } from "react";

import type { Session } from "../../generated";
import { IconButton } from "../../kit/button";
import { Menu, MenuItem, type MenuProps } from "../../kit/menu";

const SessionAsk = lazy(() => import("./SessionAsk"));

interface Props {
  session: Pick<Session, "id" | "title">;
  current: boolean;
  className?: string;
  /** The button, when it is not the usual one. */
  button?: MenuProps["button"];
  children?: ReactNode;
}

/** Rename or delete a conversation. */
export function SessionMenu({ session, current, className = "", button, children }: Props) {
  const [asking, setAsking] = useState<"rename" | "delete" | null>(null);
  const usual = (
    <IconButton label={`More for ${session.title}`} className={className}>
      <Ellipsis size={16} strokeWidth={1.75} aria-hidden />
    </IconButton>
  );
  return (
    <>
      <Menu button={button ?? usual} align="start">
        {children}
        <MenuItem
          icon={<Pencil size={16} strokeWidth={1.75} aria-hidden />}
          onSelect={() => setAsking("rename")}
        >
          Rename
        </MenuItem>
        <MenuItem
          danger
          icon={<Trash2 size={16} strokeWidth={1.75} aria-hidden />}
          onSelect={() => setAsking("delete")}
        >
          Delete
        </MenuItem>
      </Menu>
      {asking ? (
        <Suspense fallback={null}>
          <SessionAsk
            what={asking}
            session={session}
            current={current}
            onClose={() => setAsking(null)}
          />
        </Suspense>
      ) : null}
    </>
  );
}
