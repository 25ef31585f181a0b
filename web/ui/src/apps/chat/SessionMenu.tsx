import { Ellipsis, Pencil, Trash2 } from "lucide-react";
import { useState, type ReactNode } from "react";

import type { Session } from "../../generated";
import { IconButton } from "../../kit/button";
import { Confirm, Dialog, DialogForm } from "../../kit/dialog";
import { Field } from "../../kit/field";
import { Menu, MenuItem } from "../../kit/menu";
import { go } from "../../shell/router";
import { useRemove, useRename } from "./useSessions";

interface Props {
  session: Pick<Session, "id" | "title">;
  current: boolean;
  className?: string;
  /** The button, when it is not the usual one. */
  button?: ReactNode;
  children?: ReactNode;
}

/** Rename or delete a conversation. */
export function SessionMenu({ session, current, className = "", button, children }: Props) {
  const [asking, setAsking] = useState<"rename" | "delete" | null>(null);
  const remove = useRemove();
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
      <Dialog
        open={asking === "rename"}
        onClose={() => setAsking(null)}
        title="Rename the conversation"
      >
        <Rename session={session} onClose={() => setAsking(null)} />
      </Dialog>
      <Confirm
        open={asking === "delete"}
        title={`Delete “${session.title}”?`}
        says="It leaves this list and the search. The journal of the server keeps what was done."
        act="Delete"
        onAct={() => {
          setAsking(null);
          remove.mutate(session.id);
          if (current) go("/");
        }}
        onClose={() => setAsking(null)}
      />
    </>
  );
}

function Rename({ session, onClose }: { session: Props["session"]; onClose: () => void }) {
  const [title, setTitle] = useState(session.title);
  const rename = useRename();
  return (
    <DialogForm
      title="Rename the conversation"
      act="Rename"
      disabled={!title.trim()}
      busy={rename.isPending ? "Renaming" : false}
      onClose={onClose}
      onSubmit={() =>
        rename.mutate({ id: session.id, title: title.trim() }, { onSuccess: onClose })
      }
    >
      <Field
        label="Name"
        value={title}
        maxLength={120}
        onFocus={(event) => event.target.select()}
        onChange={(event) => setTitle(event.target.value)}
      />
    </DialogForm>
  );
}
