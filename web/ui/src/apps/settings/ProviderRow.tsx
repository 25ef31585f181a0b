import { Globe, ServerCog, Orbit } from "lucide-react";
import { useState } from "react";

import { tryModel, type Provider } from "../../api/panel";
import type { ProviderShown, Trial } from "../../generated";
import { Button } from "../../kit/button";
import { Dialog } from "../../kit/dialog";
import { Glyph } from "../../kit/state";
import { counted, span } from "../../kit/words";
import { ProviderForm } from "./ProviderForm";
import { Row } from "./Rows";
import styles from "./settings.module.css";
import { useAct } from "../../api/useAct";

export const PROVIDERS: Record<Provider, { title: string; Icon: typeof Globe }> = {
  gemini: { title: "Gemini", Icon: Globe },
  anthropic: { title: "Anthropic", Icon: Orbit },
  openai: { title: "OpenAI and compatible", Icon: ServerCog },
};

/** One provider: its key as far as it may be shown, whether it works, and what can be done. */
export function ProviderRow({ provider }: { provider: ProviderShown }) {
  const { title, Icon } = PROVIDERS[provider.id];
  const [editing, setEditing] = useState(false);
  const [tried, setTried] = useState<Trial | null>(null);
  const { busy, error, act } = useAct();
  const close = () => setEditing(false);
  const usable = provider.kept || provider.base_url !== null;
  // A server of one's own may need an address and no key.
  const begin = provider.id === "openai" ? "Set up" : "Add a key";
  const verb = usable ? "Edit" : begin;
  const failed = error ?? (tried && !tried.ok ? tried.says : null);
  return (
    <Row
      icon={<Icon size={18} strokeWidth={1.75} aria-hidden />}
      title={title}
      second={
        failed ? (
          <span className={styles.bad} role="alert">
            {failed}
          </span>
        ) : (
          facts(provider, tried)
        )
      }
    >
      <State provider={provider} tried={tried} failed={failed !== null} />
      {usable ? (
        <Button
          aria-label={`Test ${title}`}
          busy={busy ? "Asking" : false}
          onClick={() => void act(async () => setTried(await tryModel(provider.id)))}
        >
          Test
        </Button>
      ) : null}
      <Button
        aria-label={`${verb}${verb === "Add a key" ? " for" : ""} ${title}`}
        onClick={() => setEditing(true)}
      >
        {verb}
      </Button>
      <Dialog open={editing} onClose={close} title={title}>
        <ProviderForm
          provider={provider}
          title={title}
          onClose={close}
          onTried={(trial) => setTried(trial)}
        />
      </Dialog>
    </Row>
  );
}

function State({
  provider,
  tried,
  failed,
}: {
  provider: ProviderShown;
  tried: Trial | null;
  failed: boolean;
}) {
  if (failed) {
    return (
      <span className={styles.state} data-bad>
        <Glyph work="failed" />
        Does not work
      </span>
    );
  }
  if (tried?.ok) {
    return (
      <span className={styles.state} data-good>
        <Glyph work="done" />
        Works, {span(tried.ms)}
      </span>
    );
  }
  if (provider.resting) {
    return (
      <span className={styles.state}>
        <Glyph work="queued" />
        Resting after a failure
      </span>
    );
  }
  return null;
}

function facts(provider: ProviderShown, tried: Trial | null): string {
  const words = [keyWords(provider)];
  if (provider.base_url) words.push(provider.base_url);
  if (tried?.models.length) words.push(counted(tried.models.length, "model"));
  else if (provider.models.length) words.push(provider.models.slice(0, 2).join(", "));
  return words.join(" · ");
}

function keyWords({ kept, ends, environment, base_url }: ProviderShown): string {
  if (environment) return "Key from the environment";
  if (kept) return ends ? `Key ends in ${ends}` : "A key is kept";
  return base_url ? "No key, as a local server needs none" : "No key";
}
