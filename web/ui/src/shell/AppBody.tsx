import { Unplug } from "lucide-react";
import {
  Component,
  createElement,
  lazy,
  Suspense,
  useEffect,
  type ComponentType,
  type ReactNode,
} from "react";

import { Button } from "../kit/button";
import { FactPage, Skeleton } from "../kit/page";
import { APPS, type AppId, type AppProps } from "./apps";
import { ready } from "./rest";

const VIEWS = new Map<AppId, ComponentType<AppProps>>(APPS.map(({ id, load }) => [id, lazy(load)]));

/** An app, loaded when it is first opened. */
export function AppBody({ app, path }: { app: AppId; path: string }) {
  return (
    <Fence>
      <Suspense fallback={<Skeleton />}>
        {createElement(VIEWS.get(app)!, { path })}
        <There />
      </Suspense>
    </Fence>
  );
}

/** Stands beside an app, so it is there when the app is. */
function There() {
  useEffect(ready, []);
  return null;
}

/** Keeps the fault of one app from the others. */
class Fence extends Component<{ children: ReactNode }, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError() {
    return { broken: true };
  }

  override render() {
    if (!this.state.broken) return this.props.children;
    return (
      <FactPage
        bad
        icon={<Unplug size={22} strokeWidth={1.75} aria-hidden />}
        title="This app could not go on"
        says="It did not load, or met something it does not know. The others are as they were."
      >
        <Button onClick={() => location.reload()}>Load the page again</Button>
      </FactPage>
    );
  }
}
