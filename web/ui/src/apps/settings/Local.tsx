import { Server } from "lucide-react";

import type { LocalShown } from "../../generated";
import { Button } from "../../kit/button";
import { note } from "../../kit/notes";
import { Row } from "./Rows";
import styles from "./settings.module.css";
import { useChange } from "./usePanel";

/** A model server that was found on this machine; it is never used unasked. */
export function Local({ local, inUse }: { local: LocalShown | null; inUse: unknown }) {
  const { busy, error, save } = useChange();
  if (!local || inUse === local.address) return null;
  const first = local.models[0];
  const count = local.models.length;

  async function use(): Promise<void> {
    const changes = {
      openai_base_url: local!.address,
      "models.flash": [`openai:${first}`, "rules"],
    };
    if (await save(changes)) note(true, "Your own model thinks now", `The tier Flash is ${first}.`);
  }

  return (
    <Row
      icon={<Server size={18} strokeWidth={1.75} aria-hidden />}
      title={`Model server found at ${local.address}`}
      second={
        error ? (
          <span className={styles.bad} role="alert">
            {error}
          </span>
        ) : count ? (
          `${count} ${count === 1 ? "model" : "models"}: ${local.models.slice(0, 3).join(", ")} · on this machine`
        ) : (
          "It has no model yet"
        )
      }
    >
      {first ? (
        <Button busy={busy ? "Setting" : false} onClick={() => void use()}>
          Use it
        </Button>
      ) : null}
    </Row>
  );
}
