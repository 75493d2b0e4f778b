// What the page that is shown says about itself: where it lies, and what may be done with what it shows. The frame draws
// the one as breadcrumb, the palette lists the other. Holds no rule: reasons come with the actions.

/** A step of the breadcrumb; the last one is where the window is. */
export interface Crumb {
  label: string;
  href?: string;
}

/** Something that may be done on the page, or why not. */
export interface PageAction {
  label: string;
  allowed: boolean;
  reason: string | null;
  run: () => void;
}

class Page {
  crumbs = $state.raw<Crumb[]>([]);
  actions = $state.raw<PageAction[]>([]);
}

export const page = new Page();

/** Says what the page is, as long as the calling component lives. */
export function showPage(crumbs: () => Crumb[], actions: () => PageAction[] = () => []): void {
  $effect(() => {
    page.crumbs = crumbs();
    page.actions = actions();
    return () => {
      page.crumbs = [];
      page.actions = [];
    };
  });
}
