// The primitives that this feature uses, by name.
export { default as Button } from "../../ui/Button.svelte";
export { default as Copy } from "../../ui/Copy.svelte";
export { default as EmptyState } from "../../ui/EmptyState.svelte";
export { default as ErrorNote } from "../../ui/ErrorNote.svelte";
export { default as Section } from "../../ui/Section.svelte";
export { default as Skeleton } from "../../ui/Skeleton.svelte";
export { default as StateShape } from "../../ui/StateShape.svelte";
