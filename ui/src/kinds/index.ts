// The table of update types. A new one is a folder beside this file and a line here.
import { config } from "./config";
import type { Kind } from "./kind";
import { metricDefinition } from "./metric_definition";

/** In the order in which they are offered. */
export const KINDS: readonly [Kind, ...Kind[]] = [config, metricDefinition];
