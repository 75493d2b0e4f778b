// A window over very many rows of one height: which of them are in view. Adapter of @tanstack/virtual-core to runes.
import {
  Virtualizer,
  elementScroll,
  observeElementOffset,
  observeElementRect,
  type VirtualItem,
} from "@tanstack/virtual-core";

export interface VirtualOptions {
  count: number;
  /** Height of each row in px; at most 33, or a million of them are taller than a webview can draw. */
  height: number;
  scroll: HTMLElement | undefined;
}

export interface Virtual {
  readonly items: VirtualItem[];
  readonly total: number;
  toIndex(index: number, align: "auto" | "center" | "start"): void;
}

/** Call within a component. */
export function virtual(options: () => VirtualOptions): Virtual {
  let items = $state.raw<VirtualItem[]>([]);
  let total = $state(0);
  const settings = (given: VirtualOptions) => ({
    count: given.count,
    getScrollElement: () => given.scroll ?? null,
    estimateSize: () => given.height,
    overscan: 12,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    onChange: (changed: Virtualizer<HTMLElement, Element>) => {
      items = changed.getVirtualItems();
      total = changed.getTotalSize();
    },
  });
  const it = new Virtualizer<HTMLElement, Element>(settings({ count: 0, height: 28, scroll: undefined }));
  $effect(() => it._didMount());
  $effect(() => {
    it.setOptions(settings(options()));
    it._willUpdate();
    items = it.getVirtualItems();
    total = it.getTotalSize();
  });
  return {
    get items() {
      return items;
    },
    get total() {
      return total;
    },
    toIndex: (index, align) => it.scrollToIndex(index, { align }),
  };
}
