import { lazy, Suspense, useEffect } from "react";

import { useAccount } from "../api/account";
import { ask } from "../api/http";
import { watch } from "../api/socket";
import { PHONE, useMedia } from "../kit/hooks";
import { attend } from "./attention";
import { begin } from "./desk";
import { Desktop } from "./Desktop";
import { closeOverlay, useOverlay } from "./overlay";
import { later, ready, useRest } from "./rest";
import { placeNow } from "./router";
import { useKeys } from "./useKeys";
import { Wallpaper } from "./Wallpaper";

const Palette = lazy(() => import("./Palette"));
const Phone = lazy(() => import("./Phone"));
const Later = lazy(() => import("./Later"));
const KeyTable = lazy(() => import("./KeyTable"));

/** What a person who is logged in has before them. */
export default function Shell() {
  const phone = useMedia(PHONE);
  const owner = useAccount((state) => state.me?.role === "owner");
  const shown = useOverlay((state) => state.shown);
  const rest = useRest();
  useEffect(begin, []);
  useEffect(() => {
    // An app says by itself when it is there.
    if (placeNow().at !== "app") ready();
  }, []);
  useEffect(() => closeOverlay, []);
  useKeys();
  useEffect(() => {
    let looking: Promise<() => void> | null = null;
    const begun = later(() => {
      looking = import("./watching").then(({ look }) => look(ask, watch, attend, owner));
    });
    return () => {
      begun();
      void looking?.then((end) => end());
    };
  }, [owner]);
  return (
    <>
      <Wallpaper />
      <Suspense>{phone ? <Phone /> : <Desktop />}</Suspense>
      <Suspense>{rest ? <Later /> : null}</Suspense>
      <Suspense fallback={null}>
        {shown === "palette" ? <Palette /> : null}
        {shown === "keys" ? <KeyTable /> : null}
      </Suspense>
    </>
  );
}
