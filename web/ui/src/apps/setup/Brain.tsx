import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { Problem } from "../../api/http";
import { changeSettings, keepKey, modelsShown, type Provider } from "../../api/panel";
import { PasswordField } from "../../kit/field";
import { Glyph } from "../../kit/state";
import { counted } from "../../kit/words";
import styles from "./setup.module.css";
import { Wizard } from "./Wizard";

type Way = "local" | "key" | "offline";

const PROVIDERS: { id: Provider; title: string }[] = [
  { id: "gemini", title: "Gemini" },
  { id: "anthropic", title: "Anthropic" },
  { id: "openai", title: "OpenAI" },
];
/** What an OpenAI key asks first; the others have usual models of their own. */
const OPENAI = ["openai:gpt-5-mini", "rules"];

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
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const way = chosen ?? (local ? "local" : "key");
  const choose = (fresh: Way) => {
    setChosen(fresh);
    setError(null);
  };

  async function go(): Promise<void> {
    setBusy(true);
    setError(null);
    try {
      if (way === "local") {
        await changeSettings({
          openai_base_url: local!.address,
          "models.flash": [`openai:${model ?? local!.models[0]}`, "rules"],
        });
      } else if (way === "key") {
        const tried = await keepKey(provider, key.trim());
        if (provider === "openai") {
          const first = tried.models.includes("gpt-5-mini") ? null : tried.models[0];
          await changeSettings({ "models.flash": first ? [`openai:${first}`, "rules"] : OPENAI });
        }
      }
      onNext();
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      setError(problem.message);
    } finally {
      setBusy(false);
    }
  }

  return (
    <Wizard
      steps={steps}
      at={2}
      title="What should your server think with?"
      says="You can change this, or mix several, in Settings under Models."
      act="Continue"
      busy={busy ? (way === "key" ? "Trying the key" : "Setting") : false}
      ready={way !== "key" || key.trim() !== ""}
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
            onChange={(event) => setProvider(event.target.value as Provider)}
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
            error={error}
            hint="It is tried once, then kept sealed, and never shown again."
            onChange={(event) => setKey(event.target.value)}
          />
        </Card>
        <Card
          way="offline"
          now={way}
          title="The offline brain"
          says="Commands and rules only. Free, private, and always there when the others fail."
          onChoose={choose}
        />
      </fieldset>
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
