/** A diff for tests and the development page. Never part of the product. */
import type { DiffView } from "../generated/views";

export const diffView: DiffView = {
  more_items: 0,
  unreadable: [],
  items: [
    {
      component: "edge-gateway",
      name: "gateway.conf",
      change: "changed",
      binary: false,
      added: 2,
      removed: 1,
      truncated: false,
      hunks: [
        {
          header: "@@ -1,5 +1,6 @@",
          lines: [
            { op: "same", old: 1, new: 1, text: "# Edge gateway" },
            { op: "same", old: 2, new: 2, text: "listen = 8443" },
            { op: "removed", old: 3, new: null, text: "workers = 4" },
            { op: "added", old: null, new: 3, text: "workers = 16" },
            { op: "added", old: null, new: 4, text: "worker_connections = 4096" },
            { op: "same", old: 4, new: 5, text: "keepalive = 16" },
            { op: "same", old: 5, new: 6, text: "idle_timeout = 60s" },
          ],
        },
      ],
    },
    {
      component: "edge-gateway",
      name: "routes.conf",
      change: "changed",
      binary: false,
      added: 1,
      removed: 0,
      truncated: false,
      hunks: [
        {
          header: "@@ -2,2 +2,3 @@",
          lines: [
            { op: "same", old: 2, new: 2, text: "route.quotes = quotes:8443" },
            { op: "added", old: null, new: 3, text: "route.refunds = refunds:8443" },
          ],
        },
      ],
    },
  ],
};
