import { Button } from "../../kit/button";
import { Skeleton } from "../../kit/page";
import { Limits } from "./Limits";
import { Local } from "./Local";
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
  if (failed || (models.isError && !models.data)) {
    return (
      <Group>
        <Row title="The settings did not come">
          <Button
            onClick={() => {
              again();
              void models.refetch();
            }}
          >
            Try again
          </Button>
        </Row>
      </Group>
    );
  }
  if (!models.data || !settings) return <Skeleton rows={4} />;
  return (
    <>
      <Says>Where answers come from. The first that works is used, from left to right.</Says>
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
