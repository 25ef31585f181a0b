import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { Problem } from "./api/http";
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

// While the server is asked who is here: most who come are logged in.
void loadShell();

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
);
