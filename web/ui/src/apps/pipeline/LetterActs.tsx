import { useQueryClient } from "@tanstack/react-query";
import { PencilLine, RotateCw, Trash2 } from "lucide-react";
import { useState } from "react";

import { order } from "../../api/flow";
import type { DeskForm, LetterView } from "../../generated";
import { Button } from "../../kit/button";
import { Dialog, DialogForm } from "../../kit/dialog";
import { note } from "../../kit/notes";
import { useAct } from "../settings/useAct";
import styles from "./pipeline.module.css";
import { Proof, proven, useHasApp } from "./Proof";

const ICON = { size: 15, strokeWidth: 1.75, "aria-hidden": true } as const;

interface Props {
  letter: LetterView;
  /** How many fell out of the same stage for the same reason, this one among them. */
  alike: number;
  /** What is dropped goes a little later: until then it can be kept. */
  onDrop: (form: DeskForm) => void;
}

type Wish = "edit" | "redrive" | "all" | "drop";

/** What can be done with a letter; each is asked once more, and proven. */
export function LetterActs({ letter, alike, onDrop }: Props) {
  const [wish, setWish] = useState<Wish | null>(null);
  const close = () => setWish(null);
  const title = wish ? TITLES[wish](letter, alike) : "";
  return (
    <>
      <Button look="primary" onClick={() => setWish("redrive")}>
        <RotateCw {...ICON} />
        Send again
      </Button>
      <Button onClick={() => setWish("edit")}>
        <PencilLine {...ICON} />
        Edit
      </Button>
      {alike > 1 ? (
        <Button onClick={() => setWish("all")}>Send all {alike} like this</Button>
      ) : null}
      <Button onClick={() => setWish("drop")}>
        <Trash2 {...ICON} />
        Drop
      </Button>
      <Dialog
        open={wish !== null}
        onClose={close}
        title={title}
        size={wish === "edit" ? "wide" : "small"}
      >
        {wish ? <Ask key={wish} {...{ wish, title, letter, onDrop }} onClose={close} /> : null}
      </Dialog>
    </>
  );
}

const TITLES: Record<Wish, (letter: LetterView, alike: number) => string> = {
  edit: ({ source }) => `Correct the message and send it to ${source}`,
  redrive: ({ source }) => `Send it to ${source} again?`,
  all: ({ stage, error }, alike) => `Send all ${alike} of ${stage} with ${error} again?`,
  drop: () => "Drop this letter?",
};
const SAYS: Record<Wish, string> = {
  edit: "It keeps its ids. Should it come back, the letter says what it was before.",
  redrive:
    "It goes on from where it fell out, with the ids it had. What a tool changed before is not changed again.",
  all: "Each goes on from where it fell out. Those whose turn has gone on since stay, with the reason.",
  drop: "Its message is not answered any more. The journal remembers that it was there.",
};
const ACTS: Record<Wish, string> = {
  edit: "Send corrected",
  redrive: "Send again",
  all: "Send all again",
  drop: "Drop",
};

interface AskProps extends Omit<Props, "alike"> {
  wish: Wish;
  title: string;
  onClose: () => void;
}

function Ask({ wish, title, letter, onDrop, onClose }: AskProps) {
  const [data, setData] = useState(letter.original);
  const [proof, setProof] = useState("");
  const { busy, error, act } = useAct();
  const app = useHasApp();
  const client = useQueryClient();
  const form: DeskForm = {
    act: wish === "all" ? "redrive" : wish,
    letters: [letter.entry],
    like: wish === "all",
    data: wish === "edit" ? data.trim() : null,
    ...proven(app, proof),
  };
  const send = async () => {
    if (wish === "drop") {
      onDrop(form);
      onClose();
      return;
    }
    const done = await act(async () => {
      const { done: sent, left } = await order(form);
      if (sent) note(true, sent === 1 ? `Sent to ${letter.source}` : `Sent ${sent} letters`);
      if (left.length) note(false, `${left.length} stay at the desk`, left[0]);
      await client.invalidateQueries({ queryKey: ["flow"] });
    });
    if (done) onClose();
    else if (app) setProof("");
  };
  return (
    <DialogForm
      title={title}
      says={SAYS[wish]}
      act={ACTS[wish]}
      busy={busy ? "Sending" : false}
      disabled={app ? proof.length < 6 : !proof}
      onClose={onClose}
      onSubmit={() => void send()}
    >
      {wish === "edit" ? (
        <label className={styles.edit}>
          The message
          <textarea
            rows={10}
            spellCheck={false}
            value={data}
            onChange={(event) => setData(event.target.value)}
          />
        </label>
      ) : null}
      <Proof value={proof} error={error} onChange={setProof} />
    </DialogForm>
  );
}
