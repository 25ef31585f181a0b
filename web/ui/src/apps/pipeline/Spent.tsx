import { useQuery } from "@tanstack/react-query";

import { spent } from "../../api/flow";
import type { ModelSpent } from "../../generated";
import { capital, money, span } from "../../kit/words";
import { useFrame } from "../../shell/frame";
import styles from "./pipeline.module.css";
import { short } from "./words";

const OFTEN = 5_000;
const MILLION = 1_000_000;

/** What thinking took today, by who thinks; nothing where nobody thought yet. */
export function Spent() {
  const { seen } = useFrame();
  const { data } = useQuery({
    queryKey: ["flow", "spent"],
    queryFn: spent,
    refetchInterval: seen ? OFTEN : false,
  });
  if (!data?.models.length) return null;
  return (
    <section className={styles.spent} aria-label="Models today">
      <table>
        <thead>
          <tr>
            <th scope="col">Models today</th>
            <th scope="col">Steps</th>
            <th scope="col">Tokens</th>
            <th scope="col">p95</th>
            <th scope="col">Cost</th>
          </tr>
        </thead>
        <tbody>
          {data.models.map((each) => (
            <Row key={each.model} each={each} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Row({ each }: { each: ModelSpent }) {
  const { model, provider, steps, tokens, p95_ms, cost } = each;
  return (
    <tr>
      <th scope="row">
        {model} <small>{WHO[provider] ?? capital(provider)}</small>
      </th>
      <td>{steps}</td>
      <td>{tokens ? short(tokens) : "–"}</td>
      <td>{p95_ms < 1 ? "< 1 ms" : span(p95_ms)}</td>
      <td>{money(cost / MILLION)}</td>
    </tr>
  );
}

const WHO: Record<string, string> = {
  offline: "this server",
  openai: "OpenAI or its protocol",
  other: "own server",
};
