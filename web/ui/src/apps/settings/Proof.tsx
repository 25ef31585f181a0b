import { useState } from "react";

import { useHasApp } from "../../api/account";
import { prove } from "../../api/panel";
import { Dialog, DialogForm } from "../../kit/dialog";
import { ProofField } from "../../kit/proof";
import { settleProof, useProof } from "./proof";
import { useAct } from "../../api/useAct";

const TITLE = "Show that it is you";

/** Asks for a code of the app, or the password, once for a visit. */
export function Proof() {
  const waiting = useProof((state) => state.waiting !== null);
  return (
    <Dialog open={waiting} onClose={() => settleProof(false)} title={TITLE}>
      <Ask />
    </Dialog>
  );
}

function Ask() {
  const app = useHasApp();
  const [given, setGiven] = useState("");
  const { busy, error, act } = useAct();
  return (
    <DialogForm
      title={TITLE}
      says="What changes the server needs more than an open browser. It counts for five minutes."
      act="Continue"
      busy={busy ? "Checking" : false}
      disabled={app ? given.length < 6 : !given}
      onClose={() => settleProof(false)}
      onSubmit={() =>
        void act(() => prove(given)).then((done) => (done ? settleProof(true) : setGiven("")))
      }
    >
      <ProofField app={app} value={given} error={error} onChange={setGiven} />
    </DialogForm>
  );
}
