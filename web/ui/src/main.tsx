import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { Problem } from "./api/http";
import { onBack } from "./api/silence";
import { App } from "./shell/App";
import { loadShell } from "./shell/load";
import "./theme/base.css";

const client = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (count, error) => error instanceof Problem && error.passing && count < 3,
      staleTime: 2_000,
    },
  },
});

// What nobody answered is asked again as soon as somebody does.
onBack(() => void client.refetchQueries({ type: "active" }));

// While the server is asked who is here: most who come are logged in.
void loadShell();

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
);
