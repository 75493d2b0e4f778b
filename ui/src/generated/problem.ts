// Generated from grace-api. Rewrite with `UPDATE=1 cargo nextest run -p grace-api typescript`.

import type { Code, Way } from "./words";

/**
 * `{type,title,status,detail,code,hint}`; `Display` is the detail.
 */
export type Problem = {
/**
 * `about:blank` for now: the code is the type.
 */
type: string,
/**
 * The code in words.
 */
title: string,
/**
 * HTTP status.
 */
status: number,
/**
 * What happened and what is unharmed, one sentence.
 */
detail: string,
/**
 * Why, closed.
 */
code: Code,
/**
 * What to do next.
 */
hint: string,
/**
 * The same as a value, where each surface words it itself; absent where only the sentence says it.
 */
way?: Way, };
