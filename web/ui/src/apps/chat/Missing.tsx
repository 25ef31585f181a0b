import { MessageCircleOff } from "lucide-react";

import { Button } from "../../kit/button";
import { FactPage } from "../../kit/page";
import { chatPath, go } from "../../shell/router";
import styles from "./transcript.module.css";

/** An address at which no conversation is, or none of this person. */
export function Missing() {
  return (
    <div className={styles.missing} role="alert">
      <FactPage
        icon={<MessageCircleOff size={22} strokeWidth={1.75} aria-hidden />}
        title="This conversation is not here"
        says="The link may be old, or it is somebody else's. Yours are in the list."
      >
        <Button onClick={() => go(chatPath(null), "replace")}>Begin a new one</Button>
      </FactPage>
    </div>
  );
}
