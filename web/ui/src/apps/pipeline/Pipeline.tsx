import { Panel, ViewTabs } from "../../kit/tabs";
import type { AppProps } from "../../shell/apps";
import { Beside, Head, Title, useFrame } from "../../shell/frame";
import { go, partsOf } from "../../shell/router";
import { Letters } from "./Letters";
import { Map } from "./Map";
import { Messages } from "./Messages";
import styles from "./pipeline.module.css";
import { useFlow } from "./useFlow";

const OFTEN = 1_000;

/** The way of every message: the map, the messages, and what nobody could handle. */
export default function Pipeline({ path }: AppProps) {
  const { parts } = partsOf(path);
  const { seen } = useFrame();
  const flow = useFlow(seen ? OFTEN : false);
  const views = [
    { id: "map", title: "Map" },
    { id: "messages", title: "Messages" },
    { id: "letters", title: "Dead letters", count: flow.data?.letters ?? 0 },
  ] as const;
  const view = views.find((each) => each.id === parts[0]) ?? views[0];
  return (
    <div className={styles.app}>
      <Head>
        <Title>Pipeline</Title>
      </Head>
      <Beside>
        <ViewTabs
          label="Pipeline"
          views={views}
          value={view.id}
          onChoose={(id) => go(id === "map" ? "/pipeline" : `/pipeline/${id}`, "replace")}
        />
      </Beside>
      <Panel label="Pipeline" title={view.title} className={styles.panel}>
        {view.id === "map" ? <Map flow={flow} /> : null}
        {view.id === "messages" ? <Messages turn={parts[1] ?? null} /> : null}
        {view.id === "letters" ? <Letters /> : null}
      </Panel>
    </div>
  );
}
