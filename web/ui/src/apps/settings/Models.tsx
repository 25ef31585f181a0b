import { Limits } from "./Limits";
import { Local } from "./Local";
import { NotYet } from "./NotYet";
import { ProviderRow } from "./ProviderRow";
import { Group, Row, Says } from "./Rows";
import { Tiers } from "./Tiers";
import { Cpu } from "lucide-react";
import styles from "./settings.module.css";
import { useModels, usePanel } from "./usePanel";

/** Where answers come from: providers and their keys, tiers, and what may be spent. */
export default function Models() {
  const models = useModels();
  const { settings, failed, again } = usePanel();
  if (!models.data || !settings) {
    return (
      <NotYet
        what="The settings"
        failed={failed || models.isError}
        rows={4}
        onTry={() => {
          again();
          void models.refetch();
        }}
      />
    );
  }
  return (
    <>
      <Says>
        Where answers come from. Each tier asks the first of its models that works, in the order
        shown.
      </Says>
      <Group title="Providers">
        {models.data.providers.map((each) => (
          <ProviderRow key={each.id} provider={each} />
        ))}
        <Local local={models.data.local} inUse={settings["openai_base_url"]?.value} />
        <Row
          icon={<Cpu size={18} strokeWidth={1.75} aria-hidden />}
          title="Offline brain"
          second="Commands and rules, no model, never leaves this machine"
        >
          <span className={styles.quiet}>Always on</span>
        </Row>
      </Group>
      <Tiers shown={models.data} settings={settings} />
      <Limits spent={models.data.spent_day} settings={settings} />
    </>
  );
}
