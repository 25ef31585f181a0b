import { useState } from "react";

import type { Session } from "../../generated";
import { Confirm, Dialog, DialogForm } from "../../kit/dialog";
import { Field } from "../../kit/field";
import { chatPath, go } from "../../shell/router";
import { useRemove, useRename } from "./useSessions";

interface Props {
  what: "rename" | "delete";
  session: Pick<Session, "id" | "title">;
  current: boolean;
  onClose: () => void;
}

/** What is asked before a conversation is renamed or deleted. */
export default function SessionAsk({ what, session, current, onClose }: Props) {
  const remove = useRemove();
  if (what === "rename") {
    return (
      <Dialog open title="Rename the conversation" onClose={onClose}>
        <Rename session={session} onClose={onClose} />
      </Dialog>
    );
  }
  return (
    <Confirm
      open
      title={`Delete “${session.title}”?`}
      says="It leaves this list and the search. The journal of the server keeps what was done."
      act="Delete"
      onAct={() => {
        remove.mutate(session.id);
        if (current) go(chatPath(null));
        onClose();
      }}
      onClose={onClose}
    />
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
