import { useState } from "react";

import { useAccount } from "../../api/account";
import { prove } from "../../api/panel";
import { Dialog, DialogForm } from "../../kit/dialog";
import { CodeField, PasswordField } from "../../kit/field";
import { settleProof, useProof } from "./proof";
import { useAct } from "./useAct";

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
  const totp = useAccount((state) => state.me?.totp ?? false);
  const [given, setGiven] = useState("");
  const { busy, error, act } = useAct();
  return (
    <DialogForm
      title={TITLE}
      says="What changes the server needs more than an open browser. It counts for five minutes."
      act="Continue"
      busy={busy ? "Checking" : false}
      disabled={totp ? given.length < 6 : !given}
      onClose={() => settleProof(false)}
      onSubmit={() =>
        void act(() => prove(given)).then((done) => (done ? settleProof(true) : setGiven("")))
      }
    >
      {totp ? (
        <CodeField
          label="Code of your app"
          value={given}
          error={error}
          autoFocus
          onChange={setGiven}
        />
      ) : (
        <PasswordField
          label="Your password"
          autoComplete="current-password"
          autoFocus
          value={given}
          error={error}
          onChange={(event) => setGiven(event.target.value)}
        />
      )}
    </DialogForm>
  );
}
