import { Button } from "../../kit/button";
import { copy } from "../../kit/copy";
import { note } from "../../kit/notes";
import styles from "./settings.module.css";

/** The codes for when the authenticator is lost; shown this once. */
export function Recovery({ codes, onClose }: { codes: string[]; onClose: () => void }) {
  const all = codes.join("\n");
  return (
    <div className={styles.recovery}>
      <h2>Keep these recovery codes</h2>
      <p>
        Each lets you in once when the authenticator is not at hand. They are shown only now; keep
        them where your phone is not.
      </p>
      <ol aria-label="Recovery codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ol>
      <div className={styles.acts}>
        <Button
          onClick={() =>
            void copy(all).then((done) => (done ? note(true, "Recovery codes copied") : undefined))
          }
        >
          Copy them
        </Button>
        <Button look="primary" onClick={onClose}>
          I have kept them
        </Button>
      </div>
    </div>
  );
}
