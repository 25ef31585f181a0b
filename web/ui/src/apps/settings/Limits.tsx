import { Bar } from "../../kit/bar";
import { money } from "../../kit/words";
import { NumberRow } from "./NumberRow";
import { Group, Row } from "./Rows";
import styles from "./settings.module.css";
import type { Settings } from "./usePanel";

const ROWS = [
  { name: "agent.day.cost", title: "Everybody, a day", unit: "$" },
  { name: "agent.person.cost", title: "One person, a day", unit: "$" },
  { name: "agent.session.cost", title: "One conversation", unit: "$" },
  { name: "agent.max_cost", title: "One answer", unit: "$" },
] as const;
const WORK = [
  { name: "agent.max_steps", title: "Steps of one answer", unit: "" },
  { name: "agent.max_calls", title: "Tool calls of one answer", unit: "" },
  { name: "agent.max_seconds", title: "Longest answer", unit: "s" },
  { name: "models.patience", title: "Wait while no model answers", unit: "s" },
] as const;

/** What may be spent: money, by list prices, and work. */
export function Limits({ spent, settings }: { spent: number; settings: Settings }) {
  const most = Number(settings["agent.day.cost"]?.value ?? 0);
  const used = spent / 1_000_000;
  return (
    <>
      <Group title="Spending">
        <Row title="Today" second={most ? "In US dollars, until midnight UTC" : "No limit is set"}>
          <span className={styles.spent}>
            <span>
              <b>{money(used)}</b>
              {most ? ` of ${money(most)}` : ""}
            </span>
            {most ? <Bar part={used / most} label="Spent today" /> : null}
          </span>
        </Row>
        {ROWS.map((each) => (
          <NumberRow key={each.name} {...each} setting={settings[each.name]} none />
        ))}
      </Group>
      <Group title="Work">
        {WORK.map((each) => (
          <NumberRow key={each.name} {...each} setting={settings[each.name]} />
        ))}
      </Group>
    </>
  );
}
