import { X } from "lucide-react";

import { IconButton } from "../kit/button";
import { Dialog } from "../kit/dialog";
import { TABLE } from "./keys";
import styles from "./keys.module.css";
import { closeOverlay } from "./overlay";

/** What keys do here. */
export default function KeyTable() {
  return (
    <Dialog open title="Keys" onClose={closeOverlay}>
      <div className={styles.head}>
        <h2 aria-hidden="true">Keys</h2>
        <IconButton label="Close" onClick={closeOverlay}>
          <X size={16} strokeWidth={1.75} aria-hidden />
        </IconButton>
      </div>
      <dl className={styles.table}>
        {TABLE.map(({ keys, does }) => (
          <div key={keys}>
            <dt>
              {keys.split(" ").map((key, at) => (
                <kbd key={`${key} ${at}`}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
