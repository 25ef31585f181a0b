import type { AppProps } from "../../shell/apps";
import { Beside, Head, Title } from "../../shell/frame";
import { go, partsOf } from "../../shell/router";
import { Panel, ViewTabs } from "../../kit/tabs";
import { Containers } from "./Containers";
import { Overview } from "./Overview";
import { Processes } from "./Processes";
import { Redis } from "./Redis";
import { Services } from "./Services";
import styles from "./system.module.css";

const VIEWS = [
  { id: "overview", title: "Overview", Part: Overview },
  { id: "processes", title: "Processes", Part: Processes },
  { id: "services", title: "Services", Part: Services },
  { id: "containers", title: "Containers", Part: Containers },
  { id: "redis", title: "Redis", Part: Redis },
] as const;

/** The machine: how it is, and what runs on it. */
export default function System({ path }: AppProps) {
  const wanted = partsOf(path).parts[0];
  const view = VIEWS.find((each) => each.id === wanted) ?? VIEWS[0];
  return (
    <div className={styles.app}>
      <Head>
        <Title>System</Title>
      </Head>
      <Beside>
        <ViewTabs
          label="System"
          views={VIEWS}
          value={view.id}
          onChoose={(id) => go(id === "overview" ? "/system" : `/system/${id}`, "replace")}
        />
      </Beside>
      <Panel label="System" title={view.title}>
        <view.Part />
      </Panel>
    </div>
  );
}
