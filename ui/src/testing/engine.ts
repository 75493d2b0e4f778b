// Answers of an engine that does not exist, for the development page. Never part of the product.
import type {
  ActivityRequest,
  LogListRequest,
  SigningRequest,
  SimMetricsRequest,
  SimSubsystemRequest,
  UpdateDraft,
  UpdateListRequest,
} from "../generated/requests";
import type { JobView, SimView, StatusView } from "../generated/views";
import { componentRows, componentView } from "./components";
import { handshakeById, handshakeList } from "./handshakes";
import { entryOf, listOf } from "./log";
import { errorRate, latency, simMetrics } from "./metrics";
import { itemContent, planFor } from "./plan";
import { diffView } from "./diff";
import { activityView, overviewView, windowSeries, type Mood } from "./overview";
import { signingByAct } from "./signing";
import { updateList } from "./update-rows";
import { updateView } from "./updates";
import type { JobKind } from "../generated/words";

const problem = (code: string, detail: string, hint: string) => ({
  type: "about:blank",
  title: code,
  status: 409,
  code,
  detail,
  hint,
});

/** One answer per command; `?empty`, `?broken`, `?first`, `?act=` choose what is shown. */
export function answers(params: URLSearchParams): (command: string, request: Record<string, unknown>) => unknown {
  const began = Date.now();
  const empty = params.has("empty");
  const first = params.get("first");
  let size = empty ? 0 : 48_232;
  let made = 0;
  const sim: SimView = {
    simulation: true,
    subsystems: empty
      ? []
      : ["agentic_spine", "anomaly_watchdog", "memory_fusion", "metrics_collector", "self_heal_scheduler"].map(
          (id, i) => ({
            id,
            behaviour: i === 3 ? "nack" : "ack",
            delay_ms: 400 + i * 300,
            nack_reason: i === 3 ? "drift_psi has no unit" : "",
          }),
        ),
    sources: empty
      ? []
      : ["checkout", "edge-gateway", "search"].map((component, i) => ({
          component,
          metrics: simMetrics(i === 0 ? 0.2 : 0.005),
          silent: i === 2,
          refused: i === 1 ? 3 : 0,
          refusal: null,
        })),
  };
  const jobs = new Map<string, { view: JobView; at: number }>();

  const app = () => ({
    phase: first ? (made > 0 ? "opening" : first === "failed" ? "failed" : "first_start") : "ready",
    data_dir: "/home/grace/.local/share/grace",
    demo_dir: "/home/grace/.local/share/grace-demo",
    theme: params.get("theme") ?? "light",
    problem:
      first === "failed"
        ? problem(
            "world_held",
            "The world is held by process 4711 on this machine. Nothing was changed.",
            "Close the other window, or attach to it.",
          )
        : null,
    steps:
      made > 0
        ? ["Keys of six persons", "First entry, signed", "Targets of four components", "Simulated metrics"].map(
            (label, i) => ({ label, done: i < made }),
          )
        : [],
  });
  const status = (): StatusView => ({
    world: "rehearsal",
    simulation: true,
    data_dir: "/home/grace/world",
    engine_version: "0.1.0",
    pid: 4711,
    since_at: new Date(began - 23_000_000).toISOString(),
    now_at: new Date().toISOString(),
    log: {
      size,
      root: "0".repeat(64),
      origin: "grace.local/rehearsal",
      state: "ok",
      reason: null,
      verified_size: size,
      verified_at: new Date(began).toISOString(),
      witnessed_size: size - 12,
      witnesses: 5,
    },
    persons: ["release-manager", "developer", "sre", "dba", "security", "qa"].map((id) => ({
      id,
      name: id,
      groups: [],
      service: false,
      owner: null,
      crypto_id: "ed25519:77aa01c290ab90ab",
      key_file: id === "qa" ? null : `/home/grace/world/people/${id}.pem`,
    })),
    needs_you: empty || params.get("mood") === "calm" ? 0 : 2,
    checks: [],
    checked_at: new Date().toISOString(),
  });
  const job = (kind: JobKind): JobView => {
    const view: JobView = {
      id: `job_${jobs.size}`,
      kind,
      state: "running",
      done: 0,
      total: size,
      unit: "entries",
      started_at: new Date().toISOString(),
      message: null,
      verify: null,
      path: null,
    };
    jobs.set(view.id, { view, at: Date.now() });
    return view;
  };
  const progress = (id: string): JobView => {
    const found = jobs.get(id);
    if (!found) throw problem("not_found", "There is no such job.", "Start it again.");
    const { view } = found;
    if (view.state !== "running") return view;
    view.done = Math.min(view.total, Math.round(((Date.now() - found.at) / 3000) * view.total));
    if (view.done < view.total) return view;
    const broken = params.has("broken")
      ? [
          { seq: 31_882, code: "log_broken" as const, reason: "the leaf differs from the tree" },
          { seq: null, code: "log_broken" as const, reason: "the root is not the signed one" },
        ]
      : [];
    view.state = broken.length > 0 && view.kind === "verify" ? "failed" : "done";
    view.message =
      view.kind === "verify"
        ? broken.length > 0
          ? "The log is not what was signed."
          : "The log is what was signed."
        : "The audit was exported.";
    if (view.kind === "verify")
      view.verify = {
        ok: broken.length === 0,
        size,
        root: "9f91161f43433e49a6de6db680d79f60159f2e4ac9172621a12846428158440b",
        broken,
      };
    else view.path = "/home/grace/world/exports/audit-2026-11-19T143207.jsonl";
    return view;
  };

  return (command, request) => {
    const id = String(request.id ?? "");
    switch (command) {
      case "app_state":
        return app();
      case "world_demo":
      case "world_create":
      case "world_open":
        if (params.get("first") === "refuse")
          throw problem(
            "policy_unusable",
            "The policy demands group data, but nobody is in it. Nothing was made.",
            "Correct the documents.",
          );
        made = 2;
        return new Promise((later) => setTimeout(() => later(app()), 60_000));
      case "status":
        return status();
      case "overview":
        return overviewView(empty ? "empty" : ((params.get("mood") ?? "full") as Mood), began);
      case "activity":
        return activityView(request as ActivityRequest, began, empty);
      case "update_list":
        return empty ? { updates: [], next: null, counts: {} } : updateList(request as UpdateListRequest, began);
      case "update_show": {
        const found = updateView(id, began);
        if (!found) throw problem("not_found", `There is no update ${id}.`, "Open the list.");
        return found;
      }
      case "update_diff":
        return diffView;
      case "window_series":
        return windowSeries(id, began);
      case "policy_show":
        return { digest: "0".repeat(64), version: 1, document: "{}", rules: [], required_fields: ["refs"] };
      case "log_list":
        if (params.has("live") && request.limit === 1) size += 1;
        return listOf(request as LogListRequest, size, began);
      case "log_show":
        return entryOf(Number(request.seq), size, began).then((e) =>
          params.has("broken") ? { ...e, proof: { ...e.proof, root: "0".repeat(64), verified: false } } : e,
        );
      case "log_checkpoint":
        return size === 0
          ? problem("empty", "", "")
          : entryOf(0, size, began).then((e) => ({
              size,
              root: e.proof.root,
              origin: "grace.local/rehearsal",
              text: e.proof.checkpoint,
              vkey: e.proof.vkey,
            }));
      case "log_verify":
        return job("verify");
      case "audit_export":
        return job("export");
      case "job_show":
        return { ...progress(id) };
      case "job_cancel": {
        const found = jobs.get(id);
        if (found) Object.assign(found.view, { state: "cancelled", message: "Cancelled; nothing was kept." });
        return { ...found?.view };
      }
      case "handshake_list":
        return empty ? { handshakes: [], next: null } : handshakeList(began);
      case "handshake_show": {
        const found = handshakeById(id, began);
        if (!found) throw problem("not_found", `There is no handshake ${id}.`, "Open the list.");
        return found;
      }
      case "component_list":
        return { components: empty ? [] : componentRows, next: null };
      case "component_show":
        return componentView(id, began);
      case "metric_definitions":
        return { definitions: empty ? [] : [errorRate, latency], unreadable: [] };
      case "component_item":
        return itemContent(id, String(request.name));
      case "update_plan":
        return planFor(request as UpdateDraft);
      case "sim_show":
        return sim;
      case "sim_subsystem": {
        const set = request as SimSubsystemRequest;
        sim.subsystems = sim.subsystems.map((s) =>
          s.id === id
            ? {
                ...s,
                behaviour: set.behaviour ?? s.behaviour,
                delay_ms: set.delay_ms ?? s.delay_ms,
                nack_reason: set.nack_reason ?? s.nack_reason,
              }
            : s,
        );
        return { ...sim };
      }
      case "sim_metrics": {
        const set = request as SimMetricsRequest;
        sim.sources = sim.sources.map((s) =>
          s.component === id
            ? {
                ...s,
                metrics: s.metrics.map((m) => ({ ...m, value: set.metrics[m.metric] ?? m.value })),
                silent: set.silent ?? s.silent,
              }
            : s,
        );
        return { ...sim };
      }
      case "signing_open":
        console.info("signing", request as SigningRequest);
        return null;
      case "signing_view": {
        const theme = params.get("theme") === "dark" ? "dark" : "light";
        const view = { ...signingByAct(params.get("act") ?? "approve", began), theme } as const;
        return params.has("changes") && Date.now() - began > 1500 ? { ...view, digest: "f".repeat(64) } : view;
      }
      case "sign":
        if (request.passphrase !== "grace-demo")
          throw problem("wrong_passphrase", "The passphrase does not open this key.", "Type it again.");
        return {
          id: "upd_01a1f3f2-3ff0-7df7-a70e-5021544f4834",
          state: "approved",
          seq: 48_233,
          message: "Your approval is in the log; 2 of 2 have signed.",
        };
      case "signing_close":
      case "theme_set":
        return null;
      default:
        throw problem("not_invented", `No invented data answers ${command}.`, "Add it to testing/.");
    }
  };
}
