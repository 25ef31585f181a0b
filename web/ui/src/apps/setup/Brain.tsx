import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { modelsShown, type Provider } from "../../api/panel";
import type { Trial } from "../../generated";
import { Field, PasswordField } from "../../kit/field";
import { Glyph } from "../../kit/state";
import { counted } from "../../kit/words";
import { Proof } from "../settings/Proof";
import { reachOf } from "../settings/reach";
import { ReachTest } from "../settings/ReachTest";
import { useChange } from "../settings/usePanel";
import { useReach } from "../settings/useReach";
import styles from "./setup.module.css";
import { Wizard } from "./Wizard";

type Way = "local" | "key" | "offline";

const PROVIDERS: { id: Provider; title: string }[] = [
  { id: "gemini", title: "Gemini" },
  { id: "anthropic", title: "Anthropic" },
  { id: "openai", title: "OpenAI, or a server that speaks its protocol" },
];
/** What an OpenAI key asks first; the others have usual models of their own. */
const OPENAI = "gpt-5-mini";

/** The model that is asked first, of those that are there. */
function firstOf({ models, model }: Trial): string[] {
  const first = models.includes(OPENAI) ? OPENAI : model || models[0] || OPENAI;
  return [`openai:${first}`, "rules"];
}

interface Props {
  steps: readonly string[];
  onNext: () => void;
}

/** What the server thinks with: what was found here comes first. */
export function Brain({ steps, onNext }: Props) {
  const { data } = useQuery({ queryKey: ["panel", "models"], queryFn: modelsShown });
  const local = data?.local?.models.length ? data.local : null;
  const [chosen, setChosen] = useState<Way | null>(null);
  const [model, setModel] = useState<string | null>(null);
  const [provider, setProvider] = useState<Provider>("gemini");
  const [key, setKey] = useState("");
  const [server, setServer] = useState("");
  const { busy, error, save, clear } = useChange();
  const own = provider === "openai";
  const given = reachOf(key, own ? server : "", "");
  const reach = useReach(provider, given);
  const some = Object.keys(given).length > 0;
  const way = chosen ?? (local ? "local" : "key");
  const choose = (fresh: Way) => {
    setChosen(fresh);
    clear();
    reach.clear();
  };

  async function go(anyway = false): Promise<void> {
    if (way === "local") {
      const kept = await save({
        openai_base_url: local!.address,
        "models.flash": [`openai:${model ?? local!.models[0]}`, "rules"],
      });
      if (!kept) return;
    } else if (way === "key") {
      const tried = await reach.keep(anyway);
      if (!tried || (own && !(await save({ "models.flash": firstOf(tried) })))) return;
    }
    onNext();
  }

  return (
    <Wizard
      steps={steps}
      at={2}
      title="What should your server think with?"
      says="You can change this, or mix several, in Settings under Models."
      act="Continue"
      busy={reach.busy === "keep" ? "Trying it" : busy ? "Setting" : false}
      ready={reach.busy === null && (way !== "key" || some)}
      onSkip={onNext}
      onNext={() => void go()}
    >
      <fieldset className={styles.radios}>
        <legend className="unseen">What it thinks with</legend>
        {local ? (
          <Card
            way="local"
            now={way}
            title="A model on this machine"
            says={`${local.address} has ${counted(local.models.length, "model")}. Nothing leaves your home.`}
            found="Found here"
            onChoose={choose}
          >
            <select
              className={styles.select}
              aria-label="Which model"
              value={model ?? local.models[0]}
              onChange={(event) => setModel(event.target.value)}
            >
              {local.models.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
            {error ? <Wrong says={error} /> : null}
          </Card>
        ) : null}
        <Card
          way="key"
          now={way}
          title="A key from a provider"
          says="Your questions go to them, and what they need of your server with it."
          onChoose={choose}
        >
          <select
            className={styles.select}
            aria-label="Which provider"
            value={provider}
            onChange={(event) => {
              setProvider(event.target.value as Provider);
              reach.clear();
            }}
          >
            {PROVIDERS.map(({ id, title }) => (
              <option key={id} value={id}>
                {title}
              </option>
            ))}
          </select>
          <PasswordField
            label="Key"
            autoComplete="off"
            value={key}
            error={error ?? reach.wrong("key")}
            hint={
              own
                ? "Kept sealed, and never shown again. A server of your own may need none."
                : "It is tried once, then kept sealed, and never shown again."
            }
            onChange={(event) => {
              setKey(event.target.value);
              reach.clear();
            }}
          />
          {own ? (
            <Field
              label="Server address"
              placeholder="http://127.0.0.1:1234/v1"
              value={server}
              inputMode="url"
              spellCheck={false}
              autoCapitalize="off"
              error={reach.wrong("server")}
              hint="Empty: OpenAI itself."
              onChange={(event) => {
                setServer(event.target.value);
                reach.clear();
              }}
            />
          ) : null}
          <ReachTest reach={reach} ready={some} onAnyway={() => void go(true)} />
        </Card>
        <Card
          way="offline"
          now={way}
          title="The offline brain"
          says="Commands and rules only. Free, private, and always there when the others fail."
          onChoose={choose}
        />
      </fieldset>
      <Proof />
    </Wizard>
  );
}

interface CardProps {
  way: Way;
  now: Way;
  title: string;
  says: string;
  found?: string;
  onChoose: (way: Way) => void;
  children?: React.ReactNode;
}

function Card({ way, now, title, says, found, onChoose, children }: CardProps) {
  const on = way === now;
  return (
    <div className={styles.way} data-on={on || undefined}>
      <label>
        <input type="radio" name="way" checked={on} onChange={() => onChoose(way)} />
        <span>
          <b>{title}</b>
          <span>{says}</span>
        </span>
        {found ? (
          <span className={styles.found}>
            <Glyph work="done" />
            {found}
          </span>
        ) : null}
      </label>
      {on && children ? <div className={styles.more}>{children}</div> : null}
    </div>
  );
}

function Wrong({ says }: { says: string }) {
  return (
    <p className={styles.wrong} role="alert">
      {says}
    </p>
  );
}
